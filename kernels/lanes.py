"""Random words inside a kernel: the same bits as on a CPU, made by the lanes of a block.

A source lists its operands and turns them, within the kernel, into one word a draw for each lane.
Units are runs of 128 paths, the smallest block; a lane's path is `unit x 128 + lane`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, UInt32

from kernels.counter import TILE

UNIT = 128
"""Paths that share everything about their words but the lane."""

_CALLS = TILE // 4  # calls of Philox a tile and draw; each gives four words
_MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
_WEYL = (0x9E3779B9, 0xBB67AE85)


type Lay = Callable[[Array], Array]
"""Puts what was loaded into the layout of the lanes."""


class Source(Protocol):
    """A provider of words for the loop of `kernels.pallas`."""

    @property
    def draws(self) -> int:
        """Words a step."""

    def operands(self) -> tuple[Array, ...]:
        """Arrays that the kernel reads."""

    def words(
        self, refs: tuple[Any, ...], step: Array, unit: Array, lane: Array, lay: Lay
    ) -> list[Array]:
        """One word a draw for every lane; `refs` are the operands, `unit` is the block's first."""


class Sobol(NamedTuple):
    """Scrambled Sobol' words as one XOR: `base[unit, d] ^ table[d, lane]`, d = step x draws + draw.

    Matrix scramble and shift are in the tables, whose rows are one a step and draw. The table is
    as wide as a block; `base` then has one row a block.
    """

    base: UInt32[Array, "block dimension"]
    table: UInt32[Array, "dimension lane"]
    draws: int

    def operands(self) -> tuple[Array, ...]:
        """The two tables."""
        return self.base, self.table

    def words(
        self, refs: tuple[Any, ...], step: Array, unit: Array, lane: Array, lay: Lay
    ) -> list[Array]:
        """One load, one scalar load and one XOR a word."""
        base, table = refs
        width = lane.shape[0]
        block = unit // (width // UNIT)
        rows = [step * self.draws + k for k in range(self.draws)]
        return [lay(table[row, :]) ^ base[block, row] for row in rows]


def sobol(
    table: UInt32[Array, "dimension place"],
    base: UInt32[Array, "dimension row"],
    draws: int,
    width: int = UNIT,
) -> Sobol:
    """Sobol' words of blocks `width` wide from the tables of `kernels.sobol`, base[d, r] ^ table[d, p].

    What the rows of a block add to its first is the same in every block, because they are linear.
    """
    each = width // table.shape[1]
    starts = base[:, :each] ^ base[:, :1]
    wide = table[:, None, :] ^ starts[:, :, None]
    return Sobol(base[:, ::each].T, wide.reshape(-1, width), draws)


class Philox(NamedTuple):
    """Philox4x32-10 in the kernel, bit for bit the words of `kernels.counter.words`.

    Each lane makes a call for each draw and keeps one word of four, because the four words of a
    call belong to four paths of a tile.
    """

    key: UInt32[Array, " 2"]
    tile: UInt32[Array, " 2"]
    streams: UInt32[Array, " draw"]

    @property
    def draws(self) -> int:
        """Words a step."""
        return self.streams.shape[0]

    def operands(self) -> tuple[Array, ...]:
        """Key, first tile and streams as they are."""
        return self.key, self.tile, self.streams

    def words(
        self, refs: tuple[Any, ...], step: Array, unit: Array, lane: Array, lay: Lay
    ) -> list[Array]:
        """Ten rounds a word; products are made in 64 bits."""
        del lay
        key, tile, streams = refs
        path = unit.astype(jnp.uint32) * jnp.uint32(UNIT) + lane
        place = path & jnp.uint32(TILE - 1)
        low = tile[0] + (path >> jnp.uint32(TILE.bit_length() - 1))
        high = tile[1] + jnp.where(low < tile[0], jnp.uint32(1), jnp.uint32(0))
        shift = jnp.uint32(_CALLS.bit_length() - 1)
        c0 = (low << shift) | (place & jnp.uint32(_CALLS - 1))
        c1 = (high << shift) | (low >> (jnp.uint32(32) - shift))
        word = place >> shift
        c2 = jnp.broadcast_to(step.astype(jnp.uint32), lane.shape)
        made = []
        for k in range(self.draws):
            counter = (c0, c1, c2, jnp.broadcast_to(streams[k], lane.shape))
            four = philox(counter, (key[0], key[1]))
            even = jnp.where(word == jnp.uint32(0), four[0], four[2])
            odd = jnp.where(word == jnp.uint32(1), four[1], four[3])
            made.append(jnp.where((word & jnp.uint32(1)) == jnp.uint32(0), even, odd))
        return made


def philox(counter: tuple[Array, ...], key: tuple[Array, Array]) -> tuple[Array, ...]:
    """Philox4x32-10 without a barrier: in registers nothing is computed twice."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        high0, low0 = _product(c0, _MULTIPLIERS[0])
        high1, low1 = _product(c2, _MULTIPLIERS[1])
        c0, c1, c2, c3 = high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0
        k0, k1 = k0 + jnp.uint32(_WEYL[0]), k1 + jnp.uint32(_WEYL[1])
    return c0, c1, c2, c3


def _product(word: Array, constant: int) -> tuple[Array, Array]:
    """High and low half of a product."""
    with jax.enable_x64(True):
        wide = lax.convert_element_type(word, jnp.uint64) * jnp.uint64(constant)
        high = lax.shift_right_logical(wide, jnp.full(wide.shape, 32, jnp.uint64))
        return (
            lax.convert_element_type(high, jnp.uint32),
            lax.convert_element_type(wide, jnp.uint32),
        )
