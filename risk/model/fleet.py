"""The story of one quarter of the fleets and their sponsor, on the path of the vintages.

demand -> sites that come and go -> launches under every cap, losses -> money -> sponsor.
Scalars in, scalars out, as in `path`; costs of a quarter use the state before its flights.
"""

from typing import NamedTuple

import jax.numpy as jnp

from kernels.types import Scalar
from risk.model import (
    cohorts,
    demand,
    events,
    finance,
    launch,
    ledger,
    orbit,
    power,
    queue,
    schedule,
    service,
    sites,
    sponsor,
    thermal,
)
from risk.model import ground as grounds
from risk.model.annuity import discount
from risk.model.constants import DT, START
from risk.model.path import Fixed, Markets, Outcome, State
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
_LONGEST_QUEUE = 100.0  # years


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
    return FleetState(
        orbit=cohorts.begin(zero),
        others=x.platform.flown_today + zero,
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
    flown: launch.Flights,
    shocks: FleetShocks,
    years: Scalar,
) -> tuple[FleetState, FleetOutcome]:
    """One quarter of both fleets and the sponsor: the state after it, and what it showed.

    `flown` are the flights of this quarter. Dues come first, then launches, then ground chips;
    ground builds for the target at the time when its sites have power, less what orbit serves.
    """
    e = shocks
    rent = ledger.rent(met)
    target = demand.target(x.demand, fleet.demand)
    flow = sponsor.flows(x.sponsor, own.sponsor, fleet.sponsor, x.chips.ground_life, years)
    budget = sponsor.budget(x.sponsor, fleet.sponsor, flow) * ledger.K_USD_PER_B_USD

    # ground: what the queue brings, what retires
    running = ledger.running(x, fixed, state, met, years)
    pays = sites.marginal_age(own.sites, rent, running)
    sited, closed = sites.retire(own.sites, fleet.sites, pays)
    delay = schedule.undisturbed_delay(x.schedule, fixed.behind_meter, fixed.demand, years)
    goes_on = 1.0 - fleet.sponsor.ruined
    waiting, progress = queue.advance(
        x.queue, fleet.queue, delay, own.queue_kept, goes_on, e.completions
    )
    dues = ledger.dues(x, progress, years)
    free = jnp.maximum(0.0, budget - dues)

    # orbit: what every cap allows, what of it arrives
    per_flight = launch.payload(x.launch, years) * 1000.0 / outcome.specific_mass
    attempts = flown.successes + flown.failures
    value = ledger.unit_value(x, fixed, outcome, met, years)
    limits = caps(x, own, fleet, attempts * per_flight, target, free, value, years)
    launched = limits.least()
    reached = flown.successes / jnp.maximum(attempts, _TINY)
    dead = 1.0 - (1.0 - met.loss) / (1.0 - outcome.failure_probability)
    unit = x.reliability.satellite_power
    works = events.kept(launched * reached, unit, dead, e.infant)
    alive = events.kept(fleet.orbit.satellites, unit, 1.0 - own.orbit.kept, e.satellites)
    burst = events.burst_kept(x.space, e.burst, e.burst_size)
    entry = cohorts.Entry(
        launched,
        launched * reached * works,
        jnp.where(met.with_battery > 0.5, 1.0, fixed.sunlit),
    )
    rates = (fixed.growth, fixed.lag_fall)
    orbiting, ended = cohorts.advance(
        x.chips,
        x.platform,
        fixed.platform,
        own.orbit,
        rates,
        fleet.orbit,
        entry,
        alive * burst,
        years,
    )
    filled = x.launch.compute_share * x.launch.filled_share * flown.successes * per_flight
    elsewhere = jnp.maximum(0.0, filled - launched * reached)
    lasting = own.orbit.kept * burst * discount(1.0 / own.orbit.years, DT)
    others = fleet.others * lasting + elsewhere * (1.0 - dead)

    # ground: chips with what money is left, then new sites for the time when they have power
    left = jnp.maximum(0.0, free - launched * value)
    room = jnp.maximum(0.0, sited.powered + progress.energised - sited.chips)
    bought = jnp.minimum(room, left / met.chip_cost)
    grown = sites.fill(own.sites, sited, progress.energised, bought)
    ahead = target + delay * demand.growth(x.demand, fleet.demand)
    wanted = ahead - cohorts.capacity(fleet.orbit) - grown.powered - queue.under_way(waiting)
    left = jnp.maximum(0.0, left - bought * met.chip_cost)
    affordable = left / (met.chip_cost + grounds.facility(x.ground, years))
    waiting = queue.order(waiting, jnp.maximum(0.0, jnp.minimum(wanted, affordable)))

    # money of the quarter, k$
    served = service.serve(own.service, cohorts.capacity(fleet.orbit), target)
    orbit_money = ledger.orbit(x, fixed, own, fleet, served, ended, launched * value, rent, years)
    ground_money = ledger.ground(
        x, own, fleet, closed, met.chip_cost, met.chip_cost * bought + dues, running, rent
    )
    spent = (orbit_money.capex + ground_money.capex) / ledger.K_USD_PER_B_USD
    sales = (orbit_money.sales + ground_money.sales) / ledger.K_USD_PER_B_USD
    sold = sponsor.sold(x.sponsor, flow, sales)
    after_sponsor = sponsor.renew(
        x.sponsor,
        own.sponsor,
        fleet.sponsor,
        flow,
        spent,
        sold,
        x.chips.ground_life,
        years,
        sponsor.Events(e.core, e.value, e.contract, e.capital, e.raised),
    )
    orbit_net, ground_net = ledger.net(orbit_money), ledger.net(ground_money)
    after = FleetState(
        orbit=orbiting,
        others=others,
        sites=grown,
        queue=waiting,
        demand=demand.renew(x.demand, fleet.demand, fixed.demand),
        sponsor=after_sponsor,
        throughput=events.throughput(x.space, x.reliability, years + DT, e.storm),
        orbit_cash=fleet.orbit_cash + orbit_net,
        ground_cash=fleet.ground_cash + ground_net,
        orbit_npv=fleet.orbit_npv + orbit_net * discount(own.rates.orbit, years),
        ground_npv=fleet.ground_npv + ground_net * discount(own.rates.ground, years),
        stranded=fleet.stranded + ground_money.stranded / ledger.K_USD_PER_B_USD,
        generations=fleet.generations
        + jnp.where(state.chips.waited + DT >= state.chips.gap, 1.0, 0.0),
    )
    new = launched + elsewhere
    return after, shown(
        x, fixed, own, state, outcome, met, fleet, flow, sold, target, limits, served, new, years
    )


