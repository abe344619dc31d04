"""One tile of paths from its random words to its outcomes and populations."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int32, UInt32

from kernels.counter import TILE, Tile
from kernels.paths import march
from kernels.transforms import normal, uniform
from risk.inputs import assemble
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
from risk.run.draw import SHOCKS, STARTS, Draws, Layout, Parameters, Source, inputs, numbers


class Opinion(NamedTuple):
    """Conditioning on published ratios: a path is kept with probability exp(-d^2 / (2 s^2)),
    d the log of its like-for-like ratio over the centre."""

    centre: Float[Array, ""]
    log_sd: Float[Array, " width"]  # falling, so that the populations are nested
    launch_loss: Float[Array, ""]


class Job(NamedTuple):
    """Everything a compiled block is told: the scenario, and the base scenario that conditions."""

    source: Source
    scenario: Parameters
    base: Parameters
    opinion: Opinion


class Layouts(NamedTuple):
    """Rows of the scenario, of what differs in the base scenario, and of the draws of both."""

    scenario: Layout
    base: Layout | None
    draws: Draws


class Begun(NamedTuple):
    """A tile before its first quarter."""

    inputs: Inputs
    fixed: Fixed
    state: State
    ratio: Float[Array, " path"]  # like-for-like ratio of the base scenario
    group: Int32[Array, " path"]  # number of conditioned populations that keep the path


def shared(job: Job, tile: Tile) -> Any:
    """What the tiles of a block share: a scramble's table, or nothing."""
    return job.source.shared(tile)


class Drawn(NamedTuple):
    """What a tile's paths draw once."""

    inputs: Inputs
    starts: Starts
    base: Inputs | None  # of the base scenario, where they differ
    accept: Float[Array, " path"]


def drawn_once(job: Job, rows: Layouts, shared: Any, tile: Tile) -> Drawn:
    """Draw a tile's inputs, those of the base scenario from the same words."""
    words = job.source.once(shared, tile)
    names = rows.draws.normals
    z, u = normal(words[: len(names)]), uniform(words[len(names) :])
    own = z[len(names) - len(STARTS.normals) :], u[: len(STARTS.uniforms)]
    values = inputs(job.scenario, rows.scenario, names, z)
    base = None
    if rows.base is not None:
        base = assemble(Inputs, values | inputs(job.base, rows.base, names, z))
    return Drawn(assemble(Inputs, values), numbers(Starts, STARTS, *own), base, u[-1])


def start(job: Job, rows: Layouts, shared: Any, tile: Tile) -> Begun:
    """Draw a tile's inputs and say which populations keep each path."""
    drawn = drawn_once(job, rows, shared, tile)
    x, fixed, state = _prepared(drawn.inputs, drawn.starts)
    base = (x, fixed, state)
    if drawn.base is not None:
        base = _prepared(drawn.base, drawn.starts)
    ratio = like_for_like_ratio(*base, job.opinion.launch_loss)
    distance = jnp.log(ratio / job.opinion.centre)[None, :] / job.opinion.log_sd[:, None]
    kept = drawn.accept < jnp.exp(-0.5 * distance * distance)
    return Begun(x, fixed, state, ratio, jnp.sum(kept, axis=0, dtype=jnp.int32))


def shocks(job: Job, tile: Tile, part: Any) -> Shocks:
    """Random numbers of one quarter from what its words are made of."""
    words = job.source.each(tile, part)
    count = len(SHOCKS.normals)
    return numbers(Shocks, SHOCKS, normal(words[:count]), uniform(words[count:]))


def tile_outcome(
    job: Job, rows: Layouts, shared: Any, tile: Tile, flights: Sampler = poisson_flights
) -> tuple[Outcome, Begun]:
    """Outcome of every quarter and path, leaves of shape (quarters, TILE)."""
    begun = start(job, rows, shared, tile)

    def quarter(state: State, at: tuple[UInt32[Array, ""], Any]) -> tuple[State, Outcome]:
        years = at[0].astype(jnp.float32) * DT
        outcome = evaluate(begun.inputs, begun.fixed, state, years)
        shock = shocks(job, tile, at[1])
        after = advance(begun.inputs, begun.fixed, state, shock, years, flights)
        return after, jax.tree.map(lambda leaf: jnp.broadcast_to(leaf, (TILE,)), outcome)

    parts = job.source.steps(shared, tile)
    return march(begun.state, quarter, QUARTERS, parts), begun


def simulate(
    job: Job, rows: Layouts, shared: Any, tile: Tile
) -> tuple[Outcome, Int32[Array, " path"]]:
    """Outcome and population of every path; paths that are not finite get the last number."""
    outcome, begun = tile_outcome(job, rows, shared, tile)
    groups = job.opinion.log_sd.shape[0] + 1
    return outcome, jnp.where(is_finite(outcome), begun.group, groups)


def _prepared(x: Inputs, starts: Starts) -> tuple[Inputs, Fixed, State]:
    return x, prepare(x, starts), begin(x, starts)
