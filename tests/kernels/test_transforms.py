"""Words to uniforms and normals."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from kernels.transforms import normal, normal_cdf, uniform

EDGES = np.concatenate(
    [np.arange(4000), np.arange(2**23 - 4000, 2**23 + 4000), np.arange(2**24 - 4000, 2**24)]
)
CELLS = np.unique(np.concatenate([EDGES, np.arange(0, 2**24, 61)]))


def test_normals_are_the_quantile_of_the_uniforms() -> None:
    word = jnp.asarray(CELLS << 8, jnp.uint32)
    u, z = np.asarray(uniform(word), np.float64), np.asarray(normal(word), np.float64)
    exact = ndtri((CELLS + 0.5) * 2.0**-24)
    assert np.abs(z / exact - 1).max() < 6e-7  # the polynomial's stated error
    assert np.abs(u - (CELLS + 0.5) * 2.0**-24).max() < 2.0**-24


def test_uniforms_never_reach_their_ends() -> None:
    ends = np.asarray(uniform(jnp.asarray([0, 2**32 - 1], jnp.uint32)))
    assert ends[0] > 0
    assert ends[1] <= 1 - 2.0**-25
    assert np.isfinite(np.asarray(normal(jnp.asarray([0, 2**32 - 1], jnp.uint32)))).all()


@pytest.mark.parametrize("low_bits", [0, 255])
def test_low_bits_do_not_matter(low_bits: int) -> None:
    word = jnp.asarray((CELLS[:100] << 8) | low_bits, jnp.uint32)
    assert np.array_equal(normal(word), normal(jnp.asarray(CELLS[:100] << 8, jnp.uint32)))


def test_normals_are_antisymmetric() -> None:
    z = np.asarray(normal(jnp.asarray(CELLS << 8, jnp.uint32)))
    mirrored = np.asarray(normal(jnp.asarray((2**24 - 1 - CELLS) << 8, jnp.uint32)))
    assert np.array_equal(z, -mirrored)


def test_the_distribution_function_is_the_normal_one() -> None:
    z = np.linspace(-7.0, 7.0, 20001)
    got = np.asarray(normal_cdf(jnp.asarray(z, jnp.float32)), np.float64)
    exact = ndtr(np.asarray(z, np.float32).astype(np.float64))
    assert np.abs(got / exact - 1).max() < 5e-6
    assert np.abs(got - exact).max() < 2e-7
    ends = np.asarray(normal_cdf(jnp.asarray([-jnp.inf, 0.0, jnp.inf, jnp.nan])))
    np.testing.assert_allclose(ends[:3], [0.0, 0.5, 1.0], atol=1e-7)
    assert np.isnan(ends[3])
