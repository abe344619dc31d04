"""Elasticities of the mean and of the upper tail's mean of an outcome, from slopes path by path."""

import numpy as np
from numpy.typing import NDArray

from risk.analysis.intervals import Interval
from risk.analysis.sobol_indices import ratio

TAIL = 0.05
"""Share of paths with the largest outcomes whose mean is the CVaR."""


def elasticities(
    x: NDArray, y: NDArray, slope: NDArray, replicates: int
) -> tuple[Interval, Interval]:
    """By how many per cent E[Y] and CVaR[Y] rise when x is 1 % higher on every path.

    E[x dY/dx] / E[Y]; for CVaR, the mean of the largest `TAIL`, both means over those paths, since
    moving the tail's edge changes nothing at first order. All are (n,), replicate by replicate;
    intervals by Student's t over replicates.
    """
    change = x * slope
    tail = y >= np.quantile(y, 1.0 - TAIL, method="inverted_cdf")

    def of(among: NDArray[np.bool_]) -> Interval:
        sums = ((among * v).reshape(replicates, -1).sum(axis=1) for v in (change, y))
        return ratio(*sums)

    return of(np.ones_like(tail)), of(tail)