def caps(
    x: World,
    own: FleetFixed,
    fleet: FleetState,
    lift: Scalar,
    target: Scalar,
    free: Scalar,
    value: Scalar,
    years: Scalar,
) -> Caps:
    """Every cap on what a quarter launches, kW; nothing flies before development is done."""
    developed = jnp.where(years >= x.schedule.development, 1.0, 0.0)
    allowed = licence(x, years) * x.reliability.satellite_power
    share = jnp.minimum(x.fleet.orbit_share, service.eligible(own.service))
    factory = x.fleet.factory_today * jnp.exp(own.factory * years) * DT
    wanted = target * share - cohorts.capacity(fleet.orbit)
    return Caps(
        lift=developed * lift * x.launch.compute_share * x.fleet.lift_share,
        licence=jnp.maximum(0.0, allowed - fleet.orbit.satellites),
        factory=developed * factory,
        cash=free / value,
        wanted=jnp.maximum(0.0, wanted),
    )


def licence(x: World, years: Scalar) -> Scalar:
    """Satellites that are allowed at this date: none before the licence."""
    return jnp.where(START + years >= x.fleet.licence_year, x.fleet.licence_cap, 0.0)


def shown(
    x: World,
    fixed: Fixed,
    own: FleetFixed,
    state: State,
    outcome: Outcome,
    met: Markets,
    fleet: FleetState,
    flow: sponsor.Flows,
    sold: Scalar,
    target: Scalar,
    limits: Caps,
    served: service.Served,
    new: Scalar,
    years: Scalar,
) -> FleetOutcome:
    """What a quarter shows of the fleets at its start, and what bounds its launches."""
    orbit_kw = cohorts.capacity(fleet.orbit)
    trend = jnp.exp(fixed.growth * (years - x.chips.ground_lag))
    frontier = x.chips.frontier_today * trend
    installed = fleet.demand.installed * demand.KW_PER_GW
    additions = fleet.demand.additions * demand.KW_PER_GW * DT
    industry = fleet.others + orbit_kw
    allowed = licence(x, years)
    ride = met.with_battery > 0.5
    fall = jnp.exp(fixed.mass_fall * years)
    per_flight = launch.payload(x.launch, years) * 1000.0 / outcome.specific_mass
    site = met.site
    spread = jnp.sqrt(
        (site.facility * x.fleet.facility_spread) ** 2
        + (site.power * x.fleet.power_spread) ** 2
        + (site.power * x.fleet.pue_spread) ** 2
    )
    gap = jnp.maximum(0.0, target - orbit_kw - fleet.sites.chips)
    rate = limits.lift / DT
    radiator = own.radiator * fall
    return FleetOutcome(
        orbit_kw=orbit_kw,
        orbit_launched_kw=fleet.orbit.launched,
        orbit_lost_kw=fleet.orbit.lost,
        orbit_retired_kw=fleet.orbit.retired,
        orbit_chips_kw=fleet.orbit.chips,
        orbit_pflop=cohorts.output(fleet.orbit) * frontier,
        ground_kw=fleet.sites.chips,
        ground_powered_kw=fleet.sites.powered,
        ground_queue_kw=queue.under_way(fleet.queue),
        ground_ordered_kw=fleet.queue.ordered,
        ground_cancelled_kw=fleet.queue.cancelled,
        ground_retired_kw=fleet.sites.retired,
        ground_pflop=sites.output(own.sites, fleet.sites) * frontier,
        demand_kw=target,
        shortfall=gap / jnp.maximum(target, _TINY),
        satellites=fleet.orbit.satellites / x.reliability.satellite_power,
        licence_cap=allowed,
        licensed=jnp.where(allowed > 0.0, 1.0, 0.0),
        cadence_bound=jnp.where(state.launch.flights >= _FULL * x.launch.cadence_cap, 1.0, 0.0),
        lift_bound=limits.binds(limits.lift),
        licence_bound=limits.binds(limits.licence),
        factory_bound=limits.binds(limits.factory),
        cash_bound=limits.binds(limits.cash),
        launch_queue=jnp.minimum(_LONGEST_QUEUE, limits.wanted / jnp.maximum(rate, _TINY)),
        served_tolerant=served.share.tolerant,
        served_interactive=served.share.interactive,
        served_training=served.share.training,
        latency=own.service.latency + 0.0 * target,
        orbit_cash=fleet.orbit_cash,
        ground_cash=fleet.ground_cash,
        orbit_npv=fleet.orbit_npv,
        ground_npv=fleet.ground_npv,
        stranded=fleet.stranded,
        sponsor_cash=fleet.sponsor.cash,
        cash_in=fleet.sponsor.cash_in,
        cash_out=fleet.sponsor.cash_out,
        debt=fleet.sponsor.debt,
        raises=fleet.sponsor.raises,
        failed_raises=fleet.sponsor.failed,
        ruined=fleet.sponsor.ruined,
        capital_bad=fleet.sponsor.bad,
        contracts=flow.contracts,
        core_ebitda=flow.ebitda,
        core_profit=flow.operating + sold / DT,
        planned_capex=flow.plan,
        market_value=sponsor.market_value(x.sponsor, fleet.sponsor, years),
        subscribers=x.sponsor.subscribers + x.sponsor.subscribers_added * years,
        installed_kw=installed,
        orbit_industry_kw=industry,
        orbit_share=orbit_kw / installed,
        orbit_new_share=new / jnp.maximum(additions, _TINY),
        others_share=fleet.others / jnp.maximum(industry, _TINY),
        rent_price=outcome.pflop_hour_ground * ledger.rent(met) / site.lcoc,
        chip_generations=fleet.generations,
        lcoc_ground_cheap=site.lcoc * jnp.exp(-_P10 * spread / site.lcoc),
        radiator_mass=radiator,
        array_mass=jnp.where(ride, own.array_ride, own.array_throttle) * fall,
        radiator_mass_share=radiator / outcome.specific_mass,
        deployed_area=jnp.where(ride, own.area_ride, own.area_throttle) * per_flight,
        sunlit=fixed.sunlit + 0.0 * target,
    )
