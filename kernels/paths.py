"""The fused block: tile indices in, reducer states out, one compiled call.

Tiles follow each other in a loop; within a tile, all 2,048 paths go through the quarters
together. Nothing of a path outlives its tile but what the reducers keep.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jax.stages import Wrapped
from jaxtyping import Array, Int32, UInt32

from kernels.counter import TILE, next_tile
from kernels.reducers import Reducer

type Tile = UInt32[Array, " 2"]
type Simulate = Callable[[Any, Tile], tuple[Any, Int32[Array, " path"]]]
"""(parameters, tile) -> (outcome of every path, number of its population)."""

type Block = Wrapped
"""(parameters, first tile, number of paths) -> states of the reducers."""

_WIDE = {"xla_cpu_prefer_vector_width": 512}
"""Whole registers where the processor has AVX-512; LLVM uses half of them unless told."""


def once[T](values: T) -> T:
    """Compute these values once, where XLA:CPU would compute them again for every use.

    It makes one loop an output array and repeats in each what they share; the barrier makes the
    shared part an array of its own. Elsewhere it does nothing.
    """
    return lax.optimization_barrier(values) if jax.default_backend() == "cpu" else values


def march[S, O](state: S, quarter: Callable[[S, UInt32[Array, ""]], tuple[S, O]], steps: int) -> O:
    """Outcome of every step, stacked on a leading axis, one step in the loop's body."""
    return lax.scan(quarter, state, jnp.arange(steps, dtype=jnp.uint32))[1]


def block(simulate: Simulate, reducers: dict[str, Reducer]) -> Block:
    """Compiled function that runs so many paths from a tile on and reduces them.

    A last tile that is not full draws all its paths and counts the first ones only.
    """

    def run(parameters: Any, first: Tile, paths: Int32[Array, ""]) -> dict[str, Any]:
        place = jnp.arange(TILE, dtype=jnp.int32)

        def one(index: Int32[Array, ""], states: dict[str, Any]) -> dict[str, Any]:
            outcome, group = simulate(parameters, next_tile(first, index.astype(jnp.uint32)))
            group = jnp.where(place < paths - index * TILE, group, jnp.iinfo(jnp.int32).max)
            return {
                name: reducer.update(states[name], outcome, group)
                for name, reducer in reducers.items()
            }

        start = {name: reducer.init() for name, reducer in reducers.items()}
        return lax.fori_loop(0, (paths + TILE - 1) // TILE, one, start)

    return jax.jit(run, compiler_options=_WIDE if jax.default_backend() == "cpu" else None)
