"""Scrambled Sobol' words for the battery: the one place that knows the provider.

A stand-in of the same construction (Joe and Kuo's directions, a random lower triangular matrix and
a digital shift for each dimension, drawn by Philox) until the engine has a provider of its own.
"""

from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, UInt32
from numpy.typing import NDArray

from kernels.counter import key_of, philox

PROVIDER = "stand-in in benchmarks/sobol_words.py, not the engine's"
BITS = 32


@cache
def _directions(dimensions: int) -> NDArray[np.uint32]:
    """Columns, shape (dimensions, 32): column k belongs to bit k of a point's index."""
    from scipy.stats import qmc

    return qmc.Sobol(dimensions, scramble=False, bits=BITS)._sv.astype(np.uint32)


def plain(first: int, count: int, dimensions: int) -> NDArray[np.uint32]:
    """Unscrambled points from one on, shape (count, dimensions)."""
    index = np.arange(first, first + count, dtype=np.uint64)[:, None]
    words = np.zeros((count, dimensions), np.uint32)
    for k, column in enumerate(_directions(dimensions).T):
        words ^= np.where(index >> np.uint64(k) & np.uint64(1) == 1, column, np.uint32(0))
    return words


def one_point(seed: int, first: int, count: int, point: int, dimensions: int) -> UInt32[Array, ""]:
    """One point in `count` scrambles from one on, shape (count, dimensions)."""
    word = jnp.asarray(plain(point, 1, dimensions))
    return _across(key_of(seed), jnp.uint32(first), word, count)


def first_points(seed: int, scramble: int, count: int, dimensions: int) -> NDArray[np.uint32]:
    """The first points of one scramble, shape (count, dimensions)."""
    words = jnp.asarray(plain(0, count, dimensions))
    return np.asarray(_scrambled(key_of(seed), jnp.uint32(scramble), words))


@jax.jit
def _scrambled(key: Array, scramble: Array, words: Array) -> Array:
    """Matrix, ones on its diagonal, times each word, then the shift."""
    rows = _random(key, scramble, words.shape[1])
    found = rows[BITS][None, :]
    for bit in range(BITS):
        unit = jnp.uint32(1 << (BITS - 1 - bit))
        column = rows[bit] & (unit - jnp.uint32(1)) | unit
        found = found ^ jnp.where(words & unit != 0, column[None, :], jnp.uint32(0))
    return found


@partial(jax.jit, static_argnames="count")
def _across(key: Array, first: Array, word: Array, count: int) -> Array:
    scrambles = first + jnp.arange(count, dtype=jnp.uint32)
    return lax.map(lambda s: _scrambled(key, s, word)[0], scrambles)


def _random(key: Array, scramble: Array, dimensions: int) -> Array:
    """33 random words of each dimension, shape (36, dimensions)."""
    shape = (-(-(BITS + 1) // 4), dimensions)
    counter = (
        jnp.broadcast_to(jnp.arange(shape[0], dtype=jnp.uint32)[:, None], shape),
        jnp.broadcast_to(scramble, shape),
        jnp.full(shape, 1 << 31, jnp.uint32),
        jnp.broadcast_to(jnp.arange(dimensions, dtype=jnp.uint32)[None, :], shape),
    )
    return jnp.stack(philox(counter, (key[0], key[1])), axis=1).reshape(-1, dimensions)
