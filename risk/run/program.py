"""The compiled block of a run and the states it gives, whatever devices and memory there are."""

import itertools
import math
import threading
from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jax.stages import Compiled
from numpy.typing import NDArray

from kernels.counter import TILE
from kernels.forms import Unavailable
from kernels.native import missing
from kernels.paths import Pools, block, sharded
from kernels.platforms import PLATFORMS, Platform, platform
from risk.model.metrics import METRICS
from risk.run.devices import cache_folder
from risk.run.hosts import Hosts
from risk.run.merge import COARSE, FINE, rows_and_bins
from risk.run.plan import Block, Request, blocks
from risk.run.programs import kept
from risk.run.reductions import all_reducers, wins_reducers
from risk.run.simulate import Job, Layouts, shared, simulate

CALLS_AHEAD = 2
"""Calls that are under way at once: one runs while another is read."""
CALLS_POOLED = 32
"""Calls whose fine histograms stay on the device: its counts have 32 bits."""

_OUT_OF_MEMORY = "RESOURCE_EXHAUSTED"
_SLOWER = "steps were left to XLA, which takes several times as long"
_COMPILED: dict[tuple[Any, ...], Compiled] = {}


class Shrunk(Exception):
    """A device ran out of memory; the program takes less now, and has to begin again."""


class Found(NamedTuple):
    """The state that a block left; `whole`: with it the states so far hold all of their paths.

    Fine histograms are those of all blocks since the last one that was whole.
    """

    block: Block
    state: dict[str, Any]
    whole: bool


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
        self, request: Request, first: int, done: int, hosts: Hosts, stop: threading.Event
    ) -> Iterator[Found]:
        """Blocks and their states in path order, from points `first` of each replicate on.

        Paths of which `done` counts are left out. Once `stop` is set only what is under way comes.
        Raises Shrunk where a device's memory ran out: from then on fewer tiles march together,
        which moves no count; MemoryError where one is too many.
        """
        before = first * sum(hosts.takes(replicate) for replicate in range(request.replicates))
        tiles = self._block_tiles(request)
        planned = (b for b in blocks(request, first, tiles=tiles) if hosts.takes(b.replicate))
        left = itertools.takewhile(lambda _: not stop.is_set(), _left(planned, done - before))
        try:
            yield from self._computed(left, self._compiled(tiles))
        except jax.errors.JaxRuntimeError as error:
            if _OUT_OF_MEMORY not in str(error):
                raise
            self._shrink()
            raise Shrunk from error

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

    def _computed(self, planned: Iterator[Block], compiled: Compiled) -> Iterator[Found]:
        job = jax.device_put(self.job, NamedSharding(self.mesh, PartitionSpec()))
        batches = itertools.batched(planned, self.mesh.devices.size)
        for first in batches:
            more = itertools.islice(batches, CALLS_POOLED - 1)
            yield from self._pooled(itertools.chain([first], more), job, compiled)

    def _pooled(
        self, batches: Iterator[tuple[Block, ...]], job: Job, compiled: Compiled
    ) -> Iterator[Found]:
        """States of calls with the same pools; the next one is under way while one is read."""
        pools = {
            name: jax.device_put(np.zeros(empty.shape, empty.dtype), empty.sharding)
            for name, empty in self._pools().items()
        }
        waiting: deque[tuple[tuple[Block, ...], dict[str, Array]]] = deque()
        told: dict[str, Any] = {}
        for batch in batches:
            places = jax.device_put(_places(batch, self.mesh.devices.size), self._rows)
            states, pools = compiled(job, *places, pools)
            waiting.append((batch, states))
            if len(waiting) == CALLS_AHEAD:
                yield from _read(*waiting.popleft(), told)
        while waiting:
            batch, states = waiting.popleft()
            yield from _read(batch, states, told, None if waiting else pools)

    def _pools(self) -> dict[str, jax.ShapeDtypeStruct]:
        """What goes on from call to call on every device: counts of the fine histograms."""
        if self.wins_only:
            return {}
        sizes = {key: math.prod(rows_and_bins(key, self._groups)) for key in METRICS}
        shapes = {key: (self.mesh.devices.size, size) for key, size in sizes.items()}
        return {
            FINE + key: jax.ShapeDtypeStruct(shape, jnp.int32, sharding=self._rows)
            for key, shape in shapes.items()
        }

    @property
    def _rows(self) -> NamedSharding:
        return NamedSharding(self.mesh, PartitionSpec(*self.mesh.axis_names))

    @property
    def _groups(self) -> int:
        return self.job.opinion.log_sd.shape[0] + 1

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
            arguments = (self.job, *_places((), len(devices)), self._pools())
            try:
                _COMPILED[key] = kept(what, run, arguments, devices, cache_folder())
            except Unavailable as reason:
                self.notes.append(f"{reason}: {_SLOWER}")
                self.platform = platform._replace(native=False)
                return self._compiled(tiles)
        return _COMPILED[key]

    def _block(self, tiles: int, platform: Platform) -> Any:
        groups = self._groups
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


def _read(
    batch: tuple[Block, ...],
    states: dict[str, Array],
    told: dict[str, Any],
    pools: Pools | None = None,
) -> Iterator[Found]:
    """Wait for a call. `told` is what those before have told of their pools, which end here or go on."""
    rows = {name: np.asarray(leaf) for name, leaf in states.items()}
    for name in [name for name in rows if name.startswith(FINE)]:
        now = rows.pop(name)
        rows[COARSE + name.removeprefix(FINE)] = now - told.get(name, 0)
        told[name] = now
    for place, one in enumerate(batch):
        state = {name: leaf[place] for name, leaf in rows.items()}
        if pools is None or one is not batch[-1]:
            yield Found(one, state, whole=False)
        else:
            counts = {name: _summed(pool) for name, pool in pools.items()}
            yield Found(one, state | counts, whole=True)


def _summed(pool: Array) -> NDArray[np.int64]:
    """Counts of all devices, which are read where they lie."""
    first, *others = (np.asarray(part.data)[0] for part in pool.addressable_shards)
    total = first.astype(np.int64)
    for counts in others:
        total += counts
    return total


def _places(batch: tuple[Block, ...], size: int) -> tuple[NDArray[np.uint32], NDArray[np.int32]]:
    """First tile and number of paths of each device's block; none where blocks have run out."""
    tiles = np.zeros((size, 2), np.uint32)
    paths = np.zeros(size, np.int32)
    for place, one in enumerate(batch):
        tiles[place] = one.tile & 0xFFFFFFFF, one.tile >> 32
        paths[place] = one.paths
    return tiles, paths
