"""Scrambled Sobol' points by index: low-discrepancy words that any shard can make for itself.

Directions of Joe and Kuo (2008), read from `joe_kuo.npz`. A scramble is a random linear matrix
(Matousek 1998) and a digital shift, drawn by Philox from (seed, scramble, stream); both are folded
into a table of a few points, so that a word costs one exclusive or. Hash-based nested scrambling (Owen
1995; Burley 2020) is the cross-check. The first point is kept, none is skipped (Owen 2020).
"""

from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, UInt32
from numpy.typing import NDArray

from kernels.counter import TILE, Tile, key_of, philox, streams
from kernels.types import Words

BITS = 32
DIMENSIONS = 4096
"""Dimensions for which directions are kept."""
POINTS = 1 << BITS
"""Most points of one scramble; further paths take further scrambles."""

_PLACE = TILE.bit_length() - 1  # bits of a point's place within its tile
ROW = 64
"""Points that are tabulated: so few that the tables of all draws stay in a core's own cache."""
_ROW_BITS = ROW.bit_length() - 1
_SCRAMBLE = 1 << 31  # keeps the scrambles' counters apart from every step of a path

type Columns = UInt32[Array, "draw bit"]
"""Direction numbers, most significant bit first: a point is the exclusive or of the columns of
the bits that are set in its index."""


@cache
def _tabulated() -> tuple[NDArray[np.uint32], NDArray[np.uint16]]:
    """Primitive polynomials, leading and last bit included, and initial direction numbers."""
    with resources.files("kernels").joinpath("joe_kuo.npz").open("rb") as file:
        table = np.load(file)
        return table["polynomial"], table["initial"]


def directions(dimensions: tuple[int, ...]) -> NDArray[np.uint32]:
    """Columns of unscrambled dimensions (0 is the first), shape (dimensions, 32).

    m_k = 2^s m_(k-s) ^ m_(k-s) ^ XOR_i 2^i a_i m_(k-i), column k the 32-bit fraction m_k / 2^k.
    Raises ValueError for a dimension that is not tabulated.
    """
    if dimensions and max(dimensions) >= DIMENSIONS:
        raise ValueError(
            f"{max(dimensions) + 1:,} dimensions are asked for, directions are kept for "
            f"{DIMENSIONS:,}: draw fewer numbers, or use the sampler mc"
        )
    polynomials, initial = _tabulated()
    chosen = np.asarray(dimensions, np.int64)
    polynomial = polynomials[chosen].astype(np.int64)
    degree = np.asarray([int(p).bit_length() - 1 for p in polynomial], np.int64)
    m = np.zeros((len(chosen), BITS), np.int64)
    m[:, : initial.shape[1]] = initial[chosen]
    m[degree == 0] = 1  # the first dimension is van der Corput's
    rows = np.arange(len(chosen))
    for k in range(BITS):
        later = (degree > 0) & (k >= degree)
        old = m[rows, np.maximum(k - degree, 0)]
        value = old ^ (old << degree)
        for i in range(1, int(degree.max(initial=1))):
            taken = (i < degree) & ((polynomial >> np.maximum(degree - i, 0)) & 1 == 1)
            value ^= np.where(taken, m[:, max(k - i, 0)] << i, 0)
        m[:, k] = np.where(later, value, m[:, k])
    return (m << (BITS - 1 - np.arange(BITS, dtype=np.int64))).astype(np.uint32)


