"""Edge: cars and robots served from orbit, from a region on the ground, or by chips on board.

One draw is one request in one possible future, so that delays are those of requests.
"""

from typing import NamedTuple

import jax.numpy as jnp

from kernels.types import Scalar
from risk.inputs import group, number
from risk.model.constants import EARTH_RADIUS_KM, HOURS_PER_YEAR, LIGHT_KM_S

_MS_PER_S = 1000.0


@group
class Edge:
    """Inputs of serving machines that move."""

    elevation: Scalar = number(
        "degree", "elevation of the serving satellite above the horizon", low=5, high=90
    )
    orbit_queue: Scalar = number("ms", "access and queue of a request to orbit", low=0)
    region_network: Scalar = number(
        "ms", "round trip to a region on the ground, access included", low=0
    )
    remote_answer: Scalar = number("ms", "time to compute an answer in a fleet of servers", low=0)
    board_answer: Scalar = number("ms", "time to compute an answer on board", low=0)
    traffic: Scalar = number("GB/(kW*hour)", "data moved per kW-hour of compute", low=0)
    orbit_egress: Scalar = number("USD/GB", "cost of moving data to and from orbit", low=0)
    region_egress: Scalar = number("USD/GB", "cost of moving data to and from a region", low=0)
    board_cost: Scalar = number(
        "1", "cost of delivered compute on board over that on the ground", low=0.01
    )


class Ways(NamedTuple):
    """One number for each way of serving."""

    orbit: Scalar
    region: Scalar
    board: Scalar


def light_time_ms(altitude_km: Scalar, elevation_deg: Scalar) -> Scalar:
    """Light's way to a satellite and back, ms: 2 d / c.

    d = sqrt(R^2 sin^2 e + h^2 + 2 R h) - R sin e, the slant range at elevation e and altitude h.
    """
    radial = EARTH_RADIUS_KM * jnp.sin(jnp.radians(elevation_deg))
    h = altitude_km
    slant = jnp.sqrt(radial * radial + h * h + 2.0 * EARTH_RADIUS_KM * h) - radial
    return 2.0 * slant / LIGHT_KM_S * _MS_PER_S


def end_to_end(edge: Edge, altitude_km: Scalar) -> Ways:
    """Delay of one request, ms: way, queue and answer."""
    light = light_time_ms(altitude_km, edge.elevation)
    return Ways(
        orbit=light + edge.orbit_queue + edge.remote_answer,
        region=edge.region_network + edge.remote_answer,
        board=edge.board_answer,
    )


def egress(edge: Edge) -> Ways:
    """Cost of the data moved by a kW that serves all year, k$/kW-yr."""
    moved = edge.traffic * HOURS_PER_YEAR / 1000.0
    return Ways(
        orbit=moved * edge.orbit_egress,
        region=moved * edge.region_egress,
        board=jnp.zeros_like(moved),
    )
