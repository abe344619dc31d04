"""Value of a right that can be used at one of several dates: a lower bound from simulated paths.

`state` has shape (n, dates, k): what the owner sees. `paid` has shape (n, dates): what exercise
pays, discounted to today; not to exercise at all pays 0.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from risk.analysis.intervals import Interval, Z

DEGREE = 4


class Policy(NamedTuple):
    """Continuation values by date, as weights of polynomials of scaled state; None: no fit."""

    weights: list[NDArray | None]
    middle: NDArray  # (dates, k)
    spread: NDArray  # (dates, k)

    def holding(self, date: int, state: NDArray) -> NDArray:
        """What waiting at `date` is worth, shape (n,), never below 0; infinite without a fit."""
        weights = self.weights[date]
        if weights is None:
            return np.full(len(state), np.inf)
        scaled = (state - self.middle[date]) / self.spread[date]
        return np.maximum(_basis(scaled) @ weights, 0.0)


def fitted(state: NDArray, paid: NDArray) -> Policy:
    """Exercise policy by least squares on paths where exercise pays (Longstaff, Schwartz 2001)."""
    dates = paid.shape[1]
    spread = state.std(axis=0)
    spread = np.where(spread > 0.0, spread, 1.0)
    policy = Policy([None] * dates, state.mean(axis=0), spread)
    cash = np.maximum(paid[:, -1], 0.0)
    for date in range(dates - 2, -1, -1):
        worth = paid[:, date] > 0.0
        scaled = (state[worth, date] - policy.middle[date]) / spread[date]
        basis = _basis(scaled)
        if len(basis) < 10 * basis.shape[1]:
            continue
        policy.weights[date] = np.linalg.lstsq(basis, cash[worth], rcond=1e-10)[0]
        now = worth & (paid[:, date] >= policy.holding(date, state[:, date]))
        cash = np.where(now, paid[:, date], cash)
    return policy


def lower(policy: Policy, state: NDArray, paid: NDArray) -> Interval:
    """What the policy earns on paths that it was not fitted to: a lower bound of the value."""
    cash = np.maximum(paid[:, -1], 0.0)
    for date in range(paid.shape[1] - 2, -1, -1):
        now = (paid[:, date] > 0.0) & (paid[:, date] >= policy.holding(date, state[:, date]))
        cash = np.where(now, paid[:, date], cash)
    return _mean(cash)


def bracketed(low: Interval, high: Interval) -> None:
    """Raises ArithmeticError where a lower bound lies above the upper one beyond their errors."""
    if low.low > high.high:
        raise ArithmeticError(
            f"lower bound {low.value:.6g} lies above the upper bound {high.value:.6g}"
        )


def _basis(scaled: NDArray) -> NDArray:
    made = [np.ones(len(scaled))] + [c**p for c in scaled.T for p in range(1, DEGREE + 1)]
    first, second = np.triu_indices(scaled.shape[1], 1)
    return np.stack(made + list((scaled[:, first] * scaled[:, second]).T), axis=1)


def _mean(paths: NDArray) -> Interval:
    value, error = float(paths.mean()), float(paths.std(ddof=1) / np.sqrt(len(paths)))
    return Interval(value, error, value - Z * error, value + Z * error)
