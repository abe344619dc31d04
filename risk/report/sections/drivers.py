"""Section 5: what drives the answer (F7): factors and inputs, from the run's own sample."""

from functools import partial
from typing import Any, NamedTuple

from risk.report.figures.drivers import Bar, Row, Spec, drivers
from risk.report.page import Block, Cell, Column, Figure, Section, Table
from risk.report.reading import CONDITIONED, PRIOR, Reading, Record
from risk.report.words import Words

INPUTS = 10
ENDS = ("low", "high")


class Better(NamedTuple):
    """The tenth of a driver in which P is higher, and P there and in the other outer tenth."""

    row: dict[str, Any]
    end: str
    p: Record
    other: Record


def drivers_section(reading: Reading, words: Words) -> Section | None:
    """Seven common factors, ten largest inputs; None where the document has no drivers."""
    found = _population(reading, CONDITIONED)
    if not found:
        return None
    figure = _figure(reading, words, found)
    block = Block((figure,), _notes(reading, words, found))
    return Section("drivers", words.say("drivers.name"), figure.title, (block,))


def largest(reading: Reading, population: str = CONDITIONED) -> Better | None:
    """The driver of which an outer tenth has the highest P; None where there is none."""
    found = _population(reading, population)
    if not found:
        return None
    return max((_better(reading, row) for row in found["rows"]), key=lambda b: b.p.value or 0.0)


def of_driver(reading: Reading, best: Better, population: str) -> Record | None:
    """P in the same tenth of the same driver in another population."""
    found = _population(reading, population)
    rows = [row for row in found["rows"] if row["key"] == best.row["key"]] if found else []
    return _record(rows[0]["p"][reading.comparator][best.end]) if rows else None


def _population(reading: Reading, name: str) -> dict[str, Any] | None:
    found = reading.document.get("drivers")
    return found["populations"][name] if found else None


def _record(numbers: dict[str, Any]) -> Record:
    return Record(
        numbers["value"], numbers["stderr"], numbers["low"], numbers["high"], numbers["n"], "1"
    )


def _better(reading: Reading, row: dict[str, Any]) -> Better:
    low, high = (_record(row["p"][reading.comparator][end]) for end in ENDS)
    if (high.value or 0.0) >= (low.value or 0.0):
        return Better(row, "high", high, low)
    return Better(row, "low", low, high)


