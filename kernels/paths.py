"""The fused block: tile indices in, reducer states out, one compiled call.

Tiles follow each other in a loop, a few at a time; their paths go through the steps together, and
what a few steps show is reduced before the next few, while it is still in the cache. Nothing of a
path outlives its tile but what the reducers keep.
"""

import itertools
from collections.abc import Callable
from functools import partial, reduce
from operator import or_
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jax.sharding import Mesh, PartitionSpec
from jax.stages import Wrapped
from jaxtyping import Array, Bool, Int32, UInt32

from kernels import native
from kernels.counter import TILE, Tile, next_tile
from kernels.forms import Unknown
from kernels.platforms import Platform
from kernels.reducers import Fold, People, Reducer

type Tiles = UInt32[Array, "tile 2"]


class Walk(NamedTuple):
    """Some tiles of paths before their first step."""

    state: Any
    step: Callable[[Any, tuple[UInt32[Array, ""], Any]], tuple[Any, Any]]
    """(state, (number of the step, its words)) -> (state after it, its outcome)."""
    parts: Any  # of every step, on the leading axis: what its random words are made of
    steps: int
    valid: Callable[[Any], Bool[Array, " path"]]  # whether an outcome's numbers can be used
    group: Int32[Array, " path"]  # population
    groups: int  # their number, and the group of a path that is not valid in every step
    words: Callable[[Any], Any] = lambda part: part  # random words of a step from its part

    def drawn(self, state: Any, at: tuple[UInt32[Array, ""], Any]) -> tuple[Any, Any]:
        """A step from its number and its part."""
        return self.step(state, (at[0], self.words(at[1])))


type Shared = Callable[[Any, Tile], Any]
"""(parameters, first tile) -> what all tiles of a block share."""

type Fused = Callable[[Callable[[], Any]], Any]
"""Evaluates a function of arrays whose last axis are the paths, elementwise along it."""

type Simulate = Callable[[Any, Any, Tiles, Fused], Walk]
"""(parameters, shared, tiles, fused) -> their paths."""

type Pools = dict[str, Any]
"""States that go on from block to block, by name of the reducer."""

type Block = Callable[..., tuple[dict[str, Any], Pools]]
"""(parameters, first tile, number of paths, pools) -> states of the reducers, pools.

Without pools they begin empty. The state of a pooled reducer is what it tells of its pool.
"""

SPAN = 4
"""Steps that are reduced together."""
NATIVE_SPAN = 3 * SPAN
"""The same where steps are native and their number allows it."""

_NOBODY = jnp.iinfo(jnp.int32).max  # a group that no reducer counts

_WIDE = {"xla_cpu_prefer_vector_width": 512}
"""Whole registers where the processor has AVX-512; LLVM uses half of them unless told."""


def once[T](values: T) -> T:
    """Compute these values once, where XLA:CPU would compute them again for every use.

    It makes one loop an output array and repeats in each what they share; the barrier makes the
    shared part an array of its own. Elsewhere it does nothing.
    """
    return lax.optimization_barrier(values) if jax.default_backend() == "cpu" else values


def plain[T](function: Callable[[], T]) -> T:
    """Evaluate a function as it is written."""
    return function()


def fusing(platform: Platform, lanes: int, folder: Path | None) -> Fused:
    """How a platform evaluates elementwise functions of so many paths."""
    return partial(native.call, lanes=lanes, folder=folder) if platform.native else plain


def march(walk: Walk, used: Callable[[Any], Any] | None = None, folder: Path | None = None) -> Any:
    """Outcome of every step, stacked on a leading axis, one step in the loop's body.

    With `used`, steps are native, and what that function of the outcome does not read is zero.
    """
    if used is None:
        numbers = jnp.arange(walk.steps, dtype=jnp.uint32)
        return lax.scan(walk.drawn, walk.state, (numbers, walk.parts))[1]
    steps = _native(walk, lambda step: step, walk.steps, lambda _, seen: used(seen), folder)
    return steps(walk.state, jnp.int32(0))[1]


