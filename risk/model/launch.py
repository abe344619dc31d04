"""Launch: cadence, failures, stand-downs, payload, and the price that this fleet pays."""

from typing import NamedTuple

import jax.numpy as jnp

from kernels.marginals import Event
from kernels.types import Scalar
from risk.inputs import choice, event, group, number
from risk.model.annuity import halved, mean_decay, power
from risk.model.constants import DT

_QUARTERS_PER_MONTH = 1.0 / 3.0


@group
class Launch:
    """Inputs of the launch market; heavy lift to a dawn-dusk orbit."""

    cost_today: Scalar = number("USD/kg", "launch cost today to the launch owner", low=0)
    owner_margin: Scalar = number(
        "1", "margin that an owner forgoes on the flights displaced, share of cost", low=0
    )
    outside_markup: Scalar = number("1", "price over cost that an outside buyer pays today", low=0)
    competitive_markup: Scalar = number("1", "markup that competition leaves in the end", low=1)
    markup_half_life: Scalar = number("year", "half-life of the excess markup", low=0.01)
    learning_rate: Scalar = number(
        "1", "fall of launch cost per doubling of cumulative mass", low=0, high=0.9
    )
    floor_cost: Scalar = number("USD/kg", "cost below which launch does not fall", low=0)
    mass_today: Scalar = number("tonne", "cumulative heavy-lift mass at the start", low=1)
    flights_today: Scalar = number("1/year", "heavy-lift flights a year at the start", low=0)
    cadence_growth: Scalar = number("1/year", "growth of cadence far below its cap", low=-0.9)
    cadence_cap: Scalar = number("1/year", "flights a year at which cadence saturates", low=1)
    payload_today: Scalar = number("tonne", "payload a flight to the orbit, today", low=0.1)
    payload_target: Scalar = number("tonne", "payload a flight after the ramp", low=0.1)
    payload_ramp: Scalar = number("year", "time to reach the payload target", low=0.01)
    compute_share: Scalar = number("1", "share of heavy lift open to compute", low=0, high=1)
    filled_share: Scalar = number(
        "1",
        "part of the compute share of lift filled with orbital platforms of any customer",
        low=0,
        high=1,
    )
    failure_mature: Scalar = number("1", "loss probability of a mature vehicle", low=0, high=1)
    failure_new: Scalar = number("1", "loss probability of the vehicle today", low=0, high=1)
    reliability_exponent: Scalar = number("1", "exponent of reliability growth", low=0)
    stand_down: Event = event("month", "stand-down after a loss, drawn per event", low=0)
    stand_down_experience: Scalar = number(
        "1", "attempts that shorten a stand-down by the root of two", low=1
    )
    buyer: Scalar = choice("who buys the launches", "outside", "owner")


class Slopes(NamedTuple):
    """What depends on the inputs alone."""

    wright: Scalar  # exponent of cost in cumulative mass, log2(1 - L2)
    growth: Scalar  # log growth of cadence far below its cap, per year
    slowing: Scalar  # what each flight a year takes from it
    per_mass: Scalar  # 1 over the mass at the start


class LaunchState(NamedTuple):
    """What the launch market remembers from quarter to quarter."""

    mass: Scalar  # cumulative, t
    flights: Scalar  # cadence, per year
    attempts: Scalar  # since the start
    grounded: Scalar  # stand-down left, quarters


class Flights(NamedTuple):
    """What flew in one quarter."""

    successes: Scalar
    failures: Scalar
    lost_one: Scalar  # 1.0 where at least one flight was lost


def slopes(launch: Launch) -> Slopes:
    """The exponents that do not change along a path."""
    growth = jnp.log1p(launch.cadence_growth)
    return Slopes(
        wright=jnp.log2(1.0 - launch.learning_rate),
        growth=growth,
        slowing=growth / launch.cadence_cap,
        per_mass=1.0 / launch.mass_today,
    )


def begin(launch: Launch, zero: Scalar) -> LaunchState:
    """State at the start: nothing attempted, nothing grounded; `zero` has the paths' shape."""
    return LaunchState(launch.mass_today + zero, launch.flights_today + zero, zero, zero)


