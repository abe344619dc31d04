"""Estimators and their 95 % sampling intervals, on counts and histograms of independent paths.

`scrambles` has the same for independent scrambles of Sobol' points.
"""

from functools import cache, partial
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

LEVEL = 0.95
_TAIL = (1.0 - LEVEL) / 2.0
Z = 1.959963984540054  # standard normal 97.5 % quantile


class Interval(NamedTuple):
    """A value with its standard error and interval; NaN or infinite where it does not exist."""

    value: float
    stderr: float
    low: float
    high: float


def proportion(successes: int, n: int) -> Interval:
    """Share of successes with the Clopper-Pearson interval; all NaN where n is 0.

    Covers at least 95 % whatever the share (Clopper and Pearson 1934).
    """
    from scipy.special import betaincinv

    if n == 0:
        return Interval(np.nan, np.nan, np.nan, np.nan)
    k = int(successes)
    p = k / n
    low = 0.0 if k == 0 else float(betaincinv(k, n - k + 1, _TAIL))
    high = 1.0 if k == n else float(betaincinv(k + 1, n - k, 1.0 - _TAIL))
    return Interval(p, float(np.sqrt(p * (1.0 - p) / n)), low, high)


@cache
def exact(successes: int, n: int) -> Interval:
    """`proportion` by bisection, for few successes or few failures; starts no other library.

    The bounds solve P(X >= k) = 2.5 % and P(X <= k) = 2.5 % for a binomial X.
    """
    k = int(successes)
    if k > n - k:
        mirrored = exact(n - k, n)
        return Interval(1 - mirrored.value, mirrored.stderr, 1 - mirrored.high, 1 - mirrored.low)
    chosen = np.arange(k + 1)
    ways = np.concatenate([[0.0], np.cumsum(np.log((n - chosen[:-1]) / chosen[1:]))])

    def at_most(count: int, p: float) -> float:
        rest = n - chosen[: count + 1]
        logs = ways[: count + 1] + chosen[: count + 1] * np.log(p) + rest * np.log1p(-p)
        return float(np.exp(logs).sum())

    def solve(count: int, target: float) -> float:
        below, above = 0.0, min(1.0, (k + 40.0 + 12.0 * np.sqrt(k)) / n)  # far above either bound
        while above - below > 1e-10 * above:
            middle = (below + above) / 2.0
            below, above = (middle, above) if at_most(count, middle) > target else (below, middle)
        return (below + above) / 2.0

    p = k / n
    low = 0.0 if k == 0 else solve(k - 1, 1.0 - _TAIL)
    return Interval(p, float(np.sqrt(p * (1.0 - p) / n)), low, solve(k, _TAIL))


def ranks(n: int, p: float) -> tuple[int, int]:
    """Order statistics (1 to n) that enclose the p-quantile with at least 95 %, binomially.

    0 and n + 1 stand for minus and plus infinity.
    """
    from scipy.special import bdtrik

    low = int(np.floor(bdtrik(_TAIL, n, p))) + 1 if (1.0 - p) ** n < _TAIL else 0
    high = int(np.ceil(bdtrik(1.0 - _TAIL, n, p))) + 1 if p**n < _TAIL else n + 1
    return low, min(high, n + 1)


def quantile(counts: ArrayLike, edges: NDArray[np.float64], p: float) -> Interval:
    """The p-quantile of a histogram, with an order-statistic interval plus the bin error.

    Within a bin numbers are taken to lie evenly. At worst their place is unknown within the bin,
    an error of standard deviation width / sqrt(12), which is added in quadrature at each end.
    `counts` has one entry a bin, `edges` one more. Infinite where the quantile or an end of its
    interval lies in an open outer bin.
    """
    tally = np.asarray(counts, dtype=np.int64)
    n = int(tally.sum())
    if n == 0:
        return Interval(np.nan, np.nan, np.nan, np.nan)
    place = partial(_place, tally, np.cumsum(tally), edges)
    value, _ = place(p * n)
    first, last = ranks(n, p)
    ends = []
    for rank, sign in ((first, -1.0), (last, 1.0)):
        if not 1 <= rank <= n or np.isinf(value):
            ends.append(sign * np.inf)
            continue
        end, width = place(rank - 0.5)
        ends.append(value + sign * float(np.hypot(end - value, Z * width / np.sqrt(12.0))))
    low, high = ends
    stderr = (high - low) / (2.0 * Z) if np.isfinite(low) and np.isfinite(high) else np.nan
    return Interval(value, stderr, low, high)


def sample_quantile(values: NDArray, p: float) -> Interval:
    """The p-quantile of independent numbers with its order-statistic interval."""
    ordered, n = np.sort(values), len(values)
    first, last = ranks(n, p)
    low, high = float(ordered[max(first, 1) - 1]), float(ordered[min(last, n) - 1])
    return Interval(float(np.quantile(ordered, p)), (high - low) / (2.0 * Z), low, high)


def quantile_value(counts: ArrayLike, edges: NDArray[np.float64], p: float) -> float:
    """The p-quantile of a histogram without its interval; infinite in an open outer bin."""
    tally = np.asarray(counts, dtype=np.int64)
    return _place(tally, np.cumsum(tally), edges, p * int(tally.sum()))[0]


def _place(
    tally: NDArray[np.int64], cumulative: NDArray[np.int64], edges: NDArray[np.float64], rank: float
) -> tuple[float, float]:
    """Where the number of this rank (0 to n) lies, and the width of its bin."""
    bin_ = min(int(np.searchsorted(cumulative, rank, side="left")), len(tally) - 1)
    left, right = float(edges[bin_]), float(edges[bin_ + 1])
    if np.isinf(left) or np.isinf(right):
        return (left if np.isinf(left) else right), 0.0
    below = cumulative[bin_] - tally[bin_]
    return left + (right - left) * (rank - below) / max(int(tally[bin_]), 1), right - left


def mean(total: float, squares: float, n: int) -> Interval:
    """Mean from sums of values and squares, with the normal interval."""
    if n < 2:
        return Interval(np.nan, np.nan, np.nan, np.nan)
    average = total / n
    variance = max(0.0, (squares - n * average * average) / (n - 1))
    stderr = float(np.sqrt(variance / n))
    return Interval(average, stderr, average - Z * stderr, average + Z * stderr)


def lower_tail_mean(counts: ArrayLike, edges: NDArray[np.float64], share: float) -> Interval:
    """Mean of the lowest `share` of a histogram (CVaR, expected shortfall), with its interval.

    CVaR = v + E[min(x - v, 0)] / share at the quantile v; its influence function gives the
    standard error (Rockafellar and Uryasev 2000). Values stand at the middle of their bins; half
    a bin is added to the interval.
    """
    tally = np.asarray(counts, dtype=np.float64)
    n = tally.sum()
    if n == 0:
        return Interval(np.nan, np.nan, np.nan, np.nan)
    middle = (edges[:-1] + edges[1:]) / 2.0
    middle[0], middle[-1] = edges[1], edges[-2]
    v = quantile_value(tally, edges, share)
    if not np.isfinite(v):
        return Interval(v, np.nan, -np.inf, np.inf)
    influence = v + np.minimum(middle - v, 0.0) / share
    value = float((tally * influence).sum() / n)
    stderr = float(np.sqrt((tally * (influence - value) ** 2).sum()) / n)
    half_bin = float(np.diff(edges[1:-1])[np.searchsorted(edges[1:-1], value) - 1] / 2.0)
    margin = Z * stderr + half_bin
    return Interval(value, stderr, value - margin, value + margin)
