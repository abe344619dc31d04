"""Events in orbit: storms on the solar cycle, debris bursts, losses of whole satellites."""

import jax.numpy as jnp
import numpy as np

from kernels.marginals import Event
from kernels.types import Scalar
from risk.inputs import event, group, number
from risk.model.constants import DT, START
from risk.model.launch import poisson
from risk.model.reliability import Reliability

_COSINE = (1.0, -1 / 2, 1 / 24, -1 / 720, 1 / 40320)  # Taylor coefficients in the square


@group
class Space:
    """Inputs of what happens to a fleet as events."""

    solar_maximum: Scalar = number("year", "date of a solar maximum")
    solar_cycle: Scalar = number("year", "length of the solar cycle", low=1)
    storm_low: Scalar = number("1", "least factor on silent errors in a storm quarter", low=1)
    storm_high: Scalar = number("1", "greatest factor on silent errors in a storm quarter", low=1)
    burst_rate: Scalar = number("1/year", "debris bursts in the shell", low=0)
    burst_loss: Event = event("1", "satellites lost to a burst, share, per burst", low=0, high=1)


def cycle(space: Space, date: Scalar) -> Scalar:
    """Cosine of the solar cycle's phase, 1 at maximum: cos 2a = 2 cos^2 a - 1, |a| <= pi / 2."""
    phase = (date - space.solar_maximum) / space.solar_cycle
    half = np.pi * (phase - jnp.floor(phase + 0.5))
    square = half * half
    cosine = jnp.zeros_like(square)
    for coefficient in reversed(_COSINE):
        cosine = cosine * square + coefficient
    return 2.0 * cosine * cosine - 1.0


def throughput(space: Space, r: Reliability, years: Scalar, u: Scalar) -> Scalar:
    """Share of compute left by silent errors in this quarter: 1 - R6 storm(t).

    A storm comes with probability storm_share (1 + cos) on the solar cycle; its factor is uniform.
    """
    chance = r.storm_share * (1.0 + cycle(space, START + years))
    storm = u < chance
    place = jnp.where(storm, u / jnp.maximum(chance, 1e-12), 0.0)
    factor = space.storm_low + (space.storm_high - space.storm_low) * place
    return jnp.maximum(0.0, 1.0 - r.silent_errors * jnp.where(storm, factor, 1.0))


def burst_kept(space: Space, u: Scalar, z: Scalar) -> Scalar:
    """Share of satellites that debris bursts leave in this quarter."""
    hit = u < 1.0 - jnp.exp(-space.burst_rate * DT)
    return 1.0 - jnp.where(hit, space.burst_loss.at(z), 0.0)


def kept(capacity: Scalar, unit: Scalar, loss: Scalar, z: Scalar) -> Scalar:
    """Share kept of a capacity in units of `unit` kW, each lost with probability `loss`."""
    lost = poisson(loss * capacity / unit, z) * unit
    return 1.0 - jnp.minimum(1.0, lost / jnp.maximum(capacity, 1e-6))
