"""Orbit: eclipse of a circular orbit, and the sunlight of a dawn-dusk orbit by altitude."""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kernels.tables import Table, lookup
from kernels.types import Scalar
from risk.inputs import group, number
from risk.model.constants import (
    EARTH_J2,
    EARTH_MU_KM3_S2,
    EARTH_RADIUS_KM,
    OBLIQUITY_DEG,
    SUN_RATE_RAD_S,
)

ALTITUDES_KM = (300.0, 2000.0)  # limits of the sunlight table, 1 km apart


@group
class Orbit:
    """Inputs of the orbit."""

    altitude: Scalar = number(
        "km", "altitude of the dawn-dusk orbit", low=ALTITUDES_KM[0], high=ALTITUDES_KM[1]
    )


class Sunlight(NamedTuple):
    """Sunlight of one orbit."""

    sunlit: Scalar  # yearly mean fraction of the orbit in sunlight
    longest_eclipse: Scalar  # of the year, minutes
    period: Scalar  # minutes


class Season(NamedTuple):
    """A dawn-dusk orbit's year, in plain floats."""

    eclipse: float  # yearly mean fraction
    longest_minutes: float
    days: int  # with any eclipse
    period_minutes: float
    inclination_deg: float


def period_minutes(altitude_km: float) -> float:
    """Period of a circular orbit: 2 pi sqrt(a^3 / mu)."""
    return 2.0 * np.pi * np.sqrt((EARTH_RADIUS_KM + altitude_km) ** 3 / EARTH_MU_KM3_S2) / 60.0


def critical_beta_deg(altitude_km: float) -> float:
    """Sun angle above which a circular orbit has no eclipse: asin(R / (R + h))."""
    return float(np.degrees(np.arcsin(EARTH_RADIUS_KM / (EARTH_RADIUS_KM + altitude_km))))


def eclipse_fraction(altitude_km: float, beta_rad: NDArray | float) -> NDArray:
    """Share of a circular orbit in a cylindrical shadow at sun angle beta.

    f = acos(sqrt(h^2 + 2 R h) / ((R + h) cos beta)) / pi, and 0 above the critical angle.
    """
    h = altitude_km
    ratio = np.sqrt(h * h + 2.0 * EARTH_RADIUS_KM * h) / (EARTH_RADIUS_KM + h)
    return np.arccos(np.minimum(1.0, ratio / np.maximum(np.cos(beta_rad), 1e-12))) / np.pi


def inclination_rad(altitude_km: float) -> float:
    """Inclination of a circular sun-synchronous orbit, from the nodal drift by J2."""
    a = EARTH_RADIUS_KM + altitude_km
    drift = SUN_RATE_RAD_S * 2.0 * a**3.5
    return float(np.arccos(-drift / (3.0 * EARTH_J2 * EARTH_RADIUS_KM**2 * EARTH_MU_KM3_S2**0.5)))


def dawn_dusk_season(altitude_km: float) -> Season:
    """The year of a dawn-dusk orbit (local time of the ascending node 18:00), day by day.

    The sun moves at a constant rate on the ecliptic from the March equinox; the node follows
    the mean sun 90 degrees ahead.
    """
    longitude = 2.0 * np.pi * np.arange(365) / 365.0
    obliquity = np.radians(OBLIQUITY_DEG)
    declination = np.arcsin(np.sin(obliquity) * np.sin(longitude))
    ascension = np.arctan2(np.cos(obliquity) * np.sin(longitude), np.cos(longitude))
    i = inclination_rad(altitude_km)
    node = longitude + np.pi / 2.0
    sine = np.cos(declination) * np.sin(i) * np.sin(node - ascension)
    beta = np.arcsin(sine + np.sin(declination) * np.cos(i))
    shadow = eclipse_fraction(altitude_km, np.abs(beta))
    period = period_minutes(altitude_km)
    return Season(
        eclipse=float(shadow.mean()),
        longest_minutes=float(shadow.max() * period),
        days=int((shadow > 0).sum()),
        period_minutes=period,
        inclination_deg=float(np.degrees(i)),
    )


@cache
def _sunlight_table() -> Table:
    low, high = ALTITUDES_KM
    seasons = [dawn_dusk_season(h) for h in np.arange(low, high + 1.0)]
    columns = [(1.0 - s.eclipse, s.longest_minutes, s.period_minutes) for s in seasons]
    return Table(low, 1.0, np.asarray(columns).T)


def sunlight(orbit: Orbit) -> Sunlight:
    """Sunlight by altitude, from a table of `dawn_dusk_season` every kilometre, linear between."""
    return Sunlight(*lookup(_sunlight_table(), orbit.altitude))
