"""The story of one quarter of the fleets and their sponsor, on the path of the vintages.

demand -> what may be launched and ordered -> launches, losses, retirements -> cash -> sponsor.
Scalars in, scalars out, as in `path`; costs of a quarter use the state before its flights.
"""

from typing import NamedTuple

import jax.numpy as jnp

from kernels.types import Scalar
from risk.model import (
    chips,
    cohorts,
    demand,
    events,
    finance,
    ground,
    launch,
    line,
    mass,
    orbit,
    platform,
    power,
    queue,
    reliability,
    schedule,
    service,
    sites,
    sponsor,
    thermal,
)
from risk.model.annuity import discount
from risk.model.constants import DT, START
from risk.model.path import Fixed, Markets, Outcome, Sampler, Shocks, State
from risk.model.world import (
    FleetFixed,
    FleetOutcome,
    FleetShocks,
    FleetStarts,
    FleetState,
    World,
)

_P10 = 1.2815515655446004  # standard normal 90 % quantile
_FULL = 0.9  # share of the cap at which cadence counts as bound by it
_TINY = 1e-6
_K_USD_PER_B_USD = 1e6


class Caps(NamedTuple):
    """Most that this quarter may launch, kW, and what orbit still wants."""

    lift: Scalar
    licence: Scalar
    factory: Scalar
    cash: Scalar
    wanted: Scalar

    def least(self) -> Scalar:
        """What is launched."""
        return jnp.maximum(0.0, jnp.minimum(self.wanted, self.cap()))

    def cap(self) -> Scalar:
        """The least of the caps."""
        return jnp.minimum(
            jnp.minimum(self.lift, self.licence), jnp.minimum(self.factory, self.cash)
        )

    def binds(self, cap: Scalar) -> Scalar:
        """1.0 where this cap is the least and below what is wanted."""
        return jnp.where((cap <= self.cap()) & (cap < self.wanted), 1.0, 0.0)


class Money(NamedTuple):
    """What one fleet pays and earns in a quarter, k$."""

    capex: Scalar
    opex: Scalar  # less resale
    sales: Scalar
    stranded: Scalar


def prepare(x: World, fixed: Fixed) -> FleetFixed:
    """What does not change along the path."""
    sun = orbit.sunlight(x.orbit)
    system = power.size(x.power, sun, fixed.hazard.economic_life)
    panel = thermal.radiator_area(x.thermal, system.bus)
    zero = jnp.zeros_like(fixed.growth)
    ride, throttle = (
        power.array_area(x.power, kw) for kw in (system.array_ride, system.array_throttle)
    )
    return FleetFixed(
        orbit=cohorts.law(x.reliability, fixed.hazard, fixed.growth),
        sites=sites.law(x.chips.ground_life, fixed.growth),
        service=service.terms(x.service, x.chips, x.orbit.altitude),
        sponsor=sponsor.terms(x.sponsor),
        rates=finance.rates(x.finance, fixed.finance, zero, zero),
        queue_kept=discount(x.schedule.cancellation, DT),
        radiator=panel * x.thermal.areal_mass * x.mass.residual,
        array_ride=power.array_mass(x.power, system.array_ride) * x.mass.residual,
        array_throttle=power.array_mass(x.power, system.array_throttle) * x.mass.residual,
        area_ride=ride + panel,
        area_throttle=throttle + panel,
        factory=jnp.log1p(x.fleet.factory_growth),
    )


def begin(x: World, fixed: Fixed, own: FleetFixed, starts: FleetStarts) -> FleetState:
    """The fleets in 2026Q4: nothing in orbit, chips of every age and a full queue on the ground."""
    zero = jnp.zeros_like(starts.capital)
    owned = x.demand.owned_today * demand.KW_PER_GW + zero
    delay = schedule.undisturbed_delay(x.schedule, fixed.behind_meter, fixed.demand, zero)
    flow = x.demand.share * x.schedule.additions_today * demand.KW_PER_GW
    flow = flow * (1.0 - x.fleet.orbit_share)
    return FleetState(
        orbit=cohorts.begin(zero),
        others=cohorts.begin(zero),
        sites=sites.begin(own.sites, owned),
        queue=queue.begin(x.queue, flow + zero, delay),
        demand=demand.begin(x.demand, x.schedule, zero),
        sponsor=sponsor.begin(x.sponsor, starts.capital),
        throughput=zero + fixed.hazard.throughput,
        orbit_cash=zero,
        ground_cash=zero,
        orbit_npv=zero,
        ground_npv=zero,
        stranded=zero,
        generations=zero,
    )


