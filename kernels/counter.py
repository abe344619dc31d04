"""Counter-based random words: a pure function of (seed, path index, stream, step).

Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3"
(SC 2011). One call gives four words; a tile of 2,048 paths shares 512 calls a draw, so that no
word is thrown away: path p of tile t = p // 2048 takes word (p // 512) % 4 of counter
(t * 512 + p % 512, step, stream).
"""

import hashlib
from dataclasses import dataclass, field

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, UInt32

from kernels.types import Words

TILE = 2048
"""Paths that are drawn and reduced together; part of the definition of a path's words."""

_LANES = 4
_CALLS = TILE // _LANES
_MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
_WEYL = (0x9E3779B9, 0xBB67AE85)

type Word = UInt32[Array, "..."]

type Tile = UInt32[Array, " 2"]
"""A tile's index as two words, low first; tile t holds the paths from t * 2048 on."""


def stream(name: str) -> int:
    """32-bit number of a stream: the first four bytes of the SHA-256 of its name."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "little")


def streams(names: tuple[str, ...]) -> UInt32[Array, " draw"]:
    """Numbers of several streams; raises ValueError where two names share one."""
    numbers = [stream(name) for name in names]
    for number in set(numbers):
        same = [n for n, m in zip(names, numbers, strict=True) if m == number]
        if len(same) > 1:
            raise ValueError(f"the draws {' and '.join(same)} share a stream: rename one of them")
    return jnp.asarray(numbers, jnp.uint32)


def key_of(seed: int) -> UInt32[Array, " 2"]:
    """The generator's key; raises ValueError unless 0 <= seed < 2^64."""
    if not 0 <= seed < 1 << 64:
        raise ValueError(f"a seed is a whole number from 0 to 2^64 - 1, got {seed}")
    return jnp.asarray([seed & 0xFFFFFFFF, seed >> 32], jnp.uint32)


def tile_of(index: int) -> Tile:
    """A tile's index as two words, low first."""
    return jnp.asarray([index & 0xFFFFFFFF, index >> 32], jnp.uint32)


def next_tile(tile: Tile, count: UInt32[Array, ""]) -> Tile:
    """The tile `count` further on."""
    low = tile[0] + count
    return jnp.stack([low, tile[1] + (low < count).astype(jnp.uint32)])


def philox(
    counter: tuple[Word, Word, Word, Word], key: tuple[Word, Word], rounds: int = 10
) -> tuple[Word, Word, Word, Word]:
    """Philox4x32: four words of a counter under a key, elementwise."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    w0, w1 = (jnp.uint32(w) for w in _WEYL)
    for _ in range(rounds):
        (high0, low0), (high1, low1) = _product(c0, _MULTIPLIERS[0]), _product(c2, _MULTIPLIERS[1])
        c0, c1, c2, c3 = high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0
        # Without the barrier XLA recomputes all rounds for each of the four words.
        c0, c1, c2, c3 = lax.optimization_barrier((c0, c1, c2, c3))
        k0, k1 = k0 + w0, k1 + w1
    return c0, c1, c2, c3


def _product(word: Word, constant: int) -> tuple[Word, Word]:
    """High and low word of a product, as 64-bit integers: `lax.mulhi` fails in a sharded call."""
    with jax.enable_x64(True):
        wide = word.astype(jnp.uint64) * jnp.uint64(constant)
        return (wide >> jnp.uint64(32)).astype(jnp.uint32), wide.astype(jnp.uint32)


def words(
    key: UInt32[Array, " 2"],
    tile: Tile,
    numbers: UInt32[Array, " draw"],
    step: UInt32[Array, ""],
) -> Words:
    """Words of one tile, shape (draws, TILE)."""
    shape = (numbers.shape[0], _CALLS)
    shift = jnp.uint32(_CALLS.bit_length() - 1)
    low = (tile[0] << shift) | jnp.arange(_CALLS, dtype=jnp.uint32)
    high = (tile[1] << shift) | (tile[0] >> (jnp.uint32(32) - shift))
    counter = (
        jnp.broadcast_to(low[None, :], shape),
        jnp.broadcast_to(high, shape),
        jnp.broadcast_to(step.astype(jnp.uint32), shape),
        jnp.broadcast_to(numbers[:, None], shape),
    )
    return jnp.concatenate(philox(counter, (key[0], key[1])), axis=1)


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Philox:
    """Independent words of every path: plain Monte Carlo; any number of draws and paths."""

    key: UInt32[Array, " 2"]
    once_streams: UInt32[Array, " draw"]
    each_streams: UInt32[Array, " draw"]
    count: int = field(metadata={"static": True})

    @classmethod
    def of(cls, seed: int, once: tuple[str, ...], each: tuple[str, ...], steps: int) -> "Philox":
        """Provider of these draws; raises ValueError for a seed out of range or a shared stream."""
        numbers = streams((*once, *each))
        return cls(key_of(seed), numbers[: len(once)], numbers[len(once) :], steps)

    def shared(self, tile: Tile) -> None:
        """Tiles share nothing."""
        del tile

    def once(self, shared: None, tile: Tile) -> Words:
        """Words drawn once per path, (draws, TILE)."""
        del shared
        return words(self.key, tile, self.once_streams, jnp.uint32(0))

    def steps(self, shared: None, tile: Tile) -> UInt32[Array, " step"]:
        """What the words of each step are made of, steps on the leading axis."""
        del shared, tile
        return jnp.arange(self.count, dtype=jnp.uint32)

    def each(self, tile: Tile, part: UInt32[Array, ""]) -> Words:
        """Words of one step, (draws, TILE)."""
        return words(self.key, tile, self.each_streams, part)
