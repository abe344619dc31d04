"""Endless streams of the providers' words, in the orders in which a flaw would show."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, partial
from itertools import count

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, UInt32
from numpy.typing import NDArray

from kernels.counter import TILE, Philox, philox, tile_of, words
from kernels.sobol import BITS, Sobol, first_tile
from risk.model.constants import QUARTERS
from risk.run.draw import draws, layout, source
from risk.scenario import load

SEED = 20261124
POINT = 0x5A5C3
"""A point deep in the sequence, nine bits of its index set."""

_PLACE = TILE.bit_length() - 1  # bits of a point's place within its tile
_CHUNK = 1 << 20  # words, about
_SCRAMBLES = 1024  # in a chunk

type Chunks = Iterator[NDArray[np.uint32]]


@cache
def philox_words() -> Philox:
    """The provider of the base scenario for plain Monte Carlo."""
    made = source(draws(layout(load("base"))), SEED, "mc")
    assert isinstance(made, Philox)
    return made


@cache
def sobol_words() -> Sobol:
    """The provider of the base scenario for scrambled Sobol' points."""
    made = source(draws(layout(load("base"))), SEED, "sobol")
    assert isinstance(made, Sobol)
    return made


def along_paths() -> Chunks:
    """One draw, path after path."""
    engine, tiles = philox_words(), _CHUNK // TILE

    @jax.jit
    def several(first: UInt32[Array, ""]) -> Array:
        low = first + jnp.arange(tiles, dtype=jnp.uint32)
        tile = jnp.stack([low, jnp.zeros_like(low)], axis=1)
        return jax.vmap(lambda t: words(engine.key, t, engine.once_streams[:1], jnp.uint32(0)))(
            tile
        )

    for first in count(0, tiles):
        yield _host(several(jnp.uint32(first)))


def along_draws() -> Chunks:
    """The first path: its quarterly draws, quarter after quarter, on past the last."""
    engine = philox_words()
    shape = (_CHUNK // len(engine.each_streams), len(engine.each_streams))

    @jax.jit
    def several(first: UInt32[Array, ""]) -> Array:
        step = first + jnp.arange(shape[0], dtype=jnp.uint32)[:, None]
        zero = jnp.zeros(shape, jnp.uint32)
        counter = (zero, zero, step + zero, engine.each_streams[None, :] + zero)
        return philox(counter, (engine.key[0], engine.key[1]))[0]

    for first in count(0, shape[0]):
        yield _host(several(jnp.uint32(first)))


def as_consumed() -> Chunks:
    """Tile after tile, all its draws quarter by quarter, each for the tile's 2,048 paths."""
    engine = philox_words()

    @jax.jit
    def whole(tile: Array) -> Array:
        steps = jnp.arange(QUARTERS, dtype=jnp.uint32)
        later = jax.vmap(lambda step: engine.each(tile[None], step))(steps)
        return jnp.concatenate([engine.once(None, tile[None]).ravel(), later.ravel()])

    for tile in count():
        yield _host(whole(tile_of(tile)))


def across_seeds() -> Chunks:
    """One draw of the first path under seeds 0, 1, 2 and so on."""
    number = philox_words().once_streams[0]

    @jax.jit
    def several(first: UInt32[Array, ""]) -> Array:
        seed = first + jnp.arange(_CHUNK, dtype=jnp.uint32)
        zero = jnp.zeros_like(seed)
        return philox((zero, zero, zero, zero + number), (seed, zero))[0]

    for first in count(0, _CHUNK):
        yield _host(several(jnp.uint32(first)))


def scrambles_by_dimension() -> Chunks:
    """One point: all its coordinates in one scramble, then in the next."""
    for first in count(0, _SCRAMBLES):
        yield _host(one_point(sobol_words(), POINT, jnp.uint32(first)))


def dimensions_by_scramble() -> Chunks:
    """One point: one coordinate in 1,024 scrambles, then the next coordinate."""
    for first in count(0, _SCRAMBLES):
        yield _host(one_point(sobol_words(), POINT, jnp.uint32(first)).T)


def along_points() -> Chunks:
    """Points of one scrambled coordinate in order, even by design: no test may pass them."""
    engine, tiles = sobol_words(), _CHUNK // TILE
    alone = replace(
        engine,
        streams=engine.streams[:1],
        step=engine.step[:1],
        columns=engine.columns[:1],
        once_count=1,
    )

    @jax.jit
    def several(first: UInt32[Array, ""]) -> Array:
        low = first + jnp.arange(tiles, dtype=jnp.uint32)
        tile = jnp.stack([low, jnp.zeros_like(low)], axis=1)
        shared = alone.shared(tile_of(0))
        return jax.vmap(lambda t: alone.once(shared, t[None])[0])(tile)

    for first in count(0, tiles):
        yield _host(several(jnp.uint32(first)))


STREAMS: dict[str, Callable[[], Chunks]] = {
    "Philox, one draw along paths": along_paths,
    "Philox, one path along draws and quarters": along_draws,
    "Philox, tile by tile as the engine consumes it": as_consumed,
    "Philox, one word along seeds": across_seeds,
    "Sobol', one point: scrambles, in each all dimensions": scrambles_by_dimension,
    "Sobol', one point: dimensions, in each 1,024 scrambles": dimensions_by_scramble,
}
CONTROL = {"Sobol', one coordinate along points (must fail)": along_points}


@partial(jax.jit, static_argnums=1)
def one_point(
    engine: Sobol, point: int, first: UInt32[Array, ""]
) -> UInt32[Array, "scramble dimension"]:
    """One point in 1,024 scrambles from one on.

    A scramble is linear, so the point's columns are combined before it and not after.
    """
    start = tile_of(first_tile(0, point))
    bits = np.asarray([k for k in range(BITS) if point >> k & 1])
    word = lax.reduce(engine.columns[:, bits], np.uint32(0), lax.bitwise_xor, (1,))
    alone = replace(engine, columns=jnp.tile(word[:, None], (1, _PLACE)))

    def of(scramble: Array) -> Array:
        place = jnp.uint32(BITS - _PLACE)
        tile = jnp.stack([start[0] | scramble << place, scramble >> jnp.uint32(_PLACE)])
        shared = alone.shared(tile)
        return shared.columns[:, 0] ^ shared.seeds  # the shift, where nothing is nested

    return lax.map(of, first + jnp.arange(_SCRAMBLES, dtype=jnp.uint32))


def coordinates(scramble: int, first: int, tiles: int) -> NDArray[np.uint32]:
    """The base scenario's Sobol' words of so many tiles from one on, shape (dimensions, points)."""
    engine = sobol_words()
    return np.concatenate(
        [_tile(engine, tile_of(first_tile(scramble, (first + i) * TILE))) for i in range(tiles)],
        axis=1,
    )


def dimensions() -> int:
    """How many dimensions a path of the base scenario takes."""
    return len(sobol_words().columns)


@jax.jit
def _tile(engine: Sobol, tile: Array) -> Array:
    shared = engine.shared(tile)
    later = jax.vmap(lambda part: engine.each(tile[None], part))(engine.steps(shared, tile[None]))
    return jnp.concatenate([engine.once(shared, tile[None]), later.reshape(-1, TILE)])


def _host(chunk: Array) -> NDArray[np.uint32]:
    return np.asarray(chunk).ravel()
