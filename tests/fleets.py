"""March fleets on a tile's first paths in double precision, so that tests can look inside."""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from kernels.counter import tile_of
from risk.inputs import declarations
from risk.model import fleet, launch, ledger, path
from risk.model.constants import DT, QUARTERS
from risk.model.world import FleetOutcome, FleetStarts, World
from risk.run.execute import job_of
from risk.run.fleets import split
from risk.run.simulate import drawn_once, shared
from risk.scenario import Scenario
from tests.paths import field


class Drawn(NamedTuple):
    """What some paths draw; shocks by quarter."""

    inputs: World
    starts: path.Starts
    fleets: FleetStarts
    shocks: list[tuple[Any, Any]]


class Rolled(NamedTuple):
    """Fleets in full: leaves of shape (quarters, paths)."""

    drawn: Drawn
    outcome: path.Outcome
    shown: FleetOutcome
    market: dict[str, NDArray]  # what fleets met in each quarter


def drawn(scenario: Scenario, paths: int, seed: int = 7) -> Drawn:
    """The first paths of a scenario, from the words that a run uses."""
    job, rows = job_of(scenario, seed, "mc", fleets=True)
    tile = tile_of(0)
    common = jax.jit(shared)(job, tile)
    once = jax.jit(partial(drawn_once, rows=rows))(job, shared=common, tiles=tile[None])
    parts = job.source.steps(common, tile[None])

    @jax.jit
    def words(t: Any) -> Any:
        return split(job.source.each(tile[None], jax.tree.map(lambda leaf: leaf[t], parts)))

    def cut(leaf: Any) -> Any:
        return leaf[:paths] if jnp.ndim(leaf) else leaf

    first = jax.tree.map(cut, (once.inputs, once.starts, once.fleets))
    every = [jax.tree.map(cut, words(jnp.int32(t))) for t in range(QUARTERS)]
    return Drawn(*first, every)


def double(tree: Any) -> Any:
    """The same numbers in double precision; within `jax.enable_x64`."""
    return jax.tree.map(lambda leaf: jnp.asarray(np.asarray(leaf, np.float64)), tree)


def _begun(x: World, starts: path.Starts, fleets: FleetStarts) -> Any:
    fixed = path.prepare(x, starts)
    own = fleet.prepare(x, fixed)
    return fixed, own, path.begin(x, starts), fleet.begin(x, fixed, own, fleets)


def _step(x: World, fixed: Any, own: Any, states: Any, shocks: Any, years: Any) -> Any:
    state, fleets = states
    outcome, met = path.assess(x, fixed, state, years)
    means = launch.expected(x.launch, state.launch)
    flown = launch.poisson_flights(*means, shocks[0].successes, shocks[0].losses)
    after, shown = fleet.roll(x, fixed, own, state, outcome, met, fleets, flown, shocks[1], years)
    market = {
        "n_ok": flown.successes,
        "n_bad": flown.failures,
        "chip_cost": met.chip_cost,
        "loss": met.loss,
        "battery": met.with_battery,
        "rent": ledger.rent(met),
        "power_price": state.power_price,
        "facility": met.site.facility,
        "power": met.site.power,
        "renewed": (state.chips.waited + DT >= state.chips.gap) * 1.0,
    }
    after_state = path.advance(x, fixed, state, shocks[0], years, lambda *_: flown)
    return (after_state, after), outcome, shown, market


def rolled(given: Drawn) -> Rolled:
    """March these draws in the precision in which they are given.

    Operation by operation: for so few paths that is faster than to compile them together.
    """
    fixed, own, *states = _begun(given.inputs, given.starts, given.fleets)
    dtype, size = given.starts.shortage.dtype, given.starts.shortage.shape
    found = []
    for t, shocks in enumerate(given.shocks):
        states, *seen = _step(given.inputs, fixed, own, tuple(states), shocks, dtype.type(t * DT))
        found.append(seen)

    def stack(*leaves: Any) -> NDArray:
        return np.stack([np.broadcast_to(leaf, size) for leaf in leaves])

    seen = (jax.tree.map(stack, *rows) for rows in zip(*found, strict=True))
    return Rolled(jax.tree.map(np.asarray, given), *seen)


def values(x: World, number: int, paths: int) -> dict[str, float]:
    """One path's inputs as a flat table; events are left out."""
    return {
        key: float(np.broadcast_to(field(x, key), (paths,))[number])
        for key, d in declarations(World)
        if d.kind != "event"
    }


def burst_of(x: World, number: int, paths: int) -> Any:
    """Share lost to a burst by its own normal, on one path, in double precision."""
    event = x.space.burst_loss
    common = float(np.broadcast_to(event.common, (paths,))[number])
    marginal = event.marginal

    def at(z: float) -> float:
        e = common + float(event.own) * z
        spread = float(marginal.upper) if e > 0 else float(marginal.lower)
        return min(1.0, float(np.exp(float(marginal.centre) + e * spread)))

    return at
