"""The evidence: CSV tables of public data points, each row with its mark and its source.

A table is declared once, here. Rows are in ascending order of the key columns, so that a row that
stands twice, or out of place, is seen.
"""

import csv
import hashlib
import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FOLDER = Path(__file__).parent.parent / "evidence"
MARKS = ("published", "second-hand", "judgement", "unverified")
TODAY = 2026.95  # no row is from after the anchors were read


class EvidenceError(ValueError):
    """Rows that cannot be used: one line a fault, with file, row and column."""


@dataclass(frozen=True)
class Number:
    """A column of numbers with what physics or the calendar allows, ends included."""

    low: float
    high: float = math.inf
    whole: bool = False

    def read(self, text: str) -> float:
        """The number in `text`; raises ValueError with what is allowed."""
        kind = "a whole number" if self.whole else "a number"
        high = "" if math.isinf(self.high) else f" to {self.high:g}"
        allowed = f"allowed: {kind} from {self.low:g}{high or ' up'}"
        try:
            value = float(text.replace("_", "?"))  # Python would take 9_17 for 917
        except ValueError:
            raise ValueError(f"{text!r} is given; {allowed}") from None
        fits = self.low <= value <= self.high and math.isfinite(value)
        if not fits or (self.whole and value != round(value)):
            raise ValueError(f"{text} is given; {allowed}")
        return value


@dataclass(frozen=True)
class Text:
    """A column of names."""

    allowed: tuple[str, ...] = ()

    def read(self, text: str) -> str:
        """The text; raises ValueError where it is empty or not among those allowed."""
        if not text.strip():
            raise ValueError("it is empty; allowed: at least one word")
        if self.allowed and text not in self.allowed:
            raise ValueError(f"{text!r} is given; allowed: {', '.join(self.allowed)}")
        return text


DATE = Number(1957.7, TODAY)  # decimal year
YEAR = Number(1957, 2026, whole=True)
SOME = Number(1e-9)


@dataclass(frozen=True)
class Form:
    """What a table holds: its columns but mark and source, its key, and bounds between columns.

    Rows whose keys differ only in the last column are a course: of one vehicle, fleet or place.
    """

    columns: Mapping[str, Number | Text]
    key: tuple[str, ...]
    part_of: tuple[str, str] | None = None  # the first column counts some of the second's
    never_falls: tuple[str, ...] = ()  # along a course: totals to date
    never_rises: tuple[str, ...] = ()  # along a course: shares that are left
    spans: str | None = None  # a row takes this many numbers, from the key's last column on


FORMS: dict[str, Form] = {
    "cadence": Form(
        {
            "vehicle": Text(),
            "year": YEAR,
            "seen": Number(0.01, 1),  # part of the year
            "flights": Number(0, 10_000, whole=True),
        },
        ("vehicle", "year"),
    ),
    "reliability": Form(
        {
            "family": Text(),
            "first": Number(1, whole=True),
            "attempts": Number(1, 1e5, whole=True),
            "losses": Number(0, whole=True),
        },
        ("family", "first"),
        part_of=("losses", "attempts"),
        spans="attempts",
    ),
    "learning": Form(
        {"series": Text(), "date": DATE, "experience": SOME, "cost": SOME, "unit": Text()},
        ("series", "experience"),
    ),
    "prices": Form(
        {"vehicle": Text(), "date": DATE, "price": SOME, "payload": SOME}, ("vehicle", "date")
    ),
    "chips": Form(
        {"chip": Text(), "date": DATE, "throughput": SOME, "power": SOME}, ("date", "chip")
    ),
    "chip_prices": Form({"chip": Text(), "date": DATE, "price": SOME}, ("date", "chip")),
    "rents": Form({"chip": Text(), "date": DATE, "rent": SOME}, ("chip", "date")),
    "satellites": Form(
        {
            "fleet": Text(),
            "date": DATE,
            "launched": Number(1, whole=True),
            "failed": Number(0, whole=True),
            "mean_age": Number(0, 50),
        },
        ("fleet", "date"),
        part_of=("failed", "launched"),
        never_falls=("launched", "failed"),
    ),
    "survival": Form(
        {"fleet": Text(), "age": Number(0, 50), "survival": Number(1e-6, 1)},
        ("fleet", "age"),
        never_rises=("survival",),
    ),
    "delays": Form(
        {
            "kind": Text(("grid", "onsite")),
            "place": Text(),
            "date": DATE,
            "years": Number(0.05, 30),
        },
        ("kind", "place", "date"),
    ),
    "queues": Form({"year": YEAR, "years": Number(0.05, 30)}, ("year",)),
    "power_prices": Form(
        {"market": Text(), "date": DATE, "price": Number(1e-4, 10)}, ("market", "date")
    ),
}


