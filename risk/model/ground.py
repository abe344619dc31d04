"""Ground: facility, power price, running costs and the levelised cost of ground compute."""

from typing import NamedTuple

import jax.numpy as jnp

from kernels.types import Scalar
from risk.inputs import group, number
from risk.model.annuity import annuity, power
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


class GroundCost(NamedTuple):
    """A ground vintage, k$ per frontier-equivalent kW-yr."""

    lcoc: Scalar
    power: Scalar  # part of it that is power
    facility: Scalar  # part of it that is the facility


def facility(ground: Ground, years: Scalar) -> Scalar:
    """Facility cost of a site decided at t, k$/kW."""
    return ground.facility_cost * jnp.exp(ground.facility_drift * years)


def pue(ground: Ground, years: Scalar) -> Scalar:
    """Power usage effectiveness of a site decided at t."""
    return jnp.maximum(ground.pue_floor, ground.pue * power(1.0 - ground.pue_fall, years))


def levelised_power_price(
    ground: Ground, log_deviation: Scalar, rate: Scalar, life: Scalar, years: Scalar
) -> Scalar:
    """Power price levelised over a life, $/kWh: a trend with drift, a deviation that reverts."""
    net = rate - ground.power_drift
    trend = ground.power_price * jnp.exp(ground.power_drift * years)
    lasting = annuity(net, life)
    passing = (jnp.exp(log_deviation) - 1.0) * annuity(net + ground.power_reversion, life)
    return trend * (lasting + passing) / annuity(rate, life)


def vintage(
    ground: Ground,
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
    resold = 1.0 - jnp.exp(-(chips.resale_decay + rate) * life)
    chip = chip_cost * jnp.exp(rate * chips.ground_lag) * resold / annuity(rate, life)
    site = facility(ground, years)
    building = site * jnp.exp(rate * ground.construction / 2.0)
    building = building / annuity(rate, ground.facility_life)
    price = levelised_power_price(ground, power_deviation, rate, life, years)
    price = price + jnp.where(behind_meter > 0.5, ground.onsite_adder, 0.0)
    energy = price * (HOURS_PER_YEAR / 1000.0) * pue(ground, years)
    running = ground.operations + chip_failure * chip_cost + ground.externalities / 1000.0
    tax = ground.property_tax * (chip_cost / 2.0 + site)
    total = chip + building + energy + running + tax
    return GroundCost(
        total / ground.availability, energy / ground.availability, building / ground.availability
    )
