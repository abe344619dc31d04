"""Run a scenario: compile, send blocks to the device, merge their states in block order."""

import importlib.metadata
import itertools
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.sharding import Mesh
from jax.stages import Compiled

from kernels import reducers
from kernels.counter import TILE
from kernels.paths import SPAN, block, sharded
from kernels.platforms import PLATFORMS, platform
from risk.model.constants import QUARTERS
from risk.model.metrics import (
    EVENTS,
    HEADLINE_QUARTERS,
    LAST_CROSSING,
    METRICS,
    PRICE_GRID,
    Event,
    crossing,
    wins_at_prices,
)
from risk.run import checkpoint
from risk.run.devices import mesh as devices_of
from risk.run.devices import prepare
from risk.run.draw import draws, layout, parameters, source
from risk.run.merge import State, merged
from risk.run.plan import Block, Request, blocks
from risk.run.simulate import Job, Layouts, Opinion, shared, simulate
from risk.scenario import Scenario, load

CALLS_AHEAD = 2
"""Calls that are under way at once: one runs while another is read."""

type Progress = Callable[[int, State], None]
"""Called with the paths done and the merged state so far, in block order."""


class Stopped(Exception):
    """The run was asked to stop before it was done: after so many paths, kept or lost."""

    def __init__(self, paths: int, kept: bool) -> None:
        super().__init__(paths, kept)
        self.paths, self.kept = paths, kept


@dataclass(frozen=True)
class Run:
    """What a run found: reducer states in int64 and float64 (see `merge`), and how it was made."""

    scenario: Scenario
    request: Request
    state: State
    info: dict[str, Any]

    @property
    def populations(self) -> dict[str, int]:
        """Population names and how many of the nested conditions each needs."""
        return population_names(self.scenario)


def population_names(scenario: Scenario) -> dict[str, int]:
    """`prior`, `conditioned` and one name for each further width."""
    names = {"prior": 0, "conditioned": 1}
    for k, width in enumerate(scenario.conditioning.log_sd[1:], 2):
        names[f"conditioned_{width:g}"] = k
    return names


def job_of(scenario: Scenario, seed: int, sampler: str) -> tuple[Job, Layouts]:
    """A scenario's numbers for the device, beside those of the base scenario that conditions it.

    Of the base scenario only what differs is drawn apart.
    """
    base = load("base").with_scale(scenario.scale)
    differing = _differing(scenario, base)
    own = layout(scenario)
    others = layout(base, differing) if differing else None
    drawn = draws(own, *([others] if others is not None else []))
    opinion = Opinion(
        jnp.float32(scenario.conditioning.centre),
        jnp.asarray(scenario.conditioning.log_sd, jnp.float32),
        jnp.float32(scenario.conditioning.launch_loss),
    )
    mine = parameters(scenario, own)
    theirs = mine if others is None else parameters(base, others)
    return Job(source(drawn, seed, sampler), mine, theirs, opinion), Layouts(own, others, drawn)


def _differing(scenario: Scenario, base: Scenario) -> frozenset[str]:
    """Inputs whose numbers are not those of the base scenario: all, where dependence differs."""
    if tuple(scenario.factors) != tuple(base.factors) or not np.array_equal(
        scenario.correlation, base.correlation
    ):
        return frozenset((*base.priors, *base.choices))
    priors = {
        key
        for key, prior in base.priors.items()
        if (prior.marginal, prior.loadings)
        != (scenario.priors[key].marginal, scenario.priors[key].loadings)
    }
    return frozenset(priors | {k for k, v in base.choices.items() if scenario.choices[k] != v})


def wins_reducers(groups: int) -> dict[str, reducers.Reducer]:
    """The reducers of a variant: populations and who wins, nothing else."""
    made = {"population": reducers.population(groups)}
    for key, event in EVENTS.items():
        if event.name == "orbit_wins":
            made[f"event.{key}"] = reducers.counts(event.happens, QUARTERS, groups)
    return made


def all_reducers(groups: int) -> dict[str, reducers.Reducer]:
    """Every reducer of a run, from the registries of metrics and events."""
    made = wins_reducers(groups)
    for key, event in EVENTS.items():
        made[f"event.{key}"] = reducers.counts(event.happens, QUARTERS, groups)
        if event.name == "orbit_wins":
            made[f"crossing.{key}"] = _first_crossing(event, groups)
            made[f"back.{key}"] = _crossing_back(event, groups)
    cells_of_prices = len(HEADLINE_QUARTERS) * len(PRICE_GRID)
    made["prices"] = reducers.counts(
        wins_at_prices, cells_of_prices, groups, keep=lambda o: o.break_even[::SPAN]
    )
    for key, metric in METRICS.items():
        steps = len(metric.quarters)
        every = QUARTERS // steps

        def value(outcome: Any, of: Any = metric.value, every: int = every) -> Any:
            return of(outcome)[::every]

        made[f"histogram.{key}"] = reducers.histogram(
            value, metric.bins, steps, groups, every, platform().replicas
        )
        if metric.moments:
            made[f"moments.{key}"] = reducers.moments(value, steps, groups)
    return made


def _first_crossing(event: Event, groups: int) -> reducers.Reducer:
    """Paths by quarter of their first crossing; the last cell is "not by the end"."""
    return reducers.tally(
        lambda wins: crossing(wins)[0], LAST_CROSSING + 2, groups, keep=event.happens
    )


def _crossing_back(event: Event, groups: int) -> reducers.Reducer:
    """Paths that cross back."""
    return reducers.counts(lambda wins: crossing(wins)[1][None, :], 1, groups, keep=event.happens)


