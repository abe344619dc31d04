"""Derivatives of an outcome to each input, path by path, by forward-mode differentiation.

Held while an input moves: everything else that a path draws, the quarters' words among it; of the
flights of each quarter, how far their number lies above or below its mean, and which are lost. So a
higher cadence flies more, and nobody is luckier for it. A step, as from one chip generation to the
next, has no derivative and is held too.
"""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array
from numpy.typing import NDArray

from kernels.counter import TILE, tile_of
from kernels.types import Scalar
from risk.inputs import value_of
from risk.model.launch import Flights, poisson_flights
from risk.run.devices import cache_folder
from risk.run.draw import Given
from risk.run.execute import job_of
from risk.run.programs import kept
from risk.run.simulate import Job, Layouts, outcomes, shared
from risk.scenario import Scenario


class Slope(NamedTuple):
    """One input on every path: the outcome's derivative to it, 0 where the input cannot move."""

    key: str
    x: NDArray  # (n,)
    y: NDArray  # the outcome, (n,)
    slope: NDArray  # dy/dx, (n,)


def slopes(
    scenario: Scenario, field: str, quarter: int, z: NDArray, u: NDArray, seed: int
) -> Iterator[Slope]:
    """Slopes of a field of the outcome in one quarter to every uncertain input.

    `z` and `u` are as for a `Probe`, with whole tiles of paths. An input moves through its own
    part, so that no other input moves along.
    """
    job, rows = job_of(scenario, seed, "mc")
    names, keys = rows.draws.normals, rows.scenario.numbers
    tiles = range(z.shape[1] // TILE)
    given = []
    for t in tiles:
        lanes = slice(t * TILE, (t + 1) * TILE)
        source = Given(
            jnp.asarray(z[:, lanes], jnp.float32),
            jnp.asarray(u[:, lanes], jnp.float32),
            job.source,  # type: ignore[arg-type]
        )
        given.append(job._replace(source=source))
    program = kept(
        ("slopes", field, quarter, rows),
        jax.jit(partial(_both, rows=rows, field=field, quarter=quarter)),
        (given[0], tile_of(0), jnp.zeros(len(names), jnp.float32), jnp.int32(0)),
        jax.local_devices()[:1],
        cache_folder(),
    )
    for key in keys:
        row = jnp.asarray(np.arange(len(names)) == names.index(key), jnp.float32)
        place = jnp.int32(keys.index(key))
        found = [program(job, tile_of(t), row, place) for t, job in zip(tiles, given, strict=True)]
        x, y, dx, dy = (
            np.concatenate(part).astype(np.float64) for part in zip(*found, strict=True)
        )
        moves = dx != 0.0
        yield Slope(key, x, y, np.divide(dy, dx, out=np.zeros_like(dy), where=moves))


def _both(
    job: Job, tile: Array, row: Array, place: Array, *, rows: Layouts, field: str, quarter: int
) -> tuple[Array, Array, Array, Array]:
    """One input and the outcome on a tile, and how both move with the normal of `row`."""

    def made(z: Array) -> tuple[Array, Array]:
        moved = job._replace(source=job.source._replace(z=z))  # type: ignore[union-attr]
        outcome, begun = outcomes(moved, rows, shared(moved, tile), tile[None], flights=held)
        lanes = begun.group.shape
        x = jnp.stack(
            [jnp.broadcast_to(value_of(begun.inputs, k), lanes) for k in rows.scenario.numbers]
        )
        return x[place], getattr(outcome, field)[quarter]

    z = job.source.z  # type: ignore[union-attr]
    (x, y), (dx, dy) = jax.jvp(made, (z,), (jnp.broadcast_to(row[:, None], z.shape),))
    return x, y, dx, dy


def held(successes: Scalar, failures: Scalar, z: Scalar, u: Scalar) -> Flights:
    """Flights that follow their mean; their luck and their losses stay as they are drawn."""
    mean = lax.stop_gradient(successes)
    drawn = poisson_flights(mean, lax.stop_gradient(failures), z, u)
    share = jnp.where(mean > 0.0, drawn.successes / jnp.where(mean > 0.0, mean, 1.0), 0.0)
    return drawn._replace(successes=successes * lax.stop_gradient(share))
