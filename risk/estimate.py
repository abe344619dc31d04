"""An estimate: a number with its error, and the words that say which number it is."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Estimate:
    """`low` to `high` is the 95 % sampling interval; None where the number does not exist.

    A probability without n, a number without an interval: both are faults of the analysis.
    """

    metric: str
    comparator: str | None
    date: float | None  # decimal year: 2035Q4 = 2035.75
    population: str
    statistic: str
    value: float | None
    stderr: float | None
    low: float | None
    high: float | None
    n: int
    unit: str

    def record(self) -> dict[str, Any]:
        """As a row of the tidy table."""
        return dict(vars(self))