def execute(
    scenario: Scenario,
    request: Request,
    *,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
    wins_only: bool = False,
    devices: int | None = None,
    after: Run | None = None,
    keep: bool = False,
) -> Run:
    """Run it on all local devices (or so many); states are merged in path order.

    `after` is a shorter run of the same scenario, seed and sampler: only further paths are run.
    With `keep` an interrupted run is kept in the cache folder and gone on with next time, and a
    long one now and then. Raises Stopped soon after `stop` is set.
    """
    prepare()
    job, rows = job_of(scenario, request.seed, request.sampler)
    mesh = devices_of(devices)
    begun = time.perf_counter()
    size = _block_tiles(request)
    compiled = _compiled(job, rows, wins_only, mesh, size)
    compiled_at = time.perf_counter()
    first = 0 if after is None or after.request.points % TILE else after.request.points
    total = None if after is None or first == 0 else after.state
    file = checkpoint.file_of(_identity(scenario, request, wins_only)) if keep else None
    resumed = checkpoint.restore(file) if file is not None else None
    total, skipped = resumed or (total, 0)
    done, kept_at = first * request.replicates, compiled_at
    planned = blocks(request, first, tiles=size)
    done += sum(one.paths for one in itertools.islice(planned, skipped))
    count = skipped
    for one, state in _states(compiled, job, mesh, planned):
        total = merged(total, request.replicates, one.replicate, state)
        done, count = done + one.paths, count + 1
        if progress is not None:
            progress(done, total)
        asked = stop is not None and stop.is_set()
        if file is not None and (asked or time.perf_counter() - kept_at > checkpoint.EVERY_S):
            checkpoint.save(file, total, count)
            kept_at = time.perf_counter()
        if asked:
            raise Stopped(done, file is not None)
    seconds = time.perf_counter() - compiled_at
    assert total is not None
    if file is not None:
        file.unlink(missing_ok=True)
    info = _info(request, rows, total, mesh, compiled_at - begun, seconds)
    return Run(scenario, request, total, info)


def _identity(scenario: Scenario, request: Request, wins_only: bool) -> dict[str, Any]:
    """Everything that moves a bit of a run, and which reducers it has."""
    return {
        "scenario": scenario.digest,
        "scale": scenario.scale,
        "request": asdict(request),
        "wins_only": wins_only,
        "platform": platform(),
        "backend": jax.default_backend(),
        "device": jax.devices()[0].device_kind,
        "versions": _versions(),
    }


def _states(
    compiled: Compiled, job: Job, mesh: Mesh, planned: Iterator[Block]
) -> Iterator[tuple[Block, dict[str, Any]]]:
    """Blocks and their states in path order; the next call is under way while one is read."""
    size = mesh.devices.size
    waiting: deque[tuple[list[Block], dict[str, Any]]] = deque()
    ended = False
    while waiting or not ended:
        while not ended and len(waiting) < CALLS_AHEAD:
            batch = list(itertools.islice(planned, size))
            ended = len(batch) < size
            if batch:
                waiting.append((batch, compiled(job, *_places(batch, size))))
        if waiting:
            batch, states = waiting.popleft()
            rows = {name: np.asarray(leaf) for name, leaf in states.items()}
            for place, one in enumerate(batch):
                yield one, {name: leaf[place] for name, leaf in rows.items()}


def _places(batch: list[Block], size: int) -> tuple[Array, Array]:
    """First tile and number of paths of each device's block; none where blocks have run out."""
    tiles = np.zeros((size, 2), np.uint32)
    paths = np.zeros(size, np.int32)
    for place, one in enumerate(batch):
        tiles[place] = one.tile & 0xFFFFFFFF, one.tile >> 32
        paths[place] = one.paths
    return jnp.asarray(tiles), jnp.asarray(paths)


def _block_tiles(request: Request) -> int:
    """Tiles of a block: the platform's, or fewer where a replicate has fewer."""
    least = PLATFORMS["cpu"].block
    needed = -(-request.points // TILE)
    return max(least, min(platform().block, 1 << (needed - 1).bit_length()))


_PROGRAMS: dict[tuple[Any, ...], Compiled] = {}


def _compiled(job: Job, rows: Layouts, wins_only: bool, mesh: Mesh, tiles: int) -> Compiled:
    """The block for these rows; scenarios that differ in numbers only share it."""
    key = (rows, type(job.source), jax.tree.structure(job.source), wins_only, mesh, tiles)
    if key not in _PROGRAMS:
        groups = job.opinion.log_sd.shape[0] + 1
        made = wins_reducers(groups) if wins_only else all_reducers(groups)
        run = block(
            shared,
            lambda p, common, tiles: simulate(p, rows, common, tiles),
            made,
            tiles,
            platform(),
        )
        _PROGRAMS[key] = sharded(run, mesh).lower(job, *_places([], mesh.devices.size)).compile()
    return _PROGRAMS[key]


def _info(
    request: Request, rows: Layouts, state: State, mesh: Mesh, compiling: float, seconds: float
) -> dict[str, Any]:
    return {
        "paths": request.size,
        "asked": request.paths,
        "invalid": int(state["population"][:, -1].sum()),
        "seed": request.seed,
        "sampler": request.sampler,
        "replicates": request.replicates,
        "device": mesh.devices.flat[0].device_kind,
        "devices": mesh.devices.size,
        "backend": jax.default_backend(),
        "versions": _versions(),
        "seconds": round(seconds, 3),
        "compile_seconds": round(compiling, 3),
        "paths_per_second": round(request.size / max(seconds, 1e-9)),
    }


def _versions() -> dict[str, str]:
    return {
        "orbitrisk": importlib.metadata.version("orbitrisk"),
        "jax": jax.__version__,
        "jaxlib": importlib.metadata.version("jaxlib"),
        "numpy": np.__version__,
        "python": ".".join(map(str, sys.version_info[:3])),
    }
