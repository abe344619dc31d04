"""A request and the blocks it becomes: pure functions, so that the same request is the same run."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from kernels.counter import TILE
from kernels.sobol import POINTS, first_tile

SAMPLERS = {
    "sobol": "scrambled Sobol' points",
    "owen": "Sobol' points with nested scrambling, the cross-check",
    "mc": "plain Monte Carlo",
}
REPLICATES = 32
FEWEST_REPLICATES = 16
LARGEST_RUN = 1 << 40
FIRST_LOOK = 1 << 16
"""Paths before a run looks at its precision for the first time."""
LARGEST_SEED = (1 << 64) - 1


@dataclass(frozen=True)
class Request:
    """What is asked of a run.

    Plain Monte Carlo runs `paths` paths. Sobol' samplers run `replicates` independent scrambles
    with the same power of two of points each, so `paths` is rounded up: see `size`.
    Raises ValueError for what cannot be run.
    """

    paths: int
    seed: int = 0
    sampler: str = "sobol"
    replicates: int = REPLICATES

    def __post_init__(self) -> None:
        """Refuse what cannot be run."""
        if self.paths < 1:
            raise ValueError(f"the number of paths must be positive, got {self.paths}")
        if not 0 <= self.seed <= LARGEST_SEED:
            raise ValueError(f"a seed is a whole number from 0 to 2^64 - 1, got {self.seed}")
        if self.sampler not in SAMPLERS:
            known = ", ".join(f"{name} ({what})" for name, what in SAMPLERS.items())
            raise ValueError(f"the sampler must be one of {known}, got {self.sampler!r}")
        if self.paths > LARGEST_RUN:
            raise ValueError(f"at most {LARGEST_RUN:,} paths, got {self.paths:,}")
        if self.sampler == "mc":
            object.__setattr__(self, "replicates", 1)
            return
        if self.replicates < FEWEST_REPLICATES:
            raise ValueError(
                f"an interval needs at least {FEWEST_REPLICATES} scrambles, got {self.replicates}"
            )
        if self.points > POINTS:
            raise ValueError(
                f"at most {self.replicates * POINTS:,} paths in {self.replicates} scrambles, "
                f"got {self.paths:,}: take more scrambles"
            )

    @property
    def points(self) -> int:
        """Paths of each replicate: a power of two for Sobol' points."""
        each = -(-self.paths // self.replicates)
        return each if self.sampler == "mc" else 1 << (each - 1).bit_length()

    @property
    def size(self) -> int:
        """Paths that are run: at least those asked for."""
        return self.points * self.replicates


def request_of(
    paths: int | None, precision: float | None, seed: int, sampler: str, replicates: int
) -> Request:
    """The first request of a run; raises ValueError for what cannot be run."""
    if (paths is None) == (precision is None):
        raise ValueError("give either a number of paths or a precision")
    if precision is not None and not 0.0 < precision < 0.5:
        raise ValueError(f"a precision is a half-width between 0 and 0.5, got {precision:g}")
    return Request(FIRST_LOOK if paths is None else paths, seed, sampler, replicates)


def options_of(request: Request) -> list[str]:
    """Options of the command line that ask for this run again."""
    options = ["--paths", str(request.size), "--seed", str(request.seed)]
    if request.sampler != "sobol":
        options += ["--sampler", request.sampler]
    if request.sampler != "mc" and request.replicates != REPLICATES:
        options += ["--replicates", str(request.replicates)]
    return options


class Block(NamedTuple):
    """A range of paths of one replicate, computed by one call on one device."""

    replicate: int
    tile: int
    paths: int


def blocks(request: Request, done: int = 0, *, tiles: int) -> Iterator[Block]:
    """Blocks of so many tiles in path order, without the first `done` points of each replicate.

    The last block of a replicate may be short. `done` must be a whole number of tiles.
    """
    for replicate in range(request.replicates):
        for start in range(done, request.points, tiles * TILE):
            paths = min(tiles * TILE, request.points - start)
            first = start // TILE if request.sampler == "mc" else first_tile(replicate, start)
            yield Block(replicate, first, paths)
