"""Common factors plus idiosyncratic noise: f ~ N(0, C), z_k = l_k . f + sqrt(1 - l_k' C l_k) e_k."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Array, Float
from numpy.typing import NDArray

from kernels.types import Normals

LARGEST_COMMON_SHARE = 0.9
"""Greatest share of an input's variance that common factors may explain."""


class Dependence(NamedTuple):
    """A factor copula ready for the device."""

    root: Float[Array | np.ndarray, "factor factor"]  # lower Cholesky factor of C
    loadings: Float[Array | np.ndarray, "draw factor"]
    own: Float[Array | np.ndarray, " draw"]  # scale of the idiosyncratic part


def common_share(loadings: NDArray, correlation: NDArray) -> NDArray:
    """Share of each draw's variance due to the factors, l' C l; shape (draws,)."""
    return np.einsum("di,ij,dj->d", loadings, correlation, loadings)


def dependence(loadings: NDArray, correlation: NDArray) -> Dependence:
    """Factor copula of `loadings` (draws, factors) under the factors' `correlation`.

    Raises ValueError where the correlation is not positive definite or a draw is left with
    less than a tenth of its variance.
    """
    smallest = float(np.linalg.eigvalsh(correlation).min())
    if smallest <= 1e-9:
        raise ValueError(f"the factor correlation is not positive definite: {smallest:.3g}")
    share = common_share(loadings, correlation)
    if share.size and share.max() > LARGEST_COMMON_SHARE:
        raise ValueError(f"common factors explain {share.max():.3g} of a draw's variance")
    return Dependence(
        np.asarray(np.linalg.cholesky(correlation), np.float32),
        np.asarray(loadings, np.float32),
        np.asarray(np.sqrt(1.0 - share), np.float32),
    )


def factors(dependence: Dependence, independent: Normals) -> Normals:
    """Correlated factors from independent normals, both of shape (factors, paths)."""
    return _product(dependence.root, independent)


def common_part(dependence: Dependence, factor: Normals) -> Normals:
    """What the factors give to each draw, l . f, shape (draws, paths)."""
    return _product(dependence.loadings, factor)


def _product(
    matrix: Float[Array | np.ndarray, "row k"], columns: Float[Array, "k path"]
) -> Normals:
    """A small matrix times columns as a sum of products, so that no block size changes a bit."""
    total: Normals = columns[None, 0] * matrix[:, 0, None]
    for k in range(1, matrix.shape[1]):
        total = total + matrix[:, k, None] * columns[None, k]
    return total
