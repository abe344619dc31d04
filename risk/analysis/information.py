"""Value of information of a choice between two actions, from simulated net benefits.

`gain` is the net benefit of the second action less that of the first, one number a path; only this
difference enters, so what is added to both changes nothing. Paths must be independent.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from risk.analysis.intervals import Interval, Z

FOLDS = 10
KNOTS = 5
_RIDGE = 1e-8  # of the largest singular value: only removes columns that repeat each other


def evpi(gain: ArrayLike) -> Interval:
    """Expected value of perfect information, in the unit of `gain`, shape (n,).

    E max(gain, 0) - max(E gain, 0); never below 0.
    """
    sampled = _gains(gain)
    return _worth(sampled, sampled)


def evppi(gain: ArrayLike, known: ArrayLike) -> Interval:
    """Worth of knowing the columns of `known`, shape (n,) or (n, k), before the choice.

    The conditional mean of `gain` is a cross-fitted spline regression: each fold is decided by a
    fit to the others and paid what it really gains (Strong, Oakley and Brennan 2014, without the
    upward bias of a maximum over its own fit). A poor fit lowers the answer: a lower bound.
    """
    sampled = _gains(gain)
    columns = np.asarray(known, dtype=np.float64).reshape(len(sampled), -1)
    if not np.isfinite(columns).all():
        raise ValueError("known holds a value that is not finite; every path needs a finite one")
    return _worth(sampled, _fitted(sampled, columns))


def evsi(gain: ArrayLike, summary: ArrayLike) -> Interval:
    """Worth of a study whose simulated result on each path is `summary`, before its cost.

    `summary` has shape (n,) or (n, k): one simulated data set a path, reduced to k numbers.
    """
    return evppi(gain, summary)


def checked(parts: dict[str, Interval], whole: Interval) -> None:
    """Raises ArithmeticError where a part is worth more than `whole` beyond sampling error."""
    for name, part in parts.items():
        if part.low > whole.high:
            raise ArithmeticError(
                f"information on {name} is worth {part.value:.6g}, more than the "
                f"{whole.value:.6g} of what contains it"
            )


def _gains(gain: ArrayLike) -> NDArray:
    sampled = np.asarray(gain, dtype=np.float64)
    if sampled.ndim != 1 or len(sampled) < 2 * FOLDS:
        raise ValueError(f"gain has shape {sampled.shape}; at least ({2 * FOLDS},) is needed")
    if not np.isfinite(sampled).all():
        raise ValueError("gain holds a value that is not finite; every path needs a finite one")
    return sampled


def _worth(gain: NDArray, signal: NDArray) -> Interval:
    """Mean of what deciding by the sign of `signal` gains over the better single action."""
    paid = gain * ((signal > 0.0) - float(gain.mean() > 0.0))
    value, error = float(paid.mean()), float(paid.std(ddof=1) / np.sqrt(len(paid)))
    return Interval(value, error, value - Z * error, value + Z * error)


def _fitted(gain: NDArray, columns: NDArray) -> NDArray:
    """Conditional mean of `gain` on each path, from the folds that do not hold the path."""
    basis = _basis(columns)
    fold = np.arange(len(gain)) % FOLDS
    fitted = np.empty_like(gain)
    for one in range(FOLDS):
        out = fold == one
        weights = np.linalg.lstsq(basis[~out], gain[~out], rcond=_RIDGE)[0]
        fitted[out] = basis[out] @ weights
    return fitted


def _basis(columns: NDArray) -> NDArray:
    """Cubic truncated-power splines of each column and the products of pairs, shape (n, m)."""
    spread = columns.std(axis=0)
    scaled = (columns - columns.mean(axis=0)) / np.where(spread > 0.0, spread, 1.0)
    made = [np.ones(len(scaled))]
    for column in scaled.T:
        made += [column, column**2, column**3]
        for knot in np.quantile(column, np.arange(1, KNOTS + 1) / (KNOTS + 1)):
            made.append(np.maximum(column - knot, 0.0) ** 3)
    first, second = np.triu_indices(scaled.shape[1], 1)
    made += list((scaled[:, first] * scaled[:, second]).T)
    return np.stack(made, axis=1)
