"""Run a scenario: compile, send blocks to the device, merge their states in block order."""

import importlib.metadata
import os
import platform
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.stages import Compiled

from kernels import reducers
from kernels.counter import tile_of
from kernels.paths import SPAN, block
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
from risk.run.draw import layout, parameters
from risk.run.plan import Request, blocks
from risk.run.simulate import Job, Layouts, Opinion, simulate
from risk.scenario import Scenario, load

type Progress = Callable[[int, dict[str, Any]], None]
"""Called with the paths done and the merged state so far, in block order."""


class Stopped(Exception):
    """The run was asked to stop before it was done."""


@dataclass(frozen=True)
class Run:
    """What a run found: reducer states in int64 and float64, and how it was made."""

    scenario: Scenario
    request: Request
    state: dict[str, Any]
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


def job_of(scenario: Scenario, seed: int) -> tuple[Job, Layouts]:
    """A scenario's numbers for the device, beside those of the base scenario that conditions it."""
    base = load("base").with_scale(scenario.scale)
    rows = Layouts(layout(scenario), layout(base), scenario.digest == base.digest)
    opinion = Opinion(
        jnp.float32(scenario.conditioning.centre),
        jnp.asarray(scenario.conditioning.log_sd, jnp.float32),
        jnp.float32(scenario.conditioning.launch_loss),
    )
    own = parameters(scenario, rows.scenario, seed)
    return Job(own, own if rows.same else parameters(base, rows.base, seed), opinion), rows


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

        made[f"histogram.{key}"] = reducers.histogram(value, metric.bins, steps, groups, every)
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
) -> Run:
    """Run it. Blocks go to as many threads as the machine has cores; merging keeps their order.

    Raises Stopped soon after `stop` is set.
    """
    job, rows = job_of(scenario, request.seed)
    planned = blocks(request)
    begun = time.perf_counter()
    compiled = _compiled(job, rows, wins_only)
    compiled_at = time.perf_counter()

    def one(index: int) -> Any:
        if stop is not None and stop.is_set():
            raise Stopped
        tile = tile_of(planned[index].first_tile)
        return reducers.widen(compiled(job, tile, jnp.int32(planned[index].paths)))

    total: Any = None
    done = 0
    workers = _workers()
    with ThreadPoolExecutor(workers) as pool:
        waiting: list[Future[Any]] = []
        try:
            for index in range(len(planned) + workers * 2):
                if index < len(planned):
                    waiting.append(pool.submit(one, index))
                if waiting and (len(waiting) > workers * 2 or index >= len(planned)):
                    state = waiting.pop(0).result()
                    total = state if total is None else reducers.merge(total, state)
                    done += 1
                    if progress is not None:
                        progress(sum(b.paths for b in planned[:done]), total)
        finally:
            for future in waiting:
                future.cancel()
    seconds = time.perf_counter() - compiled_at
    return Run(scenario, request, total, _info(request, total, compiled_at - begun, seconds))


_PROGRAMS: dict[tuple[Layouts, bool], Compiled] = {}


def _compiled(job: Job, rows: Layouts, wins_only: bool) -> Compiled:
    """The block for these rows; scenarios that differ in numbers only share it."""
    if (rows, wins_only) not in _PROGRAMS:
        groups = job.opinion.log_sd.shape[0] + 1
        made = wins_reducers(groups) if wins_only else all_reducers(groups)
        run = block(lambda p, tile: simulate(p, rows, tile), made)
        _PROGRAMS[rows, wins_only] = run.lower(job, tile_of(0), jnp.int32(1)).compile()
    return _PROGRAMS[rows, wins_only]


def _workers() -> int:
    return len(os.sched_getaffinity(0)) if jax.default_backend() == "cpu" else 2


def use_cache() -> None:
    """Keep compiled programs between runs, in the user's cache folder unless JAX was given one."""
    if jax.config.jax_compilation_cache_dir is None:
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        jax.config.update("jax_compilation_cache_dir", str(home / "orbitrisk"))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", 0)


def _info(request: Request, state: Any, compiling: float, seconds: float) -> dict[str, Any]:
    device = jax.devices()[0]
    tally = state["population"]
    return {
        "paths": request.paths,
        "invalid": int(tally[-1]),
        "seed": request.seed,
        "sampler": request.sampler,
        "replicates": 1,
        "device": device.device_kind,
        "devices": 1,
        "threads": _workers(),
        "backend": jax.default_backend(),
        "versions": {
            "orbitrisk": importlib.metadata.version("orbitrisk"),
            "jax": jax.__version__,
            "jaxlib": importlib.metadata.version("jaxlib"),
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
        "seconds": round(seconds, 3),
        "compile_seconds": round(compiling, 3),
        "paths_per_second": round(request.paths / max(seconds, 1e-9)),
    }
