"""Platform: what a satellite costs without chips and launch, and how fast that is learned."""

from typing import NamedTuple

import jax.numpy as jnp

from kernels.types import Scalar
from risk.inputs import group, number
from risk.model.annuity import continuous_fall, power


@group
class Platform:
    """Inputs of platform cost, programme cost and operations in orbit."""

    cost_today: Scalar = number("kUSD/kW", "platform without chips and launch, today", low=0)
    learning_rate: Scalar = number(
        "1", "fall of platform cost per doubling of cumulative power", low=0, high=0.9
    )
    floor: Scalar = number("kUSD/kW", "platform cost below which none falls", low=0)
    flown_today: Scalar = number("kW", "orbital compute platforms flown at the start", low=1)
    battery_cost: Scalar = number("kUSD/(kW*hour)", "battery cost, saved when throttling", low=0)
    battery_share_limit: Scalar = number(
        "1", "largest part of the platform that throttling saves", low=0, high=1
    )
    adaptation: Scalar = number("1", "premium of flight chips over ground chips", low=0)
    adaptation_fall: Scalar = number(
        "1/year", "fall of the adaptation premium a year", low=0, high=0.9
    )
    programme: Scalar = number("GUSD", "development cost of the programme", low=0)
    programme_size: Scalar = number("GW", "capacity that carries the development cost", low=0.001)
    ground_segment: Scalar = number("kUSD/kW", "ground stations and downlink", low=0)
    ground_segment_fall: Scalar = number(
        "1/year", "fall of ground segment cost a year", low=0, high=0.9
    )
    operations: Scalar = number("kUSD/kW/year", "operations of the orbital fleet", low=0)
    operations_fall: Scalar = number(
        "1/year", "fall of operations cost in orbit a year", low=0, high=0.9
    )


class Slopes(NamedTuple):
    """What depends on the inputs alone."""

    wright: Scalar  # exponent of cost in cumulative power, log2(1 - S14)
    battery_saving: Scalar  # k$/kW saved by flying no battery
    adaptation: Scalar  # of log cost a year, as the two below
    ground_segment: Scalar
    operations: Scalar
    programme: Scalar  # development cost, k$/kW
    per_flown: Scalar  # 1 over the capacity flown at the start


def slopes(platform: Platform, battery_kwh: Scalar) -> Slopes:
    """The learning exponent, what the battery costs, and how fast the rest gets cheaper."""
    return Slopes(
        wright=jnp.log2(1.0 - platform.learning_rate),
        battery_saving=platform.battery_cost * battery_kwh,
        adaptation=continuous_fall(platform.adaptation_fall),
        ground_segment=continuous_fall(platform.ground_segment_fall),
        operations=continuous_fall(platform.operations_fall),
        programme=platform.programme / platform.programme_size,
        per_flown=1.0 / platform.flown_today,
    )


def cost(platform: Platform, slope: Slopes, growth: Scalar) -> Scalar:
    """Wright's law in cumulative power over today's with a floor, k$/kW, battery included."""
    return jnp.maximum(platform.floor, platform.cost_today * power(growth, slope.wright))


def throttled_cost(platform: Platform, slope: Slopes, full: Scalar) -> Scalar:
    """The same without battery, k$/kW; the saving is bounded by a share of the platform."""
    return full - jnp.minimum(platform.battery_share_limit * full, slope.battery_saving)


def flight_premium(platform: Platform, slope: Slopes, years: Scalar) -> Scalar:
    """Cost of flight chips over ground chips."""
    return 1.0 + platform.adaptation * jnp.exp(slope.adaptation * years)


def ground_segment(platform: Platform, slope: Slopes, years: Scalar) -> Scalar:
    """Ground stations and downlink, k$/kW."""
    return platform.ground_segment * jnp.exp(slope.ground_segment * years)


def operations(platform: Platform, slope: Slopes, years: Scalar) -> Scalar:
    """Operations of a vintage, k$/kW a year."""
    return platform.operations * jnp.exp(slope.operations * years)
