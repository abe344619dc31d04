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
ORTHOGONAL = 1e-2  # how far a first Q may be from orthogonal columns
ROWS = 128  # multiplied at a time: so few that no two threads ever wait for each other
REPEATED = 1e-10  # of the largest eigenvalue: columns that say the same
ROUNDING = 1e-12  # of a bound, by which sums in another order may differ
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
        return np.einsum("nm,m->n", self.basis(date, state), weights)

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
    """Weights by least squares, by QR in double precision; None for too few paths.

    Q and R come from two Cholesky factors of products of columns, as exact as Householder's and a
    few products of matrices (Yamamoto et al. 2015). Where columns repeat each other, the shortest
    weights by the eigenvectors that are left.
    """
    if len(basis) < 10 * basis.shape[1]:
        return None
    n, m = basis.shape
    both = np.zeros((-(-n // ROWS), ROWS, m + 1))
    rows = both.reshape(-1, m + 1)  # rows of 0 change nothing
    rows[:n, :m], rows[:n, m] = basis, y
    whole = _products(both)
    size = np.sqrt(whole.diagonal()[:-1])
    size[size == 0.0] = 1.0
    gram, turned = whole[:-1, :-1] / np.outer(size, size), whole[:-1, -1] / size
    try:
        first = np.linalg.cholesky(gram).T
        both[:, :, :m] = both[:, :, :m] @ (np.linalg.inv(first) / size[:, None])
        again = _products(both)
        if np.abs(again[:-1, :-1] - np.eye(len(gram))).max() < ORTHOGONAL:
            second = np.linalg.cholesky(again[:-1, :-1]).T
            onto = np.linalg.solve(second.T, again[:-1, -1])
            return np.asarray(np.linalg.solve(second @ first, onto) / size)
    except np.linalg.LinAlgError:
        pass
    values, axes = np.linalg.eigh(gram)
    kept = values > REPEATED * values[-1]
    return np.asarray((axes[:, kept] / values[kept]) @ (axes[:, kept].T @ turned) / size)


def _products(parts: NDArray) -> NDArray:
    """Products of all pairs of columns, of rows in parts."""
    return np.asarray((parts.transpose(0, 2, 1) @ parts).sum(axis=0))


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


def waiting(state: NDArray, paid: NDArray) -> Fit:
    """What it is worth not to use the right at a date where its pay is seen, from every path.

    By least squares as in `fitted`, but also where exercise does not pay, so that it is a number
    everywhere.
    """
    fit, last = empty(state), paid.shape[1] - 1
    cash = np.maximum(paid[:, last], 0.0)
    for date in range(last - 1, -1, -1):
        basis = fit.basis(date, state[:, date])
        fit.weights[date] = weights = solved(basis, cash)
        later = 0.0 if weights is None else np.maximum(np.einsum("nm,m->n", basis, weights), 0.0)
        cash = np.where(paid[:, date] >= later, paid[:, date], cash)
    return fit


def held(fit: Fit, state: NDArray, paid: NDArray) -> NDArray:
    """What the right is worth by a fit, never below 0 nor below its pay; shape (n, dates)."""
    worth = np.maximum(paid, 0.0)
    for date in range(paid.shape[1]):
        if fit.weights[date] is not None:
            worth[:, date] = np.maximum(worth[:, date], fit.at(date, state[:, date]))
    return worth


def nested(worth: NDArray, paid: NDArray) -> NDArray:
    """Upper bound less `worth` at the first date, path by path, shape (n,).

    `worth`, of shape (n, branches, dates), is any number that the path up to a date decides: first
    that of the path, then those of branches, which share the path up to the date before. With M the
    sum of worth less its mean over branches, E max (paid - M) bounds every policy whose sight is
    the path so far or less (Rogers 2002; Haugh and Kogan 2004; Andersen and Broadie 2004), provided
    that `paid`, of shape (n, dates), is known at its date. M starts at `worth` of the first date,
    whose mean the bound adds. Few branches make the mean noisy: M stays a martingale, so the bound
    stays one and is only wider.
    """
    rise = worth[:, 0, 1:] - worth[:, 1:, 1:].mean(axis=1)
    martingale = np.cumsum(np.column_stack([worth[:, 0, 0], rise]), axis=1)
    return foresight(paid, martingale)


class Upper(NamedTuple):
    """Parts of a dual upper bound on independent paths, one number each; their means add up to it."""

    first: NDArray  # what the right is worth at its first date
    rest: NDArray  # what the bound adds, by `nested`


def upper(
    fit: Fit, fresh: tuple[NDArray, NDArray], families: tuple[NDArray, NDArray], size: int
) -> Upper:
    """Dual upper bound from state and pay of fresh paths, and of families of `size` paths.

    A family is a path and then its branches, as `nested` needs them.
    """
    state, paid = families
    worth = held(fit, state, paid).reshape(-1, size, paid.shape[1])
    first = held(fit, fresh[0][:, :1], fresh[1][:, :1])[:, 0]
    return Upper(first, nested(worth, paid[::size]))


def bracketed(low: Interval, high: Interval) -> None:
    """Raises ArithmeticError where a lower bound lies above the upper one beyond their errors."""
    if low.low - high.high > ROUNDING * abs(high.high):
        raise ArithmeticError(
            f"lower bound {low.value:.6g} lies above the upper bound {high.value:.6g}"
        )


def sampled(paths: NDArray) -> Interval:
    """Mean of independent numbers with its normal interval."""
    value, error = float(paths.mean()), float(paths.std(ddof=1) / np.sqrt(len(paths)))
    return Interval(value, error, value - Z * error, value + Z * error)