def _shown(found: dict[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Factors and the largest inputs: by share, or by how far P moves where no share exists."""

    def size(row: dict[str, Any]) -> float:
        if row["share"]:
            return float(row["share"]["value"])
        return max(abs(p["high"]["value"] - p["low"]["value"]) for p in row["p"].values())

    rows = sorted(found["rows"], key=size, reverse=True)
    kinds = [[row for row in rows if row["kind"] == kind] for kind in ("factor", "input")]
    return kinds[0], kinds[1][:INPUTS]


def _worth(found: dict[str, Any]) -> bool:
    """Whether knowing some driver would be worth anything that can be told from zero."""
    return any(row["evppi"]["low"] > 0.0 for row in found["rows"])


def _figure(reading: Reading, words: Words, found: dict[str, Any]) -> Figure:
    factors, inputs = _shown(found)
    base = reading.headline
    worth = _worth(found)

    def bar(numbers: dict[str, Any] | None, scale: float) -> Bar | None:
        if numbers is None:
            return None
        return Bar(*(scale * float(numbers[key]) for key in ("value", "low", "high")))

    def row(one: dict[str, Any]) -> Row:
        lowest, highest = (bar(one["p"][reading.comparator][end], 100.0) for end in ENDS)
        assert lowest
        assert highest
        evppi = bar(one["evppi"], 1.0) if worth else None
        return Row(one["name"], lowest, highest, bar(one["share"], 100.0), evppi)

    spec = Spec(
        tuple(map(row, factors)),
        tuple(map(row, inputs)),
        100.0 * (base.value or 0.0),
        {
            key: words.say(f"drivers.head_{key}")
            for key in ("p", "share", "evppi", "factors", "inputs")
        },
    )
    best, prior = largest(reading), _population(reading, PRIOR)
    assert best
    names = words.join([one["name"] for one in (*factors, *inputs)[:1]])
    return Figure(
        id="drivers",
        title=_title(reading, words, factors, inputs),
        subtitle=words.say(
            "drivers.subtitle",
            year=reading.year,
            comparator=words.say(f"comparator.{reading.comparator}"),
            base=words.chance(base).whole,
        ),
        description=words.say(
            "drivers.described",
            rows=len(spec.rows),
            first=names,
            best=best.row["name"],
            end=words.say(f"drivers.{best.end}"),
            p=words.percent(best.p),
        ),
        draw=partial(drivers, spec),
        data=_table(reading, words, (*factors, *inputs), worth),
        provenance=reading.provenance(words, found["n"], prior["n"] if prior else None),
    )


def _title(
    reading: Reading, words: Words, factors: list[dict[str, Any]], inputs: list[dict[str, Any]]
) -> str:
    """The factor and the input with the largest shares, when both can be told from zero."""
    firsts = [rows[0] for rows in (factors, inputs) if rows]
    sure = [row for row in firsts if row["share"] and row["share"]["low"] > 0.0]
    if len(sure) < 2:
        return words.say("drivers.title_plain", year=reading.year)
    return words.say("drivers.title", factor=sure[0]["name"], input=sure[1]["name"])


def _table(reading: Reading, words: Words, rows: tuple[dict[str, Any], ...], worth: bool) -> Table:
    heads = ["driver", "lowest", "highest", "share", *(["evppi"] if worth else [])]
    columns = tuple(
        Column(words.say(f"drivers.column_{head}"), number=head != "driver") for head in heads
    )
    body = []
    for row in rows:
        p = [_record(row["p"][reading.comparator][end]) for end in ENDS]
        cells = [Cell(row["name"]), *(Cell(words.chance(record).whole) for record in p)]
        cells.append(Cell(amount(words, row["share"], 100.0, "number.percent")))
        if worth:
            cells.append(Cell(amount(words, row["evppi"], 1.0, "drivers.millions")))
        body.append(tuple(cells))
    n = words.count(rows[0]["p"][reading.comparator]["low"]["n"])
    return Table(words.say("drivers.caption", year=reading.year, n=n), columns, tuple(body))


def amount(words: Words, numbers: dict[str, Any] | None, scale: float, key: str) -> str:
    """An index with its interval; one that holds zero says so, one that is absent too."""
    if numbers is None:
        return words.say("number.absent")
    value, low, high = (scale * numbers[name] for name in ("value", "low", "high"))
    if low <= 0.0:
        return words.say("drivers.zero", high=words.say(key, value=words.significant(high, 2)))
    bracket = words.say("number.interval", low=f"{low:.1f}", high=f"{high:.1f}")
    return words.say("number.bracket", value=words.say(key, value=f"{value:.1f}"), bracket=bracket)


def _notes(reading: Reading, words: Words, found: dict[str, Any]) -> tuple[str, ...]:
    total = 100.0 * sum(row["share"]["value"] for row in found["rows"] if row["share"])
    notes = [words.say("drivers.note_read")]
    if found["refused"]:
        notes.append(words.say("drivers.note_refused", reason=found["refused"]))
    else:
        zero = sum(row["share"]["low"] <= 0.0 for row in found["rows"])
        notes.append(
            words.say(
                "drivers.note_overlap", total=f"{total:.0f}", zero=zero, all=len(found["rows"])
            )
        )
    evpi = amount(words, found["evpi"], 1.0, "drivers.millions")
    key = "drivers.note_evppi" if _worth(found) else "drivers.note_no_evppi"
    notes.append(words.say(key, evpi=evpi))
    best = largest(reading)
    prior = of_driver(reading, best, PRIOR) if best else None
    if best and prior:
        notes.append(
            words.say(
                "drivers.note_prior",
                name=best.row["name"],
                end=words.say(f"drivers.{best.end}"),
                p=words.chance(prior).whole,
            )
        )
    return tuple(notes)
