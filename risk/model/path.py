"""The story of one path, quarter by quarter from 2026Q4: read this first.

markets -> satellite -> vintage costs of both fleets -> comparison. Scalars in, scalars out; the
caller adds the batch axis, the random numbers and the loop.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp

from kernels.paths import once
from kernels.types import Scalar
from risk.inputs import group, normal, uniform
from risk.model import (
    chips,
    finance,
    ground,
    launch,
    market,
    mass,
    orbit,
    platform,
    power,
    reliability,
    schedule,
    thermal,
    vintage,
)
from risk.model.annuity import continuous_fall, discount, span
from risk.model.constants import START


@group
class Inputs:
    """Everything uncertain or chosen that is drawn once per path."""

    launch: launch.Launch
    orbit: orbit.Orbit
    power: power.Power
    thermal: thermal.Thermal
    mass: mass.Mass
    platform: platform.Platform
    reliability: reliability.Reliability
    chips: chips.Chips
    market: market.Market
    ground: ground.Ground
    schedule: schedule.Schedule
    finance: finance.Finance


@group
class Starts:
    """Random numbers drawn once per path that belong to no input."""

    behind_meter: Scalar = uniform("class of the ground project")
    shortage: Scalar = uniform("shortage of compute at the start")
    generation_phase: Scalar = uniform("share of the present chip generation's time passed")
    generation_gap: Scalar = normal("length of the present chip generation")


@group
class Shocks:
    """Random numbers of one quarter."""

    successes: Scalar = normal("successful flights")
    losses: Scalar = uniform("whether a flight is lost")
    stand_down: Scalar = normal("length of a stand-down")
    chip_price: Scalar = normal("random walk of chip cost")
    generation_gap: Scalar = normal("length of the next chip generation")
    generation_level: Scalar = normal("size of a chip generation's step")
    power_price: Scalar = normal("power price")
    cycle: Scalar = normal("cycle of the price of compute")
    shortage: Scalar = uniform("shortage begins or ends")
    wacc: Scalar = normal("cost of capital")
    insurance: Scalar = uniform("loss that hardens the insurance market")


class Fixed(NamedTuple):
    """What follows from the inputs alone."""

    launch: launch.Slopes
    platform: platform.Slopes
    ground: ground.Slopes
    market: market.Slopes
    finance: finance.Slopes
    power_price: market.Reversion
    wacc: market.Reversion
    hazard: reliability.Hazards
    ride_mass: Scalar  # kg/kW of the first satellite with a battery
    throttle_mass: Scalar  # without
    mass_fall: Scalar  # of log mass, per year
    sunlit: Scalar
    growth: Scalar  # of log performance per watt, per year
    lag_fall: Scalar  # of log chip lag in orbit, per year
    demand: Scalar  # growth of log demand, per year
    price: market.Left  # of the price of compute, at the end of a chip's life on the ground
    price_decay: reliability.Discount  # of its trend, over a satellite's life
    deviation_decay: reliability.Discount  # of a deviation from it
    use: Scalar  # utilisation in orbit over the ground's
    ground_use: Scalar
    behind_meter: Scalar


class State(NamedTuple):
    """What a path remembers from quarter to quarter."""

    launch: launch.LaunchState
    chips: chips.ChipState
    market: market.MarketState
    finance: finance.FinanceState
    power_price: Scalar  # deviation of log power price
    flown_kw: Scalar  # cumulative orbital platforms, kW


class Outcome(NamedTuple):
    """What one quarter shows: vintages committed in it, and the state that explains them."""

    lcoc_orbit: Scalar  # k$ per frontier-equivalent kW-yr
    lcoc_ground: Scalar
    ratio: Scalar  # comparator A, cost
    npv_orbit: Scalar  # comparator B, k$ per frontier-equivalent kW at birth
    npv_ground: Scalar
    time_ratio: Scalar  # comparator C, time-adjusted
    idle_chips_ratio: Scalar  # upper bound, no comparator
    break_even: Scalar  # launch price, $/kg
    launch_price: Scalar  # $/kg
    failure_probability: Scalar
    specific_mass: Scalar  # of the variant flown, kg/kW
    platform_cost: Scalar  # with battery, k$/kW
    flown_kw: Scalar
    flights: Scalar  # per year
    launched_mass: Scalar  # cumulative, t
    delay_ground: Scalar  # years
    delay_orbit: Scalar
    pflop_hour_orbit: Scalar  # $ per effective PFLOP-h
    pflop_hour_ground: Scalar
    price: Scalar  # of compute at birth with its margin, k$ per frontier-equivalent kW-yr
    chips_orbit: Scalar  # parts of the levelised costs, k$ per frontier-equivalent kW-yr
    chips_ground: Scalar
    platform_orbit: Scalar  # of the variant flown, with the ground segment
    launch_orbit: Scalar
    building_ground: Scalar
    power_ground: Scalar
    sold_orbit: Scalar  # at that price over a life, k$ per frontier-equivalent kW at birth
    sold_ground: Scalar


def prepare(x: Inputs, starts: Starts) -> Fixed:
    """Satellite, orbit and rates: all that does not change along the path."""
    sun = orbit.sunlight(x.orbit)
    hazard = reliability.hazards(x.reliability, x.chips.ground_life)
    system = power.size(x.power, sun, hazard.economic_life)
    radiator = thermal.radiator_mass(x.thermal, system.bus)
    ride = power.array_mass(x.power, system.array_ride)
    throttle = power.array_mass(x.power, system.array_throttle)
    battery = power.battery_mass(x.power, system.battery)
    growth = jnp.log1p(x.chips.frontier_growth)
    decay = market.trend_decay(x.market, growth, x.chips.cost_drift, x.ground.facility_drift)
    orbit_use, ground_use = chips.utilisation(x.chips)
    return Fixed(
        launch=launch.slopes(x.launch),
        platform=platform.slopes(x.platform, system.battery),
        ground=ground.slopes(x.ground, x.chips),
        market=market.slopes(x.market),
        finance=finance.slopes(x.finance),
        power_price=market.reversion(x.ground.power_reversion, x.ground.power_volatility),
        wacc=market.reversion(x.finance.wacc_reversion, x.finance.wacc_volatility),
        hazard=hazard,
        ride_mass=mass.first_mass(x.mass, ride, battery, radiator),
        throttle_mass=mass.first_mass(x.mass, throttle, jnp.zeros_like(battery), radiator),
        mass_fall=continuous_fall(x.mass.yearly_fall),
        sunlit=sun.sunlit,
        growth=growth,
        lag_fall=continuous_fall(x.chips.orbit_lag_fall),
        demand=jnp.log1p(x.schedule.demand_growth),
        price=market.left(x.market, decay, x.chips.ground_life),
        price_decay=reliability.discounts(hazard, decay, hazard.life),
        deviation_decay=reliability.discounts(hazard, x.market.deviation_decay, hazard.life),
        use=orbit_use / ground_use,
        ground_use=ground_use,
        behind_meter=(starts.behind_meter < x.schedule.onsite_share).astype(growth.dtype),
    )


def begin(x: Inputs, starts: Starts) -> State:
    """The state in 2026Q4."""
    zero = jnp.zeros_like(starts.shortage)
    return State(
        launch=launch.begin(x.launch, zero),
        chips=chips.begin(x.chips, starts.generation_phase, starts.generation_gap),
        market=market.begin(x.market, starts.shortage),
        finance=finance.FinanceState(zero, zero),
        power_price=zero,
        flown_kw=x.platform.flown_today + zero,
    )


class Markets(NamedTuple):
    """What the vintages of a quarter met, for fleets that are rolled forward on the same path."""

    chip_cost: Scalar  # k$/kW
    lag: Scalar  # e(t - C7) / e(t - C11)
    loss: Scalar  # expected at launch or dead on arrival
    hard: Scalar  # years of hard insurance market left
    growth: Scalar  # flown capacity over today's
    with_battery: Scalar  # 1.0 where the variant with a battery flies
    site: ground.GroundCost
    rent: market.Price


def evaluate(x: Inputs, fixed: Fixed, state: State, years: Scalar) -> Outcome:
    """Vintages of both fleets committed in this quarter, and the three comparisons."""
    return assess(x, fixed, state, years)[0]


def assess(x: Inputs, fixed: Fixed, state: State, years: Scalar) -> tuple[Outcome, Markets]:
    """The same, with what the vintages met."""
    rate = finance.rates(x.finance, fixed.finance, state.finance.wacc, years)
    lag, lag_ratio = chips.lag_ratio(x.chips, fixed.growth, fixed.lag_fall, years)
    failure = launch.failure_probability(x.launch, state.launch.attempts)
    price = launch.cost(x.launch, fixed.launch, state.launch.mass) * launch.markup(x.launch, years)
    growth = state.flown_kw * fixed.platform.per_flown
    terms = vintage.Terms(
        chip_cost=chips.cost(x.chips, state.chips, years),
        launch_failure=failure,
        loss=reliability.loss_at_start(x.reliability, fixed.hazard, failure, growth),
        launch_insured=x.finance.insured_share,
        orbit_insured=x.finance.insured_share,
        hard=state.finance.hard,
        programme=fixed.platform.programme,
        lag=lag_ratio,
        use=fixed.use,
        rate=rate.orbit,
        date=START + years,
        years=years,
    )
    fleet = orbit_vintage(x, fixed, growth, terms)
    site = ground_vintage(x, fixed, state, terms.chip_cost, rate.ground, years)
    fleet, site = once((fleet, site))
    ride, throttle, alive = fleet.ride, fleet.throttle, fleet.survival
    with_battery = ride.lcoc(price, alive) <= throttle.lcoc(price, alive)
    parts: vintage.Parts = jax.tree.map(
        partial(jnp.where, with_battery), ride.parts(price, alive), throttle.parts(price, alive)
    )
    lcoc_orbit = jnp.minimum(ride.lcoc(price, alive), throttle.lcoc(price, alive))
    ratio = lcoc_orbit / site.lcoc

    falling = rate.ground + fixed.price_decay.rate
    sales_ground = market.sales(x.market, falling, x.chips.ground_life, site.end, fixed.price)
    rent = market.Price(
        birth=market.zero_profit_price(site.lcoc, site.service, sales_ground),
        margin=market.margin(x.market, years),
        deviation=market.deviation(x.market, state.market),
    )
    wait = schedule.Delays(
        ground=schedule.ground_delay(x.schedule, fixed.behind_meter, fixed.demand, years),
        orbit=schedule.orbit_delay(x.schedule, lag, state.launch.grounded, years),
    )
    rent, wait = once((rent, wait))
    life = fixed.hazard.life
    rented = span(falling, life, 1.0, discount(rate.ground, life) * fixed.price_decay.end)

    def waiting(delay: Scalar) -> Scalar:
        return market.waiting_factor(x.market, rent, falling, jnp.minimum(delay, life), rented)

    def per_pflop_hour(lcoc: Scalar) -> Scalar:
        return chips.dollars_per_pflop_hour(
            x.chips, fixed.growth, state.chips.level, fixed.ground_use, lcoc
        )

    shorter = jnp.maximum(0.0, wait.ground - wait.orbit)
    sold = fleet.sales.at(rent), sales_ground.at(rent)
    flown_mass = jnp.where(with_battery, fixed.ride_mass, fixed.throttle_mass)
    outcome = Outcome(
        lcoc_orbit=lcoc_orbit,
        lcoc_ground=site.lcoc,
        ratio=ratio,
        npv_orbit=sold[0] - lcoc_orbit * alive,
        npv_ground=sold[1] - site.lcoc * site.service,
        time_ratio=ratio * waiting(wait.orbit) / waiting(wait.ground),
        idle_chips_ratio=ratio * discount(fixed.price_decay.rate, shorter),
        break_even=jnp.maximum(
            ride.break_even(site.lcoc, alive), throttle.break_even(site.lcoc, alive)
        ),
        launch_price=price,
        failure_probability=failure,
        specific_mass=mass.specific_mass(x.mass, flown_mass, fixed.mass_fall, years),
        platform_cost=platform.cost(x.platform, fixed.platform, growth),
        flown_kw=state.flown_kw,
        flights=state.launch.flights,
        launched_mass=state.launch.mass,
        delay_ground=wait.ground,
        delay_orbit=wait.orbit,
        pflop_hour_orbit=per_pflop_hour(lcoc_orbit),
        pflop_hour_ground=per_pflop_hour(site.lcoc),
        price=rent.margin * rent.birth,
        chips_orbit=parts.chips,
        chips_ground=site.chips,
        platform_orbit=parts.platform,
        launch_orbit=parts.launch,
        building_ground=site.facility,
        power_ground=site.power,
        sold_orbit=sold[0],
        sold_ground=sold[1],
    )
    met = Markets(
        chip_cost=terms.chip_cost,
        lag=lag_ratio,
        loss=terms.loss,
        hard=terms.hard,
        growth=growth,
        with_battery=with_battery.astype(price.dtype),
        site=site,
        rent=rent,
    )
    return outcome, met


class OrbitVintage(NamedTuple):
    """An orbital vintage: what both variants cost, and how long it lasts."""

    ride: vintage.OrbitCost  # with a battery
    throttle: vintage.OrbitCost
    survival: Scalar  # discounted years of surviving capacity
    sales: market.Sales  # the same, of what that capacity sells


def orbit_vintage(x: Inputs, fixed: Fixed, growth: Scalar, terms: vintage.Terms) -> OrbitVintage:
    """The orbital vintage of this quarter; `growth` is flown capacity over today's."""
    hazard = fixed.hazard
    age = reliability.ages(x.reliability, hazard, terms.date)
    alive = reliability.discounts(hazard, terms.rate + hazard.satellite, age.turn)
    lasting = alive.times(reliability.at_turn(fixed.price_decay, age.turn))
    passing = lasting.times(reliability.at_turn(fixed.deviation_decay, age.turn))
    both = vintage.shared(
        terms, x.platform, fixed.platform, x.reliability, x.finance, hazard, age, alive
    )
    full = platform.cost(x.platform, fixed.platform, growth)
    bare = platform.throttled_cost(x.platform, fixed.platform, full)
    ride, throttle = (
        mass.specific_mass(x.mass, first, fixed.mass_fall, terms.years)
        for first in (fixed.ride_mass, fixed.throttle_mass)
    )
    return OrbitVintage(
        ride=vintage.orbit(vintage.Design(full, ride, 1.0), both),
        throttle=vintage.orbit(vintage.Design(bare, throttle, fixed.sunlit), both),
        survival=reliability.survival_annuity(hazard, age, alive),
        sales=market.Sales(
            reliability.survival_annuity(hazard, age, lasting),
            reliability.survival_annuity(hazard, age, passing),
        ),
    )


