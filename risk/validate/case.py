"""A published model as data: what it was given, what it printed, how closely it must be met."""

import dataclasses
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

    def replay(self, model: Model) -> list[Check]:
        """Run the model on what was given; raises KeyError for a number it does not compute."""
        computed = model(self.given)
        missing = [p.quantity for p in self.published if p.quantity not in computed]
        if missing:
            raise KeyError(
                f"{self.name}: {model.__name__} computes no {missing[0]!r}; correct the name under "
                f"[published], it computes {', '.join(sorted(computed))}"
            )
        return [p.check(self.name, computed[p.quantity]) for p in self.published]


def load(stem: str) -> Case:
    """The case in `cases/<stem>.toml`; a row states only where it differs from its case."""
    document = tomllib.loads((FOLDER / f"{stem}.toml").read_text("utf-8"))
    usual = {key: document[key] for key in ("tolerance", "class", "source")}
    rows = []
    for quantity, row in document["published"].items():
        own = usual | (row if isinstance(row, dict) else {"value": row})
        kind: Kind = "absolute" if isinstance(own["tolerance"], str) else "relative"
        rows.append(
            Published(
                quantity=quantity,
                printed=str(own["value"]),
                tolerance=own["tolerance"],
                kind=own.get("kind", kind),
                cls=own["class"],
                source=own["source"],
            )
        )
    return Case(document["case"], document["given"], tuple(rows))


def only[T](group: type[T], **values: float) -> T:
    """A group of inputs of which only these are given.

    The others are not numbers, so that an equation that reads one of them cannot pass.
    """
    names = [f.name for f in dataclasses.fields(group)]  # type: ignore[arg-type]
    return group(**(dict.fromkeys(names, math.nan) | values))
