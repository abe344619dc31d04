"""Ground: facility, power price, running costs and the levelised cost of ground compute."""

from typing import NamedTuple

import jax.numpy as jnp

from kernels.types import Scalar
from risk.inputs import group, number
from risk.model.annuity import annuity, continuous_fall, discount, span
from risk.model.chips import Chips
from risk.model.constants import HOURS_PER_YEAR


@group
class Ground:
    """Inputs of the ground fleet."""

    facility_cost: Scalar = number("kUSD/kW", "facility cost per kW of IT, today", low=0)
    facility_drift: Scalar = number("1/year", "real drift of facility cost", low=-0.5, high=1)
    facility_life: Scalar = number("year", "facility life", low=1)
    construction: Scalar = number("year", "construction time that bears interest", low=0)
    power_price: Scalar = number("USD/(kW*hour)", "power price, today", low=0)
    power_drift: Scalar = number("1/year", "real drift of the power price", low=-0.5, high=1)
    power_reversion: Scalar = number("1/year", "mean reversion of log power price", low=0.001)
    power_volatility: Scalar = number("1/year**0.5", "volatility of log power price", low=0)
    onsite_adder: Scalar = number("USD/(kW*hour)", "adder of power behind the meter", low=-0.1)
    pue: Scalar = number("1", "power usage effectiveness, today", low=1)
    pue_fall: Scalar = number("1/year", "fall of PUE a year", low=0, high=0.5)
    pue_floor: Scalar = number("1", "PUE below which none falls", low=1)
    operations: Scalar = number("kUSD/kW/year", "operations without power", low=0)
    availability: Scalar = number("1", "availability of ground capacity", low=0.01, high=1)
    property_tax: Scalar = number(
        "1/year", "property and sales tax, share of asset value a year", low=0, high=1
    )
    externalities: Scalar = number(
        "USD/kW/year", "carbon, land and water less subsidy, per kW-yr", low=-1000
    )


class Slopes(NamedTuple):
    """What depends on the inputs alone; the shares are those left after the life of the chips."""

    pue: Scalar  # of log PUE, per year
    per_available: Scalar  # 1 over availability
    resale: Scalar  # share of the chips' value
    power_trend: Scalar  # power price by its drift, over today's
    power_deviation: Scalar  # share of a deviation of the log power price


class GroundCost(NamedTuple):
    """A ground vintage, k$ per frontier-equivalent kW-yr."""

    lcoc: Scalar
    power: Scalar  # part of it that is power
    facility: Scalar  # part of it that is the facility
    chips: Scalar  # part of it that is the chips less their resale
    service: Scalar  # discounted years of its chips
    end: Scalar  # discount factor at the end of their life


def slopes(ground: Ground, chips: Chips) -> Slopes:
    """What the life of the chips leaves of resale value and of the power price."""
    life = chips.ground_life
    return Slopes(
        pue=continuous_fall(ground.pue_fall),
        per_available=1.0 / ground.availability,
        resale=discount(chips.resale_decay, life),
        power_trend=discount(-ground.power_drift, life),
        power_deviation=discount(ground.power_reversion, life),
    )


def facility(ground: Ground, years: Scalar) -> Scalar:
    """Facility cost of a site decided at t, k$/kW."""
    return ground.facility_cost * jnp.exp(ground.facility_drift * years)


def pue(ground: Ground, slope: Slopes, years: Scalar) -> Scalar:
    """Power usage effectiveness of a site decided at t."""
    return jnp.maximum(ground.pue_floor, ground.pue * jnp.exp(slope.pue * years))


def power_bill(
    ground: Ground,
    slope: Slopes,
    log_deviation: Scalar,
    rate: Scalar,
    life: Scalar,
    end: Scalar,
    years: Scalar,
) -> Scalar:
    """Present value of the price of a kilowatt that runs for a life, $/kWh x years.

    A trend with drift, and a deviation that reverts; `end` is the discount factor at life's end.
    """
    net = rate - ground.power_drift
    risen = end * slope.power_trend
    trend = ground.power_price * jnp.exp(ground.power_drift * years)
    lasting = span(net, life, 1.0, risen)
    passing = span(net + ground.power_reversion, life, 1.0, risen * slope.power_deviation)
    return trend * (lasting + (jnp.exp(log_deviation) - 1.0) * passing)


def vintage(
    ground: Ground,
    slope: Slopes,
    chips: Chips,
    *,
    chip_cost: Scalar,
    chip_failure: Scalar,
    rate: Scalar,
    power_deviation: Scalar,
    behind_meter: Scalar,
    years: Scalar,
) -> GroundCost:
    """Levelised cost of ground compute committed at t.

    Chips less resale over their life, the facility over its own with interest during
    construction, power, operations, repair, tax and externalities, over availability.
    """
    life = chips.ground_life
    end = discount(rate, life)
    service = span(rate, life, 1.0, end)
    per_year = 1.0 / service
    chip = chip_cost * discount(-rate, chips.ground_lag) * (1.0 - slope.resale * end) * per_year
    site = facility(ground, years)
    building = site * discount(-rate, ground.construction / 2.0)
    building = building / annuity(rate, ground.facility_life)
    price = per_year * power_bill(ground, slope, power_deviation, rate, life, end, years)
    price = price + jnp.where(behind_meter > 0.5, ground.onsite_adder, 0.0)
    energy = price * (HOURS_PER_YEAR / 1000.0) * pue(ground, slope, years)
    running = ground.operations + chip_failure * chip_cost + ground.externalities / 1000.0
    tax = ground.property_tax * (chip_cost / 2.0 + site)
    total = chip + building + energy + running + tax
    return GroundCost(
        total * slope.per_available,
        energy * slope.per_available,
        building * slope.per_available,
        chip * slope.per_available,
        service,
        end,
    )
