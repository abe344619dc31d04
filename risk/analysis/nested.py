"""An unbiased value of partial information: nested simulation by levels, chosen at random.

At level k an outer draw has 2^k inner ones; the mean of the differences between a level and the
one below adds up to the nested mean without its bias. Both halves of the inner draws stand for the
level below (Giles and Goda 2019), so that the difference is 0 wherever halves agree on the choice.
Its variance falls as 2^(-1.5 k) and its cost grows as 2^k, so one level an outer draw, taken with
probability in proportion to 2^(-1.25 k), has a finite variance at a finite mean cost (Rhee and
Glynn 2015).
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from risk.analysis import scrambles
from risk.analysis.intervals import Interval

RATIO = 2.0**-1.25
"""Probability of a level over that of the one below."""
REPLICATES = 16

type Inner = Callable[[NDArray, int], NDArray]
"""(inner draws of each outer draw, replicate) -> gains in that order, (all of them, actions - 1)."""


def nested(inner: Inner, outer: int, seed: int) -> Interval:
    """EVPPI of what the outer draws hold, from `outer` of them in each replicate.

    Raises ValueError for fewer than 16 outer draws.
    """
    if outer < REPLICATES:
        raise ValueError(f"{outer} outer draws are given; allowed: {REPLICATES} or more")
    rng = np.random.Generator(np.random.Philox(seed))
    best, plain = [], []
    for replicate in range(REPLICATES):
        level, chance = _levels(outer, float(rng.random()))
        gain = inner(2**level, replicate)
        pays = np.column_stack([np.zeros(len(gain)), gain.reshape(len(gain), -1)])
        found = _outer(pays, level, chance)
        best.append(found[0])
        plain.append(found[1])
    single = np.sum(plain, axis=0) - np.asarray(plain)  # the single action, by other replicates
    over = [b - p[k] for b, p, k in zip(best, plain, single.argmax(axis=1), strict=True)]
    return scrambles.mean(np.asarray(over), np.ones(REPLICATES, np.int64))


def _levels(outer: int, u: float) -> tuple[NDArray, NDArray]:
    """Levels from 1 on, drawn systematically, and the probability of each."""
    place = (np.arange(outer) + u) / outer
    level = 1 + np.floor(np.log1p(-place) / np.log(RATIO)).astype(np.int64)
    return level, (1.0 - RATIO) * RATIO ** (level - 1.0)


def _outer(pays: NDArray, level: NDArray, chance: NDArray) -> tuple[float, NDArray]:
    """Unbiased means over outer draws: of the best action given each, and of every action."""
    size = 2**level
    half = np.repeat(size // 2, 2)
    sums = np.add.reduceat(pays, np.cumsum(half) - half, axis=0).reshape(len(level), 2, -1)
    halves = sums / (size // 2)[:, None, None]
    means = halves.mean(axis=1)
    known = np.add.reduceat(pays.max(axis=1), np.cumsum(size) - size) / size
    finer = means.max(axis=1) - halves.max(axis=2).mean(axis=1)
    return float((known + finer / chance).mean()), means.mean(axis=0)
