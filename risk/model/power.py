"""Power: solar array and battery per kW of IT, for a satellite that rides through eclipse
and for one that throttles in it."""

from typing import NamedTuple

import jax.numpy as jnp

from kernels.types import Scalar
from risk.inputs import group, number
from risk.model.annuity import power as raised
from risk.model.orbit import Sunlight


@group
class Power:
    """Inputs of array and battery."""

    array_specific_power: Scalar = number(
        "W/kg", "array power per mass at the beginning of life", low=1
    )
    array_areal_power: Scalar = number(
        "W/m**2", "array power per area (sunlight x cell efficiency x packing)", low=1, high=1361
    )
    array_fade: Scalar = number("1/year", "array power lost a year", low=0, high=0.5)
    battery_specific_energy: Scalar = number("W*hour/kg", "battery energy per mass", low=1)
    depth_of_discharge: Scalar = number(
        "1", "share of the battery used in an eclipse", low=0.01, high=1
    )
    charge_efficiency: Scalar = number("1", "battery charge and discharge", low=0.1, high=1)
    parasitic: Scalar = number(
        "1", "pumps, pointing, links and conversion, share of IT power", low=0, high=5
    )


class PowerSystem(NamedTuple):
    """Sizes per kW of IT; the throttled variant has no battery."""

    bus: Scalar  # electric kW
    array_ride: Scalar  # kW at the beginning of life, riding through
    array_throttle: Scalar  # kW, throttling
    battery: Scalar  # kWh, riding through


def size(power: Power, sun: Sunlight, life: Scalar) -> PowerSystem:
    """Arrays sized for mid-life; the battery and its recharge for the longest eclipse.

    P_ride = P_bus (f + (1 - f) / eta) / f / (1 - d)^(life / 2), f = 1 - longest / period.
    """
    bus = 1.0 + power.parasitic
    faded = raised(1.0 - power.array_fade, life / 2.0)
    lit = 1.0 - sun.longest_eclipse / sun.period
    recharge = (lit + (1.0 - lit) / power.charge_efficiency) / lit
    return PowerSystem(
        bus=bus,
        array_ride=bus * recharge / faded,
        array_throttle=bus / faded,
        battery=bus * sun.longest_eclipse / 60.0 / power.depth_of_discharge,
    )


def array_area(power: Power, array_kw: Scalar) -> Scalar:
    """Array area, m2."""
    return array_kw * 1000.0 / power.array_areal_power


def array_mass(power: Power, array_kw: Scalar) -> Scalar:
    """Array mass, kg."""
    return array_kw * 1000.0 / power.array_specific_power


def battery_mass(power: Power, battery_kwh: Scalar) -> Scalar:
    """Battery mass, kg."""
    return jnp.asarray(battery_kwh) * 1000.0 / power.battery_specific_energy
