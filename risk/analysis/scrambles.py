"""Estimators and their 95 % intervals from independent scrambles of Sobol' points.

Scrambles are independent and equally distributed, so Student's t over them covers whatever the
points inside one do (L'Ecuyer, Nakayama, Owen and Tuffin 2023). Arrays have the replicate on their
leading axis. A share of a random number of paths is a ratio; its error is that of the residuals.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from kernels.reducers import LogBins
from risk.analysis import intervals
from risk.analysis.intervals import Interval, Z

type Counts = NDArray[np.int64]

GUARANTEE = 0.05
"""Error probability of a guaranteed interval."""
BOLDEST = 0.75
"""Largest part of the capital that one bet may lose."""
_NOTHING = Interval(np.nan, np.nan, np.nan, np.nan)


@cache
def student(degrees: int) -> float:
    """97.5 % quantile of Student's t by Hill's expansion; 4e-6 off at 15 degrees, less beyond."""
    z, n = Z, float(degrees)
    terms = (
        (z**3 + z) / 4.0,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96.0,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384.0,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160.0,
    )
    return z + sum(term / n**k for k, term in enumerate(terms, 1))


def variance_factors(degrees: int) -> tuple[float, float]:
    """What a variance ratio is multiplied with for its 95 % interval, by Wilson and Hilferty.

    A ratio of a known to a sample variance s^2 is sigma^2 / s^2 x chi2 / degrees away from itself.
    """
    spread = np.sqrt(2.0 / (9.0 * degrees))
    low, high = ((1.0 - 2.0 / (9.0 * degrees) + z * spread) ** 3 for z in (-Z, Z))
    return low, high


def ratio_error(totals: NDArray, sizes: NDArray) -> tuple[NDArray, NDArray]:
    """Ratio of sums over replicates, and its standard error; replicates on the leading axis.

    sqrt(sum_r (a_r - p n_r)^2 / (R (R - 1))) / mean n.
    """
    count = len(sizes)
    n = sizes.reshape(count, *(1,) * (totals.ndim - 1)).astype(np.float64)
    ratio = totals.sum(axis=0) / n.sum(axis=0)
    residual = totals - ratio * n
    spread = np.sqrt((residual * residual).sum(axis=0) / (count * (count - 1)))
    return ratio, spread / n.mean(axis=0)


def proportion(successes: Counts, sizes: Counts) -> Interval:
    """Share of successes with its t interval, kept within 0 and 1.

    With fewer successes, or failures, than scrambles the spread says little: then the exact
    binomial interval, as if paths were independent.
    """
    k, n = int(successes.sum()), int(sizes.sum())
    if n == 0:
        return _NOTHING
    if min(k, n - k) < len(sizes):
        return intervals.exact(k, n)
    value, error = ratio_error(successes, sizes)
    margin = student(len(sizes) - 1) * float(error)
    p = float(value)
    return Interval(p, float(error), max(0.0, p - margin), min(1.0, p + margin))


def difference(successes: Counts, sizes: Counts) -> Interval:
    """One share less another, of (2, replicates), with the t interval of the linearised difference.

    The two are of the same scrambles, so their errors are taken together. With one replicate, or
    fewer successes or failures of either than scrambles, the two intervals are combined as if the
    shares were independent (Zou and Donner 2008).
    """
    shares = [
        proportion(k, n) if len(n) > 1 else intervals.proportion(int(k[0]), int(n[0]))
        for k, n in zip(successes, sizes, strict=True)
    ]
    if not sizes.sum(axis=1).all():
        return _NOTHING
    one, other = shares
    value = one.value - other.value
    replicates = sizes.shape[1]
    rarest = np.minimum(successes.sum(axis=1), (sizes - successes).sum(axis=1)).min()
    if replicates == 1 or rarest < replicates:
        below = np.hypot(one.value - one.low, other.high - other.value)
        above = np.hypot(one.high - one.value, other.value - other.low)
        error = float(np.hypot(one.stderr, other.stderr))
    else:
        p = np.asarray([[one.value], [other.value]])
        off = (successes - p * sizes) / sizes.mean(axis=1, keepdims=True)
        each = off[0] - off[1]
        error = float(np.sqrt((each * each).sum() / (replicates * (replicates - 1))))
        below = above = student(replicates - 1) * error
    return Interval(value, error, max(-1.0, value - below), min(1.0, value + above))


def mean(sums: NDArray, sizes: Counts) -> Interval:
    """Mean of values from their sums by replicate, with its t interval."""
    if not sizes.sum():
        return _NOTHING
    value, error = ratio_error(sums, sizes)
    margin = student(len(sizes) - 1) * float(error)
    return Interval(float(value), float(error), float(value) - margin, float(value) + margin)


def quantiles(fine: Counts, coarse: Counts, bins: LogBins, levels: list[float]) -> list[Interval]:
    """Quantiles of a pooled histogram; intervals invert the t interval of the pooled distribution.

    Per-scramble quantiles are never averaged: their mean does not converge to the quantile
    (Kaplan, Li, Nakayama and Tuffin 2019). `coarse` has one row a replicate. The error of a fine
    bin is added as for independent paths; infinite where an open outer bin is reached.
    """
    n = int(fine.sum())
    if n == 0:
        return [_NOTHING] * len(levels)
    edges = bins.edges()
    cumulative = np.concatenate([[0], np.cumsum(fine)]) / n
    below = np.cumsum(coarse, axis=1)
    _, error = ratio_error(below, below[:, -1])
    t = student(len(coarse) - 1)
    inner = np.interp(edges[1:-1], bins.coarse.edges()[1:-1], t * error[:-1])
    half = np.concatenate([[0.0], inner, [0.0]])
    highest = np.maximum.accumulate(cumulative + half)
    lowest = np.minimum.accumulate((cumulative - half)[::-1])[::-1]
    found = []
    for p in levels:
        value = _crossing(edges, cumulative, p)
        low, high = -np.inf, np.inf
        if np.isfinite(value):
            low = _crossing(edges, highest, p)
            high = _crossing(edges, lowest, p)
            bin_ = np.searchsorted(edges, value, side="right") - 1
            margin = Z * (edges[bin_ + 1] - edges[bin_]) / np.sqrt(12.0)
            low = value - float(np.hypot(value - min(low, value), margin))
            high = value + float(np.hypot(max(high, value) - value, margin))
        whole = np.isfinite(low) and np.isfinite(high)
        found.append(Interval(value, (high - low) / (2 * t) if whole else np.nan, low, high))
    return found


def _crossing(edges: NDArray, cumulative: NDArray, p: float) -> float:
    """Where a rising function on the edges reaches p, linear in between; infinite outside."""
    right = int(np.searchsorted(cumulative, p, side="left"))
    if right <= 1:
        return -np.inf
    if right >= len(edges) - 1:
        return np.inf
    below, above = cumulative[right - 1], cumulative[right]
    return float(
        edges[right - 1] + (edges[right] - edges[right - 1]) * (p - below) / (above - below)
    )


def lower_tail_mean(fine: Counts, coarse: Counts, bins: LogBins, share: float) -> Interval:
    """Mean of the lowest `share` (CVaR), its interval from the influence function by scramble."""
    value, error, _, high = intervals.lower_tail_mean(fine, bins.edges(), share)
    if not np.isfinite(error):
        return Interval(value, np.nan, -np.inf, np.inf)
    margin = high - value - Z * error  # half a bin
    v = intervals.quantile_value(fine, bins.edges(), share)
    edges = bins.coarse.edges()
    middle = (edges[:-1] + edges[1:]) / 2.0
    middle[0], middle[-1] = edges[1], edges[-2]
    influence = v + np.minimum(middle - v, 0.0) / share
    _, spread = ratio_error(coarse @ influence, coarse.sum(axis=1))
    margin += student(len(coarse) - 1) * float(spread)
    return Interval(value, float(spread), value - margin, value + margin)


def sample_quantile(samples: list[NDArray], p: float) -> Interval:
    """Quantile of pooled samples, one array a replicate, by the same inversion."""
    pooled = np.sort(np.concatenate(samples))
    sizes = np.asarray([len(s) for s in samples])
    below = np.stack([np.searchsorted(np.sort(s), pooled, side="right") for s in samples])
    share, error = ratio_error(below, sizes)
    margin = student(len(samples) - 1) * error
    value = float(pooled[min(int(np.searchsorted(share, p)), len(pooled) - 1)])
    inside = np.flatnonzero(np.abs(share - p) <= margin)
    low, high = (pooled[inside[0]], pooled[inside[-1]]) if len(inside) else (value, value)
    low, high = float(min(low, value)), float(max(high, value))
    return Interval(value, (high - low) / (2.0 * student(len(samples) - 1)), low, high)


def sorted_quantiles(
    ordered: NDArray, replicate: NDArray, sizes: Counts, levels: list[float]
) -> list[Interval]:
    """Quantiles of many numbers in rising order; `replicate` says which scramble each is from.

    Woodruff (1952): the t interval of the share below the quantile is read off the sorted numbers.
    Cheaper than `sample_quantile`, which tries every number.
    """
    n = len(ordered)
    t = student(len(sizes) - 1)
    found = []
    for p in levels:
        place = min(int(p * n), n - 1)
        below = np.bincount(replicate[: place + 1], minlength=len(sizes))
        margin = t * float(ratio_error(below, sizes)[1])
        ends = int(np.floor((p - margin) * n)), int(np.ceil((p + margin) * n))
        low, high = (float(ordered[min(max(end, 0), n - 1)]) for end in ends)
        found.append(Interval(float(ordered[place]), (high - low) / (2.0 * t), low, high))
    return found


def guaranteed_ratio(parts: NDArray, wholes: NDArray, guess: float) -> Interval:
    """Ratio of two means of numbers in [0, 1], part below whole, with a guaranteed interval.

    Where the whole is always 1 this is `guaranteed`; otherwise both means are bounded at half the
    error probability and divided. `guess` is the ratio as it was known before.
    """
    if (wholes == 1.0).all():
        return guaranteed(parts, guess)
    part = guaranteed(parts, guess, GUARANTEE / 2.0)
    whole = guaranteed(wholes, 0.75, GUARANTEE / 2.0)
    ratio, error = ratio_error(parts, wholes)
    high = min(1.0, part.high / whole.low) if whole.low > 0.0 else 1.0
    return Interval(float(ratio), float(error), part.low / whole.high, high)


def guaranteed(shares: NDArray, guess: float = 0.5, error: float = GUARANTEE) -> Interval:
    """Mean of independent numbers in [0, 1] with an interval that covers whatever their law.

    Hedged betting of Waudby-Smith and Ramdas (2024), predictable plug-in bets: m stays while
    neither of two bets against it, half a unit on prod(1 + l (x - m)) and half a unit on
    prod(1 - l (x - m)), has ever grown to 1 / `error` units. Nothing is assumed but independence. `guess`, a
    value known before, only makes the first bets better.
    """
    x = np.asarray(shares, np.float64)
    n = len(x)
    order = np.arange(1, n + 1)
    first = guess * (1.0 - guess) + 1e-12
    running = (guess + np.cumsum(x)) / (order + 1.0)
    variance = (first + np.cumsum((x - running) ** 2)) / (order + 1.0)
    before = np.concatenate([[first], variance[:-1]])
    bet = np.sqrt(2.0 * np.log(2.0 / error) / (before * n))
    value = float(x.mean())

    def refuted(m: float) -> bool:
        up, down = np.minimum(bet, BOLDEST / m), np.minimum(bet, BOLDEST / (1.0 - m))
        for growth in (np.log1p(up * (x - m)), np.log1p(-down * (x - m))):
            if growth.cumsum().max() >= np.log(2.0 / error):
                return True
        return False

    def end(outer: float) -> float:
        inside, outside = value, outer
        for _ in range(60):
            middle = (inside + outside) / 2.0
            inside, outside = (inside, middle) if refuted(middle) else (middle, outside)
        return outside

    low = 0.0 if value <= 0.0 else end(1e-12)
    high = 1.0 if value >= 1.0 else end(1.0 - 1e-12)
    return Interval(value, float(x.std(ddof=1) / np.sqrt(n)), low, high)
