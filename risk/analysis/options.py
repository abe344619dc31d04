"""Value of a right that can be used at one of several dates: bounds from below and from above.

`state` has shape (n, dates, k): what the owner sees. `paid` has shape (n, dates): what exercise
pays, discounted to today; not to exercise at all pays 0. `quote`, of the same shape, is what the
owner expects exercise to pay where the pay itself is not seen; without one the pay is seen.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from risk.analysis.intervals import Interval, Z

DEGREE = 4
FURTHEST = 5.0  # standard deviations beyond which a state counts as that far


class Fit(NamedTuple):
    """Polynomials of a scaled state by date; a date without weights has no fit."""

    weights: list[NDArray | None]
    middle: NDArray  # (dates, k)
    spread: NDArray  # (dates, k)

    def at(self, date: int, state: NDArray) -> NDArray:
        """The fitted number at `date` for states of shape (n, k); infinite without a fit."""
        weights = self.weights[date]
        if weights is None:
            return np.full(len(state), np.inf)
        return self.basis(date, state) @ weights

    def basis(self, date: int, state: NDArray) -> NDArray:
        """1, powers up to `DEGREE` and products of pairs of the scaled state, shape (n, m)."""
        scaled = (state - self.middle[date]) / self.spread[date]
        scaled = np.clip(scaled, -FURTHEST, FURTHEST)
        columns = np.ascontiguousarray(scaled.T)
        powers = [columns]
        for _ in range(DEGREE - 1):
            powers.append(powers[-1] * columns)
        first, second = np.triu_indices(len(columns), 1)
        one = np.ones((1, len(scaled)))
        return np.concatenate([one, *powers, columns[first] * columns[second]]).T


class Policy(NamedTuple):
    """When to exercise: where the quote is above 0 and not below what waiting is worth."""

    waiting: Fit

    def stops(self, date: int, state: NDArray, quote: NDArray) -> NDArray[np.bool_]:
        """Whether the right is used at `date`, for states (n, k) and quotes (n,)."""
        stop = quote > 0.0
        if date < len(self.waiting.weights) - 1:
            stop &= quote >= np.maximum(self.waiting.at(date, state), 0.0)
        return stop


def empty(state: NDArray) -> Fit:
    """The scale of a state by date, without weights."""
    spread = state.std(axis=0)
    spread = np.where(spread > 0.0, spread, 1.0)
    return Fit([None] * state.shape[1], state.mean(axis=0), spread)


def solved(basis: NDArray, y: NDArray) -> NDArray | None:
    """Weights by least squares, by pivoted QR in double precision; None for too few paths."""
    from scipy.linalg import lstsq

    if len(basis) < 10 * basis.shape[1]:
        return None
    weights: NDArray = lstsq(basis, y, cond=1e-10, lapack_driver="gelsy")[0]
    return weights


def expected(state: NDArray, paid: NDArray) -> Fit:
    """What exercise pays as far as the state of its date tells, from every path."""
    fit = empty(state)
    for date in range(paid.shape[1]):
        fit.weights[date] = solved(fit.basis(date, state[:, date]), paid[:, date])
    return fit


def fitted(state: NDArray, paid: NDArray, quote: NDArray | None = None) -> Policy:
    """Exercise policy by least squares on paths where exercise pays (Longstaff, Schwartz 2001)."""
    quote = paid if quote is None else quote
    policy = Policy(empty(state))
    last = paid.shape[1] - 1
    cash = np.where(quote[:, last] > 0.0, paid[:, last], 0.0)
    for date in range(last - 1, -1, -1):
        worth = quote[:, date] > 0.0
        here = state[worth, date]
        policy.waiting.weights[date] = solved(policy.waiting.basis(date, here), cash[worth])
        stop = policy.stops(date, state[:, date], quote[:, date])
        cash = np.where(stop, paid[:, date], cash)
    return policy


class Used(NamedTuple):
    """What a right earns by a policy on each path, and when it is used."""

    cash: NDArray  # (n,), 0 where it is never used
    date: NDArray[np.int64]  # (n,); the number of dates where it is never used


def used(
    policy: Policy,
    state: NDArray,
    paid: NDArray,
    quote: NDArray | None = None,
    martingale: NDArray | float = 0.0,
) -> Used:
    """The policy on paths; those that it was not fitted to give a lower bound of the value.

    A martingale with mean 0, held until the right is used, takes noise from `cash` and no value.
    """
    quote = paid if quote is None else quote
    held = np.broadcast_to(martingale, paid.shape)
    n, dates = paid.shape
    cash, when = -held[:, -1], np.full(n, dates)
    for date in range(dates - 1, -1, -1):
        stop = policy.stops(date, state[:, date], quote[:, date])
        cash = np.where(stop, paid[:, date] - held[:, date], cash)
        when = np.where(stop, date, when)
    return Used(cash, when)


def lower(policy: Policy, state: NDArray, paid: NDArray) -> Interval:
    """What the policy earns on independent paths that it was not fitted to: a lower bound."""
    return sampled(used(policy, state, paid).cash)


def foresight(paid: NDArray, martingale: NDArray | float = 0.0) -> NDArray:
    """Upper bound of the value, path by path, shape (n,): its mean is the bound.

    max over dates of pay less a martingale that starts at mean 0 (Rogers 2002), and of never
    exercising, which is held to the last date. Without a martingale it is what somebody earns who
    sees the whole path. Increments that are no martingale differences give no bound.
    """
    rest = paid - martingale
    never = -np.broadcast_to(martingale, paid.shape)[:, -1]
    return np.maximum(rest.max(axis=1), never)


def bracketed(low: Interval, high: Interval) -> None:
    """Raises ArithmeticError where a lower bound lies above the upper one beyond their errors."""
    if low.low > high.high:
        raise ArithmeticError(
            f"lower bound {low.value:.6g} lies above the upper bound {high.value:.6g}"
        )


def sampled(paths: NDArray) -> Interval:
    """Mean of independent numbers with its normal interval."""
    value, error = float(paths.mean()), float(paths.std(ddof=1) / np.sqrt(len(paths)))
    return Interval(value, error, value - Z * error, value + Z * error)
