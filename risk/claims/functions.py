"""Functions of the engine and of nature that a claim may call, with the units they take and give.

The first argument of each is numpy, for sums on plain numbers, or jax.numpy, for paths.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from risk.model.constants import LIGHT_KM_S
from risk.model.orbit import Orbit, dawn_dusk_season, sunlight


class Function(NamedTuple):
    """A function of numbers in these units, giving one in `unit`."""

    units: tuple[str, ...]
    unit: str
    compute: Callable[..., Any]


def sunlit(arrays: Any, altitude: Any) -> Any:
    """Share of a dawn-dusk orbit in sunlight, yearly mean, by the model's own geometry."""
    if arrays is np:
        return np.vectorize(lambda km: 1.0 - dawn_dusk_season(km).eclipse)(altitude)
    return sunlight(Orbit(altitude=altitude)).sunlit


def kardashev(arrays: Any, watts: Any) -> Any:
    """Sagan's K = (log10 P - 6) / 10."""
    return (arrays.log10(watts) - 6.0) / 10.0


def light_time(arrays: Any, kilometres: Any) -> Any:
    """One way, s."""
    return kilometres / LIGHT_KM_S


def surviving(arrays: Any, rate: Any, years: Any) -> Any:
    """What a yearly loss leaves after some years: (1 - rate)^years, nothing beyond 100 %."""
    return arrays.power(arrays.maximum(1.0 - rate, 0.0), years)


def grown(arrays: Any, rate: Any, years: Any) -> Any:
    """What a compound yearly rate makes of 1: (1 + rate)^years."""
    return arrays.power(1.0 + rate, years)


FUNCTIONS = {
    "sunlit": Function(("km",), "1", sunlit),
    "kardashev": Function(("W",), "1", kardashev),
    "light_time": Function(("km",), "s", light_time),
    "surviving": Function(("1/year", "year"), "1", surviving),
    "grown": Function(("1/year", "year"), "1", grown),
}
