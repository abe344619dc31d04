"""The factor copula."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import kstest, norm

from kernels.copula import Dependence, common_part, common_share, dependence, factors
from kernels.counter import Tile, key_of, streams, tile_of, words
from kernels.transforms import normal
from tests.tolerances import FALSE_ALARM

CORRELATION = np.array([[1.0, 0.6, 0.0], [0.6, 1.0, 0.3], [0.0, 0.3, 1.0]])
LOADINGS = np.array([[0.55, 0.0, 0.0], [0.0, -0.4, 0.0], [0.3354, 0.3354, 0.0], [0.0, 0.0, 0.0]])
NAMES = tuple("abcd")


@jax.jit
def drawn(d: Dependence, tile: Tile) -> jax.Array:
    """Dependent normals of one tile, a row for each of the loadings."""
    f = factors(d, normal(words(key_of(5), tile, streams(("f1", "f2", "f3")), jnp.uint32(0))))
    own = streams(NAMES[: len(d.own)])
    e = normal(words(key_of(5), tile, own, jnp.uint32(0)))
    return common_part(d, f) + d.own[:, None] * e


def draws(loadings: np.ndarray, tiles: int = 100) -> np.ndarray:
    d = dependence(loadings, CORRELATION)
    return np.concatenate([np.asarray(drawn(d, tile_of(t))) for t in range(tiles)], axis=1)


def test_every_marginal_stays_standard_normal() -> None:
    for row in draws(LOADINGS):
        assert kstest(row, norm.cdf).pvalue > FALSE_ALARM


def test_permuting_loadings_leaves_marginals_unchanged() -> None:
    for row in draws(LOADINGS[[2, 0, 3, 1]]):
        assert kstest(row, norm.cdf).pvalue > FALSE_ALARM


def test_correlations_are_those_of_the_loadings() -> None:
    z = draws(LOADINGS)
    expected = LOADINGS @ CORRELATION @ LOADINGS.T
    np.fill_diagonal(expected, 1.0)
    # standard error 1/sqrt(n) = 0.0022; five of them
    assert np.abs(np.corrcoef(z) - expected).max() < 0.011


def test_shares_follow_the_formula() -> None:
    assert common_share(LOADINGS, CORRELATION) == pytest.approx([0.3025, 0.16, 0.36, 0], abs=1e-4)


def test_a_correlation_that_is_not_positive_definite_is_refused() -> None:
    with pytest.raises(ValueError, match="not positive definite"):
        dependence(LOADINGS, np.array([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1.0]]))


def test_loadings_that_leave_no_noise_are_refused() -> None:
    with pytest.raises(ValueError, match="common factors explain"):
        dependence(LOADINGS * 1.8, CORRELATION)