def roll(
    x: World,
    fixed: Fixed,
    own: FleetFixed,
    state: State,
    outcome: Outcome,
    met: Markets,
    fleet: FleetState,
    shocks: Shocks,
    fleet_shocks: FleetShocks,
    years: Scalar,
    flights: Sampler = launch.poisson_flights,
) -> tuple[FleetState, FleetOutcome]:
    """One quarter of both fleets and the sponsor: the state after it, and what it showed."""
    e = fleet_shocks
    flown = flights(*launch.expected(x.launch, state.launch), shocks.successes, shocks.losses)
    target = demand.target(x.demand, fleet.demand)
    orbit_target = target * jnp.minimum(x.fleet.orbit_share, service.eligible(own.service))
    flow = sponsor.flows(x.sponsor, own.sponsor, fleet.sponsor, x.chips.ground_life, years)
    committed = queue_spending(x, fleet, years) + programme(x, fleet, years)
    budget = sponsor.budget(x.sponsor, fleet.sponsor, flow) * _K_USD_PER_B_USD
    free = jnp.maximum(0.0, budget - committed)

    # orbit
    value = unit_value(x, fixed, outcome, met, years)
    attempts = flown.successes + flown.failures
    per_flight = lift_per_flight(x, outcome, years)
    caps = orbit_caps(x, own, fleet, attempts * per_flight, orbit_target, free, value, years)
    launched = caps.least()
    reached = flown.successes / jnp.maximum(attempts, _TINY)
    dead = 1.0 - (1.0 - met.loss) / (1.0 - outcome.failure_probability)
    works = events.kept(launched * reached, x.reliability.satellite_power, dead, e.infant)
    burst = events.burst_kept(x.space, e.burst, e.burst_size)
    left = events.kept(
        fleet.orbit.satellites, x.reliability.satellite_power, 1.0 - own.orbit.kept, e.satellites
    )
    light = jnp.where(met.with_battery > 0.5, 1.0, fixed.sunlit)
    entry = cohorts.Entry(launched, launched * reached * works, light)
    after, ended = advance_cohorts(x, fixed, own, fleet.orbit, entry, left * burst, years)
    elsewhere = x.launch.compute_share * x.launch.filled_share * flown.successes * per_flight
    elsewhere = jnp.maximum(0.0, elsewhere / x.launch.compute_share - launched * reached)
    new = cohorts.Entry(elsewhere, elsewhere * (1.0 - dead), light)
    others = advance_cohorts(x, fixed, own, fleet.others, new, own.orbit.kept * burst, years)[0]
    orbit_kw = cohorts.capacity(fleet.orbit)
    served = service.serve(own.service, orbit_kw, target)
    orbit_money = orbit_flows(x, fixed, fleet, met, outcome, entry, ended, value, served, years)

    # ground
    sited, closed, progress, bought, site_queue = advance_sites(
        x, fixed, own, fleet, met, target, free - launched * value, state, e.completions, years
    )
    ground_money = ground_flows(x, fixed, own, fleet, met, state, closed, bought, years)
    ground_money = ground_money._replace(capex=ground_money.capex + queue_spending(x, fleet, years))

    # money
    capex, sales = (
        (a + b) / _K_USD_PER_B_USD
        for a, b in zip(
            (orbit_money.capex, orbit_money.sales),
            (ground_money.capex, ground_money.sales),
            strict=True,
        )
    )
    happened = sponsor.Events(e.core, e.value, e.contract, e.capital, e.raised)
    return FleetState(), FleetOutcome()
