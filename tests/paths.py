"""Draw a tile and walk it quarter by quarter, so that tests can look inside."""

from functools import cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from kernels.counter import TILE, tile_of
from risk.inputs import assemble, declarations
from risk.model import launch
from risk.model.constants import DT, QUARTERS
from risk.model.path import (
    Inputs,
    Outcome,
    Shocks,
    Starts,
    State,
    advance,
    begin,
    evaluate,
    prepare,
)
from risk.run.execute import job_of
from risk.run.simulate import drawn_once, shared, shocks
from risk.scenario import Scenario


class Walk(NamedTuple):
    """A tile in full: leaves of shape (TILE,), shocks and outcomes with quarters in front."""

    inputs: Inputs
    starts: Starts
    shocks: Shocks
    flights: launch.Flights
    outcome: Outcome


@cache
def _step(sampler: launch.Flights) -> Any:
    @jax.jit
    def step(x: Inputs, fixed: Any, state: State, shocks: Shocks, years: Any) -> tuple:
        means = launch.expected(x.launch, state.launch)
        flown = sampler(*means, shocks.successes, shocks.losses)
        after = advance(x, fixed, state, shocks, years, lambda *_: flown)
        return evaluate(x, fixed, state, years), flown, after

    return step


def walk(
    x: Inputs, starts: Starts, shocks: list[Shocks], sampler: Any = launch.poisson_flights
) -> Walk:
    """March given inputs through given shocks."""
    dtype = starts.shortage.dtype
    fixed, state = jax.jit(prepare)(x, starts), begin(x, starts)
    outcomes, flights = [], []
    for t, shock in enumerate(shocks):
        outcome, flown, state = _step(sampler)(x, fixed, state, shock, jnp.asarray(t * DT, dtype))
        outcomes.append(outcome)
        flights.append(flown)
    size = starts.shortage.shape

    def stack(*leaves: Any) -> np.ndarray:
        return np.stack([np.broadcast_to(leaf, size) for leaf in leaves])

    return Walk(x, starts, *(jax.tree.map(stack, *rows) for rows in (shocks, flights, outcomes)))


_DRAWN: dict[tuple[str, int, int, str], Walk] = {}


def drawn(scenario: Scenario, seed: int = 7, tile: int = 0, sampler: str = "mc") -> Walk:
    """A tile of a scenario, from the words that a run uses; kept by digest."""
    which = (scenario.digest, seed, tile, sampler)
    if which not in _DRAWN:
        _DRAWN[which] = _drawn(scenario, seed, tile, sampler)
    return _DRAWN[which]


def _drawn(scenario: Scenario, seed: int, tile: int, sampler: str) -> Walk:
    job, rows = job_of(scenario, seed, sampler)
    where = tile_of(tile)
    common = jax.jit(shared)(job, where)
    x, starts = jax.jit(partial(drawn_once, rows=rows))(job, shared=common, tiles=where[None])[:2]
    parts = job.source.steps(common, where[None])
    draw = jax.jit(
        lambda t: shocks(job.source.each(where[None], jax.tree.map(lambda leaf: leaf[t], parts)))
    )
    return walk(x, starts, [draw(jnp.int32(t)) for t in range(QUARTERS)])


def with_value(walked: Walk, key: str, value: float) -> Walk:
    """The same paths with one input at a value on all of them."""
    given = {k: field(walked.inputs, k) for k, _ in declarations(Inputs)}
    given[key] = jnp.full_like(given[key], value)
    shocks = [jax.tree.map(lambda leaf, t=t: leaf[t], walked.shocks) for t in range(QUARTERS)]
    return walk(assemble(Inputs, given), walked.starts, shocks)


def quiet(size: int = TILE, dtype: Any = jnp.float32) -> tuple[Starts, list[Shocks]]:
    """Random numbers at their medians."""

    def middle(tree: type) -> Any:
        values = {"normal": 0.0, "uniform": 0.5}
        return tree(**{k: jnp.full(size, values[d.kind], dtype) for k, d in declarations(tree)})

    return middle(Starts), [middle(Shocks)] * QUARTERS


def values(x: Inputs, path: int) -> dict[str, float]:
    """One path's inputs as a flat table; events are left out."""
    table = {}
    for key, declaration in declarations(Inputs):
        if declaration.kind != "event":
            table[key] = float(np.broadcast_to(field(x, key), (TILE,))[path])
    return table


def field(tree: Any, key: str) -> Any:
    """A leaf by its dotted key."""
    for name in key.split("."):
        tree = getattr(tree, name)
    return tree
