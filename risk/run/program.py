"""The compiled block of a run and the states it gives, whatever devices and memory there are."""

import itertools
from collections import deque
from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.sharding import Mesh
from jax.stages import Compiled

from kernels.counter import TILE
from kernels.forms import Unavailable
from kernels.native import missing
from kernels.paths import block, sharded
from kernels.platforms import PLATFORMS, Platform, platform
from risk.run.devices import cache_folder
from risk.run.hosts import Hosts
from risk.run.plan import Block, Request, blocks
from risk.run.programs import kept
from risk.run.reductions import all_reducers, wins_reducers
from risk.run.simulate import Job, Layouts, shared, simulate

CALLS_AHEAD = 2
"""Calls that are under way at once: one runs while another is read."""

_OUT_OF_MEMORY = "RESOURCE_EXHAUSTED"
_SLOWER = "steps were left to XLA, which takes several times as long"
_COMPILED: dict[tuple[Any, ...], Compiled] = {}


class Program:
    """One job on one mesh. Scenarios that differ in numbers only share what is compiled.

    `notes` says what had to be changed on the way.
    """

    def __init__(self, job: Job, rows: Layouts, mesh: Mesh, wins_only: bool) -> None:
        self.job, self.rows, self.mesh, self.wins_only = job, rows, mesh, wins_only
        self.platform = platform()
        self.notes: list[str] = []
        if jax.default_backend() == "cpu" and (reason := missing()) is not None:
            self.notes.append(f"{reason}: {_SLOWER}")

    def compile(self, request: Request) -> None:
        """Compile what this request needs, unless it is there."""
        self._compiled(self._block_tiles(request))

    def states(
        self, request: Request, first: int, done: int, hosts: Hosts
    ) -> Iterator[tuple[Block, dict[str, Any]]]:
        """Blocks and their states in path order, from points `first` of each replicate on.

        Paths of which `done` counts are left out. Where a device's memory runs out, fewer tiles
        march together from there on, which moves no count; raises MemoryError where one is too
        many.
        """
        before = first * sum(hosts.takes(replicate) for replicate in range(request.replicates))
        while True:
            tiles = self._block_tiles(request)
            planned = (b for b in blocks(request, first, tiles=tiles) if hosts.takes(b.replicate))
            left = _left(planned, done - before)
            try:
                for one, state in self._computed(left, self._compiled(tiles)):
                    done += one.paths
                    yield one, state
                return
            except jax.errors.JaxRuntimeError as error:
                if _OUT_OF_MEMORY not in str(error):
                    raise
                self._shrink()

    def _shrink(self) -> None:
        before = self.platform
        if before.tiles == 1:
            raise MemoryError(f"a device has too little memory for one tile of {TILE:,} paths")
        self.platform = before._replace(
            tiles=before.tiles // 2, block=max(before.block // 2, PLATFORMS["cpu"].block)
        )
        self.notes.append(
            f"memory ran out with {before.tiles * TILE:,} paths at a time; "
            f"{self.platform.tiles * TILE:,} were taken"
        )

    def _computed(
        self, planned: Iterator[Block], compiled: Compiled
    ) -> Iterator[tuple[Block, dict[str, Any]]]:
        """States of these blocks; the next call is under way while one is read."""
        size = self.mesh.devices.size
        waiting: deque[tuple[list[Block], dict[str, Any]]] = deque()
        ended = False
        while waiting or not ended:
            while not ended and len(waiting) < CALLS_AHEAD:
                batch = list(itertools.islice(planned, size))
                ended = len(batch) < size
                if batch:
                    waiting.append((batch, compiled(self.job, *_places(batch, size))))
            if waiting:
                batch, states = waiting.popleft()
                rows = {name: np.asarray(leaf) for name, leaf in states.items()}
                for place, one in enumerate(batch):
                    yield one, {name: leaf[place] for name, leaf in rows.items()}

    def _block_tiles(self, request: Request) -> int:
        """Tiles of a block: the platform's, or fewer where a replicate has fewer."""
        needed = -(-request.points // TILE)
        least = PLATFORMS["cpu"].block
        return max(least, min(self.platform.block, 1 << (needed - 1).bit_length()))

    def _compiled(self, tiles: int) -> Compiled:
        source, platform = self.job.source, self.platform
        what = (self.rows, self.wins_only, platform, tiles)
        key = (*what, self.mesh, type(source), jax.tree.structure(source))
        if key not in _COMPILED:
            devices = self.mesh.devices.ravel().tolist()
            run = sharded(self._block(tiles, platform), self.mesh)
            arguments = (self.job, *_places([], len(devices)))
            try:
                _COMPILED[key] = kept(what, run, arguments, devices, cache_folder())
            except Unavailable as reason:
                self.notes.append(f"{reason}: {_SLOWER}")
                self.platform = platform._replace(native=False)
                return self._compiled(tiles)
        return _COMPILED[key]

    def _block(self, tiles: int, platform: Platform) -> Any:
        groups = self.job.opinion.log_sd.shape[0] + 1
        made = wins_reducers(groups) if self.wins_only else all_reducers(groups)
        rows = self.rows
        return block(
            shared,
            lambda job, common, tiles, fused: simulate(job, rows, common, tiles, fused),
            made,
            tiles,
            platform,
            cache_folder(),
        )


def _left(planned: Iterator[Block], done: int) -> Iterator[Block]:
    """Blocks without the first `done` paths, which fill whole blocks."""
    for one in planned:
        if done <= 0:
            yield one
        done -= one.paths


def _places(batch: list[Block], size: int) -> tuple[Array, Array]:
    """First tile and number of paths of each device's block; none where blocks have run out."""
    tiles = np.zeros((size, 2), np.uint32)
    paths = np.zeros(size, np.int32)
    for place, one in enumerate(batch):
        tiles[place] = one.tile & 0xFFFFFFFF, one.tile >> 32
        paths[place] = one.paths
    return jnp.asarray(tiles), jnp.asarray(paths)
