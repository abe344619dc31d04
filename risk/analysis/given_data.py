"""Drivers of an output from paths that a run took anyway: shares of variance and EVPPI.

The conditional mean E[Y | x] is regressed on functions of the rank of x that are orthonormal over
the paths: the normal score, which is exact for what is linear in a Gaussian, and Legendre
polynomials. Scrambles are independent, so what one replicate says is only ever multiplied with, or
judged by, what the others say: neither noise nor the maximum over a fit lifts an index.
"""

from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import NDArray

from risk.analysis.intervals import Interval
from risk.analysis.scrambles import mean, student

DEGREE = 12
"""Highest Legendre polynomial: two periods of a sine are met to 1e-6 of their variance."""
HEAVIEST = 0.5
"""Tail index from which on there is no variance."""
FEWEST = 512
"""Fewest paths that a regression takes."""
BATCHES = 32
"""Parts of a plain Monte Carlo run, whose paths are independent, that stand for replicates."""


class NoVariance(ValueError):
    """The output has no finite variance, so that shares of it do not exist."""


class Paths(NamedTuple):
    """Paths sorted by replicate, and the functions of a rank."""

    order: NDArray  # places of the sorted paths among those given
    starts: NDArray  # first path of each replicate
    sizes: NDArray  # paths of each replicate
    turn: NDArray  # (n,) of the paths given: the first ones of every replicate, then the second
    basis: NDArray  # (n, functions), a row a rank; orthonormal, mean 0

    def rising(self, x: NDArray) -> NDArray[np.int64]:
        """Places of the paths given, by rising `x`; equal values are dealt evenly to replicates."""
        bits = np.ascontiguousarray(x, np.float32).view(np.uint32)
        bits = np.where(bits >> 31, ~bits, bits | np.uint32(1 << 31)).astype(np.uint64)
        ordered = np.sort(
            bits << np.uint64(32) | self.turn.astype(np.uint64)
        )  # faster than argsort
        places = np.empty(len(x), np.int64)
        places[self.turn] = np.arange(len(x))
        return places[(ordered & np.uint64(0xFFFFFFFF)).astype(np.int64)]

    def by_replicate(self, values: NDArray) -> NDArray:
        """Mean over the paths of each replicate of values in sorted order."""
        sums: NDArray = np.add.reduceat(values, self.starts)
        return sums / self.sizes


def paths_of(replicate: NDArray) -> Paths:
    """The design of paths with these replicates; one replicate is cut into `BATCHES`.

    Raises ValueError for too few paths to fit the functions on.
    """
    n = len(replicate)
    number = np.unique(replicate, return_inverse=True)[1]
    if number.max(initial=0) == 0:
        number = np.arange(n) * BATCHES // max(n, 1)
    sizes = np.unique(number, return_counts=True)[1]
    if n < FEWEST or len(sizes) < 2:
        raise ValueError(f"{n:,} paths are too few to tell what drives an output: {FEWEST:,} do")
    order, starts = np.argsort(number, kind="stable"), np.cumsum(sizes) - sizes
    within = np.arange(n) - np.repeat(starts, sizes)
    turn = np.empty(n, np.int64)
    turn[order[np.lexsort((number[order], within))]] = np.arange(n)
    return Paths(order, starts, sizes, turn, _basis(n))


def _basis(n: int) -> NDArray:
    u = (np.arange(n) + 0.5) / n
    # Not from SciPy, whose import takes longer than this.
    z = np.fromiter(map(NormalDist().inv_cdf, u), float, n)
    columns = np.column_stack([np.ones(n), z, legendre.legvander(2.0 * u - 1.0, DEGREE)[:, 1:]])
    return np.linalg.qr(columns)[0][:, 1:] * np.sqrt(n)


def require_variance(y: NDArray) -> None:
    """Raise NoVariance where a tail falls too slowly, or a value is not finite."""
    if not np.isfinite(y).all():
        raise NoVariance(
            "the output is not finite on every path, so shares of its variance do not exist"
        )
    middle = np.median(y)
    index = max(tail_index(y - middle), tail_index(middle - y))
    if index > HEAVIEST:
        raise NoVariance(
            f"the output's tail index is {index:.2f}, so it has no finite variance (allowed: up to "
            f"{HEAVIEST:g}) and shares of it do not exist: take the log of it, or an event"
        )


