"""Demand: AI compute installed worldwide, and the profile that this system wants to deliver."""

from typing import NamedTuple

import jax.numpy as jnp

from kernels.types import Scalar
from risk.inputs import group, number
from risk.model.constants import DT
from risk.model.schedule import Schedule

KW_PER_GW = 1e6


@group
class Demand:
    """Inputs of demand."""

    installed_today: Scalar = number("GW", "AI compute installed worldwide, today", low=0.001)
    saturation: Scalar = number("GW", "installed AI compute at which growth ends", low=0.001)
    share: Scalar = number("1", "part of the world's additions that this system wants", low=0)
    owned_today: Scalar = number("GW", "ground compute of this system, today", low=0)


class DemandState(NamedTuple):
    """What demand remembers."""

    installed: Scalar  # GW
    additions: Scalar  # GW a year


def begin(demand: Demand, schedule: Schedule, zero: Scalar) -> DemandState:
    """Demand today; `zero` has the paths' shape."""
    return DemandState(demand.installed_today + zero, schedule.additions_today + zero)


def target(demand: Demand, state: DemandState) -> Scalar:
    """Capacity that this system wants, kW: what it owned, and its part of all additions."""
    added = state.installed - demand.installed_today
    return KW_PER_GW * (demand.owned_today + demand.share * added)


def growth(demand: Demand, state: DemandState) -> Scalar:
    """What the target gains in a year at this date, kW."""
    return KW_PER_GW * demand.share * state.additions


def renew(demand: Demand, state: DemandState, log_growth: Scalar) -> DemandState:
    """One quarter on: additions grow by less and less as the installed capacity saturates."""
    room = 1.0 - state.installed / demand.saturation
    return DemandState(
        installed=state.installed + state.additions * DT,
        additions=state.additions * jnp.exp(log_growth * room * DT),
    )
