"""A request and the blocks it becomes: pure functions, so that the same request is the same run."""

import math
from dataclasses import dataclass
from typing import NamedTuple

from kernels.counter import TILE

BLOCK_TILES = 16
"""Tiles of a block: what one call computes, and the grain of progress and of Ctrl-C."""

LARGEST_RUN = 1 << 40


@dataclass(frozen=True)
class Request:
    """What is asked of a run."""

    paths: int
    seed: int = 0
    sampler: str = "mc"

    def __post_init__(self) -> None:
        """Refuse what cannot be run."""
        if self.paths < 1:
            raise ValueError(f"the number of paths must be positive, got {self.paths}")
        if self.paths > LARGEST_RUN:
            raise ValueError(f"at most {LARGEST_RUN:,} paths, got {self.paths:,}")
        if not 0 <= self.seed < 1 << 64:
            raise ValueError(f"a seed is a whole number from 0 to 2^64 - 1, got {self.seed}")
        if self.sampler != "mc":
            raise ValueError(f"the sampler must be mc (plain Monte Carlo), got {self.sampler!r}")


class Block(NamedTuple):
    """A range of paths computed by one call."""

    first_tile: int
    paths: int


def blocks(request: Request) -> list[Block]:
    """Blocks in path order; the last may be short."""
    size = BLOCK_TILES * TILE
    count = math.ceil(request.paths / size)
    return [Block(i * BLOCK_TILES, min(size, request.paths - i * size)) for i in range(count)]
