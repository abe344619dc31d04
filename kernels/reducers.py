"""Streaming reducers: what a run keeps of its paths, in memory that their number does not move.

A reducer sees some steps of some tiles at a time, or what it keeps of all steps. States are
integers, or float32 sums over one tile; the host adds them in int64, or in float64 in tile order,
so the result depends neither on the number of devices, nor on the size of blocks, nor on the order
in which blocks finish.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Bool, Float, Int32, UInt32
from numpy.typing import NDArray

from kernels.counter import TILE

_MANTISSA = 23  # bits of a float32's mantissa; the first of them pick the bin
COARSENING = 8
"""Fine bins that make one coarse bin, in which the spread between replicates is kept."""


class People(NamedTuple):
    """Whom an update counts: paths whose group is out of range are left out."""

    group: Int32[Array, " path"]  # population
    weight: Int32[Array, ""]  # 1, or -1 where what was counted is taken back


class Histogram(NamedTuple):
    """What a histogram counts: the first of every so many steps of a value, in these bins."""

    value: Callable[[Any], Float[Array, "step path"]]
    bins: "LogBins"
    groups: int
    every: int

    @property
    def layout(self) -> tuple[int, int, int, int, int]:
        """Bits to shift, bits of the first bin, bins a side, whether there are two, populations."""
        bins = self.bins
        return bins.shift, bins.first, bins.side, int(bins.signed), self.groups


class Fold(NamedTuple):
    """What a path remembers of its steps until its end; elementwise."""

    begin: Callable[[Int32[Array, " path"]], Any]
    """Memory before the first step, from zeros of the paths' shape."""
    step: Callable[[Any, Any, UInt32[Array, ""]], Any]
    """(memory, outcome of one step, its number) -> memory after it."""


class Reducer(NamedTuple):
    """`update(state, seen, people, first)`: `seen` is the outcome of some steps from `first` on.

    Where there is a `keep`, `seen` is what that function keeps of every step, once a tile is done:
    rows of one number a path; where there is a `fold`, what that remembers then. A state of
    integers is summed over the tiles of a block. One of floats has a row a tile (`by_tile`), so
    that sums do not depend on how tiles are put together. `finish` turns a block's state into what
    is handed on.

    A state too large to be handed on by every block is `pooled`: `init` takes what the block before
    finished with, or nothing, and a block tells that function of what it finishes with.
    """

    init: Callable[..., Any]
    update: Callable[[Any, Any, People, Int32[Array, ""]], Any]
    keep: Callable[[Any], Any] | None = None
    fold: Fold | None = None
    by_tile: bool = False
    finish: Callable[[Any], Any] = lambda state: state
    pooled: Callable[[Any], Any] | None = None
    histogram: Histogram | None = None  # for back ends that count by themselves, as the next
    flag: Callable[[Any], Bool[Array, "step path"]] | None = None  # what is counted of each step


