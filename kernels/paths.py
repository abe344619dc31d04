"""The fused block: tile indices in, reducer states out, one compiled call.

Tiles follow each other in a loop; within a tile, all 2,048 paths go through the steps together,
and what a few steps show is reduced before the next few, while it is still in the cache. Nothing
of a path outlives its tile but what the reducers keep.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jax.stages import Wrapped
from jaxtyping import Array, Bool, Int32, UInt32

from kernels.counter import TILE, next_tile
from kernels.reducers import People, Reducer

type Tile = UInt32[Array, " 2"]


class Walk(NamedTuple):
    """A tile of paths before its first step."""

    state: Any
    step: Callable[[Any, UInt32[Array, ""]], tuple[Any, Any]]  # (state, index) -> (after, outcome)
    steps: int
    valid: Callable[[Any], Bool[Array, " path"]]  # whether an outcome's numbers can be used
    group: Int32[Array, " path"]  # population
    groups: int  # their number, and the group of a path that is not valid in every step


type Simulate = Callable[[Any, Tile], Walk]
"""(parameters, tile) -> its paths."""

type Block = Wrapped
"""(parameters, first tile, number of paths) -> states of the reducers."""

SPAN = 4
"""Steps that are reduced together."""

_NOBODY = jnp.iinfo(jnp.int32).max  # a group that no reducer counts

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

    A last tile that is not full draws all its paths and counts the first ones only. Whether a
    path is valid is known at its end only, after its steps were reduced; a tile with one that is
    not is run a second time, in which what those paths left is taken back.
    """

    def run(parameters: Any, first: Tile, paths: Int32[Array, ""]) -> dict[str, Any]:
        place = jnp.arange(TILE, dtype=jnp.int32)

        def one(carry: tuple) -> tuple:
            index, invalid, states = carry
            walk = simulate(parameters, next_tile(first, index.astype(jnp.uint32)))
            inside = place < paths - index * TILE
            group = jnp.where(inside, walk.group, _NOBODY)
            again = jnp.any(invalid)
            counted = jnp.where(again & ~invalid, _NOBODY, group)
            people = People(counted, jnp.where(again, -1, 1))
            states, kept, valid = _reduced(walk, reducers, states, people)
            invalid = inside & ~valid & ~again
            final = jnp.where(again, _NOBODY, jnp.where(invalid, walk.groups, group))
            for name, seen in kept.items():
                everybody = People(final, jnp.int32(1))
                states[name] = reducers[name].update(states[name], seen, everybody, jnp.int32(0))
            return index + jnp.where(jnp.any(invalid), 0, 1), invalid, states

        start = {name: reducer.init() for name, reducer in reducers.items()}
        tiles = (paths + TILE - 1) // TILE
        nobody = jnp.zeros(TILE, bool)
        return lax.while_loop(lambda c: c[0] < tiles, one, (jnp.int32(0), nobody, start))[2]

    return jax.jit(run, compiler_options=_WIDE if jax.default_backend() == "cpu" else None)


def _reduced(
    walk: Walk, reducers: dict[str, Reducer], states: dict[str, Any], people: People
) -> tuple[dict[str, Any], dict[str, Any], Bool[Array, " path"]]:
    """Walk a tile: states after it, what is kept until its end, and which paths were valid."""

    def span(carry: tuple, first: UInt32[Array, ""]) -> tuple[tuple, dict[str, Any]]:
        state, states, valid = carry
        state, outcome = lax.scan(walk.step, state, first + jnp.arange(SPAN, dtype=jnp.uint32))
        states, kept = dict(states), {}
        for name, reducer in reducers.items():
            if reducer.keep is None:
                states[name] = reducer.update(
                    states[name], outcome, people, first.astype(jnp.int32)
                )
            else:
                kept[name] = reducer.keep(outcome)
        return (state, states, valid & walk.valid(outcome)), kept

    carry = (walk.state, states, jnp.ones(TILE, bool))
    spans = jnp.arange(0, walk.steps, SPAN, dtype=jnp.uint32)
    (_, states, valid), kept = lax.scan(span, carry, spans)
    return states, jax.tree.map(lambda leaf: leaf.reshape(-1, TILE), kept), valid
