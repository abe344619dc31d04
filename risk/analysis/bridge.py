"""What the two levelised costs consist of, as means: medians would not add up."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from risk.analysis import intervals, scrambles
from risk.analysis.estimates import date_of
from risk.estimate import Estimate
from risk.model.metrics import HEADLINE_QUARTERS
from risk.run.sample import Sample


def parts(taken: Sample, population: str, width: int) -> Iterator[Estimate]:
    """Mean of each part of either cost in the headline years, k$ per delivered kW-yr.

    From the paths of the sample that `width` conditions keep; what runs is what the others leave.
    """
    kept = taken.kept_by >= width
    values = {name: rows[:, kept] for name, rows in taken.parts.items()}
    for side in ("orbit", "ground"):
        named = [
            v for k, v in values.items() if k.endswith(f"_{side}") and not k.startswith("lcoc")
        ]
        values[f"running_{side}"] = values[f"lcoc_{side}"] - sum(named)
    for name, rows in values.items():
        for row, quarter in zip(rows, HEADLINE_QUARTERS, strict=True):
            found = _mean(row.astype(np.float64), taken.replicate[kept])
            yield Estimate(
                metric=name if name.startswith("lcoc") else f"part_{name}",
                comparator=None,
                date=date_of(quarter),
                population=population,
                statistic="mean",
                value=found.value,
                stderr=found.stderr,
                low=found.low,
                high=found.high,
                n=row.size,
                unit="kUSD/kW/yr",
            )


def _mean(values: NDArray, replicate: NDArray) -> intervals.Interval:
    """Mean with its interval: Student's t over scrambles, normal for independent paths."""
    sizes = np.bincount(replicate)
    if len(sizes) == 1:
        return intervals.mean(values.sum(), (values * values).sum(), values.size)
    return scrambles.mean(np.bincount(replicate, weights=values), sizes)
