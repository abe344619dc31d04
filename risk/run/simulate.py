"""One tile of paths from its random words to its outcomes and populations."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int32, UInt32

from kernels.counter import TILE, streams, words
from kernels.paths import Walk, march
from kernels.transforms import uniform
from risk.model.constants import DT, QUARTERS
from risk.model.launch import poisson_flights
from risk.model.metrics import is_finite
from risk.model.path import (
    Fixed,
    Inputs,
    Outcome,
    Sampler,
    Shocks,
    Starts,
    State,
    advance,
    begin,
    evaluate,
    like_for_like_ratio,
    prepare,
)
from risk.run.draw import Layout, Noise, Parameters, Tile, inputs

ACCEPT = "conditioning.accept"


class Opinion(NamedTuple):
    """Conditioning on published ratios: a path is kept with probability exp(-d^2 / (2 s^2)),
    d the log of its like-for-like ratio over the centre."""

    centre: Float[Array, ""]
    log_sd: Float[Array, " width"]  # falling, so that the populations are nested
    launch_loss: Float[Array, ""]


class Job(NamedTuple):
    """Everything a compiled block is told: the scenario, and the base scenario that conditions."""

    scenario: Parameters
    base: Parameters
    opinion: Opinion


class Layouts(NamedTuple):
    """Rows of the scenario and of the base scenario; `same` where both are one."""

    scenario: Layout
    base: Layout
    same: bool


class Begun(NamedTuple):
    """A tile before its first quarter."""

    inputs: Inputs
    fixed: Fixed
    state: State
    ratio: Float[Array, " path"]  # like-for-like ratio of the base scenario
    group: Int32[Array, " path"]  # number of conditioned populations that keep the path


def start(job: Job, rows: Layouts, tile: Tile) -> Begun:
    """Draw a tile's inputs and say which populations keep each path."""
    starts = Noise.of(Starts).draw(job.scenario.key, tile, jnp.uint32(0))
    x, fixed, state = _prepared(job.scenario, rows.scenario, tile, starts)
    base = (x, fixed, state)
    if not rows.same:
        base = _prepared(job.base, rows.base, tile, starts)
    ratio = like_for_like_ratio(*base, job.opinion.launch_loss)
    distance = jnp.log(ratio / job.opinion.centre)[None, :] / job.opinion.log_sd[:, None]
    u = uniform(words(job.scenario.key, tile, streams((ACCEPT,)), jnp.uint32(0)))
    kept = u < jnp.exp(-0.5 * distance * distance)
    return Begun(x, fixed, state, ratio, jnp.sum(kept, axis=0, dtype=jnp.int32))


def walk(
    job: Job, rows: Layouts, tile: Tile, begun: Begun, flights: Sampler = poisson_flights
) -> Walk:
    """A tile that goes from quarter to quarter."""
    noise = Noise.of(Shocks)

    def quarter(state: State, step: UInt32[Array, ""]) -> tuple[State, Outcome]:
        years = step.astype(jnp.float32) * DT
        outcome = evaluate(begun.inputs, begun.fixed, state, years)
        shocks = noise.draw(job.scenario.key, tile, step)
        after = advance(begun.inputs, begun.fixed, state, shocks, years, flights)
        return after, jax.tree.map(lambda leaf: jnp.broadcast_to(leaf, (TILE,)), outcome)

    groups = job.opinion.log_sd.shape[0] + 1
    return Walk(begun.state, quarter, QUARTERS, is_finite, begun.group, groups)


def simulate(job: Job, rows: Layouts, tile: Tile) -> Walk:
    """A tile's paths, ready to walk."""
    return walk(job, rows, tile, start(job, rows, tile))


def tile_outcome(
    job: Job, rows: Layouts, tile: Tile, flights: Sampler = poisson_flights
) -> tuple[Outcome, Begun]:
    """Outcome of every quarter and path, leaves of shape (quarters, TILE)."""
    begun = start(job, rows, tile)
    path = walk(job, rows, tile, begun, flights)
    return march(path.state, path.step, path.steps), begun


def _prepared(
    parameters: Parameters, rows: Layout, tile: Tile, starts: Starts
) -> tuple[Inputs, Fixed, State]:
    x = inputs(parameters, rows, tile)
    return x, prepare(x, starts), begin(x, starts)