def ground_vintage(
    x: Inputs, fixed: Fixed, state: State, chip_cost: Scalar, rate: Scalar, years: Scalar
) -> ground.GroundCost:
    """The ground vintage of this quarter."""
    return ground.vintage(
        x.ground,
        fixed.ground,
        x.chips,
        chip_cost=chip_cost,
        chip_failure=x.reliability.ground_chip_failure,
        rate=rate,
        power_deviation=state.power_price,
        behind_meter=fixed.behind_meter,
        years=years,
    )


def like_for_like_ratio(x: Inputs, fixed: Fixed, state: State, loss: Scalar) -> Scalar:
    """Cost ratio of the first quarter as published models count it: R_pub.

    No chip lag between the fleets, no development cost, no insurance, a mature launch loss.
    """
    zero = jnp.zeros_like(state.flown_kw)
    rate = finance.rates(x.finance, fixed.finance, state.finance.wacc, zero)
    price = launch.cost(x.launch, fixed.launch, state.launch.mass) * launch.markup(x.launch, zero)
    terms = vintage.Terms(
        chip_cost=chips.cost(x.chips, state.chips, zero),
        launch_failure=zero,
        loss=zero + loss,
        launch_insured=zero,
        orbit_insured=zero,
        hard=zero,
        programme=zero,
        lag=zero + 1.0,
        use=fixed.use,
        rate=rate.orbit,
        date=START + zero,
        years=zero,
    )
    fleet = orbit_vintage(x, fixed, zero + 1.0, terms)
    site = ground_vintage(x, fixed, state, terms.chip_cost, rate.ground, zero)
    ride, throttle = (v.lcoc(price, fleet.survival) for v in (fleet.ride, fleet.throttle))
    return jnp.minimum(ride, throttle) / site.lcoc


