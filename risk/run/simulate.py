"""Tiles of paths from their random words to their outcomes and populations."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int32, UInt32

from kernels.counter import Tile
from kernels.paths import Fused, Tiles, Walk, march, once, plain
from kernels.transforms import normal, uniform
from kernels.types import Scalar, Words
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
from risk.model.world import FleetStarts, World
from risk.run.draw import (
    FLEET_STARTS,
    SHOCKS,
    STARTS,
    Draws,
    Layout,
    Parameters,
    Source,
    common_factors,
    inputs,
    numbers,
    once_of,
)


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
    """Paths before their first quarter."""

    inputs: Inputs
    fixed: Fixed
    state: State
    ratio: Float[Array, " path"]  # like-for-like ratio of the base scenario
    group: Int32[Array, " path"]  # number of conditioned populations that keep the path
    factors: tuple[Scalar, ...]  # common factors of the scenario, correlated
    fleets: FleetStarts | None  # where fleets are rolled forward


def shared(job: Job, tile: Tile) -> Any:
    """What the tiles of a block share: a scramble's table, or nothing."""
    return job.source.shared(tile)


class Drawn(NamedTuple):
    """What paths draw once."""

    inputs: Inputs
    starts: Starts
    base: Inputs | None  # of the base scenario, where they differ
    accept: Float[Array, " path"]
    factors: tuple[Scalar, ...]
    fleets: FleetStarts | None  # where fleets are rolled forward


def drawn_once(job: Job, rows: Layouts, shared: Any, tiles: Tiles) -> Drawn:
    """Draw the inputs of some tiles, those of the base scenario from the same words."""
    names = rows.draws.normals
    z, u = once(once_of(job.source, shared, tiles, len(names)))
    own = z[len(names) - len(STARTS.normals) :], u[: len(STARTS.uniforms)]
    values = inputs(job.scenario, rows.scenario, names, z)
    fleets = rows.draws.fleets
    base = None
    if rows.base is not None:
        base = assemble(Inputs, values | inputs(job.base, rows.base, names, z))
    return Drawn(
        assemble(World if fleets else Inputs, values),
        numbers(Starts, STARTS, *own),
        base,
        u[-1],
        tuple(common_factors(job.scenario, rows.scenario, names, z)),
        numbers(FleetStarts, FLEET_STARTS, (), u[len(STARTS.uniforms) : -1]) if fleets else None,
    )


def start(job: Job, rows: Layouts, shared: Any, tiles: Tiles) -> Begun:
    """Draw the inputs of some tiles and say which populations keep each path."""
    drawn = drawn_once(job, rows, shared, tiles)
    x, fixed, state = _prepared(drawn.inputs, drawn.starts)
    base = (x, fixed, state)
    if drawn.base is not None:
        base = _prepared(drawn.base, drawn.starts)
    ratio = like_for_like_ratio(*base, job.opinion.launch_loss)
    distance = jnp.log(ratio / job.opinion.centre)[None, :] / job.opinion.log_sd[:, None]
    kept = drawn.accept < jnp.exp(-0.5 * distance * distance)
    group = jnp.sum(kept, axis=0, dtype=jnp.int32)
    return Begun(x, fixed, state, ratio, group, drawn.factors, drawn.fleets)


def shocks(words: Words) -> Shocks:
    """Random numbers of one quarter from its words."""
    count = len(SHOCKS.normals)
    return numbers(Shocks, SHOCKS, normal(words[:count]), uniform(words[count:]))


def walk(
    job: Job, shared: Any, tiles: Tiles, begun: Begun, flights: Sampler = poisson_flights
) -> Walk:
    """Tiles that go from quarter to quarter."""

    def quarter(state: State, at: tuple[UInt32[Array, ""], Words]) -> tuple[State, Outcome]:
        years = at[0].astype(jnp.float32) * DT
        outcome = evaluate(begun.inputs, begun.fixed, state, years)
        after = advance(begun.inputs, begun.fixed, state, shocks(at[1]), years, flights)
        return after, jax.tree.map(lambda x: jnp.broadcast_to(x, begun.group.shape), outcome)

    return Walk(
        begun.state,
        quarter,
        job.source.steps(shared, tiles),
        QUARTERS,
        is_finite,
        begun.group,
        job.opinion.log_sd.shape[0] + 1,
        words=lambda part: job.source.each(tiles, part),
    )


def simulate(job: Job, rows: Layouts, shared: Any, tiles: Tiles, fused: Fused = plain) -> Walk:
    """The paths of some tiles, ready to walk."""
    return walk(job, shared, tiles, fused(lambda: start(job, rows, shared, tiles)))


def outcomes(
    job: Job,
    rows: Layouts,
    shared: Any,
    tiles: Tiles,
    flights: Sampler = poisson_flights,
    fused: Fused = plain,
    used: Callable[[Outcome], Any] | None = None,
    folder: Path | None = None,
) -> tuple[Outcome, Begun]:
    """Outcome of every quarter and path, leaves of shape (quarters, paths); see `march`."""
    begun = fused(lambda: start(job, rows, shared, tiles))
    return march(walk(job, shared, tiles, begun, flights), used, folder), begun


def _prepared(x: Inputs, starts: Starts) -> tuple[Inputs, Fixed, State]:
    return x, prepare(x, starts), begin(x, starts)