def block(
    shared: Shared,
    simulate: Simulate,
    reducers: dict[str, Reducer],
    tiles: int,
    platform: Platform,
    folder: Path | None = None,
) -> Block:
    """Function that runs at most `tiles` tiles from one on and reduces them.

    A last tile that is not full draws all its paths and counts the first ones only; tiles beyond
    the last path are not run, but for those that march together with it. Whether a path is valid
    is known at its end only, after its steps were reduced; tiles with one that is not are run a
    second time, in which what those paths left is taken back.

    Where the platform is `native`, steps and what `simulate` does `fused` run as code that is
    compiled here and kept in `folder`; raises Unavailable where they cannot.
    """
    together = min(platform.tiles, tiles)
    lanes = together * TILE

    fused = fusing(platform, lanes, folder)

    def run(
        parameters: Any, first: Tile, paths: Int32[Array, ""], pools: Pools | None = None
    ) -> tuple[dict[str, Any], Pools]:
        place = jnp.arange(lanes, dtype=jnp.int32)
        beside = jnp.arange(together, dtype=jnp.uint32)
        common = shared(parameters, first)

        def one(carry: tuple) -> tuple:
            index, invalid, states = carry
            count = index.astype(jnp.uint32) * jnp.uint32(together) + beside
            walk = simulate(parameters, common, next_tile(first, count), fused)
            inside = place < paths - index * lanes
            group = jnp.where(inside, walk.group, _NOBODY)
            again = jnp.any(invalid)
            counted = jnp.where(again & ~invalid, _NOBODY, group)
            people = People(counted, jnp.where(again, -1, 1))
            states, kept, valid = _reduced(walk, reducers, states, people, platform, folder)
            invalid = inside & ~valid & ~again
            final = jnp.where(again, _NOBODY, jnp.where(invalid, walk.groups, group))
            everybody = People(final, jnp.int32(1))
            for name, seen in kept.items():
                update, zero = reducers[name].update, jnp.int32(0)
                if reducers[name].by_tile:
                    found = update(reducers[name].init(), seen, everybody, zero)
                    start = index * together
                    before = lax.dynamic_slice_in_dim(states[name], start, together)
                    states[name] = lax.dynamic_update_slice_in_dim(
                        states[name], before + found, start, 0
                    )
                else:
                    states[name] = update(states[name], seen, everybody, zero)
            return index + jnp.where(jnp.any(invalid), 0, 1), invalid, states

        rows = -(-tiles // together) * together
        start = {
            name: jnp.zeros((rows, *reducer.init().shape[1:]))
            if reducer.by_tile
            else reducer.init(*([pools[name]] if reducer.pooled and pools else []))
            for name, reducer in reducers.items()
        }
        nobody = jnp.zeros(lanes, bool)
        steps = (paths + lanes - 1) // lanes
        states = lax.while_loop(lambda c: c[0] < steps, one, (jnp.int32(0), nobody, start))[2]
        found = {name: reducer.finish(states[name]) for name, reducer in reducers.items()}
        told = {name: of(found[name]) for name, r in reducers.items() if (of := r.pooled)}
        return found | told, {name: found[name] for name in told}

    return run


def sharded(run: Block, mesh: Mesh) -> Wrapped:
    """The block on every device of a mesh: first tiles, numbers of paths and pools, one row each.

    Nothing crosses devices, so a block's state does not depend on their number. The pools given are
    used up.
    """
    (axis,) = mesh.axis_names

    def one(parameters: Any, first: Tile, paths: Int32[Array, " one"], pools: Pools) -> Any:
        mine = jax.tree.map(lambda leaf: leaf[0], pools)
        return jax.tree.map(lambda leaf: leaf[None], run(parameters, first[0], paths[0], mine))

    rows = PartitionSpec(axis)
    whole = jax.shard_map(
        one,
        mesh=mesh,
        in_specs=(PartitionSpec(), rows, rows, rows),
        out_specs=rows,
        check_vma=False,
    )
    wide = _WIDE if mesh.devices[0].platform == "cpu" else None
    return jax.jit(whole, donate_argnums=3, compiler_options=wide)


def _reduced(
    walk: Walk,
    reducers: dict[str, Reducer],
    states: dict[str, Any],
    people: People,
    platform: Platform,
    folder: Path | None,
) -> tuple[dict[str, Any], dict[str, Any], Bool[Array, " path"]]:
    """Walk some tiles: states after it, what is kept until its end, and which paths were valid."""
    size = NATIVE_SPAN if platform.native and walk.steps % NATIVE_SPAN == 0 else SPAN
    lanes = walk.group.shape[0]
    folds = list(dict.fromkeys(r.fold for r in reducers.values() if r.fold is not None))
    walk = _remembering(walk, folds)

    def reduced(states: dict[str, Any], outcome: Any, first: Int32[Array, ""]) -> tuple:
        states, kept = dict(states), {}
        if platform.native:
            outcome, flags = outcome
            states |= _counted(reducers, states, outcome, people, first, folder)
            states |= _flagged(reducers, states, flags, people, first, folder)
        for name, reducer in reducers.items():
            if reducer.fold is not None or (platform.native and _by_itself(reducer)):
                continue
            if reducer.keep is None:
                states[name] = reducer.update(states[name], outcome, people, first)
            else:
                kept[name] = reducer.keep(outcome)
        return states, kept

    def native_steps(state: Any, number: UInt32[Array, ""]) -> tuple[Any, Any, Any]:
        def used(carry: tuple[Any, Any], outcome: Any) -> Any:
            (_, memories), valid = carry
            return memories, valid, reduced(states, outcome, jnp.int32(0))

        def valid_too(step: Any) -> Any:
            def checked(carry: tuple[Any, Any], at: Any) -> tuple[tuple[Any, Any], Any]:
                state, outcome = step(carry[0], at)
                row = jax.tree.map(lambda leaf: leaf[None], outcome)
                valid = jnp.where(walk.valid(row), carry[1], 0)
                return (state, valid), (outcome, _flags(reducers, row))

            return checked

        run = _native(walk, valid_too, size, used, folder)
        carry = (state, jnp.ones(lanes, jnp.int32))
        (state, valid), outcome = run(carry, number.astype(jnp.int32))
        return state, outcome, valid > 0

    def steps(state: Any, at: tuple[UInt32[Array, " step"], Any]) -> tuple[Any, Any, Any]:
        state, outcome = lax.scan(walk.drawn, state, at, unroll=platform.unroll)
        return state, outcome, walk.valid(outcome)

    def span(carry: tuple, at: Any) -> tuple[tuple, dict[str, Any]]:
        state, states, valid = carry
        number = at[0][0]
        state, outcome, whole = native_steps(state, number) if platform.native else steps(state, at)
        states, kept = reduced(states, outcome, number.astype(jnp.int32))
        return (state, states, valid & whole), kept

    numbers = jnp.arange(walk.steps, dtype=jnp.uint32)
    given = (numbers, None if platform.native else walk.parts)
    spans = jax.tree.map(lambda leaf: leaf.reshape(-1, size, *leaf.shape[1:]), given)
    carry = (walk.state, states, jnp.ones(lanes, bool))
    ((_, memories), states, valid), rows = lax.scan(span, carry, spans)
    kept = jax.tree.map(lambda leaf: leaf.reshape(-1, lanes), rows)
    known = dict(zip(folds, memories, strict=True))
    kept |= {name: known[r.fold] for name, r in reducers.items() if r.fold is not None}
    return states, kept, valid


def _remembering(walk: Walk, folds: list[Fold]) -> Walk:
    """The walk with what its paths remember beside their state."""

    def step(state: tuple[Any, list[Any]], at: tuple[UInt32[Array, ""], Any]) -> tuple[Any, Any]:
        after, outcome = walk.step(state[0], at)
        memories = [f.step(m, outcome, at[0]) for f, m in zip(folds, state[1], strict=True)]
        return (after, memories), outcome

    before = [fold.begin(jnp.zeros(walk.group.shape, jnp.int32)) for fold in folds]
    return walk._replace(state=(walk.state, before), step=step)


# ---------------------------------------------------------------------------- native code
def _by_itself(reducer: Reducer) -> bool:
    return reducer.histogram is not None or reducer.flag is not None


def _counted(
    reducers: dict[str, Reducer],
    states: dict[str, Any],
    outcome: Any,
    people: People,
    first: Int32[Array, ""],
    folder: Path | None,
) -> dict[str, Any]:
    """States of all histograms."""
    told = {name: made for name, reducer in reducers.items() if (made := reducer.histogram)}
    if not told:
        return {}
    found = native.count(
        [states[name] for name in told],
        [one.value(outcome) for one in told.values()],
        [one.layout for one in told.values()],
        [first // one.every for one in told.values()],
        people.group,
        people.weight,
        folder,
    )
    return dict(zip(told, found, strict=True))


def _flags(reducers: dict[str, Reducer], outcome: Any) -> list[Int32[Array, " path"]]:
    """What is true of a step, a bit each, so many to a word."""
    bits = [flag(outcome)[0] for reducer in reducers.values() if (flag := reducer.flag)]
    return [
        reduce(or_, (jnp.where(bit, 1 << place, 0) for place, bit in enumerate(some)))
        for some in itertools.batched(bits, native.FLAGS_A_WORD)
    ]


def _flagged(
    reducers: dict[str, Reducer],
    states: dict[str, Any],
    flags: list[Int32[Array, "step path"]],
    people: People,
    first: Int32[Array, ""],
    folder: Path | None,
) -> dict[str, Any]:
    """States of all counts of what is true of a step."""
    told = [name for name, reducer in reducers.items() if reducer.flag is not None]
    found: dict[str, Any] = {}
    for names, word in zip(itertools.batched(told, native.FLAGS_A_WORD), flags, strict=True):
        counts = [states[name] for name in names]
        counts = native.count_flags(counts, word, first, people.group, people.weight, folder)
        found |= dict(zip(names, counts, strict=True))
    return found


def _native(
    walk: Walk,
    made: Callable[[Any], Any],
    count: int,
    used: Callable[[Any, Any], Any],
    folder: Path | None,
) -> Callable[[Any, Int32[Array, ""]], tuple[Any, Any]]:
    """(state, first step) -> the last state and the outcomes of so many native steps.

    `made` makes the step of the walk's; words that no elementwise code makes are left to XLA.
    """

    def run(state: Any, first: Int32[Array, ""]) -> tuple[Any, Any]:
        try:
            step, parts = made(walk.drawn), walk.parts
            return native.scan(step, state, parts, first, count, used, folder)
        except Unknown:
            mine = jax.tree.map(lambda p: lax.dynamic_slice_in_dim(p, first, count), walk.parts)
            step, parts = made(walk.step), jax.vmap(walk.words)(mine)
            return native.scan(step, state, parts, first, count, used, folder, sliced=True)

    return run