def failure_probability(launch: Launch, attempts: Scalar) -> Scalar:
    """Loss probability of the next flight: L11 + (max(L12, L11) - L11) (1 + k)^-L14."""
    excess = jnp.maximum(launch.failure_new, launch.failure_mature) - launch.failure_mature
    return launch.failure_mature + excess * power(1.0 + attempts, -launch.reliability_exponent)


def cost(launch: Launch, slope: Slopes, mass: Scalar) -> Scalar:
    """Wright's law in cumulative mass with a floor, $/kg: max(L3, L1 (M/M0)^log2(1 - L2))."""
    learned = power(mass * slope.per_mass, slope.wright)
    return jnp.maximum(launch.floor_cost, launch.cost_today * learned)


def power_price(price: Scalar, specific_mass: Scalar, years: Scalar) -> Scalar:
    """Launched power price, $/kW-yr: launch of a satellite, per kW and year of its life, p m / L.

    `specific_mass` in kg/kW; Aguera y Arcas et al. (2025), Project Suncatcher.
    """
    return price * specific_mass / years


def markup(launch: Launch, years: Scalar) -> Scalar:
    """Price over cost that this buyer pays.

    An outside buyer's markup decays to the competitive one; an owner pays cost plus the margin
    of the flights displaced, which never earn more than the outside price.
    """
    excess = jnp.maximum(launch.outside_markup, 1.0) - launch.competitive_markup
    outside = launch.competitive_markup + excess * halved(years, launch.markup_half_life)
    owner = jnp.minimum(1.0 + launch.owner_margin, outside)
    return jnp.where(launch.buyer > 0.5, owner, outside)


def payload(launch: Launch, years: Scalar) -> Scalar:
    """Payload per flight, t: linear from today's to the target's."""
    ramp = jnp.minimum(1.0, years / launch.payload_ramp)
    return launch.payload_today + (launch.payload_target - launch.payload_today) * ramp


def expected(launch: Launch, state: LaunchState) -> tuple[Scalar, Scalar]:
    """Expected successes and failures in the quarter, given what is left of a stand-down."""
    attempts = state.flights * DT * jnp.maximum(0.0, 1.0 - state.grounded)
    failure = failure_probability(launch, state.attempts)
    return attempts * (1.0 - failure), attempts * failure


def poisson(mean: Scalar, z: Scalar) -> Scalar:
    """A count with this mean from a normal `z`, by the clamped two-term Cornish-Fisher expansion."""
    root = jnp.sqrt(mean)
    w = jnp.maximum(z, -3.0 * root)
    count = jnp.maximum(0.0, mean + root * w + (2.0 + w * w) / 6.0)
    return jnp.where(mean < 1e-5, 0.0, count.astype(jnp.int32).astype(count.dtype))


def poisson_flights(successes: Scalar, failures: Scalar, z: Scalar, u: Scalar) -> Flights:
    """Draw counts with the given means from a normal `z` and a uniform `u`, elementwise.

    Successes by `poisson`; of the failures only "at least one" acts, which is exact, and attempts
    take their mean given that.
    """
    flown = poisson(successes, z)
    lost = u > jnp.exp(-failures)
    failed = jnp.where(lost, 1.0 / mean_decay(failures), 0.0)
    return Flights(flown, failed, lost.astype(flown.dtype))


def mean_flights(successes: Scalar, failures: Scalar, z: Scalar, u: Scalar) -> Flights:
    """Counts at their means and no loss that grounds anybody: the path collapsed to the median."""
    del z, u
    return Flights(successes, failures, jnp.zeros_like(failures))


def fly(
    launch: Launch,
    slope: Slopes,
    state: LaunchState,
    flown: Flights,
    years: Scalar,
    stand_down_z: Scalar,
) -> LaunchState:
    """One quarter on: mass, stand-down (which halves with experience), attempts, cadence."""
    months = launch.stand_down.at(stand_down_z)
    learned = launch.stand_down_experience
    shorter = jnp.sqrt(learned / (learned + state.attempts))
    growth = slope.growth - slope.slowing * state.flights
    return LaunchState(
        mass=state.mass + flown.successes * payload(launch, years),
        flights=state.flights * jnp.exp(growth * DT),
        attempts=state.attempts + flown.successes + flown.failures,
        grounded=jnp.maximum(0.0, state.grounded - 1.0)
        + flown.lost_one * (months * _QUARTERS_PER_MONTH) * shorter,
    )
