"""Service: which part of each class of work orbit can serve, by delay and by data moved.

Three classes share the demand: latency-tolerant inference, interactive inference, training.
"""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np

from kernels.types import Scalar
from risk.inputs import group, number
from risk.model.chips import Chips, information_density
from risk.model.constants import EARTH_RADIUS_KM, LIGHT_KM_S

_LOWEST_SINE = float(np.sin(np.radians(25.0)))
"""Sine of the elevation below which a station loses a satellite (K13: zenith to 25 degrees)."""
_KW_PER_MW = 1000.0


@group
class Service:
    """Inputs of the classes of work, the links and the delay."""

    training_share: Scalar = number("1", "share of training in the demand", low=0, high=1)
    tolerant_share: Scalar = number("1", "share of inference that tolerates latency", low=0, high=1)
    queueing_delay: Scalar = number("s", "delay in queues between user and orbit", low=0)
    interactive_limit: Scalar = number("s", "added delay that interactive work bears", low=0)
    downlink: Scalar = number("Gbit/s/MW", "average downlink per IT power", low=0)
    optical_availability: Scalar = number("1", "availability of optical links", low=0, high=1)
    compute_use: Scalar = number("1", "utilisation behind the link", low=0.01, high=1)
    tolerant_density: Scalar = number(
        "GB/(kW*hour)", "data moved by latency-tolerant inference", low=1e-9
    )
    interactive_density: Scalar = number(
        "GB/(kW*hour)", "data moved by interactive inference", low=1e-9
    )
    training_density: Scalar = number("GB/(kW*hour)", "data moved by training", low=1e-9)
    egress_cost: Scalar = number("USD/GB", "cost of data from orbit to the user", low=0)


class Classes(NamedTuple):
    """One number for each class of work."""

    tolerant: Scalar
    interactive: Scalar
    training: Scalar


class Terms(NamedTuple):
    """What depends on the inputs alone."""

    latency: Scalar  # added by orbit, s
    share: Classes  # of demand
    able: Classes  # part of each that orbit can serve
    use: Classes  # utilisation in orbit over the ground's


class Served(NamedTuple):
    """What a capacity in orbit serves."""

    share: Classes  # of each class's demand
    sold: Scalar  # frontier-equivalent kW on the ground per kW in orbit


def latency(service: Service, altitude: Scalar) -> Scalar:
    """Delay that orbit adds to an answer, s: light to the satellite and back, and queues.

    The slant range is the mean of zenith and 25 degrees; d = sqrt((R s)^2 + 2 R h + h^2) - R s.
    """
    low = EARTH_RADIUS_KM * _LOWEST_SINE
    far = jnp.sqrt(low * low + altitude * (2.0 * EARTH_RADIUS_KM + altitude)) - low
    return (altitude + far) / LIGHT_KM_S + service.queueing_delay


def terms(service: Service, chips: Chips, altitude: Scalar) -> Terms:
    """Delay, shares of demand, and what orbit can serve of each class.

    A class that moves more data per kWh than the links carry is served in part, Gamma_max over
    Gamma; interactive work only within its limit of delay; training pays its lower utilisation.
    """
    delay = latency(service, altitude)
    bits = 1e9 * service.downlink * service.optical_availability
    most = information_density(bits, service.compute_use, jnp.float32(_KW_PER_MW))
    inference = 1.0 - service.training_share
    in_time = jnp.where(delay <= service.interactive_limit, 1.0, 0.0)
    return Terms(
        latency=delay,
        share=Classes(
            inference * service.tolerant_share,
            inference * (1.0 - service.tolerant_share),
            service.training_share,
        ),
        able=Classes(
            jnp.minimum(1.0, most / service.tolerant_density),
            jnp.minimum(1.0, most / service.interactive_density) * in_time,
            jnp.minimum(1.0, most / service.training_density),
        ),
        use=Classes(
            chips.orbit_inference_share,
            chips.orbit_inference_share,
            chips.orbit_training / chips.ground_training,
        ),
    )


def eligible(terms: Terms) -> Scalar:
    """Part of the whole demand that orbit can serve."""
    share, able = terms.share, terms.able
    return (
        share.tolerant * able.tolerant
        + share.interactive * able.interactive
        + share.training * able.training
    )


def serve(terms: Terms, capacity: Scalar, demand: Scalar) -> Served:
    """What a capacity in orbit serves of a demand, kW: inference first, then training."""
    left, share, sold = capacity, [], jnp.zeros_like(capacity)
    for part, able, use in zip(terms.share, terms.able, terms.use, strict=True):
        given = jnp.minimum(left, able * part * demand)
        left = left - given
        sold = sold + given * use
        share.append(given / jnp.maximum(part * demand, 1e-6))
    return Served(Classes(*share), sold / jnp.maximum(capacity, 1e-6))
