"""McCalip's calculator "Economics of orbital vs terrestrial data centers" (commit e59571e).

Its arithmetic is its own, chips left out; hours, sunlight constant and black body are the engine's.
"""

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import jax.numpy as jnp

from risk.model import thermal
from risk.model.constants import HOURS_PER_YEAR, SOLAR_CONSTANT_W_M2
from risk.validate.case import Given, Quantities


@dataclass(frozen=True)
class Settings:
    """The calculator's sliders and constants, in its own units."""

    years: int
    capacity_w: float
    fade: float  # of the array, per year
    sunlit: float
    satellite_w: float
    satellite_array_m2: float
    specific_power_w_kg: float
    hardware_usd_w: float
    launch_usd_kg: float
    flight_kg: float
    operations_share: float  # of hardware, per year
    gpu_share: float
    programme_usd: float
    building_usd_w: tuple[float, ...]
    plant_usd_kw: float
    pue: float
    capacity_factor: float
    heat_rate_mmbtu_mwh: float
    gas_usd_mmbtu: float


class Orbit(NamedTuple):
    """Orbital side, $ and SI units."""

    mean_power: float  # share of the array's first power, mean of the years
    first_power_w: float
    satellites: int
    mass_kg: float
    array_m2: float
    flights: int
    hardware: float
    launch: float
    operations: float
    gpu: float
    programme: float

    @property
    def total(self) -> float:
        """All cost, $."""
        return self.hardware + self.launch + self.operations + self.gpu + self.programme


class Ground(NamedTuple):
    """Ground side, $."""

    building: float
    fuel: float
    megawatt_hours: float
    gas_bcf: float

    @property
    def total(self) -> float:
        """All cost, $."""
        return self.building + self.fuel


def orbit(s: Settings) -> Orbit:
    """Fleet for the mean of a fading array.

    avg = sum_i (1 - d)^i / n; P = capacity / (avg sun); N = ceil(P / satellite); mass = N satellite
    / SP; hardware = h N satellite; launch = p mass; operations and gpu = share hardware n.
    """
    mean_power = sum((1.0 - s.fade) ** i for i in range(s.years)) / s.years
    first_power = s.capacity_w / (mean_power * s.sunlit)
    satellites = math.ceil(first_power / s.satellite_w)
    mass = satellites * s.satellite_w / s.specific_power_w_kg
    hardware = s.hardware_usd_w * satellites * s.satellite_w
    return Orbit(
        mean_power=mean_power,
        first_power_w=first_power,
        satellites=satellites,
        mass_kg=mass,
        array_m2=satellites * s.satellite_array_m2,
        flights=math.ceil(mass / s.flight_kg),
        hardware=hardware,
        launch=mass * s.launch_usd_kg,
        operations=s.operations_share * hardware * s.years,
        gpu=s.gpu_share * hardware * s.years,
        programme=s.programme_usd,
    )


def ground(s: Settings) -> Ground:
    """Building and gas plant, then gas.

    building = sum($/W) W + plant kW PUE; fuel = heat rate x gas price x PUE x MWh;
    1 BCF = 1e6 MMBtu, at 1,000 Btu per cubic foot.
    """
    kilowatts = s.capacity_w / 1e3
    megawatt_hours = s.capacity_w / 1e6 * HOURS_PER_YEAR * s.years * s.capacity_factor
    gas = s.heat_rate_mmbtu_mwh * s.pue * megawatt_hours
    return Ground(
        building=sum(s.building_usd_w) * s.capacity_w + s.plant_usd_kw * kilowatts * s.pue,
        fuel=gas * s.gas_usd_mmbtu,
        megawatt_hours=megawatt_hours,
        gas_bcf=gas / 1e6,
    )


def orbit_price(s: Settings) -> float:
    """$/MWh in orbit: total / (MW 8760 n), at full capacity, unlike the ground's."""
    return orbit(s).total / (s.capacity_w / 1e6 * HOURS_PER_YEAR * s.years)


def break_even(s: Settings, *, complete: bool) -> float:
    """Launch price at which both totals are equal, $/kg: (ground - hardware) / mass.

    The calculator takes the fractional fleet and leaves out operations, gpu and programme;
    `complete` counts them, on the same fractional fleet.
    """
    side = orbit(s)
    hardware = s.hardware_usd_w * side.first_power_w
    shares = (s.operations_share + s.gpu_share) * s.years
    others = shares * hardware + s.programme_usd if complete else 0.0
    mass = side.first_power_w / s.specific_power_w_kg
    return (ground(s).total - hardware - others) / mass


