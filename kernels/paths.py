"""The fused block: tile indices in, reducer states out, one compiled call.

Tiles follow each other in a loop; within a tile, all 2,048 paths go through the quarters
together. Nothing of a path outlives its tile but what the reducers keep.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jax.sharding import Mesh, PartitionSpec
from jax.stages import Wrapped
from jaxtyping import Array, Int32, UInt32

from kernels.counter import TILE, Tile, next_tile
from kernels.reducers import Reducer

type Shared = Callable[[Any, Tile], Any]
"""(parameters, first tile) -> what all tiles of a block share."""

type Simulate = Callable[[Any, Any, Tile], tuple[Any, Int32[Array, " path"]]]
"""(parameters, shared, tile) -> (outcome of every path, number of its population)."""

type Block = Callable[[Any, Tile, Int32[Array, ""]], dict[str, Any]]
"""(parameters, first tile, number of paths) -> states of the reducers."""


def once[T](values: T) -> T:
    """Compute these values once, where XLA:CPU would compute them again for every use.

    It makes one loop an output array and repeats in each what they share; the barrier makes the
    shared part an array of its own. Elsewhere it does nothing.
    """
    return lax.optimization_barrier(values) if jax.default_backend() == "cpu" else values


def march[S, O](
    state: S,
    quarter: Callable[[S, tuple[UInt32[Array, ""], Any]], tuple[S, O]],
    steps: int,
    parts: Any,
) -> O:
    """Outcome of every step, stacked on a leading axis, one step in the loop's body.

    A step is told its number and its part of `parts`, whose leaves have `steps` rows.
    """
    return lax.scan(quarter, state, (jnp.arange(steps, dtype=jnp.uint32), parts))[1]


def block(shared: Shared, simulate: Simulate, reducers: dict[str, Reducer], tiles: int) -> Block:
    """Function that runs at most `tiles` tiles from one on and reduces them.

    A last tile that is not full draws all its paths and counts the first ones only; tiles beyond
    the last path are not run.
    """

    def run(parameters: Any, first: Tile, paths: Int32[Array, ""]) -> dict[str, Any]:
        place = jnp.arange(TILE, dtype=jnp.int32)
        common = shared(parameters, first)

        def one(index: Int32[Array, ""], states: dict[str, Any]) -> dict[str, Any]:
            tile = next_tile(first, index.astype(jnp.uint32))
            outcome, group = simulate(parameters, common, tile)
            group = jnp.where(place < paths - index * TILE, group, jnp.iinfo(jnp.int32).max)
            after = {}
            for name, reducer in reducers.items():
                if reducer.by_tile:
                    found = reducer.update(reducer.init(), outcome, group)
                    after[name] = states[name].at[index].set(found)
                else:
                    after[name] = reducer.update(states[name], outcome, group)
            return after

        start = {
            name: jnp.zeros((tiles, *reducer.init().shape)) if reducer.by_tile else reducer.init()
            for name, reducer in reducers.items()
        }
        return lax.fori_loop(0, (paths + TILE - 1) // TILE, one, start)

    return run


def sharded(run: Block, mesh: Mesh) -> Wrapped:
    """The block on every device of a mesh: first tiles and numbers of paths have one row each.

    Nothing crosses devices, so a block's state does not depend on their number.
    """
    (axis,) = mesh.axis_names

    def one(parameters: Any, first: Tile, paths: Int32[Array, " one"]) -> dict[str, Any]:
        return jax.tree.map(lambda leaf: leaf[None], run(parameters, first[0], paths[0]))

    specs = (PartitionSpec(), PartitionSpec(axis), PartitionSpec(axis))
    return jax.jit(
        jax.shard_map(
            one, mesh=mesh, in_specs=specs, out_specs=PartitionSpec(axis), check_vma=False
        )
    )