def tail_index(y: NDArray) -> float:
    """Shape k of the Pareto law fitted to the largest values; the variance exists below 1/2.

    Posterior mean of Zhang and Stephens (2009) with the weak prior of Vehtari et al. (2024), on
    the 3 sqrt(n) largest values, at most a fifth of all.
    """
    count = int(min(len(y) / 5.0, 3.0 * np.sqrt(len(y))))
    top = np.sort(y)[-count - 1 :]
    x = top[1:] - top[0]
    if count < 5 or x[-1] <= 0.0 or x[0] == x[-1]:
        return 0.0
    x = np.maximum(x, np.finfo(np.float64).tiny)
    points = 30 + int(np.sqrt(count))
    b = (1.0 - np.sqrt(points / (np.arange(1, points + 1) - 0.5))) / (3.0 * x[count // 4])
    b += 1.0 / x[-1]
    k = np.log1p(-b[:, None] * x).mean(axis=1)
    likelihood = count * (np.log(-b / k) - k - 1.0)
    weight = np.exp(likelihood - likelihood.max())
    shape = float(np.log1p(-(b * weight).sum() / weight.sum() * x).mean())
    return (count * shape + 10.0 * 0.5) / (count + 10.0)


class Sorted(NamedTuple):
    """Paths by one input: the functions of its rank, in the order of the design."""

    design: Paths
    basis: NDArray  # (n, functions)

    @classmethod
    def by(cls, design: Paths, rising: NDArray[np.int64]) -> "Sorted":
        """Paths in the order that `Paths.rising` gives for an input."""
        rank = np.empty(len(rising), np.int64)
        rank[rising] = np.arange(len(rising))
        return cls(design, design.basis.take(rank[design.order], axis=0))

    def products(self, y: NDArray) -> NDArray:
        """Mean of y times each function by replicate, y in the order of the design."""
        d = self.design
        ends = zip(d.starts, d.starts + d.sizes, strict=True)
        return np.stack([y[a:b] @ self.basis[a:b] for a, b in ends]) / d.sizes[:, None]


def first_order(paths: Sorted, y: NDArray) -> Interval:
    """Share of the variance of `y` that E[y | x] has; never clipped at 0.

    sum_k c_k^2 / Var(y) with c_k = E[y phi_k], less what noise adds to it: the mean over pairs of
    different replicates of the products of their errors. The interval is Student's t over
    replicates of the linear part, and the spread of those products; wide for an index of 0.
    The variance must exist: see `require_variance`.
    """
    design = paths.design
    rows = y[design.order] - y.mean()
    variance = float(rows @ rows) / len(rows)
    if variance <= 0.0:
        return Interval(0.0, 0.0, 0.0, 0.0)
    c = rows @ paths.basis / len(rows)
    fitted = paths.basis @ c
    rest = rows - fitted
    noise = paths.products(rest)
    count = len(noise)
    products = (noise @ noise.T)[~np.eye(count, dtype=bool)]
    share = float(c @ c + products.mean()) / variance
    moved = design.by_replicate(fitted * (fitted + 2.0 * rest) - share * rows * rows)
    beyond = float((products * products).mean())
    single = max(0.0, float(moved.var(ddof=1)) - 4.0 * beyond / count)
    error = float(np.sqrt(single / count + 2.0 * beyond / (count * (count - 1)))) / variance
    margin = student(count - 1) * error
    return Interval(share, error, share - margin, share + margin)


def evppi(paths: Sorted, difference: NDArray) -> Interval:
    """E[max(0, E[D | x])] - max(0, E[D]): what knowing x before the choice is worth, units of D.

    D is the net benefit of one action over the other. The choice on the paths of a replicate is
    made by the regression on all others (cross-fitting), so it is valued without its own noise; the
    estimate leans low by what wrong choices cost. Exactly 0 where no value of x moves the choice,
    and on a replicate where the regression's choices lose on all others.
    """
    design = paths.design
    d = difference[design.order]
    sizes = design.sizes[:, None]
    sums = sizes * np.column_stack([design.by_replicate(d), paths.products(d)])
    others = (sums.sum(axis=0) - sums) / (len(d) - sizes)
    gains = []
    for start, size, c in zip(design.starts, design.sizes, others, strict=True):
        own = slice(start, start + size)
        chosen = (c[0] + paths.basis[own] @ c[1:] > 0.0).astype(np.float64)
        gains.append(float(d[own] @ (chosen - (c[0] > 0.0))))
    own_gain = np.asarray(gains)
    return mean(np.where(own_gain.sum() > own_gain, own_gain, 0.0), design.sizes)


def evpi(design: Paths, difference: NDArray) -> Interval:
    """E[max(0, D)] - max(0, E[D]): what knowing everything is worth, units of D."""
    d = difference[design.order]
    sums = np.add.reduceat(d, design.starts)
    others = (sums.sum() - sums) / (len(d) - design.sizes)
    gain = np.maximum(d, 0.0) - d * np.repeat(others > 0.0, design.sizes)
    return mean(np.add.reduceat(gain, design.starts), design.sizes)
