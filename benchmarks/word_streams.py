"""Endless streams of the providers' words, in the orders in which a flaw would show."""

from collections.abc import Callable, Iterator
from itertools import count

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, UInt32
from numpy.typing import NDArray

from benchmarks import sobol_words
from kernels.counter import TILE, key_of, philox, streams, tile_of, words
from kernels.marginals import Constant
from risk.inputs import declarations
from risk.model.constants import QUARTERS
from risk.model.path import Shocks, Starts
from risk.scenario import load

SEED = 20261124
DIMENSIONS = 768
"""Of the Sobol' streams; a path of the base scenario takes about as many."""

POINT = 0x5A5C3
"""A point deep in the sequence, nine bits of its index set."""

_CHUNK = 1 << 20  # words, about

type Chunks = Iterator[NDArray[np.uint32]]


def names() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Draws of the base scenario: those drawn once per path, and those of each quarter."""
    scenario = load("base")
    once = [f"factor.{name}" for name in scenario.factors]
    for key, prior in scenario.priors.items():
        if prior.declaration.kind == "number" and not isinstance(prior.marginal, Constant):
            once.append(key)
    once += [f"starts.{name}" for name in dict(declarations(Starts))]
    each = [f"shocks.{name}" for name in dict(declarations(Shocks))]
    return (*once, "conditioning.accept"), tuple(each)


def along_paths() -> Chunks:
    """One draw, path after path."""
    number, key = streams(names()[0][:1]), key_of(SEED)
    several = jax.jit(jax.vmap(lambda tile: words(key, tile, number, jnp.uint32(0))))
    tiles = _CHUNK // TILE
    for first in count(0, tiles):
        low = jnp.arange(first, first + tiles, dtype=jnp.uint32)
        yield from _host(several(jnp.stack([low, jnp.zeros_like(low)], axis=1)))


def along_draws() -> Chunks:
    """The first path: its quarterly draws, quarter after quarter, on past the last."""
    number = streams(names()[1])
    steps = _CHUNK // len(number)

    @jax.jit
    def several(first: UInt32[Array, ""], key: Array) -> Array:
        step = first + jnp.arange(steps, dtype=jnp.uint32)[:, None]
        shape = (steps, len(number))
        zero = jnp.zeros(shape, jnp.uint32)
        counter = (zero, zero, jnp.broadcast_to(step, shape), jnp.broadcast_to(number, shape))
        return philox(counter, (key[0], key[1]))[0]

    for first in count(0, steps):
        yield from _host(several(jnp.uint32(first), key_of(SEED)))


def as_consumed() -> Chunks:
    """Tile after tile, all its draws quarter by quarter, each for the tile's 2,048 paths."""
    once, each = (streams(group) for group in names())
    key = key_of(SEED)

    @jax.jit
    def whole(tile: Array) -> Array:
        quarters = jnp.arange(QUARTERS, dtype=jnp.uint32)
        later = jax.vmap(lambda step: words(key, tile, each, step))(quarters)
        return jnp.concatenate([words(key, tile, once, jnp.uint32(0)).ravel(), later.ravel()])

    for tile in count():
        yield from _host(whole(tile_of(tile)))


def across_seeds() -> Chunks:
    """One draw of the first path under seeds 0, 1, 2 and so on."""
    number = int(streams(names()[0][:1])[0])

    @jax.jit
    def several(first: UInt32[Array, ""]) -> Array:
        seed = first + jnp.arange(_CHUNK, dtype=jnp.uint32)
        zero = jnp.zeros_like(seed)
        return philox((zero, zero, zero, jnp.full_like(seed, number)), (seed, zero))[0]

    for first in count(0, _CHUNK):
        yield from _host(several(jnp.uint32(first)))


def scrambles_by_dimension() -> Chunks:
    """One point: all its coordinates in one scramble, then in the next."""
    for point in _scrambles():
        yield from _host(point)


def dimensions_by_scramble() -> Chunks:
    """One point: one coordinate in 1,365 scrambles, then the next coordinate."""
    for point in _scrambles():
        yield from _host(point.T)


def along_points() -> Chunks:
    """Points of one coordinate in order, which are even by design: no test may pass them."""
    for first in count(0, _CHUNK):
        yield sobol_words.plain(first, _CHUNK, 1).ravel()


STREAMS: dict[str, Callable[[], Chunks]] = {
    "Philox, one draw along paths": along_paths,
    "Philox, one path along draws and quarters": along_draws,
    "Philox, tile by tile as the engine consumes it": as_consumed,
    "Philox, one word along seeds": across_seeds,
    "Sobol', one point: scrambles, in each all dimensions": scrambles_by_dimension,
    "Sobol', one point: dimensions, in each many scrambles": dimensions_by_scramble,
}
CONTROL = {"Sobol' unscrambled, one coordinate along points (must fail)": along_points}


def _scrambles() -> Iterator[Array]:
    size = _CHUNK // DIMENSIONS
    for first in count(0, size):
        yield sobol_words.one_point(SEED, first, size, POINT, DIMENSIONS)


def _host(chunk: Array) -> Chunks:
    yield np.asarray(chunk).ravel()
