"""What a measurement is held against, and the table that says whether it is met."""

from collections.abc import Iterable
from typing import NamedTuple


class Bar(NamedTuple):
    """A measured value and the least or most that it may be; no value where it was not measured."""

    name: str
    value: float | None
    limit: float
    unit: str = ""
    at_least: bool = True

    @property
    def met(self) -> bool | None:
        """Whether it is met; None where it was not measured."""
        if self.value is None:
            return None
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def table(bars: Iterable[Bar]) -> list[str]:
    """Markdown rows of bars."""
    rows = ["| bar | measured | limit | |", "|---|---|---|---|"]
    for bar in bars:
        sign = "≥" if bar.at_least else "≤"
        value = "not measured" if bar.value is None else f"{digits(bar.value)}{bar.unit}"
        verdict = {True: "met", False: "NOT met", None: ""}[bar.met]
        rows.append(f"| {bar.name} | {value} | {sign} {bar.limit:g}{bar.unit} | {verdict} |")
    return rows


def digits(value: float) -> str:
    """About three significant digits, thousands with a comma."""
    if value == 0 or not 1e-4 <= abs(value) < 1e15:
        return f"{value:.2g}"
    return f"{float(f'{value:.3g}'):,.10g}"
