"""Platform: what a satellite costs without chips and launch, and how fast that is learned."""

from typing import NamedTuple

import jax.numpy as jnp

from kernels.types import Scalar
from risk.inputs import group, number
from risk.model.annuity import power


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


def slopes(platform: Platform, battery_kwh: Scalar) -> Slopes:
    """The learning exponent, and what the battery costs."""
    return Slopes(jnp.log2(1.0 - platform.learning_rate), platform.battery_cost * battery_kwh)


def cost(platform: Platform, slope: Slopes, flown_kw: Scalar) -> Scalar:
    """Wright's law in cumulative power with a floor, k$/kW, battery included."""
    learned = platform.cost_today * power(flown_kw / platform.flown_today, slope.wright)
    return jnp.maximum(platform.floor, learned)


def throttled_cost(platform: Platform, slope: Slopes, full: Scalar) -> Scalar:
    """The same without battery, k$/kW; the saving is bounded by a share of the platform."""
    return full - jnp.minimum(platform.battery_share_limit * full, slope.battery_saving)


def falling(start: Scalar, fall: Scalar, years: Scalar) -> Scalar:
    """A quantity that falls by the share `fall` a year."""
    return start * power(1.0 - fall, years)
