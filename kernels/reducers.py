"""Streaming reducers: what a run keeps of its paths, in memory that their number does not move.

A reducer sees one tile at a time. States are integers, or float32 sums over one tile; the host
adds them in int64, or in float64 in tile order, so the result depends neither on the number of
devices, nor on the size of blocks, nor on the order in which blocks finish.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Bool, Float, Int32
from numpy.typing import NDArray

_MANTISSA = 23  # bits of a float32's mantissa; the first of them pick the bin
COARSENING = 8
"""Fine bins that make one coarse bin, in which the spread between replicates is kept."""


class Reducer(NamedTuple):
    """`update(state, outcome, group)`: paths whose group is out of range are left out.

    A state of integers is summed over the tiles of a block. One of floats is kept tile by tile
    (`by_tile`), so that sums do not depend on how tiles are put into blocks.
    """

    init: Callable[[], Any]
    update: Callable[[Any, Any, Int32[Array, " path"]], Any]
    by_tile: bool = False


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

    def index(self, x: Float[Array, "..."]) -> Int32[Array, "..."]:
        """Bin of each finite number."""
        first = (127 + self.low) * self.per_octave
        shift = _MANTISSA - (self.per_octave.bit_length() - 1)
        size = jnp.abs(x) if self.signed else jnp.maximum(x, 0.0)
        bits = lax.bitcast_convert_type(size.astype(jnp.float32), jnp.int32)
        place = jnp.clip((bits >> jnp.int32(shift)) - (first - 1), 0, self.side - 1)
        if not self.signed:
            return place
        return jnp.where(x < 0, self.side - 1 - place, self.side + place)

    def edges(self) -> NDArray[np.float64]:
        """Edges, one more than bins; the outer ones infinite."""
        octave = 1.0 + np.arange(self.per_octave) / self.per_octave
        powers = 2.0 ** np.arange(self.low, self.high)
        inner = np.append((powers[:, None] * octave).ravel(), 2.0**self.high)
        if self.signed:
            return np.concatenate([[-np.inf], -inner[::-1], [0.0], inner, [np.inf]])
        return np.concatenate([[-np.inf], inner, [np.inf]])

    @property
    def coarse(self) -> "LogBins":
        """The same range in fewer bins."""
        return replace(self, per_octave=self.per_octave // COARSENING)

    def coarsen(self, counts: NDArray[np.integer]) -> NDArray[np.integer]:
        """Counts of these bins, on the last axis, as counts of the coarse bins."""
        sides = counts.reshape(*counts.shape[:-1], -1, self.side)
        inner = sides[..., 1:-1].reshape(*sides.shape[:-1], -1, COARSENING).sum(-1)
        whole = np.concatenate([sides[..., :1], inner, sides[..., -1:]], axis=-1)
        return whole.reshape(*counts.shape[:-1], -1)


def histogram(
    value: Callable[[Any], Float[Array, "step path"]], bins: LogBins, steps: int, groups: int
) -> Reducer:
    """Counts by step, population and bin, shape (steps, groups, bins), int32."""
    size = steps * groups * bins.count

    def init() -> Int32[Array, " cell"]:
        return jnp.zeros(size, jnp.int32)

    def update(state: Array, outcome: Any, group: Int32[Array, " path"]) -> Array:
        x = value(outcome)
        row = jnp.arange(steps, dtype=jnp.int32)[:, None] * groups + group[None, :]
        cell = row * bins.count + bins.index(x)
        cell = jnp.where(group[None, :] < groups, cell, size)
        return state.at[cell.ravel()].add(1, mode="drop")

    return Reducer(init, update)


def counts(event: Callable[[Any], Bool[Array, "cell path"]], cells: int, groups: int) -> Reducer:
    """How often each of several events happens, by population, shape (cells, groups), int32.

    A product of zeros and ones: exact, because a tile's counts are far below 2^24.
    """

    def init() -> Int32[Array, "cell group"]:
        return jnp.zeros((cells, groups), jnp.int32)

    def update(state: Array, outcome: Any, group: Int32[Array, " path"]) -> Array:
        member = (group[:, None] == jnp.arange(groups)).astype(jnp.float32)
        return state + (event(outcome).astype(jnp.float32) @ member).astype(jnp.int32)

    return Reducer(init, update)


def tally(cell: Callable[[Any], Int32[Array, " path"]], cells: int, groups: int) -> Reducer:
    """How many paths fall into each cell, by population, shape (cells, groups), int32."""

    def init() -> Int32[Array, "cell group"]:
        return jnp.zeros((cells, groups), jnp.int32)

    def update(state: Array, outcome: Any, group: Int32[Array, " path"]) -> Array:
        row = jnp.where(group < groups, cell(outcome), cells)
        return state.at[row, group].add(1, mode="drop")

    return Reducer(init, update)


def moments(value: Callable[[Any], Float[Array, "step path"]], steps: int, groups: int) -> Reducer:
    """Sums of the value and of its square, shape (2, steps, groups), float32 within a tile."""

    def init() -> Float[Array, "2 step group"]:
        return jnp.zeros((2, steps, groups), jnp.float32)

    def update(state: Array, outcome: Any, group: Int32[Array, " path"]) -> Array:
        x = value(outcome)
        sums = []
        for power in (x, x * x):
            kept = [jnp.sum(jnp.where(group == g, power, 0.0), axis=1) for g in range(groups)]
            sums.append(jnp.stack(kept, axis=1))
        return state + jnp.stack(sums)

    return Reducer(init, update, by_tile=True)


def population(groups: int) -> Reducer:
    """Paths in each population and, last, invalid ones; shape (groups + 1,), int32."""

    def init() -> Int32[Array, " group"]:
        return jnp.zeros(groups + 1, jnp.int32)

    def update(state: Array, outcome: Any, group: Int32[Array, " path"]) -> Array:
        del outcome
        tally = [jnp.sum(group == g, dtype=jnp.int32) for g in range(groups + 1)]
        return state + jnp.stack(tally)

    return Reducer(init, update)
