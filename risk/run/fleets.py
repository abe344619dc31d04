"""Paths whose fleets are rolled forward beside their vintages."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, UInt32

from kernels.paths import Fused, Tiles, Walk, march, plain
from kernels.reducers import Reducer
from kernels.transforms import normal, uniform
from kernels.types import Words
from risk.model import fleet, launch
from risk.model.constants import DT, QUARTERS
from risk.model.metrics import is_finite
from risk.model.path import Outcome, Shocks, State, advance, assess
from risk.model.world import (
    FleetFixed,
    FleetOutcome,
    FleetShocks,
    FleetState,
    World,
)
from risk.run.draw import FLEET_SHOCKS, SHOCKS, numbers
from risk.run.simulate import Begun, Job, Layouts, start


class Seen(NamedTuple):
    """What a quarter shows of both."""

    vintage: Outcome
    fleet: FleetOutcome

    def named(self, name: str) -> Array:
        """A field of either."""
        return getattr(self.vintage if name in Outcome._fields else self.fleet, name)


def of_vintage(reducer: Reducer) -> Reducer:
    """A reducer of the vintages' outcome, for paths that show both."""
    keep, update, flag = reducer.keep, reducer.update, reducer.flag
    if keep is not None:
        return reducer._replace(keep=lambda seen: keep(seen.vintage))
    if flag is not None:
        reducer = reducer._replace(flag=lambda seen: flag(seen.vintage))
    return reducer._replace(
        update=lambda state, seen, people, first: update(state, seen.vintage, people, first)
    )


def outcomes(
    job: Job,
    rows: Layouts,
    shared: Any,
    tiles: Tiles,
    fused: Fused = plain,
    used: Callable[[Seen], Any] | None = None,
    folder: Path | None = None,
) -> tuple[Seen, Begun]:
    """Outcome of every quarter and path, leaves of shape (quarters, paths); see `march`."""
    begun, own, fleets = fused(lambda: _begin(job, rows, shared, tiles))
    return march(walk(job, shared, tiles, begun, own, fleets), used, folder), begun


def simulate(job: Job, rows: Layouts, shared: Any, tiles: Tiles, fused: Fused = plain) -> Walk:
    """The paths of some tiles, ready to walk."""
    return walk(job, shared, tiles, *fused(lambda: _begin(job, rows, shared, tiles)))


def _begin(
    job: Job, rows: Layouts, shared: Any, tiles: Tiles
) -> tuple[Begun, FleetFixed, FleetState]:
    begun = start(job, rows, shared, tiles)
    x = begun.inputs
    assert isinstance(x, World)
    assert begun.fleets is not None
    own = fleet.prepare(x, begun.fixed)
    return begun, own, fleet.begin(x, begun.fixed, own, begun.fleets)


def walk(
    job: Job, shared: Any, tiles: Tiles, begun: Begun, own: FleetFixed, fleets: FleetState
) -> Walk:
    """Tiles that go from quarter to quarter."""
    x, fixed = begun.inputs, begun.fixed
    assert isinstance(x, World)

    def quarter(
        states: tuple[State, FleetState], at: tuple[UInt32[Array, ""], Words]
    ) -> tuple[tuple[State, FleetState], Seen]:
        state, fleet_state = states
        years = at[0].astype(jnp.float32) * DT
        shocks, fleet_shocks = split(at[1])
        outcome, met = assess(x, fixed, state, years)
        expected = launch.expected(x.launch, state.launch)
        flown = launch.poisson_flights(*expected, shocks.successes, shocks.losses)
        after = advance(x, fixed, state, shocks, years)
        rolled, shown = fleet.roll(
            x, fixed, own, state, outcome, met, fleet_state, flown, fleet_shocks, years
        )
        lanes = begun.group.shape
        seen = jax.tree.map(lambda leaf: jnp.broadcast_to(leaf, lanes), Seen(outcome, shown))
        return (after, rolled), seen

    return Walk(
        (begun.state, fleets),
        quarter,
        job.source.steps(shared, tiles),
        QUARTERS,
        lambda seen: is_finite(seen.vintage),
        begun.group,
        job.opinion.log_sd.shape[0] + 1,
        words=lambda part: job.source.each(tiles, part),
    )


def split(words: Words) -> tuple[Shocks, FleetShocks]:
    """The random numbers of a quarter, of the vintages and of the fleets."""
    parts, first = [], 0
    for names in (SHOCKS, FLEET_SHOCKS):
        count, more = len(names.normals), len(names.uniforms)
        mine = words[first : first + count + more]
        parts.append((normal(mine[:count]), uniform(mine[count:])))
        first += count + more
    own, fleets = parts
    return numbers(Shocks, SHOCKS, *own), numbers(FleetShocks, FLEET_SHOCKS, *fleets)
