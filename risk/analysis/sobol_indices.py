"""Sobol' indices by pick-freeze, from outputs at A, B and at each with one group from the other.

A and B are the halves of one 2d-dimensional scrambled point set, so that low discrepancy is kept
over both. Outputs have the replicates, independent scrambles, on their leading axis.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from risk.analysis.intervals import Interval
from risk.analysis.scrambles import student

SMALL = 0.05
"""First-order share below which the estimator for small ones is taken."""

type Model = Callable[[int, NDArray], NDArray]
"""(replicate, numbers of shape (d, n)) -> outputs (..., n)."""


class Indices(NamedTuple):
    """Shares of the variance: of the group alone, and with all that it interacts with."""

    first: Interval
    total: Interval


def halves(dimensions: int, replicates: int, points: int, seed: int) -> NDArray:
    """Uniforms of A and of B: (2, replicates, dimensions, points); seed and scramble say all."""
    from scipy.stats import qmc

    design = np.empty((2, replicates, dimensions, points))
    for r in range(replicates):
        generator = np.random.default_rng([seed, r])
        u = qmc.Sobol(2 * dimensions, scramble=True, rng=generator).random(points).T
        design[:, r] = np.clip(u, 1e-12, 1.0 - 1e-12).reshape(2, dimensions, points)
    return design


def evaluated(model: Model, design: NDArray, groups: list[list[int]]) -> tuple[NDArray, NDArray]:
    """Outputs at A and B, (2, replicates, ..., n), and with a group from the other half.

    The latter has the groups on its leading axis: row [g, 0] is A with group g from B, [g, 1] is B
    with group g from A. `design` is (2, replicates, d, n), `groups` say which numbers each has.
    """
    replicates = range(design.shape[1])
    plain = np.stack([[model(r, half[r]) for r in replicates] for half in design])
    swapped = []
    for group in groups:
        mixed = design.copy()
        mixed[:, :, group] = design[::-1, :, group]
        swapped.append(np.stack([[model(r, half[r]) for r in replicates] for half in mixed]))
    return plain, np.stack(swapped)


def indices(plain: NDArray, swapped: NDArray) -> Indices:
    """Both indices of one group; `plain` and `swapped` are (2, replicates, n).

    First order: Saltelli et al. (2010) b, centred, from both halves; below `SMALL` the product of
    two differences, which is Owen's (2013) correlation 2 with its third point taken from A. Total:
    Jansen (1999), never negative. Ratios to the variance of both halves; intervals by Student's t
    over replicates. Never clipped.
    """
    (a, b), (ab, ba) = plain, swapped
    middle = plain.mean()
    variance = ((plain - middle) ** 2).mean(axis=(0, 2))
    saltelli = 0.5 * ((b - middle) * (ab - a) + (a - middle) * (ba - b)).mean(axis=1)
    small = 0.5 * ((b - ba) * (ab - a)).mean(axis=1)
    jansen = 0.25 * ((a - ab) ** 2 + (b - ba) ** 2).mean(axis=1)
    first = ratio(saltelli, variance)
    if first.value < SMALL:
        first = ratio(small, variance)
    return Indices(first, ratio(jansen, variance))


def ratio(parts: NDArray, wholes: NDArray) -> Interval:
    """Ratio of two means over replicates with its t interval; 0 where the whole is 0."""
    whole = float(wholes.mean())
    if whole <= 0.0:
        return Interval(0.0, 0.0, 0.0, 0.0)
    value = float(parts.mean()) / whole
    count = len(parts)
    error = float((parts - value * wholes).std(ddof=1)) / np.sqrt(count) / whole
    margin = student(count - 1) * error
    return Interval(value, float(error), value - margin, value + margin)