class Scramble(NamedTuple):
    """What the tiles of one scramble share."""

    columns: Columns
    table: Words  # the first points, (draws, ROW)
    starts: Words  # what each row of a tile adds to them, (draws, TILE / ROW)
    seeds: UInt32[Array, " draw"]  # of the nested scramble


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Sobol:
    """Words of scrambled Sobol' points: path = scramble x 2^32 + point, one draw a dimension.

    Rows of `streams`, `steps` and `columns` stand in the order of the draws: those drawn once,
    then those of each step.
    """

    key: UInt32[Array, " 2"]
    streams: UInt32[Array, " draw"]
    step: UInt32[Array, " draw"]
    columns: Columns
    once_count: int = field(metadata={"static": True})
    each_count: int = field(metadata={"static": True})
    nested: bool = field(default=False, metadata={"static": True})

    @classmethod
    def of(
        cls,
        seed: int,
        once: tuple[str, ...],
        each: tuple[str, ...],
        steps: int,
        dimensions: dict[str, int],
        *,
        nested: bool = False,
    ) -> "Sobol":
        """Provider of these draws; `dimensions` gives each name its first dimension.

        Raises ValueError for a seed out of range or a dimension that is not tabulated.
        """
        taken = [dimensions[name] for name in once]
        taken += [dimensions[name] + step for step in range(steps) for name in each]
        numbers = np.asarray(streams((*once, *each)))
        own, shared = numbers[: len(once)], numbers[len(once) :]
        return cls(
            key_of(seed),
            jnp.asarray(np.concatenate([own, np.tile(shared, steps)])),
            jnp.asarray(
                np.concatenate([np.zeros(len(once)), np.repeat(np.arange(steps), len(each))]),
                jnp.uint32,
            ),
            jnp.asarray(directions(tuple(taken))),
            len(once),
            len(each),
            nested,
        )

    def shared(self, tile: Tile) -> Scramble:
        """Scramble that this tile belongs to, with its first points tabulated."""
        number = scramble_of(tile)
        if self.nested:
            seeds, columns = _random(self, number, 1)[0], self.columns
            shift = jnp.zeros_like(seeds)
        else:
            rows = _random(self, number, BITS + 1)
            seeds = shift = rows[BITS]
            columns = _multiply(rows[:BITS], self.columns)
        table = _table(columns[:, :_ROW_BITS], shift)
        starts = _table(columns[:, _ROW_BITS:_PLACE], jnp.zeros_like(shift))
        return Scramble(columns, table, starts, seeds)

    def once(self, shared: Scramble, tiles: UInt32[Array, "tile 2"]) -> Words:
        """Words drawn once per path, (draws, tiles x TILE); the tiles are of one scramble."""
        rows = slice(0, self.once_count)
        base = _base(shared.columns[rows], shared.starts[rows], tiles)
        return self._words(shared.table[rows], base, shared.seeds[rows])

    def steps(self, shared: Scramble, tiles: UInt32[Array, "tile 2"]) -> tuple[Array, Array, Array]:
        """What the words of each step are made of, steps on the leading axis."""
        rows = slice(self.once_count, None)
        parts = (
            shared.table[rows],
            _base(shared.columns[rows], shared.starts[rows], tiles),
            shared.seeds[rows],
        )
        table, base, seeds = (x.reshape(-1, self.each_count, *x.shape[1:]) for x in parts)
        return table, base, seeds

    def each(self, tiles: UInt32[Array, "tile 2"], part: tuple[Array, Array, Array]) -> Words:
        """Words of one step, (draws, tiles x TILE)."""
        del tiles
        return self._words(*part)

    def _words(self, table: Words, base: UInt32[Array, "draw row"], seeds: Array) -> Words:
        words = crossed(table, base)
        return nested_scramble(words, seeds[:, None]) if self.nested else words


@jax.jit
def crossed(table: Words, base: UInt32[Array, "draw row"]) -> Words:
    """Every entry of a draw's row of `table` combined with every entry of `base`, (draws, rows x ROW).

    Printed code (`kernels.printer`) knows this function by its name and reads both tables in place.
    """
    words = (table[:, None, :] ^ base[:, :, None]).reshape(table.shape[0], -1)
    # An array of its own: as a part of other loops XLA:CPU would not vectorise it.
    return lax.optimization_barrier(words)


def scramble_of(tile: Tile) -> UInt32[Array, ""]:
    """Number of the scramble that a tile belongs to: its path index over 2^32, below 2^32."""
    bits = BITS - _PLACE
    return (tile[0] >> jnp.uint32(bits)) | (tile[1] << jnp.uint32(BITS - bits))


