"""Streaming reducers: what a run keeps of its paths, in memory that their number does not move.

A reducer sees some steps of one tile at a time, or what it keeps of all of them. States are integers, or float32 sums over one block; blocks are
merged on the host by addition in int64 or float64, in block order, so the result depends neither
on the number of devices nor on the order in which blocks finish.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Bool, Float, Int32
from numpy.typing import NDArray

PER_OCTAVE = 128
_SHIFT = 23 - 7  # of a float32's 23 mantissa bits, 7 pick the bin


class People(NamedTuple):
    """Whom an update counts: paths whose group is out of range are left out."""

    group: Int32[Array, " path"]  # population
    weight: Int32[Array, ""]  # 1, or -1 where what was counted is taken back


class Reducer(NamedTuple):
    """`update(state, seen, people, first)`: `seen` is the outcome of some steps from `first` on.

    Where there is a `keep`, `seen` is what that function keeps of every step, once a tile is done:
    rows of one number a path.
    """

    init: Callable[[], Any]
    update: Callable[[Any, Any, People, Int32[Array, ""]], Any]
    keep: Callable[[Any], Any] | None = None


@dataclass(frozen=True)
class LogBins:
    """Bins equally wide on a log scale, 128 an octave (0.54 % wide), found without a logarithm.

    They cover 2^low to 2^high; one bin below takes the rest down to minus infinity, one above
    the rest. With `signed` the same bins mirror on the negative side.
    """

    low: int
    high: int
    signed: bool = False

    @property
    def side(self) -> int:
        """Bins of one sign, both open ends included."""
        return (self.high - self.low) * PER_OCTAVE + 2

    @property
    def count(self) -> int:
        """Number of bins."""
        return 2 * self.side if self.signed else self.side

    def index(self, x: Float[Array, "..."]) -> Int32[Array, "..."]:
        """Bin of each finite number."""
        first = (127 + self.low) * PER_OCTAVE
        size = jnp.abs(x) if self.signed else jnp.maximum(x, 0.0)
        bits = lax.bitcast_convert_type(size.astype(jnp.float32), jnp.int32)
        place = jnp.clip((bits >> jnp.int32(_SHIFT)) - (first - 1), 0, self.side - 1)
        if not self.signed:
            return place
        return jnp.where(x < 0, self.side - 1 - place, self.side + place)

    def edges(self) -> NDArray[np.float64]:
        """Edges, one more than bins; the outer ones infinite."""
        octave = 1.0 + np.arange(PER_OCTAVE) / PER_OCTAVE
        powers = 2.0 ** np.arange(self.low, self.high)
        inner = np.append((powers[:, None] * octave).ravel(), 2.0**self.high)
        if self.signed:
            return np.concatenate([[-np.inf], -inner[::-1], [0.0], inner, [np.inf]])
        return np.concatenate([[-np.inf], inner, [np.inf]])


def histogram(
    value: Callable[[Any], Float[Array, "step path"]],
    bins: LogBins,
    steps: int,
    groups: int,
    every: int = 1,
) -> Reducer:
    """Counts by step, population and bin, shape (steps, groups, bins), int32.

    `value` gives the first of every so many steps; `steps` counts those.
    """
    size = steps * groups * bins.count

    def init() -> Int32[Array, " cell"]:
        return jnp.zeros(size, jnp.int32)

    def update(state: Array, seen: Any, people: People, first: Int32[Array, ""]) -> Array:
        x = value(seen)
        step = first // every + jnp.arange(x.shape[0], dtype=jnp.int32)
        row = step[:, None] * groups + people.group[None, :]
        cell = jnp.where(people.group < groups, row * bins.count + bins.index(x), size)
        # Unsigned, because XLA looks for negative indices first.
        return state.at[cell.ravel().astype(jnp.uint32)].add(people.weight, mode="drop")

    return Reducer(init, update)


def counts(
    event: Callable[[Any], Bool[Array, "cell path"]],
    cells: int,
    groups: int,
    keep: Callable[[Any], Any] | None = None,
) -> Reducer:
    """How often each of several events happens, by population, shape (cells, groups), int32.

    Cells are steps, or what `event` makes of the kept. A product of zeros and ones: exact, because
    a tile's counts are far below 2^24.
    """

    def init() -> Int32[Array, "cell group"]:
        return jnp.zeros((cells, groups), jnp.int32)

    def update(state: Array, seen: Any, people: People, first: Int32[Array, ""]) -> Array:
        member = (people.group[:, None] == jnp.arange(groups)) * people.weight
        found = event(seen).astype(jnp.float32) @ member.astype(jnp.float32)
        before = lax.dynamic_slice_in_dim(state, first, found.shape[0])
        return lax.dynamic_update_slice_in_dim(state, before + found.astype(jnp.int32), first, 0)

    return Reducer(init, update, keep)


def tally(
    cell: Callable[[Any], Int32[Array, " path"]],
    cells: int,
    groups: int,
    keep: Callable[[Any], Any],
) -> Reducer:
    """How many paths fall into each cell, by population, shape (cells, groups), int32."""

    def init() -> Int32[Array, "cell group"]:
        return jnp.zeros((cells, groups), jnp.int32)

    def update(state: Array, seen: Any, people: People, first: Int32[Array, ""]) -> Array:
        del first
        row = jnp.where(people.group < groups, cell(seen), cells)
        return state.at[row, people.group].add(people.weight, mode="drop")

    return Reducer(init, update, keep)


def moments(value: Callable[[Any], Float[Array, "step path"]], steps: int, groups: int) -> Reducer:
    """Sums of what is kept and of its square, shape (2, steps, groups), float32 within a block."""

    def init() -> Float[Array, "2 step group"]:
        return jnp.zeros((2, steps, groups), jnp.float32)

    def update(state: Array, seen: Any, people: People, first: Int32[Array, ""]) -> Array:
        del first
        sums = []
        for power in (seen, seen * seen):
            kept = [
                jnp.sum(jnp.where(people.group == g, power, 0.0), axis=1) for g in range(groups)
            ]
            sums.append(jnp.stack(kept, axis=1))
        return state + jnp.stack(sums)

    return Reducer(init, update, value)


def population(groups: int) -> Reducer:
    """Paths in each population and, last, invalid ones; shape (groups + 1,), int32."""

    def init() -> Int32[Array, " group"]:
        return jnp.zeros(groups + 1, jnp.int32)

    def update(state: Array, seen: Any, people: People, first: Int32[Array, ""]) -> Array:
        del seen, first
        tally = [jnp.sum(people.group == g, dtype=jnp.int32) for g in range(groups + 1)]
        return state + jnp.stack(tally)

    return Reducer(init, update, lambda outcome: {})


def widen(state: Any) -> Any:
    """A block's state on the host, in int64 or float64."""

    def one(leaf: Array) -> NDArray:
        array = np.asarray(leaf)
        return array.astype(np.int64 if array.dtype.kind in "iu" else np.float64)

    return jax.tree.map(one, state)


def merge(first: Any, second: Any) -> Any:
    """Two widened states as one."""
    return jax.tree.map(np.add, first, second)