@dataclass(frozen=True, eq=False)
class Table:
    """The rows of one table; `digest` is the SHA-256 of its file."""

    name: str
    rows: tuple[Mapping[str, float | str], ...]
    digest: str

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.rows)

    def column(self, name: str) -> NDArray[np.float64]:
        """A column of numbers."""
        return np.asarray([row[name] for row in self.rows], dtype=np.float64)

    def texts(self, name: str) -> list[str]:
        """A column of texts."""
        return [str(row[name]) for row in self.rows]

    @cached_property
    def weakest(self) -> str:
        """The weakest mark among the rows."""
        order = ("published", "second-hand", "unverified", "judgement")
        return max(self.texts("mark"), key=order.index)

    def where(self, **wanted: float | str) -> "Table":
        """The rows whose columns have these values."""
        return self._of(r for r in self.rows if all(r[k] == v for k, v in wanted.items()))

    def until(self, name: str, last: float) -> "Table":
        """The rows whose number in a column is at most `last`: what was known then."""
        return self._of(r for r in self.rows if float(r[name]) <= last)

    def _of(self, rows: Iterator[Mapping[str, float | str]]) -> "Table":
        return Table(self.name, tuple(rows), self.digest)


def read(name: str, folder: Path = FOLDER) -> Table:
    """A declared table; raises EvidenceError with every fault by row number.

    Row numbers are lines of the file, the header being row 1.
    """
    form, path = FORMS[name], folder / f"{name}.csv"
    try:
        raw = path.read_bytes()
        text = raw.decode("utf-8")
    except OSError as error:
        raise EvidenceError(f"{path}: the file cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise EvidenceError(f"{path}: it is not UTF-8; allowed: a text file in UTF-8") from None
    lines = csv.reader(io.StringIO(text), strict=True)
    columns: dict[str, Number | Text] = {**form.columns, "mark": Text(MARKS), "source": Text()}
    faults: list[str] = []
    rows: list[Mapping[str, float | str]] = []
    places: dict[tuple[float | str, ...], int] = {}
    try:
        header = next(lines, [])
        if header != list(columns):
            raise EvidenceError(
                f"{path}: row 1: the columns {','.join(header)} are given; "
                f"allowed: {','.join(columns)}"
            )
        for cells in lines:
            number = lines.line_num
            row, wrong = _row(cells, columns, form)
            if not wrong:
                key = tuple(row[k] for k in form.key)
                wrong = _misplaced(key, places, form)
                if not wrong and rows:
                    wrong = _discontinued(row, rows[-1], form, places)
                places.setdefault(key, number)
                rows.append(row)
            faults += [f"{path}: row {number}: {sentence}" for sentence in wrong]
    except csv.Error as error:
        faults.append(f"{path}: row {lines.line_num}: this is not CSV: {error}")
    if not rows and not faults:
        faults.append(f"{path}: no row is given; allowed: at least one")
    if faults:
        raise EvidenceError("\n".join(faults))
    return Table(name, tuple(rows), hashlib.sha256(raw).hexdigest())


def _row(
    cells: list[str], columns: Mapping[str, Number | Text], form: Form
) -> tuple[dict[str, float | str], list[str]]:
    if len(cells) != len(columns):
        return {}, [f"{len(cells)} cells are given; allowed: {len(columns)}"]
    row: dict[str, float | str] = {}
    wrong = []
    for (name, column), cell in zip(columns.items(), cells, strict=True):
        try:
            row[name] = column.read(cell)
        except ValueError as error:
            wrong.append(f"column {name}: {error}")
    if form.part_of and not wrong:
        part, whole = form.part_of
        if float(row[part]) > float(row[whole]):
            wrong.append(
                f"column {part}: {row[part]:g} is given; allowed: at most {whole} = {row[whole]:g}"
            )
    return row, wrong


def _misplaced(
    key: tuple[float | str, ...], places: Mapping[tuple[float | str, ...], int], form: Form
) -> list[str]:
    """What is wrong with the place of a row after those before it."""
    named = ", ".join(form.key)
    if key in places:
        return [f"columns {named}: the same as in row {places[key]}; allowed: each once"]
    if places and key < max(places):
        before = places[max(places)]
        return [f"columns {named}: it belongs before row {before}; allowed: ascending order"]
    return []


def _discontinued(
    row: Mapping[str, float | str],
    last: Mapping[str, float | str],
    form: Form,
    places: Mapping[tuple[float | str, ...], int],
) -> list[str]:
    """What of a row contradicts the one before it on the same course."""
    *course, along = form.key
    if any(row[name] != last[name] for name in course):
        return []
    before = f"row {places[tuple(last[name] for name in form.key)]}"
    wrong = []
    for names, sign, bound in ((form.never_falls, 1, "least"), (form.never_rises, -1, "most")):
        for name in names:
            if sign * float(row[name]) < sign * float(last[name]):
                allowed = f"allowed: at {bound} {last[name]:g}, as in {before}"
                wrong.append(f"column {name}: {row[name]:g} is given; {allowed}")
    if form.spans:
        free = float(last[along]) + float(last[form.spans])
        if float(row[along]) < free:
            allowed = f"allowed: from {free:g} up, because {before} holds those before"
            wrong.append(f"column {along}: {row[along]:g} is given; {allowed}")
    return wrong


def tables(folder: Path = FOLDER) -> dict[str, Table]:
    """Every declared table of a folder, checked."""
    return {name: read(name, folder) for name in FORMS}
