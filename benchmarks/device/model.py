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
from kernels.counter import TILE, next_tile, tile_of
from kernels.lanes import UNIT, Sobol, Source, sobol
from kernels.pallas import Kept, Shape
from kernels.sobol import first_tile
from risk.model.constants import QUARTERS
from risk.run import gpu
from risk.run.simulate import Begun, shared, start

DRAWS = gpu.DRAWS


@partial(jax.jit, static_argnums=0)
def begun(tiles: int, first: Array) -> Begun:
    """Paths of so many tiles before their first quarter; numbers that all share stay single."""
    job, rows = read()
    several = next_tile(first, jnp.arange(tiles, dtype=jnp.uint32))
    return start(job, rows, shared(job, first), several)


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
    """The scenario's own Sobol' words of the first paths of a scramble."""
    base, table = _tables(paths, lanes, first)
    return Sobol(base, table, DRAWS)


@partial(jax.jit, static_argnums=(0, 1, 2))
def _tables(paths: int, lanes: int, scramble: int) -> tuple[Array, Array]:
    job = read()[0]
    start = tile_of(first_tile(scramble, 0))
    tiles = next_tile(start, jnp.arange(-(-paths // TILE), dtype=jnp.uint32))
    table, base, _ = job.source.steps(job.source.shared(start), tiles)
    table, base = (x.reshape(-1, x.shape[-1]) for x in (table, base))
    whole = sobol(table, base, DRAWS, lanes)
    return whole.base[: paths // lanes], whole.table


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
