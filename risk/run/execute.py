"""Run a scenario: compile, send blocks to the device, merge their states in block order."""

import importlib.metadata
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from kernels.counter import TILE
from kernels.platforms import platform
from risk.run import checkpoint
from risk.run.devices import mesh as devices_of
from risk.run.devices import prepare
from risk.run.draw import PATH, WORLD, draws, layout, parameters, source
from risk.run.hosts import Hosts, here
from risk.run.merge import State, merge
from risk.run.plan import Request
from risk.run.program import Program, Shrunk
from risk.run.simulate import Job, Layouts, Opinion
from risk.scenario import Scenario, load

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


def job_of(
    scenario: Scenario,
    seed: int,
    sampler: str,
    beside: Sequence[Scenario] = (),
    fleets: bool = False,
    apart: frozenset[str] = frozenset(),
) -> tuple[Job, Layouts]:
    """A scenario's numbers for the device, beside those of the base scenario that conditions it.

    Of the base scenario only what differs is drawn apart, and the inputs named in `apart`. With
    what differs in the scenarios `beside` too, all of them share one compiled program where only numbers differ. With `fleets`
    the inputs of the fleets are drawn as well.
    """
    base = _base().with_scale(scenario.scale)
    differing = apart.union(*(_differing(one, base) for one in (scenario, *beside)))
    own = layout(scenario, WORLD if fleets else PATH)
    others = layout(base, differing) if differing else None
    drawn = draws(own, *([others] if others is not None else []), fleets=fleets)
    opinion = Opinion(
        jnp.float32(scenario.conditioning.centre),
        jnp.asarray(scenario.conditioning.log_sd, jnp.float32),
        jnp.float32(scenario.conditioning.launch_loss),
    )
    mine = parameters(scenario, own)
    theirs = mine if others is None else parameters(base, others)
    job = Job(source(drawn, seed, sampler), mine, theirs, opinion)
    return jax.device_put(job), Layouts(own, others, drawn)


@cache
def _base() -> Scenario:
    """The base scenario, read once: a run asks for it with every scale of the loadings."""
    return load("base")


def _differing(scenario: Scenario, base: Scenario) -> frozenset[str]:
    """Inputs whose numbers are not those of the base scenario: all, where dependence differs."""
    if tuple(scenario.factors) != tuple(base.factors) or not np.array_equal(
        scenario.correlation, base.correlation
    ):
        return PATH
    priors = {
        key
        for key, prior in base.priors.items()
        if (prior.marginal, prior.loadings)
        != (scenario.priors[key].marginal, scenario.priors[key].loadings)
    }
    choices = {key for key, value in base.choices.items() if scenario.choices[key] != value}
    return PATH & (priors | choices)


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

    Where JAX knows of several hosts, they share the scrambles and all get the whole state.

    `after` is a shorter run of the same scenario, seed and sampler: only further paths are run,
    unless another kernel ran it.
    With `keep` an interrupted run is kept in the cache folder and gone on with next time, and a
    long one now and then. Raises Stopped soon after `stop` is set and ValueError for more hosts than
    scrambles.
    """
    prepare()
    hosts = here()
    if hosts.size > request.replicates:
        raise ValueError(
            f"{hosts.size} hosts share the scrambles of a run, which has {request.replicates}"
        )
    job, rows = job_of(scenario, request.seed, request.sampler)
    mesh = devices_of(devices)
    program = Program(job, rows, mesh, wins_only)
    begun = time.perf_counter()
    program.compile(request)
    compiled_at = time.perf_counter()
    alike = after is not None and after.info["kernel"] == _kernel(program)
    first = 0 if after is None or not alike or after.request.points % TILE else after.request.points
    mine = sum(hosts.takes(replicate) for replicate in range(request.replicates))
    file = checkpoint.file_of(_identity(scenario, request, wins_only, hosts)) if keep else None
    stop = threading.Event() if stop is None else stop

    def paths() -> State:
        before = None if after is None or first == 0 else hosts.own(after.state)
        total, done = (checkpoint.restore(file) if file else None) or (before or {}, first * mine)
        kept_at = time.perf_counter()
        for one, state, whole in program.states(request, first, done, hosts, stop):
            merge(total, request.replicates, one.replicate, state)
            done += one.paths
            if progress is not None:
                progress(done * request.replicates // mine, total)
            late = time.perf_counter() - kept_at > checkpoint.EVERY_S
            if file is not None and whole and (late or stop.is_set()):
                checkpoint.save(file, total, done)
                kept_at = time.perf_counter()
        if stop.is_set():
            raise Stopped(done, file is not None and file.exists())
        return total

    while True:
        try:
            total = hosts.whole(paths())
            break
        except Shrunk:
            continue
    seconds = time.perf_counter() - compiled_at
    if file is not None:
        file.unlink(missing_ok=True)
    info = _info(request, total, program, compiled_at - begun, seconds)
    return Run(scenario, request, total, info)


def _identity(
    scenario: Scenario, request: Request, wins_only: bool, hosts: Hosts
) -> dict[str, Any]:
    """Everything that moves a bit of a run, and which reducers it has."""
    return {
        "scenario": scenario.digest,
        "scale": scenario.scale,
        "request": asdict(request),
        "wins_only": wins_only,
        "hosts": hosts,
        "backend": jax.default_backend(),
        "native": platform().native,
        "device": jax.devices()[0].device_kind,
        "versions": versions(),
    }


def _info(
    request: Request, state: State, program: Program, compiling: float, seconds: float
) -> dict[str, Any]:
    return {
        "paths": request.size,
        "asked": request.paths,
        "invalid": int(state["population"][:, -1].sum()),
        "seed": request.seed,
        "sampler": request.sampler,
        "replicates": request.replicates,
        "device": program.mesh.devices.flat[0].device_kind,
        "devices": program.mesh.devices.size,
        "hosts": jax.process_count(),
        "backend": jax.default_backend(),
        "kernel": _kernel(program),
        "notes": list(program.notes),
        "versions": versions(),
        "seconds": round(seconds, 3),
        "compile_seconds": round(compiling, 3),
        "paths_per_second": round(request.size / max(seconds, 1e-9)),
    }


def _kernel(program: Program) -> str:
    """What runs the paths: other kernels may differ in the last digits."""
    return "native" if program.platform.native else "xla"


@cache
def versions() -> dict[str, str]:
    """Versions of everything that may move a digit."""
    return {
        "orbitrisk": importlib.metadata.version("orbitrisk"),
        "jax": jax.__version__,
        "jaxlib": importlib.metadata.version("jaxlib"),
        "numpy": np.__version__,
        "python": ".".join(map(str, sys.version_info[:3])),
    }
