"""The first paths of a run in full: their inputs, their ratio by quarter, which populations keep them."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from kernels.counter import TILE, tile_of
from risk.model.metrics import is_finite
from risk.run.execute import job_of
from risk.run.simulate import Job, Layouts, tile_outcome
from risk.scenario import Scenario

CURVES = ("ratio", "lcoc_orbit", "lcoc_ground")


class Sample(NamedTuple):
    """Paths 0 to n - 1 of a run, whatever its number of paths."""

    inputs: dict[str, NDArray]  # dotted key -> (n,), uncertain inputs only
    published_ratio: NDArray  # like-for-like ratio of the base scenario, (n,)
    kept_by: NDArray  # number of conditions that keep the path, (n,)
    curves: dict[str, NDArray]  # outcomes of `CURVES`, (quarters, n)


def sample(scenario: Scenario, seed: int, paths: int) -> Sample:
    """The first `paths` paths; those that are not finite are left out."""
    job, rows = job_of(scenario, seed)
    trace = jax.jit(partial(_trace, rows=rows))
    tiles = [trace(job, tile_of(t)) for t in range(-(-paths // TILE))]
    x, ratio, kept, finite, curves = (
        jax.tree.map(lambda *parts: np.concatenate(parts, axis=-1)[..., :paths], *column)
        for column in zip(*tiles, strict=True)
    )
    whole = np.asarray(finite)
    return Sample(
        inputs={key: values[whole] for key, values in x.items()},
        published_ratio=ratio[whole],
        kept_by=kept[whole],
        curves={name: curve[:, whole] for name, curve in curves.items()},
    )


def _trace(job: Job, tile: jax.Array, *, rows: Layouts) -> tuple:
    outcome, begun = tile_outcome(job, rows, tile)
    x = {key: _field(begun.inputs, key) for key in rows.scenario.numbers}
    curves = {name: getattr(outcome, name) for name in CURVES}
    return x, begun.ratio, begun.group, is_finite(outcome), curves


def _field(tree: object, key: str) -> jax.Array:
    for name in key.split("."):
        tree = getattr(tree, name)
    return jnp.asarray(tree)
