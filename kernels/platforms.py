"""What the block chooses by platform: tiles that march together, steps unrolled, copies counted into.

None of it changes a result. A CPU's tile lives in its cache and its loop must stay rolled; a GPU
needs a million paths at once, reads less memory when steps are unrolled, and slows down where
many threads count into one bin.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int32, UInt32

from kernels.counter import TILE, next_tile
from kernels.reducers import LogBins, Reducer


class Platform(NamedTuple):
    """The choices of one platform."""

    tiles: int  # that march together
    unroll: int  # steps of the loop's body
    replicas: int  # copies of a histogram


PLATFORMS = {
    "cpu": Platform(tiles=1, unroll=1, replicas=1),
    # Assumed from counted memory traffic and a published histogram; `benchmarks/gpu.py` measures.
    "gpu": Platform(tiles=512, unroll=4, replicas=64),
}


def platform() -> Platform:
    """The choices for JAX's default backend; an unknown one gets the GPU's."""
    return PLATFORMS.get(jax.default_backend(), PLATFORMS["gpu"])


def together(simulate: Callable[..., Any], tiles: int) -> Callable[..., Any]:
    """The same for so many tiles from one on, as if they were one wide tile.

    The tile is the last argument of `simulate`. Outcome leaves of shape (step, TILE) become
    (step, tiles x TILE), in path order.
    """

    def wide(*arguments: Any) -> Any:
        *told, first = arguments

        def one(index: UInt32[Array, ""]) -> Any:
            return simulate(*told, next_tile(first, index))

        many = jax.vmap(one, out_axes=(1, 0))
        outcome, group = many(jnp.arange(tiles, dtype=jnp.uint32))
        joined = jax.tree.map(lambda x: x.reshape(x.shape[0], tiles * TILE), outcome)
        return joined, group.reshape(-1)

    return simulate if tiles == 1 else wide


def counted(cell: Int32[Array, " item"], cells: int, replicas: int) -> Int32[Array, " cell"]:
    """How many items fall into each cell; items out of range are left out.

    Item i counts into copy i mod `replicas`, so that neighbours do not wait for each other; the
    copies are added at the end. Exact, whatever the order.
    """
    if replicas == 1:
        return jnp.zeros(cells, jnp.int32).at[cell].add(1, mode="drop")
    copy = jnp.arange(cell.shape[0], dtype=jnp.int32) % replicas
    place = jnp.where((cell >= 0) & (cell < cells), copy * cells + cell, replicas * cells)
    copies = jnp.zeros(replicas * cells, jnp.int32).at[place].add(1, mode="drop")
    return jnp.sum(copies.reshape(replicas, cells), axis=0)


def histogram(
    value: Callable[[Any], Float[Array, "step path"]],
    bins: LogBins,
    steps: int,
    groups: int,
    replicas: int,
) -> Reducer:
    """`kernels.reducers.histogram` in several copies: the same counts, in the same shape."""
    size = steps * groups * bins.count

    def init() -> Int32[Array, " cell"]:
        return jnp.zeros(size, jnp.int32)

    def update(state: Array, outcome: Any, group: Int32[Array, " path"]) -> Array:
        x = value(outcome)
        row = jnp.arange(steps, dtype=jnp.int32)[:, None] * groups + group[None, :]
        cell = jnp.where(group[None, :] < groups, row * bins.count + bins.index(x), size)
        return state + counted(cell.ravel(), size, replicas)

    return Reducer(init, update)
