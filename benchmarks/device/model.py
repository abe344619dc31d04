"""The base scenario's paths on a device: begun tiles, words, and the quarters in each variant."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array

from benchmarks.base import read
from benchmarks.device.timing import Size
from benchmarks.device.words import WORDS
from kernels.counter import TILE, next_tile, streams, tile_of, words
from kernels.lanes import UNIT, Sobol, Source
from kernels.pallas import Kept, Shape
from risk.model.constants import QUARTERS
from risk.run import gpu
from risk.run.simulate import Begun, start

DRAWS = len(gpu.SHOCKS)


@partial(jax.jit, static_argnums=0)
def begun(tiles: int, first: Array) -> Begun:
    """Paths of so many tiles before their first quarter; numbers that all share stay single."""
    job, rows = read()
    kept = jax.eval_shape(lambda: start(job, rows, first))
    axes = jax.tree.map(lambda leaf: 0 if leaf.ndim else None, kept)

    def one(index: Array) -> Begun:
        return start(job, rows, next_tile(first, index))

    many = jax.vmap(one, out_axes=axes)(jnp.arange(tiles, dtype=jnp.uint32))
    return jax.tree.map(lambda leaf: leaf.reshape(-1) if leaf.ndim else leaf, many)


def begin(paths: int, size: Size) -> Begun:
    """The first paths, begun part by part, because the program takes long to compile."""
    count = -(-paths // (size.tiles * TILE))
    parts = [begun(size.tiles, tile_of(k * size.tiles)) for k in range(count)]
    return _joined(parts, paths)


def some(tree: Any, paths: int) -> Any:
    """The first paths of every leaf that has a path axis."""
    return jax.tree.map(lambda leaf: leaf[:paths] if leaf.ndim else leaf, tree)


@partial(jax.jit, static_argnums=1)
def _joined(parts: list[Begun], paths: int) -> Begun:
    def join(*leaves: Array) -> Array:
        return jnp.concatenate(leaves)[:paths] if leaves[0].ndim else leaves[0]

    return jax.tree.map(join, *parts)


def tables(paths: int, lanes: int = UNIT, first: int = 0) -> Sobol:
    """Random words in the shape of Sobol' tables: the same loads, the same instructions."""
    base, table = _tables(paths, lanes, first)
    return Sobol(base, table, DRAWS)


@partial(jax.jit, static_argnums=(0, 1, 2))
def _tables(paths: int, lanes: int, first: int) -> tuple[Array, Array]:
    size = DRAWS * QUARTERS
    key, names = jnp.asarray([11, first], jnp.uint32), streams(("benchmark.words",))

    def random(step: int, count: int) -> Array:
        tiles = jnp.arange(-(-count // TILE), dtype=jnp.uint32)
        tile = jnp.stack([tiles, jnp.zeros_like(tiles)], axis=1)
        made = jax.vmap(lambda t: words(key, t, names, jnp.uint32(step))[0])(tile)
        return made.reshape(-1)[:count]

    base = random(0, paths // lanes * size).reshape(-1, size)
    return base, random(1, size * lanes).reshape(size, lanes)


def kernel(
    tile: Begun, source: Source, metrics: tuple[str, ...] = (), shape: Shape | None = None
) -> Kept:
    """The quarters by the kernel."""
    return gpu.quarters(tile, source, metrics, shape or Shape())


def runs(source: Source, metrics: tuple[str, ...], shape: Shape) -> Callable[[Begun, tuple], Kept]:
    """The compiled kernel; the words' operands are arguments, so that nothing is folded in."""
    kind: Any = type(source)
    rest = (source.draws,) if "draws" in kind._fields else ()

    @jax.jit
    def run(tile: Begun, operands: tuple) -> Kept:
        return kernel(tile, kind(*operands, *rest), metrics, shape)

    return run


def plain(
    tile: Begun, source: Sobol, metrics: tuple[str, ...] = (), unroll: int = 1
) -> tuple[dict[str, Array], dict[str, Array]]:
    """The quarters by XLA: how many paths show each event by quarter, and metrics by quarter."""
    return _scanned(tile, source, metrics, unroll, lambda v: jnp.sum(v, dtype=jnp.int32))


def shown(
    tile: Begun, source: Sobol, metrics: tuple[str, ...]
) -> tuple[dict[str, Array], dict[str, Array]]:
    """The same with every event of every path."""
    return _scanned(tile, source, metrics, 1, lambda v: v)


def _scanned(
    tile: Begun,
    source: Sobol,
    metrics: tuple[str, ...],
    unroll: int,
    kept: Callable[[Array], Array],
) -> tuple[dict[str, Array], dict[str, Array]]:
    def one(state: Any, step: Array) -> Any:
        rows = [step * source.draws + k for k in range(source.draws)]
        drawn = [(source.base[:, r][:, None] ^ source.table[r][None]).reshape(-1) for r in rows]
        constants = (tile.inputs, tile.fixed)
        after, shown = gpu.quarter(constants, state, tuple(drawn), step, metrics)
        counts = {k: kept(v) for k, v in shown.events.items()}
        wide = {k: jnp.broadcast_to(v, drawn[0].shape) for k, v in shown.numbers.items()}
        return after, (counts, wide)

    steps = jnp.arange(QUARTERS, dtype=jnp.uint32)
    return lax.scan(one, tile.state, steps, unroll=unroll)[1]


def counts(kept: Kept) -> dict[str, Array]:
    """How many paths show each event by quarter, from packed bits."""
    return {name: gpu.counts(packed) for name, packed in kept.events.items()}


def source(name: str, paths: int, lanes: int = UNIT) -> Source:
    """Words by name: `sobol`, `philox`, `threefry` or `constant`."""
    if name == "sobol":
        return tables(paths, lanes)
    return WORDS[name](DRAWS)
