"""Shares that are best for the mean and the tail of what they gain, on simulated scenarios.

CVaR at a level is the mean loss in the worst 1 - level of scenarios, min over v of
v + E max(loss - v, 0) / (1 - level) (Rockafellar and Uryasev 2000).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from risk.analysis import scrambles
from risk.analysis.intervals import Interval

LEVEL = 0.95
MOST_CUTS = 500
TOLERANCE = 1e-6  # of the objective, or of 1 where that is smaller

type Gains = Callable[[NDArray], tuple[NDArray, NDArray]]
"""x, shape (k,), to the gain of every scenario, (n,), and its slopes, (n, k); concave in x."""


class Best(NamedTuple):
    """Where the objective is least, and by how much it may still be lower."""

    x: NDArray
    value: float  # risk x CVaR - reward x mean
    gap: float


class Tail(NamedTuple):
    """The loss that 1 - level of scenarios exceed, and their mean loss."""

    var: Interval
    cvar: Interval


def tail_weights(loss: NDArray, level: float) -> NDArray:
    """Weight of every scenario in CVaR, shape (n,), sum 1; the scenario at VaR has what is left."""
    order = np.argsort(-loss, kind="stable")
    share = (1.0 - level) * len(loss)
    weights = np.zeros(len(loss))
    weights[order] = np.clip(share - np.arange(len(loss)), 0.0, 1.0) / share
    return weights


def tail(loss: NDArray, replicate: NDArray, level: float = LEVEL) -> Tail:
    """VaR and CVaR of a loss over scrambles (`replicate`, numbered from 0).

    Their intervals are Student's t over scrambles: of the influence function at the pooled VaR,
    and of the pooled distribution inverted. Raises ArithmeticError where CVaR is below VaR.
    """
    sizes = np.bincount(replicate)
    order = np.argsort(loss, kind="stable")
    var = scrambles.sorted_quantiles(loss[order], replicate[order], sizes, [level])[0]
    influence = var.value + np.maximum(loss - var.value, 0.0) / (1.0 - level)
    cvar = scrambles.mean(np.bincount(replicate, influence), sizes)
    if not cvar.value >= var.value:
        raise ArithmeticError(f"CVaR {cvar.value:.6g} is below VaR {var.value:.6g}")
    return Tail(var, cvar)


def best(
    gains: Gains,
    start: ArrayLike,
    *,
    reward: float = 0.0,
    risk: float = 1.0,
    level: float = LEVEL,
    equal: tuple[ArrayLike, ArrayLike] | None = None,
    most: ArrayLike | float = np.inf,
) -> Best:
    """The x between 0 and `most`, A x = b, that minimises risk x CVaR - reward x mean of gains.

    Kelley's cutting planes, of which each is the tail at one x (Kunzi-Bay and Mayer 2006): exact
    for what is linear in pieces. `equal` is (A, b). Raises ArithmeticError without an answer.
    """
    from scipy.optimize import linprog

    x = np.asarray(start, np.float64)
    k = len(x)
    rows, ends = [], []
    bounds = [(0.0, top) for top in np.broadcast_to(np.asarray(most, np.float64), (k,))]
    found = Best(x, np.inf, np.inf)
    for cut in range(MOST_CUTS):
        gain, slopes = gains(x)
        weights = risk * tail_weights(-gain, level) + reward / len(gain)
        value, slope = float(-weights @ gain), -weights @ slopes
        rows.append([*slope, -1.0])
        ends.append(float(slope @ x) - value)
        if cut and value < found.value:  # `start` need not satisfy A x = b
            found = Best(x, value, np.inf)
        solved = linprog(
            [*np.zeros(k), 1.0],
            A_ub=np.asarray(rows),
            b_ub=np.asarray(ends),
            A_eq=None if equal is None else np.pad(np.asarray(equal[0], float), ((0, 0), (0, 1))),
            b_eq=None if equal is None else equal[1],
            bounds=[*bounds, (None, None)],
            method="highs",
        )
        if not solved.success:
            raise ArithmeticError(f"no best shares: {solved.message}")
        found = found._replace(gap=found.value - float(solved.fun))
        if cut and found.gap <= TOLERANCE * max(1.0, abs(found.value)):
            return found
        x = solved.x[:k]
    raise ArithmeticError(f"no best shares after {MOST_CUTS} cuts: the gap is {found.gap:.3g}")