@dataclass(frozen=True)
class Panel:
    """A flat two-sided satellite: side A to the sun with the cells, side B its back."""

    earth_radius_km: float
    altitude_km: float
    points: int
    edge_share: float  # of the nadir view factor, where a side does not see the Earth
    absorptivity: float
    emissivity_sun: float
    emissivity_back: float
    space_kelvin: float
    earth_infrared_w_m2: float
    albedo: float


def view_factor(panel: Panel, beta: float, side: float) -> float:
    """Earth as seen by one side (+1 A, -1 B), mean of the orbit.

    VFn c where c = side cos(beta) cos(nu) > 0, else 0.05 VFn; VFn = (R / (R + h))^2.
    """
    nadir = (panel.earth_radius_km / (panel.earth_radius_km + panel.altitude_km)) ** 2
    tilts = [
        side * math.cos(beta) * math.cos(2.0 * math.pi * i / panel.points)
        for i in range(panel.points)
    ]
    seen = [nadir * c if c > 0.0 else panel.edge_share * nadir for c in tilts]
    return sum(seen) / panel.points


def absorbed_flux(panel: Panel, beta: float) -> float:
    """Sunlight, Earth's infrared and albedo, W/m2 of panel."""
    sun_side, back = (view_factor(panel, beta, side) for side in (1.0, -1.0))
    sunlight = SOLAR_CONSTANT_W_M2 * panel.absorptivity
    infrared = panel.earth_infrared_w_m2 * (
        panel.emissivity_sun * sun_side + panel.emissivity_back * back
    )
    return sunlight + infrared + sunlight * panel.albedo * sun_side * math.cos(beta)


def black_body_flux(kelvin: float) -> float:
    """The engine's emission of a black face, W/m2."""
    return float(thermal.black_body_flux(jnp.asarray(kelvin)))


def equilibrium_kelvin(panel: Panel, flux: float) -> float:
    """(q / ((eps_A + eps_B) sigma) + T_space^4)^(1/4)."""
    both = panel.emissivity_sun + panel.emissivity_back
    return (flux / (both * black_body_flux(1.0)) + panel.space_kelvin**4) ** 0.25


def required_area(panel: Panel, array_m2: float, flux: float, kelvin: float) -> float:
    """Panel area that stays at T, m2: array q / ((eps_A + eps_B) sigma (T^4 - T_space^4))."""
    both = panel.emissivity_sun + panel.emissivity_back
    net = black_body_flux(kelvin) - black_body_flux(panel.space_kelvin)
    return array_m2 * flux / (both * net)


def calculator(given: Given) -> Quantities:
    """The default page, its changes, and the thermal page."""
    settings = Settings(**given["settings"])
    up, down = orbit(settings), ground(settings)
    found: Quantities = {
        "mean power of the array": up.mean_power,
        "satellites": up.satellites,
        "mass, kt": up.mass_kg / 1e6,
        "hardware, G$": up.hardware / 1e9,
        "launch, G$": up.launch / 1e9,
        "operations, G$": up.operations / 1e9,
        "gpu replacement, G$": up.gpu / 1e9,
        "orbit total, G$": up.total / 1e9,
        "orbit, $/MWh": orbit_price(settings),
        "array, km2": up.array_m2 / 1e6,
        "flights of 100 t": up.flights,
        "ground building, G$": down.building / 1e9,
        "ground fuel, G$": down.fuel / 1e9,
        "ground total, G$": down.total / 1e9,
        "ground, $/MWh": down.total / down.megawatt_hours,
        "gas, BCF": down.gas_bcf,
        "ratio of totals": up.total / down.total,
        "break-even launch price, $/kg": break_even(settings, complete=False),
        "complete break-even launch price, $/kg": break_even(settings, complete=True),
    }
    for name, change in given["changes"].items():
        changed = replace(settings, **change)
        found[f"{name}: orbit total, G$"] = orbit(changed).total / 1e9
        found[f"{name}: orbit, $/MWh"] = orbit_price(changed)
        found[f"{name}: ground total, G$"] = ground(changed).total / 1e9
        found[f"{name}: ratio of totals"] = orbit(changed).total / ground(changed).total
    panel = Panel(**given["panel"])
    for degrees in given["betas_deg"]:
        beta = math.radians(degrees)
        flux = absorbed_flux(panel, beta)
        area = required_area(panel, up.array_m2, flux, given["limit_kelvin"])
        found[f"beta {degrees}: view factor A"] = view_factor(panel, beta, 1.0)
        found[f"beta {degrees}: view factor B"] = view_factor(panel, beta, -1.0)
        found[f"beta {degrees}: equilibrium, C"] = equilibrium_kelvin(panel, flux) - 273.15
        found[f"beta {degrees}: required area, km2"] = area / 1e6
    return found
