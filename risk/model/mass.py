"""Mass of a satellite per kW of IT: bottom-up, then a residual factor, falling year by year."""

import jax.numpy as jnp

from kernels.types import Scalar
from risk.inputs import group, number
from risk.model.constants import STANDARD_GRAVITY_M_S2


@group
class Mass:
    """Inputs of the mass budget."""

    chips: Scalar = number("kg/kW", "accelerators and boards, stripped", low=0)
    shield: Scalar = number("kg/kW", "radiation shield", low=0)
    bus: Scalar = number("kg/kW", "links, attitude control and avionics", low=0)
    structure: Scalar = number("1", "structure, share of all else", low=0)
    delta_v: Scalar = number(
        "m/s", "raising, drag, avoidance and de-orbit over the life", low=0, high=20000
    )
    specific_impulse: Scalar = number("s", "specific impulse of the thrusters", low=50)
    residual: Scalar = number("1", "flown mass over bottom-up mass", low=0.01)
    yearly_fall: Scalar = number("1/year", "fall of mass a year", low=-1, high=0.5)
    floor: Scalar = number("kg/kW", "mass below which no design falls", low=0)


def first_mass(mass: Mass, array: Scalar, battery: Scalar, radiator: Scalar) -> Scalar:
    """Launched mass of the first satellites, before the floor, kg per kW of IT.

    Dry mass with structure, propellant by the rocket equation, times the residual factor.
    """
    carried = array + battery + radiator + mass.chips + mass.shield + mass.bus
    dry = carried * (1.0 + mass.structure)
    wet = jnp.exp(mass.delta_v / (STANDARD_GRAVITY_M_S2 * mass.specific_impulse))
    return dry * wet * mass.residual


def specific_mass(mass: Mass, first: Scalar, fall: Scalar, years: Scalar) -> Scalar:
    """Launched mass per kW of IT of a satellite built `years` after the start."""
    return jnp.maximum(mass.floor, first * jnp.exp(fall * years))
