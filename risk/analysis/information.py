"""Value of information of a choice between actions, from simulated net benefits.

`gain` is the net benefit of every other action less that of the first, shape (n,) for two actions
or (n, actions - 1); only differences enter, so what is added to all changes nothing. `replicate`
says which scramble a path is from; without it paths must be independent.

Each fold of the paths is decided by a fit to the others and paid what it really gains (Strong,
Oakley and Brennan 2014, without the upward bias of a maximum over its own fit). A poor fit lowers
the answer: a lower bound.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from risk.analysis import scrambles
from risk.analysis.intervals import Interval, Z

FOLDS = 10
KNOTS = 5
SPLINED = 3
"""Columns up to which each has a spline; more of them have a cubic each."""
PAIRED = 12
"""Columns of which products of pairs are taken: those that go most with the gain."""
NEAR = 0.3
"""Standard deviations of the fit within which a path counts in full: the choice is made there."""
_LEAST = 1e-12  # of the largest eigenvalue: only removes columns that repeat each other


def scaled_gain(
    orbit: NDArray, ground: NDArray, sold_ground: NDArray, investment: float
) -> NDArray:
    """NPV of orbit less that of ground for the same delivered compute, in the unit of `investment`.

    Given per kW; the fleets are of the size at which what ground costs, sales less NPV, has a mean
    present value of `investment`.
    """
    spent = sold_ground - ground
    return (orbit - ground) * investment / spent.mean()


def evpi(gain: ArrayLike, replicate: ArrayLike | None = None) -> Interval:
    """Expected value of perfect information, in the unit of `gain`; never below 0.

    E max(gain, 0) - max(E gain, 0). Raises ValueError for too few paths, or one not finite.
    """
    sampled = _gains(gain)
    number = _numbers(replicate, len(sampled))
    return _worth(sampled, sampled, number)


def evppi(gain: ArrayLike, known: ArrayLike, replicate: ArrayLike | None = None) -> Interval:
    """Worth of knowing the columns of `known`, shape (n,) or (n, k), before the choice.

    A lower bound, and 0 on every fold where the choices of the fit lose on all others. Raises
    ValueError as `evpi`.
    """
    sampled = _gains(gain)
    columns = np.asarray(known, dtype=np.float64).reshape(len(sampled), -1)
    if not np.isfinite(columns).all():
        raise ValueError("known holds a value that is not finite; every path needs a finite one")
    number = _numbers(replicate, len(sampled))
    return _worth(sampled, _fitted(sampled, columns, _folds(number, len(sampled))), number)


def evsi(gain: ArrayLike, summary: ArrayLike, replicate: ArrayLike | None = None) -> Interval:
    """Worth of a study whose simulated result on each path is `summary`, before its cost.

    `summary` has shape (n,) or (n, k): one simulated data set a path, reduced to k numbers.
    """
    return evppi(gain, summary, replicate)


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
    if sampled.ndim not in (1, 2) or len(sampled) < 2 * FOLDS:
        raise ValueError(f"gain has shape {sampled.shape}; at least ({2 * FOLDS},) is needed")
    if not np.isfinite(sampled).all():
        raise ValueError("gain holds a value that is not finite; every path needs a finite one")
    return sampled.reshape(len(sampled), -1)


def _numbers(replicate: ArrayLike | None, n: int) -> NDArray | None:
    """Replicates numbered from 0; None where there is one, of which the paths are independent."""
    if replicate is None:
        return None
    number = np.unique(np.asarray(replicate), return_inverse=True)[1]
    if number.shape != (n,):
        raise ValueError(f"replicate has shape {number.shape}; allowed: ({n},), one a path")
    return number if number.max() > 0 else None


def _folds(number: NDArray | None, n: int) -> NDArray:
    """Fold of each path; a replicate is never divided."""
    return (np.arange(n) if number is None else number) % FOLDS


def _worth(gain: NDArray, signal: NDArray, number: NDArray | None) -> Interval:
    """Mean of what deciding by the greatest `signal` gains over the best single action.

    That action is the best one on the other folds.
    """
    n = len(gain)
    fold = _folds(number, n)
    each = np.arange(n)
    pays, says = (np.column_stack([np.zeros(n), values]) for values in (gain, signal))
    sums = np.stack([pays[fold == k].sum(axis=0) for k in range(fold.max() + 1)])
    single = (sums.sum(axis=0) - sums).argmax(axis=1)
    paid = pays[each, says.argmax(axis=1)] - pays[each, single[fold]]
    own = np.bincount(fold, paid)
    paid = np.where((own.sum() > own)[fold], paid, 0.0)
    if number is None:
        value, error = float(paid.mean()), float(paid.std(ddof=1) / np.sqrt(n))
        return Interval(value, error, value - Z * error, value + Z * error)
    return scrambles.mean(np.bincount(number, paid), np.bincount(number))


def _fitted(gain: NDArray, columns: NDArray, fold: NDArray) -> NDArray:
    """Conditional means of `gain` on each path, from the folds that do not hold the path.

    For each action a path weighs the less, the further that action is from level with the best
    other one in a first fit, to all paths: there its mean decides nothing. Weights that depend on
    what is known alone leave the conditional mean as it is.
    """
    basis = _basis(columns, gain)
    first = np.column_stack([np.zeros(len(gain)), basis @ (basis.T @ gain / len(basis))])
    parts = [np.flatnonzero(fold == k) for k in range(fold.max() + 1)]
    fitted = np.empty_like(gain)
    for action, paid in enumerate(gain.T):
        margin = first[:, action + 1] - np.delete(first, action + 1, axis=1).max(axis=1)
        near = NEAR * margin.std()
        weight = 1.0 / (near**2 + margin**2) if near > 0.0 else np.ones(len(gain))
        weighted = [basis[part].T * weight[part] for part in parts]
        squares = [rows @ basis[part] for rows, part in zip(weighted, parts, strict=True)]
        products = [rows @ paid[part] for rows, part in zip(weighted, parts, strict=True)]
        square, product = np.sum(squares, axis=0), np.sum(products, axis=0)
        for part, own_square, own_product in zip(parts, squares, products, strict=True):
            others = np.linalg.lstsq(square - own_square, product - own_product, rcond=None)[0]
            fitted[part, action] = basis[part] @ others
    return fitted


def _basis(columns: NDArray, gain: NDArray) -> NDArray:
    """Orthogonal functions of the columns: splines or cubics, and products of pairs, (n, m)."""
    spread = columns.std(axis=0)
    varied = spread > 0.0
    scaled = (columns[:, varied] - columns[:, varied].mean(axis=0)) / spread[varied]
    made = [np.ones(len(columns))]
    for column in scaled.T:
        made += [column, column**2, column**3]
        if scaled.shape[1] <= SPLINED:
            for knot in np.quantile(column, np.arange(1, KNOTS + 1) / (KNOTS + 1)):
                made.append(np.maximum(column - knot, 0.0) ** 3)
    with_gain = np.abs(scaled.T @ (gain - gain.mean(axis=0))).max(axis=1)
    paired = scaled[:, np.argsort(-with_gain, kind="stable")[:PAIRED]]
    first, second = np.triu_indices(paired.shape[1], 1)
    basis = np.column_stack([*made, *(paired[:, first] * paired[:, second]).T])
    size, turn = np.linalg.eigh(basis.T @ basis / len(basis))
    kept = size > _LEAST * size[-1]
    return basis @ (turn[:, kept] / np.sqrt(size[kept]))
