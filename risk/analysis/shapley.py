"""Shapley shares of groups of Gaussian numbers, dependent or not.

The worth of a set u of groups is E[Var(Y | all but u)] turned round: c(u) = Var(E[Y | x_u]). It is
met by pairs of points that share x_u and are otherwise drawn apart given it: half the mean square
of their difference is Var(Y) - c(u) (Jansen 1999; Song, Nelson and Staum 2016; Goda 2021). Along a
random order of the groups the steps of c add up to the variance, so the shares sum to 1.

Points are independent standard normals z; what a group knows of them is M z for its rows M. Under a
Gaussian copula that is exact: given M z = x, the rest is drawn by Matheron's rule.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from risk.analysis.intervals import Interval
from risk.analysis.sobol_indices import ratio

TOLERANCE = 1e-9
"""Largest defect of the sum of all shares, in units of the variance."""

type Model = Callable[[int, NDArray], NDArray]
"""(replicate, normals of shape (d, n)) -> outputs (outputs, n) on the same paths."""


def shared(rows: NDArray, z: NDArray, other: NDArray) -> NDArray:
    """Points like `other`, given that `rows` @ point is `rows` @ z; (d, n).

    other + M' (M M')^-1 M (z - other), the conditional law of independent standard normals.
    """
    if not len(rows):
        return other
    _, singular, basis = np.linalg.svd(rows, full_matrices=False)
    basis = basis[singular > 1e-9 * singular.max()]
    return other + basis.T @ (basis @ (z - other))


def shapley(
    model: Model, groups: list[NDArray], design: NDArray, seed: int, orders: int = 1
) -> list[list[Interval]]:
    """Share of the variance of each output, by group: [group][output].

    `groups` are the rows M of each, (rows, d), and know all that the model depends on together;
    `design` holds the normals of two independent points, (2, replicates, d, n). Each replicate
    takes `orders` random orders of the groups and their reverses. Raises ArithmeticError where the
    shares do not sum to the variance.
    """
    generator = np.random.default_rng([seed, len(groups)])
    steps, variances = [], []
    for r in range(design.shape[1]):
        some = [generator.permutation(len(groups)) for _ in range(orders)]
        found = _of_replicate(partial(model, r), groups, design[0, r], design[1, r], some)
        steps.append(found[0])
        variances.append(found[1])
    parts, wholes = np.stack(steps), np.stack(variances)
    variance = wholes.mean(axis=0)
    defect = np.abs(parts.mean(axis=0).sum(axis=0) - variance)
    if not (defect <= TOLERANCE * variance).all():
        raise ArithmeticError(f"the Shapley shares miss the variance by {defect.max():.3g}")
    return [
        [ratio(parts[:, g, k], wholes[:, k]) for k in range(parts.shape[2])]
        for g in range(len(groups))
    ]


def _of_replicate(
    model: Callable[[NDArray], NDArray],
    groups: list[NDArray],
    z: NDArray,
    other: NDArray,
    some: list[NDArray],
) -> tuple[NDArray, NDArray]:
    """Mean steps of c by group, (groups, outputs), and the variance that they add up to."""
    y = model(z)
    apart = {frozenset(range(len(groups))): np.zeros(len(y))}  # Var(Y) - c(u)
    chosen = [order for one in some for order in (one, one[::-1])]
    taken = np.zeros((len(groups), len(y)))
    for order in chosen:
        for size in range(len(groups) + 1):
            known = frozenset(order[:size])
            if known not in apart:
                rows = np.concatenate([np.empty((0, len(z))), *(groups[g] for g in sorted(known))])
                point = model(shared(rows, z, other))
                apart[known] = 0.5 * ((y - point) ** 2).mean(axis=-1)
            if size:
                before = apart[frozenset(order[: size - 1])]
                taken[order[size - 1]] += (before - apart[known]) / len(chosen)
    return taken, apart[frozenset()]
