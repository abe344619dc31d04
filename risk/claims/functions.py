"""Functions of the engine and of nature that a claim may call, with the units they take and give."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

LIGHT_KM_S = 299_792.458
"""Speed of light, exact by the definition of the metre."""


class Function(NamedTuple):
    """A function of numbers in these units, giving one in `unit`."""

    units: tuple[str, ...]
    unit: str
    compute: Callable[..., Any]


def sunlit(altitude: Any) -> float:
    """Share of a dawn-dusk orbit in sunlight, yearly mean, by the model's own geometry."""
    import jax.numpy as jnp

    from risk.model.orbit import Orbit, sunlight

    return float(sunlight(Orbit(altitude=jnp.float32(altitude))).sunlit)


def kardashev(watts: Any) -> Any:
    """Sagan's K = (log10 P - 6) / 10."""
    return (np.log10(watts) - 6.0) / 10.0


def light_time(kilometres: Any) -> Any:
    """One way, s."""
    return kilometres / LIGHT_KM_S


def surviving(rate: Any, years: Any) -> Any:
    """What a yearly loss leaves after some years: (1 - rate)^years."""
    return (1.0 - rate) ** years


def grown(rate: Any, years: Any) -> Any:
    """What a compound yearly rate makes of 1: (1 + rate)^years."""
    return (1.0 + rate) ** years


FUNCTIONS = {
    "sunlit": Function(("km",), "1", sunlit),
    "kardashev": Function(("W",), "1", kardashev),
    "light_time": Function(("km",), "s", light_time),
    "surviving": Function(("1/year", "year"), "1", surviving),
    "grown": Function(("1/year", "year"), "1", grown),
}