def first_tile(scramble: int, point: int) -> int:
    """Tile of a scramble's point; raises ValueError past the last point of a scramble."""
    if not 0 <= point < POINTS:
        raise ValueError(f"a scramble has {POINTS:,} points, got number {point:,}")
    return (scramble * POINTS + point) // TILE


def nested_scramble(words: Words, seeds: UInt32[Array, "draw 1"]) -> Words:
    """Owen's nested uniform scramble by a hash in which high bits move only lower ones.

    Laine and Karras (2011) with the multipliers of Vegdahl (2021), on the reversed word (Burley
    2020).
    """
    x = _reversed(words)
    x = x ^ (x * jnp.uint32(0x3D20ADEA))
    x = x + seeds
    x = x * ((seeds >> jnp.uint32(16)) | jnp.uint32(1))
    x = x ^ (x * jnp.uint32(0x05526C56))
    x = x ^ (x * jnp.uint32(0x53A22864))
    return _reversed(x)


def _reversed(x: Array) -> Array:
    for shift, mask in ((1, 0x55555555), (2, 0x33333333), (4, 0x0F0F0F0F), (8, 0x00FF00FF)):
        low, s = jnp.uint32(mask), jnp.uint32(shift)
        x = ((x >> s) & low) | ((x & low) << s)
    return (x >> jnp.uint32(16)) | (x << jnp.uint32(16))


def _random(source: Sobol, scramble: UInt32[Array, ""], rows: int) -> UInt32[Array, "row draw"]:
    """Random words of each draw's scramble."""
    calls = -(-rows // 4)
    shape = (calls, source.streams.shape[0])
    counter = (
        jnp.broadcast_to(jnp.arange(calls, dtype=jnp.uint32)[:, None], shape),
        jnp.broadcast_to(scramble, shape),
        jnp.broadcast_to((source.step | jnp.uint32(_SCRAMBLE))[None, :], shape),
        jnp.broadcast_to(source.streams[None, :], shape),
    )
    words = jnp.stack(philox(counter, (source.key[0], source.key[1])), axis=1)
    return words.reshape(-1, shape[1])[:rows]


def _multiply(random: UInt32[Array, "bit draw"], columns: Columns) -> Columns:
    """A random lower triangular matrix, ones on its diagonal, times each column.

    Row b of `random` gives the matrix's column b, most significant bit first.
    """
    product = jnp.zeros_like(columns)
    for bit in range(BITS):
        unit = 1 << (BITS - 1 - bit)
        column = (random[bit] & jnp.uint32(unit - 1)) | jnp.uint32(unit)
        chosen = (columns & jnp.uint32(unit)) != 0
        product = product ^ jnp.where(chosen, column[:, None], jnp.uint32(0))
    return product


def _table(columns: Columns, shift: UInt32[Array, " draw"]) -> Words:
    """Points whose index has these bits, the lowest first, shifted: each doubles the table."""
    table = shift[:, None]
    for bit in range(columns.shape[1]):
        table = jnp.concatenate([table, table ^ columns[:, bit, None]], axis=1)
    return table


def _base(
    columns: Columns, starts: Words, tiles: UInt32[Array, "tile 2"]
) -> UInt32[Array, "draw row"]:
    """What each row of the tiles adds to every point of the table."""
    index = tiles[:, 0] & jnp.uint32((1 << (BITS - _PLACE)) - 1)
    bit = jnp.arange(BITS - _PLACE, dtype=jnp.uint32)
    chosen = (index[:, None] >> bit) & jnp.uint32(1) == 1
    added = jnp.where(chosen[None], columns[:, None, _PLACE:], jnp.uint32(0))
    above = lax.reduce(added, np.uint32(0), lax.bitwise_xor, (2,))
    return (above[:, :, None] ^ starts[:, None, :]).reshape(starts.shape[0], -1)
