"""Some paths of a run in full: their inputs, their ratio by quarter, which populations keep them."""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.stages import Compiled
from numpy.typing import NDArray

from kernels.counter import TILE, tile_of
from kernels.forms import Unavailable
from kernels.paths import fusing
from kernels.platforms import Platform, platform
from risk.model.metrics import is_finite
from risk.model.path import Outcome
from risk.run.devices import cache_folder
from risk.run.execute import job_of
from risk.run.plan import Request, blocks
from risk.run.programs import kept
from risk.run.simulate import Job, Layouts, outcomes, shared
from risk.scenario import Scenario

CURVES = ("ratio", "lcoc_orbit", "lcoc_ground")


class Sample(NamedTuple):
    """The first points of every replicate of a run, equally many of each."""

    inputs: dict[str, NDArray]  # dotted key -> (n,), uncertain inputs only
    published_ratio: NDArray  # like-for-like ratio of the base scenario, (n,)
    kept_by: NDArray  # number of conditions that keep the path, (n,)
    curves: dict[str, NDArray]  # outcomes of `CURVES`, (quarters, n)
    replicate: NDArray  # (n,)


def sample(scenario: Scenario, request: Request, paths: int) -> Sample:
    """At most `paths` paths of a run; those that are not finite are left out."""
    job, rows = job_of(scenario, request.seed, request.sampler)
    trace = _compiled(job, rows, platform())
    each = max(1, min(paths // request.replicates, request.points))
    taken: list[tuple[int, tuple]] = []
    for block in blocks(request, tiles=max(1, -(-each // TILE))):
        left = each - sum(len(found[1]) for number, found in taken if number == block.replicate)
        if left <= 0:
            continue
        for t in range(-(-min(block.paths, left) // TILE)):
            size = min(TILE, block.paths - t * TILE, left - t * TILE)
            found = trace(job, tile_of(block.tile + t))
            taken.append(
                (block.replicate, jax.tree.map(lambda a, n=size: np.asarray(a)[..., :n], found))
            )
    x, ratio, group, finite, curves = jax.tree.map(
        lambda *parts: np.concatenate(parts, axis=-1), *(found for _, found in taken)
    )
    number = np.concatenate([np.full(len(found[1]), number) for number, found in taken])
    whole = np.asarray(finite)
    return Sample(
        inputs={key: values[whole] for key, values in x.items()},
        published_ratio=ratio[whole],
        kept_by=group[whole],
        curves={name: curve[:, whole] for name, curve in curves.items()},
        replicate=number[whole],
    )


def _compiled(job: Job, rows: Layouts, platform: Platform) -> Compiled:
    program = jax.jit(partial(_trace, rows=rows, platform=platform))
    first = jax.local_devices()[:1]
    try:
        return kept(("sample", rows, platform), program, (job, tile_of(0)), first, cache_folder())
    except Unavailable:
        return _compiled(job, rows, platform._replace(native=False))


def _trace(job: Job, tile: jax.Array, *, rows: Layouts, platform: Platform) -> tuple:
    def seen(outcome: Outcome) -> tuple[Any, dict[str, jax.Array]]:
        return is_finite(outcome), {name: getattr(outcome, name) for name in CURVES}

    folder = cache_folder()
    fused = fusing(platform, TILE, folder)
    used = seen if platform.native else None
    common = shared(job, tile)
    outcome, begun = outcomes(job, rows, common, tile[None], fused=fused, used=used, folder=folder)
    x = {key: _field(begun.inputs, key) for key in rows.scenario.numbers}
    return x, begun.ratio, begun.group, *seen(outcome)


def _field(tree: object, key: str) -> jax.Array:
    for name in key.split("."):
        tree = getattr(tree, name)
    return jnp.asarray(tree)
