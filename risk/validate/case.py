"""A published model as data: what it was given, what it printed, how closely it must be met."""

import dataclasses
import difflib
import math
import tomllib
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from risk.validate.check import Check, Class, Kind

FOLDER = Path(__file__).parent / "cases"
STANDARD_ERRORS = 3.0
"""Allowed distance of a simulated number; a check of a right engine then fails once in 370."""


class Simulated(NamedTuple):
    """A number estimated from draws, with its standard error."""

    value: float
    error: float


type Given = Mapping[str, Any]
type Quantities = dict[str, float | Simulated]
type Model = Callable[[Given], Quantities]


class Published(NamedTuple):
    """One printed number; `tolerance` is a share of it, or one of the two words of `allowed`."""

    quantity: str
    printed: str
    tolerance: float | str
    kind: Kind
    cls: Class
    source: str

    def allowed(self, error: float) -> float:
        """Tolerance as a number.

        "printed" is half a unit of the last printed digit, for a number that was printed too
        short to be met more closely; "simulated" is three standard errors.
        """
        if self.tolerance == "printed":
            return 0.5 * float(Decimal(1).scaleb(int(Decimal(self.printed).as_tuple().exponent)))
        if self.tolerance == "simulated":
            return STANDARD_ERRORS * error
        return float(self.tolerance)

    def check(self, case: str, computed: float | Simulated) -> Check:
        """The printed number beside the computed one."""
        value, error = computed if isinstance(computed, Simulated) else (float(computed), 0.0)
        return Check(
            case=case,
            quantity=self.quantity,
            published=float(self.printed),
            computed=value,
            tolerance=self.allowed(error),
            kind=self.kind,
            cls=self.cls,
            source=self.source,
        )


class Case(NamedTuple):
    """One published model."""

    name: str
    given: Given
    published: tuple[Published, ...]
    unmet: tuple[Published, ...]  # printed by others on terms they do not state; source says why

    def replay(self, model: Model, *, unmet: bool = False) -> list[Check]:
        """Run the model on what was given; raises KeyError for a number it does not compute."""
        computed = model(self.given)
        rows = self.unmet if unmet else self.published
        missing = [row.quantity for row in rows if row.quantity not in computed]
        if missing:
            near = difflib.get_close_matches(missing[0], computed, 1, 0.0)[0]
            raise KeyError(
                f"{self.name}: {model.__name__} computes no {missing[0]!r}; the nearest quantity "
                f"it computes is {near!r}"
            )
        return [row.check(self.name, computed[row.quantity]) for row in rows]


def load(stem: str) -> Case:
    """The case in `cases/<stem>.toml`; a row states only where it differs from its case."""
    document = tomllib.loads((FOLDER / f"{stem}.toml").read_text("utf-8"))
    usual = {key: document[key] for key in ("tolerance", "class", "source")}

    def rows(section: str) -> tuple[Published, ...]:
        listed = document.get(section, {}).items()
        return tuple(
            _row(quantity, usual | (row if isinstance(row, dict) else {"value": row}))
            for quantity, row in listed
        )

    return Case(document["case"], document["given"], rows("published"), rows("unmet"))


def _row(quantity: str, row: Mapping[str, Any]) -> Published:
    kind: Kind = "absolute" if isinstance(row["tolerance"], str) else "relative"
    return Published(
        quantity=quantity,
        printed=str(row["value"]),
        tolerance=row["tolerance"],
        kind=row.get("kind", kind),
        cls=row["class"],
        source=row["source"],
    )


def only[T](group: type[T], **values: float) -> T:
    """A group of inputs of which only these are given.

    The others are not numbers, so that an equation that reads one of them cannot pass.
    """
    names = [f.name for f in dataclasses.fields(group)]  # type: ignore[arg-type]
    return group(**(dict.fromkeys(names, math.nan) | values))
