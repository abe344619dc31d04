"""Other ways to make words in the kernel, to compare their cost; none is used by a run."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, UInt32

from kernels.counter import key_of, streams, tile_of
from kernels.lanes import UNIT, Lay, Philox, Source

_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY = 0x1BD11BDA


class Constant(NamedTuple):
    """The same word everywhere: what a loop costs without words."""

    word: UInt32[Array, " 1"]
    draws: int

    def operands(self) -> tuple[Array, ...]:
        """The word."""
        return (self.word,)

    def words(
        self, refs: tuple[Any, ...], step: Array, unit: Array, lane: Array, lay: Lay
    ) -> list[Array]:
        """The lane's number added, so that nothing is computed once for all."""
        del unit, lay
        word = refs[0][0] + step.astype(jnp.uint32)
        return [lane * jnp.uint32(0x9E3779B9 + 2 * k) + word for k in range(self.draws)]


class Threefry(NamedTuple):
    """Threefry2x32-20 of (path, step x draws + draw), one word a call."""

    key: UInt32[Array, " 2"]
    draws: int

    def operands(self) -> tuple[Array, ...]:
        """The key."""
        return (self.key,)

    def words(
        self, refs: tuple[Any, ...], step: Array, unit: Array, lane: Array, lay: Lay
    ) -> list[Array]:
        """Twenty rounds a word."""
        del lay
        key = (refs[0][0], refs[0][1])
        path = unit.astype(jnp.uint32) * jnp.uint32(UNIT) + lane
        row = step.astype(jnp.uint32) * jnp.uint32(self.draws)
        return [threefry(key, path, row + jnp.uint32(k)) for k in range(self.draws)]


def threefry(key: tuple[Array, Array], x: Array, y: Array) -> Array:
    """First word of Threefry2x32 with 20 rounds (Salmon et al. 2011)."""
    keys = (key[0], key[1], key[0] ^ key[1] ^ jnp.uint32(_PARITY))
    x, y = x + keys[0], y + keys[1]
    for group in range(5):
        for by in _ROTATIONS[group % 2]:
            x = x + y
            y = ((y << jnp.uint32(by)) | (y >> jnp.uint32(32 - by))) ^ x
        x = x + keys[(group + 1) % 3]
        y = y + keys[(group + 2) % 3] + jnp.uint32(group + 1)
    return x


def _streams(draws: int) -> Array:
    return streams(tuple(f"benchmark.{k}" for k in range(draws)))


WORDS: dict[str, Callable[[int], Source]] = {
    "philox": lambda draws: Philox(key_of(5), tile_of(0), _streams(draws)),
    "threefry": lambda draws: Threefry(key_of(5), draws),
    "constant": lambda draws: Constant(jnp.asarray([5], jnp.uint32), draws),
}
