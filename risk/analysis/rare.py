"""Probability of a rare event of independent standard normals, by two estimators that must agree.

Both see the event as `margin(z) < 0` with `z` of shape (dimensions, n), so any model whose inputs
are transformed normals fits. The first tilts the density, the second conditions level by level.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from risk.analysis.intervals import Interval, Z

LEVEL = 0.1  # share of particles that passes a level
ROUNDS = 40
APART = 4.0  # standard errors between the two estimators that count as a disagreement

Margin = Callable[[NDArray], NDArray]


def tilted(margin: Margin, dimensions: int, n: int, seed: int = 0) -> Interval:
    """Importance sampling from a normal whose mean cross-entropy finds (Rubinstein 1999).

    The variance of every axis stays 1, so weights are exp(-m.z + m.m/2). One mean serves
    one region: an event of several regions needs `layered`. Raises ArithmeticError where the event
    is not reached within `ROUNDS`.
    """
    random = np.random.default_rng(seed)
    mean = np.zeros(dimensions)
    for _ in range(ROUNDS):
        z = mean[:, None] + random.standard_normal((dimensions, n))
        found = margin(z)
        level = max(float(np.quantile(found, LEVEL)), 0.0)
        chosen = found <= level
        logs = _log_weight(z[:, chosen], mean)
        weights = np.exp(logs - logs.max())
        mean = z[:, chosen] @ weights / weights.sum()
        if level == 0.0:
            break
    else:
        raise ArithmeticError(f"importance sampling did not reach the event in {ROUNDS} rounds")
    z = mean[:, None] + random.standard_normal((dimensions, n))
    paid = np.exp(_log_weight(z, mean)) * (margin(z) < 0.0)
    value, error = float(paid.mean()), float(paid.std(ddof=1) / np.sqrt(n))
    return Interval(value, error, max(value - Z * error, 0.0), value + Z * error)


def layered(margin: Margin, dimensions: int, n: int, runs: int = 16, seed: int = 0) -> Interval:
    """Subset simulation by conditional sampling (Au and Beck 2001; Papaioannou et al. 2015).

    The interval is that of the mean of `runs` independent runs of `n` particles, by Student t.
    """
    from scipy.stats import t

    found = np.array([_one_run(margin, dimensions, n, (seed, run)) for run in range(runs)])
    value, error = float(found.mean()), float(found.std(ddof=1) / np.sqrt(runs))
    half = float(t.ppf(0.975, runs - 1)) * error
    return Interval(value, error, max(value - half, 0.0), value + half)


def agreed(first: Interval, second: Interval) -> None:
    """Raises ArithmeticError where two estimates differ by more than `APART` standard errors."""
    apart = abs(first.value - second.value)
    if not apart <= APART * float(np.hypot(first.stderr, second.stderr)):
        raise ArithmeticError(
            f"two estimators of one probability disagree: {first.value:.4g} and {second.value:.4g}"
        )


def _log_weight(z: NDArray, mean: NDArray) -> NDArray:
    return -(mean @ z) + mean @ mean / 2.0


def _one_run(margin: Margin, dimensions: int, n: int, seed: tuple[int, int]) -> float:
    random = np.random.default_rng(seed)
    z = random.standard_normal((dimensions, n))
    found = margin(z)
    seeds, probability, step = int(LEVEL * n), 1.0, 0.6
    for _ in range(ROUNDS):
        order = np.argsort(found)
        level = float(found[order[seeds - 1]])
        if level < 0.0:
            return probability * float((found < 0.0).mean())
        probability *= seeds / n
        z, found = z[:, order[:seeds]], found[order[:seeds]]
        chain, values = [z], [found]
        for _ in range(n // seeds - 1):
            kick = random.standard_normal(z.shape)
            moved = np.sqrt(1.0 - step**2) * z + step * kick
            new = margin(moved)
            taken = new <= level
            z, found = np.where(taken, moved, z), np.where(taken, new, found)
            chain.append(z)
            values.append(found)
            step = float(np.clip(step * np.exp(taken.mean() - 0.44), 0.05, 1.0))
        z, found = np.concatenate(chain, axis=1), np.concatenate(values)
    return 0.0
