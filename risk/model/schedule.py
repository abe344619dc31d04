"""Schedule: how long each fleet waits from decision to running capacity."""

from typing import NamedTuple

import jax.numpy as jnp

from kernels.types import Scalar
from risk.inputs import group, number
from risk.model.annuity import mean_decay
from risk.model.constants import DT


@group
class Schedule:
    """Inputs of time to power and of the orbital programme's lead time."""

    onsite_share: Scalar = number("1", "ground projects behind the meter", low=0, high=1)
    onsite_delay: Scalar = number("year", "decision to power, behind the meter", low=0)
    onsite_speed_up: Scalar = number("1/year", "yearly speed-up behind the meter", low=-0.5, high=1)
    grid_delay: Scalar = number("year", "decision to power, on the grid", low=0)
    grid_congestion: Scalar = number(
        "year/(GW/year)", "delay per yearly addition beyond today's", low=0
    )
    additions_today: Scalar = number("GW/year", "capacity added a year, today", low=0)
    demand_growth: Scalar = number("1/year", "growth of demand for AI compute", low=-0.5, high=3)
    longest_congestion: Scalar = number("year", "greatest delay by congestion", low=0)
    cancellation: Scalar = number("1/year", "cancellations per project-year in the queue", low=0)
    longest_delay: Scalar = number("year", "greatest ground delay", low=0.1)
    development: Scalar = number("year", "development of the first satellites", low=0)
    commissioning: Scalar = number("year", "launch to service in orbit", low=0)


class Delays(NamedTuple):
    """Years from decision to running capacity."""

    ground: Scalar
    orbit: Scalar


def ground_delay(
    schedule: Schedule, behind_meter: Scalar, log_demand_growth: Scalar, years: Scalar
) -> Scalar:
    """Mean time to power of a ground site, years; a cancelled project starts again.

    D = (exp(c D) - 1) / c.
    """
    plain = undisturbed_delay(schedule, behind_meter, log_demand_growth, years)
    restarted = plain * mean_decay(-schedule.cancellation * plain)
    return jnp.minimum(schedule.longest_delay, restarted)


def undisturbed_delay(
    schedule: Schedule, behind_meter: Scalar, log_demand_growth: Scalar, years: Scalar
) -> Scalar:
    """Mean time to power of a site that nobody cancels, years.

    Behind the meter builders get faster; the grid queue lengthens with the additions.
    """
    onsite = schedule.onsite_delay * jnp.exp(-schedule.onsite_speed_up * years)
    grown = jnp.exp(log_demand_growth * years) - 1.0
    queue = schedule.grid_congestion * schedule.additions_today * grown
    grid = schedule.grid_delay + jnp.minimum(schedule.longest_congestion, queue)
    return jnp.where(behind_meter > 0.5, onsite, grid)


def orbit_delay(schedule: Schedule, lag: Scalar, grounded: Scalar, years: Scalar) -> Scalar:
    """Decision to service in orbit, years: development left, chip lag, commissioning, stand-down."""
    development = jnp.maximum(0.0, schedule.development - years)
    return development + lag + schedule.commissioning + grounded * DT
