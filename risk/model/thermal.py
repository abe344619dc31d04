"""Heat: a radiator from the Stefan-Boltzmann law, with environment load and end-of-life margin."""

from kernels.types import Scalar
from risk.inputs import group, number
from risk.model.constants import STEFAN_BOLTZMANN


@group
class Thermal:
    """Inputs of the radiator."""

    areal_mass: Scalar = number("kg/m**2", "radiator mass per panel area", low=0.1)
    temperature: Scalar = number("K", "radiator panel temperature", low=200, high=600)
    emissivity: Scalar = number("1", "emissivity at the end of life", low=0.01, high=1)
    margin: Scalar = number("1", "area margin at the end of life", low=0.1)
    absorbed: Scalar = number(
        "1", "absorbed environment load, share of what is emitted", low=-1, high=0.99
    )
    view: Scalar = number("1", "view factor and fin efficiency of a face", low=0.1, high=1)


def black_body_flux(temperature: Scalar) -> Scalar:
    """Emission of a black face, W/m2: sigma T^4 (as squares, so that float32 holds it)."""
    square = temperature * temperature
    return STEFAN_BOLTZMANN * square * square


def net_flux(thermal: Thermal) -> Scalar:
    """Heat rejected per panel area through both faces, W/m2: 2 v eps sigma T^4 (1 - absorbed)."""
    emitted = 2.0 * thermal.view * thermal.emissivity * black_body_flux(thermal.temperature)
    return emitted * (1.0 - thermal.absorbed)


def radiator_area(thermal: Thermal, heat_kw: Scalar) -> Scalar:
    """Panel area that rejects `heat_kw` at the end of life, m2."""
    return heat_kw * 1000.0 / net_flux(thermal) * thermal.margin


def radiator_mass(thermal: Thermal, heat_kw: Scalar) -> Scalar:
    """Radiator mass, kg."""
    return radiator_area(thermal, heat_kw) * thermal.areal_mass