Sampler = Callable[[Scalar, Scalar, Scalar, Scalar], launch.Flights]


def advance(
    x: Inputs,
    fixed: Fixed,
    state: State,
    shocks: Shocks,
    years: Scalar,
    flights: Sampler = launch.poisson_flights,
) -> State:
    """One quarter on: flights, then what they teach, then the markets."""
    successes, failures = launch.expected(x.launch, state.launch)
    flown = once(flights(successes, failures, shocks.successes, shocks.losses))
    ride_mass = mass.specific_mass(x.mass, fixed.ride_mass, fixed.mass_fall, years)
    lifted = flown.successes * launch.payload(x.launch, years) * 1000.0
    filled = x.launch.compute_share * x.launch.filled_share
    return State(
        launch=launch.fly(x.launch, fixed.launch, state.launch, flown, years, shocks.stand_down),
        chips=chips.renew(
            x.chips,
            fixed.growth,
            state.chips,
            shocks.chip_price,
            shocks.generation_gap,
            shocks.generation_level,
        ),
        market=market.renew(fixed.market, state.market, shocks.cycle, shocks.shortage),
        finance=finance.FinanceState(
            wacc=market.revert(state.finance.wacc, fixed.wacc, shocks.wacc),
            hard=finance.renew_insurance(
                x.finance, fixed.finance, state.finance.hard, shocks.insurance
            ),
        ),
        power_price=market.revert(state.power_price, fixed.power_price, shocks.power_price),
        flown_kw=state.flown_kw + filled * lifted / ride_mass,
    )
