"""The story of one path, quarter by quarter from 2026Q4: read this first.

markets -> satellite -> vintage costs of both fleets -> comparison. Scalars in, scalars out; the
caller adds the batch axis, the random numbers and the loop.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

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
from risk.model.annuity import annuity
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
    hazard: reliability.Hazards
    ride_mass: Scalar  # kg/kW of the first satellite with a battery
    throttle_mass: Scalar  # without
    sunlit: Scalar
    growth: Scalar  # of log performance per watt, per year
    demand: Scalar  # growth of log demand, per year
    price_decay: Scalar
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
    orbit_use, ground_use = chips.utilisation(x.chips)
    return Fixed(
        launch=launch.slopes(x.launch),
        platform=platform.slopes(x.platform, system.battery),
        hazard=hazard,
        ride_mass=mass.first_mass(x.mass, ride, battery, radiator),
        throttle_mass=mass.first_mass(x.mass, throttle, jnp.zeros_like(battery), radiator),
        sunlit=sun.sunlit,
        growth=growth,
        demand=jnp.log1p(x.schedule.demand_growth),
        price_decay=market.trend_decay(
            x.market, growth, x.chips.cost_drift, x.ground.facility_drift
        ),
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


def evaluate(x: Inputs, fixed: Fixed, state: State, years: Scalar) -> Outcome:
    """Vintages of both fleets committed in this quarter, and the three comparisons."""
    rate = finance.rates(x.finance, state.finance.wacc, years)
    lag, lag_ratio = chips.lag_ratio(x.chips, fixed.growth, years)
    failure = launch.failure_probability(x.launch, state.launch.attempts)
    price = launch.cost(x.launch, fixed.launch, state.launch.mass) * launch.markup(x.launch, years)
    growth = state.flown_kw / x.platform.flown_today
    terms = vintage.Terms(
        chip_cost=chips.cost(x.chips, state.chips, years),
        launch_failure=failure,
        loss=reliability.loss_at_start(x.reliability, failure, growth),
        insured=x.finance.insured_share,
        hard=state.finance.hard,
        programme=x.platform.programme / x.platform.programme_size,
        lag=lag_ratio,
        use=fixed.use,
        rate=rate.orbit,
        date=START + years,
        years=years,
    )
    terms, rate, lag = once((terms, rate, lag))
    ride, throttle = once(variants(x, fixed, state, terms))
    alive = once(vintage.survival(x.reliability, fixed.hazard, terms))
    site = once(ground_vintage(x, fixed, state, terms.chip_cost, rate.ground, years))
    with_battery = ride.lcoc(price, alive) <= throttle.lcoc(price, alive)
    lcoc_orbit = jnp.minimum(ride.lcoc(price, alive), throttle.lcoc(price, alive))
    ratio = lcoc_orbit / site.lcoc

    life, decay = x.chips.ground_life, fixed.price_decay
    rent = market.Price(
        birth=market.zero_profit_price(site.lcoc, rate.ground, life, decay),
        margin=market.margin(x.market, years),
        deviation=market.deviation(x.market, state.market),
        decay=decay,
    )
    rent = once(rent)
    passing = decay + x.market.deviation_decay
    paid_ground = annuity(rate.ground + decay, life) + rent.deviation * annuity(
        rate.ground + passing, life
    )
    paid_orbit = vintage.survival(
        x.reliability, fixed.hazard, terms, decay
    ) + rent.deviation * vintage.survival(x.reliability, fixed.hazard, terms, passing)
    wait = schedule.Delays(
        ground=schedule.ground_delay(x.schedule, fixed.behind_meter, fixed.demand, years),
        orbit=schedule.orbit_delay(x.schedule, lag, state.launch.grounded, years),
    )

    def waiting(delay: Scalar) -> Scalar:
        return market.waiting_factor(x.market, rent, rate.ground, delay, fixed.hazard.life)

    def per_pflop_hour(lcoc: Scalar) -> Scalar:
        return chips.dollars_per_pflop_hour(
            x.chips, fixed.growth, state.chips.level, fixed.ground_use, lcoc
        )

    flown_mass = jnp.where(with_battery, fixed.ride_mass, fixed.throttle_mass)
    return Outcome(
        lcoc_orbit=lcoc_orbit,
        lcoc_ground=site.lcoc,
        ratio=ratio,
        npv_orbit=rent.margin * rent.birth * paid_orbit - lcoc_orbit * alive,
        npv_ground=rent.margin * rent.birth * paid_ground - site.lcoc * annuity(rate.ground, life),
        time_ratio=ratio * waiting(wait.orbit) / waiting(wait.ground),
        idle_chips_ratio=ratio * jnp.exp(-decay * jnp.maximum(0.0, wait.ground - wait.orbit)),
        break_even=jnp.maximum(
            ride.break_even(site.lcoc, alive), throttle.break_even(site.lcoc, alive)
        ),
        launch_price=price,
        failure_probability=failure,
        specific_mass=mass.specific_mass(x.mass, flown_mass, years),
        platform_cost=platform.cost(x.platform, fixed.platform, state.flown_kw),
        flown_kw=state.flown_kw,
        flights=state.launch.flights,
        launched_mass=state.launch.mass,
        delay_ground=wait.ground,
        delay_orbit=wait.orbit,
        pflop_hour_orbit=per_pflop_hour(lcoc_orbit),
        pflop_hour_ground=per_pflop_hour(site.lcoc),
    )


def variants(
    x: Inputs, fixed: Fixed, state: State, terms: vintage.Terms
) -> tuple[vintage.OrbitCost, vintage.OrbitCost]:
    """The satellite with a battery and the one that throttles."""
    full = platform.cost(x.platform, fixed.platform, state.flown_kw)
    bare = platform.throttled_cost(x.platform, fixed.platform, full)
    light = jnp.ones_like(fixed.sunlit)
    ride = vintage.Design(full, mass.specific_mass(x.mass, fixed.ride_mass, terms.years), light)
    throttle = vintage.Design(
        bare, mass.specific_mass(x.mass, fixed.throttle_mass, terms.years), fixed.sunlit
    )
    shared = (terms, x.platform, x.reliability, x.finance, fixed.hazard)
    return vintage.orbit(ride, *shared), vintage.orbit(throttle, *shared)


def ground_vintage(
    x: Inputs, fixed: Fixed, state: State, chip_cost: Scalar, rate: Scalar, years: Scalar
) -> ground.GroundCost:
    """The ground vintage of this quarter."""
    return ground.vintage(
        x.ground,
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
    rate = finance.rates(x.finance, state.finance.wacc, zero)
    price = launch.cost(x.launch, fixed.launch, state.launch.mass) * launch.markup(x.launch, zero)
    x = replace(x, finance=replace(x.finance, insured_share=zero))
    terms = vintage.Terms(
        chip_cost=chips.cost(x.chips, state.chips, zero),
        launch_failure=zero,
        loss=zero + loss,
        insured=zero,
        hard=zero,
        programme=zero,
        lag=zero + 1.0,
        use=fixed.use,
        rate=rate.orbit,
        date=START + zero,
        years=zero,
    )
    ride, throttle = variants(x, fixed, state, terms)
    alive = vintage.survival(x.reliability, fixed.hazard, terms)
    site = ground_vintage(x, fixed, state, terms.chip_cost, rate.ground, zero)
    return jnp.minimum(ride.lcoc(price, alive), throttle.lcoc(price, alive)) / site.lcoc


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
    ride_mass = mass.specific_mass(x.mass, fixed.ride_mass, years)
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
        market=market.renew(x.market, state.market, shocks.cycle, shocks.shortage),
        finance=finance.FinanceState(
            wacc=market.revert(
                state.finance.wacc, x.finance.wacc_reversion, x.finance.wacc_volatility, shocks.wacc
            ),
            hard=finance.renew_insurance(x.finance, state.finance.hard, shocks.insurance),
        ),
        power_price=market.revert(
            state.power_price,
            x.ground.power_reversion,
            x.ground.power_volatility,
            shocks.power_price,
        ),
        flown_kw=state.flown_kw + filled * lifted / ride_mass,
    )