@dataclass(frozen=True)
class LogBins:
    """Bins equally wide on a log scale, 128 an octave (0.54 % wide), found without a logarithm.

    They cover 2^low to 2^high; one bin below takes the rest down to minus infinity, one above
    the rest. With `signed` the same bins mirror on the negative side. `per_octave` is a power of
    two.
    """

    low: int
    high: int
    signed: bool = False
    per_octave: int = 128

    @property
    def side(self) -> int:
        """Bins of one sign, both open ends included."""
        return (self.high - self.low) * self.per_octave + 2

    @property
    def count(self) -> int:
        """Number of bins."""
        return 2 * self.side if self.signed else self.side

    @property
    def shift(self) -> int:
        """Bits of a float32 that do not pick its bin."""
        return _MANTISSA - (self.per_octave.bit_length() - 1)

    @property
    def first(self) -> int:
        """The other bits of the lower edge of the first bin that is not open."""
        return (127 + self.low) * self.per_octave

    def index(self, x: Float[Array, "..."]) -> Int32[Array, "..."]:
        """Bin of each finite number."""
        size = jnp.abs(x) if self.signed else jnp.maximum(x, 0.0)
        bits = lax.bitcast_convert_type(size.astype(jnp.float32), jnp.int32)
        place = jnp.clip((bits >> jnp.int32(self.shift)) - (self.first - 1), 0, self.side - 1)
        if not self.signed:
            return place
        return jnp.where(x < 0, self.side - 1 - place, self.side + place)

    @cache  # noqa: B019  (there are as many bins as metrics)
    def edges(self) -> NDArray[np.float64]:
        """Edges, one more than bins; the outer ones infinite."""
        octave = 1.0 + np.arange(self.per_octave) / self.per_octave
        powers = 2.0 ** np.arange(self.low, self.high)
        inner = np.append((powers[:, None] * octave).ravel(), 2.0**self.high)
        if self.signed:
            return np.concatenate([[-np.inf], -inner[::-1], [0.0], inner, [np.inf]])
        return np.concatenate([[-np.inf], inner, [np.inf]])

    @cached_property
    def coarse(self) -> "LogBins":
        """The same range in fewer bins."""
        return replace(self, per_octave=self.per_octave // COARSENING)

    def coarsen(self, counts: Int32[Array, "*row bin"]) -> Int32[Array, "*row coarse"]:
        """Counts of these bins, on the last axis, as counts of the coarse bins."""
        sides = counts.reshape(*counts.shape[:-1], -1, self.side)
        fine = sides[..., 1:-1].reshape(*sides.shape[:-1], -1, COARSENING)
        whole = jnp.concatenate([sides[..., :1], jnp.sum(fine, -1), sides[..., -1:]], axis=-1)
        return whole.reshape(*counts.shape[:-1], -1)


def histogram(
    value: Callable[[Any], Float[Array, "step path"]],
    bins: LogBins,
    steps: int,
    groups: int,
    every: int = 1,
    replicas: int = 1,
) -> Reducer:
    """Counts by step, population and bin, shape (steps x groups x bins,), int32.

    `value` gives the first of every so many steps; `steps` counts those. A path counts into copy
    number path mod `replicas`, so that many threads do not wait for one bin; copies are added in
    the end. Pooled; a block tells the coarse counts so far.
    """
    size = steps * groups * bins.count

    def init(pool: Array | None = None) -> Int32[Array, " cell"]:
        if pool is None:
            return jnp.zeros(size * replicas, jnp.int32)
        if replicas == 1:
            return pool
        return jnp.concatenate([pool, jnp.zeros(size * (replicas - 1), jnp.int32)])

    def update(state: Array, seen: Any, people: People, first: Int32[Array, ""]) -> Array:
        x = value(seen)
        step = first // every + jnp.arange(x.shape[0], dtype=jnp.int32)
        row = step[:, None] * groups + people.group[None, :]
        cell = row * bins.count + bins.index(x)
        if replicas > 1:
            cell = cell + size * (jnp.arange(x.shape[1], dtype=jnp.int32) % replicas)
        cell = jnp.where(people.group < groups, cell, size * replicas)
        # Unsigned, because XLA looks for negative indices first.
        return state.at[cell.ravel().astype(jnp.uint32)].add(people.weight, mode="drop")

    def finish(state: Array) -> Array:
        return state if replicas == 1 else jnp.sum(state.reshape(replicas, size), axis=0)

    def coarse(counts: Array) -> Int32[Array, " cell"]:
        return bins.coarsen(counts.reshape(-1, bins.count)).ravel()

    counted = Histogram(value, bins, groups, every) if replicas == 1 else None
    return Reducer(init, update, finish=finish, pooled=coarse, histogram=counted)


def counts(
    event: Callable[[Any], Bool[Array, "cell path"]],
    cells: int,
    groups: int,
    keep: Callable[[Any], Any] | None = None,
    fold: Fold | None = None,
) -> Reducer:
    """How often each of several events happens, by population, shape (cells, groups), int32.

    Cells are steps, or what `event` makes of the kept or remembered. A product of zeros and ones:
    exact, because a tile's counts are far below 2^24.
    """

    def init() -> Int32[Array, "cell group"]:
        return jnp.zeros((cells, groups), jnp.int32)

    def update(state: Array, seen: Any, people: People, first: Int32[Array, ""]) -> Array:
        member = (people.group[:, None] == jnp.arange(groups)) * people.weight
        found = event(seen).astype(jnp.float32) @ member.astype(jnp.float32)
        before = lax.dynamic_slice_in_dim(state, first, found.shape[0])
        return lax.dynamic_update_slice_in_dim(state, before + found.astype(jnp.int32), first, 0)

    flag = event if keep is None and fold is None else None
    return Reducer(init, update, keep, fold, flag=flag)


def tally(
    cell: Callable[[Any], Int32[Array, " path"]],
    cells: int,
    groups: int,
    fold: Fold,
) -> Reducer:
    """How many paths fall into each cell, by population, shape (cells, groups), int32.

    `cell` is that of what `fold` remembers.
    """

    def init() -> Int32[Array, "cell group"]:
        return jnp.zeros((cells, groups), jnp.int32)

    def update(state: Array, seen: Any, people: People, first: Int32[Array, ""]) -> Array:
        del first
        row = jnp.where(people.group < groups, cell(seen), cells)
        return state.at[row, people.group].add(people.weight, mode="drop")

    return Reducer(init, update, fold=fold)


def moments(value: Callable[[Any], Float[Array, "step path"]], steps: int, groups: int) -> Reducer:
    """Sums of what is kept and of its square, shape (tiles, 2, steps, groups), float32."""

    def init() -> Float[Array, "1 2 step group"]:
        return jnp.zeros((1, 2, steps, groups), jnp.float32)

    def update(state: Array, seen: Any, people: People, first: Int32[Array, ""]) -> Array:
        del first
        found = [
            [
                jnp.sum(jnp.where(people.group == g, power, 0.0).reshape(steps, -1, TILE), axis=2)
                for g in range(groups)
            ]
            for power in (seen, seen * seen)
        ]
        return state + jnp.asarray(found).transpose(3, 0, 2, 1)  # tiles, power, step, group

    return Reducer(init, update, value, by_tile=True)


def population(groups: int) -> Reducer:
    """Paths in each population and, last, invalid ones; shape (groups + 1,), int32."""

    def init() -> Int32[Array, " group"]:
        return jnp.zeros(groups + 1, jnp.int32)

    def update(state: Array, seen: Any, people: People, first: Int32[Array, ""]) -> Array:
        del seen, first
        tally = [jnp.sum(people.group == g, dtype=jnp.int32) for g in range(groups + 1)]
        return state + jnp.stack(tally)

    return Reducer(init, update, lambda outcome: {})
