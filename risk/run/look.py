"""Some paths of a run, whole: what a function makes of their inputs and of their outcomes."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.stages import Compiled
from jaxtyping import Array
from numpy.typing import NDArray

from kernels.counter import TILE, tile_of
from kernels.forms import Unavailable
from kernels.paths import fusing
from kernels.platforms import Platform, platform
from risk.model.metrics import is_finite
from risk.model.path import Inputs
from risk.run import fleets
from risk.run.devices import cache_folder
from risk.run.draw import PATH, WORLD, layout, parameters
from risk.run.execute import job_of
from risk.run.plan import Request, blocks
from risk.run.programs import kept
from risk.run.simulate import Begun, Job, Layouts, outcomes, shared
from risk.scenario import Scenario


class View(NamedTuple):
    """What is looked at: a pure function that is compiled with the paths."""

    name: str  # tells this function from others, whatever else `see` closes over
    fields: tuple[str, ...]  # of the outcome
    see: Callable[[Inputs, dict[str, Array]], Any]
    """(inputs, field -> (quarters, paths)) -> tree of arrays whose last axis are the paths."""
    fleets: bool = False  # whether fleets are rolled forward, which fields and inputs of them need


class Seen(NamedTuple):
    """The first points of every replicate of a run, equally many of each."""

    values: Any  # as the view makes them
    published_ratio: NDArray  # like-for-like ratio of the base scenario, (n,)
    kept_by: NDArray  # number of conditions that keep the path, (n,)
    factors: NDArray  # common factors, correlated, (factors, n)
    replicate: NDArray  # (n,)
    path: NDArray  # number of each path among those looked at, (n,)


def look(
    scenario: Scenario, request: Request, paths: int, view: View, beside: Sequence[Scenario] = ()
) -> Seen:
    """At most `paths` paths of a run; those that are not finite are left out.

    Scenarios that are looked at `beside` each other share a compiled program: see `job_of`.
    """
    job, rows = job_of(scenario, request.seed, request.sampler, beside, view.fleets)
    return _seen(job, compiled(job, rows, view, platform()), request, paths)


def looks(
    scenarios: Sequence[Scenario], request: Request, paths: int, view: View
) -> Iterator[Seen]:
    """As `look`, for scenarios that differ in inputs alone, on the same paths.

    One program serves all whose inputs keep their kinds of distribution, whichever inputs differ,
    because every input of the base scenario is drawn apart.
    """
    first = scenarios[0]
    job, rows = job_of(first, request.seed, request.sampler, scenarios[1:], view.fleets, PATH)
    program = compiled(job, rows, view, platform())
    for one in scenarios:
        if layout(one, WORLD if view.fleets else PATH) != rows.scenario:
            yield look(one, request, paths, view, scenarios)
            continue
        alike = job._replace(scenario=parameters(one, rows.scenario))
        yield _seen(alike, program, request, paths)


def _seen(job: Job, program: Compiled, request: Request, paths: int) -> Seen:
    job = jax.device_put(job)
    each = max(1, min(paths // request.replicates, request.points))
    taken: list[tuple[int, tuple]] = []
    for block in blocks(request, tiles=max(1, -(-each // TILE))):
        left = each - sum(len(found[1]) for number, found in taken if number == block.replicate)
        for t in range(-(-min(block.paths, left) // TILE)):
            size = min(TILE, block.paths - t * TILE, left - t * TILE)
            found = program(job, tile_of(block.tile + t))
            taken.append((block.replicate, jax.tree.map(partial(_first, size=size), found)))
    values, ratio, group, factors, finite = jax.tree.map(
        lambda *parts: np.concatenate(parts, axis=-1), *(found for _, found in taken)
    )
    number = np.concatenate([np.full(len(found[1]), number) for number, found in taken])
    whole = slice(None) if finite.all() else finite  # a slice copies nothing
    return Seen(
        values=jax.tree.map(lambda leaf: leaf[..., whole], values),
        published_ratio=ratio[whole],
        kept_by=group[whole],
        factors=factors[..., whole],
        replicate=number[whole],
        path=np.flatnonzero(finite),
    )


def _first(leaf: Array, size: int) -> NDArray:
    return np.asarray(leaf)[..., :size]


def compiled(job: Job, rows: Layouts, view: View, platform: Platform) -> Compiled:
    """What looks at one tile, from the cache where it is there."""
    program = jax.jit(partial(_trace, rows=rows, view=view, platform=platform))
    what = ("look", view.name, view.fields, rows, platform)
    devices = jax.local_devices()[:1]
    try:
        return kept(what, program, (job, tile_of(0)), devices, cache_folder())
    except Unavailable:
        return compiled(job, rows, view, platform._replace(native=False))


def _trace(job: Job, tile: Array, *, rows: Layouts, view: View, platform: Platform) -> tuple:
    def fields(outcome: Any) -> dict[str, Array]:
        if view.fleets:
            return {name: outcome.named(name) for name in view.fields}
        return {name: getattr(outcome, name) for name in view.fields}

    def finite(outcome: Any) -> Array:
        return is_finite(outcome.vintage if view.fleets else outcome)

    folder = cache_folder()
    fused = fusing(platform, TILE, folder)
    used = (lambda o: (finite(o), fields(o))) if platform.native else None
    common = shared(job, tile)
    march: Callable[..., tuple[Any, Begun]] = fleets.outcomes if view.fleets else outcomes
    outcome, begun = march(job, rows, common, tile[None], fused=fused, used=used, folder=folder)
    lanes = begun.group.shape
    inputs = jax.tree.map(lambda leaf: jnp.broadcast_to(leaf, lanes), begun.inputs)
    values = view.see(inputs, fields(outcome))
    return values, begun.ratio, begun.group, jnp.stack(begun.factors), finite(outcome)
