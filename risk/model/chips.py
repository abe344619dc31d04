"""Chips: one law of performance and price for both fleets; only lag, life and resale differ."""

from typing import NamedTuple

import jax.numpy as jnp

from kernels.marginals import Event
from kernels.types import Scalar
from risk.inputs import choice, event, group, number
from risk.model.constants import DT


@group
class Chips:
    """Inputs of accelerators and servers."""

    cost_today: Scalar = number("kUSD/kW", "chips and servers per kW of IT, today", low=0)
    cost_drift: Scalar = number("1/year", "real drift of chip and server cost", low=-0.9, high=2)
    cost_walk: Scalar = number("1/year**0.5", "random walk of log cost", low=0)
    frontier_today: Scalar = number("PFLOP/s/kW", "dense BF16 throughput per kW, today", low=1e-6)
    frontier_growth: Scalar = number("1/year", "growth of performance per watt", low=-0.5)
    generation_gap: Event = event("year", "time between chip generations", low=0.05)
    generation_walk: Scalar = number("1/year**0.5", "random walk of log performance", low=0)
    orbit_lag: Scalar = number("year", "purchase to service in orbit, today", low=0)
    orbit_lag_fall: Scalar = number("1/year", "fall of the lag in orbit a year", low=0, high=0.9)
    ground_lag: Scalar = number("year", "purchase to service on the ground", low=0)
    ground_life: Scalar = number("year", "economic life of IT on the ground", low=0.5)
    resale_decay: Scalar = number("1/year", "decay of resale value on the ground", low=0)
    ground_inference: Scalar = number("1", "utilisation on the ground, inference", low=0.01, high=1)
    ground_training: Scalar = number("1", "utilisation on the ground, training", low=0.01, high=1)
    orbit_inference_share: Scalar = number(
        "1", "utilisation in orbit over the ground's, inference", low=0.01, high=2
    )
    orbit_training: Scalar = number("1", "utilisation in orbit, training", low=0.01, high=1)
    workload: Scalar = choice("what the fleets compute", "inference", "training")


class ChipState(NamedTuple):
    """What the chip market remembers."""

    price_walk: Scalar  # log of cost over its trend
    level: Scalar  # log of frontier throughput over today's
    gap: Scalar  # from the last generation to the next, years
    waited: Scalar  # since the last generation, years


def begin(chips: Chips, phase: Scalar, gap_z: Scalar) -> ChipState:
    """At the start a share `phase` of the present generation's time has passed."""
    gap = chips.generation_gap.at(gap_z)
    zero = jnp.zeros_like(gap)
    return ChipState(zero, zero, gap, phase * gap)


def renew(
    chips: Chips, growth: Scalar, state: ChipState, price_z: Scalar, gap_z: Scalar, level_z: Scalar
) -> ChipState:
    """One quarter on: price walks; a due generation lifts the level by its whole gap's growth."""
    waited = state.waited + DT
    due = waited >= state.gap
    jump = growth * state.gap + chips.generation_walk * jnp.sqrt(state.gap) * level_z
    return ChipState(
        price_walk=state.price_walk + chips.cost_walk * DT**0.5 * price_z,
        level=state.level + jnp.where(due, jump, 0.0),
        gap=jnp.where(due, chips.generation_gap.at(gap_z), state.gap),
        waited=jnp.where(due, waited - state.gap, waited),
    )


def cost(chips: Chips, state: ChipState, years: Scalar) -> Scalar:
    """Chips and servers, k$/kW: C1 exp(drift t + W)."""
    return chips.cost_today * jnp.exp(chips.cost_drift * years + state.price_walk)


def lag_ratio(chips: Chips, growth: Scalar, fall: Scalar, years: Scalar) -> tuple[Scalar, Scalar]:
    """Orbital lag in years, never below the ground's, and e(t - C7) / e(t - C11)."""
    lag = jnp.maximum(chips.orbit_lag * jnp.exp(fall * years), chips.ground_lag)
    return lag, jnp.exp(-growth * (lag - chips.ground_lag))


def utilisation(chips: Chips) -> tuple[Scalar, Scalar]:
    """Utilisation of this workload in orbit and on the ground."""
    training = chips.workload > 0.5
    ground = jnp.where(training, chips.ground_training, chips.ground_inference)
    inference = chips.ground_inference * chips.orbit_inference_share
    return jnp.where(training, chips.orbit_training, inference), ground


def information_density(link_bits: Scalar, use: Scalar, power_kw: Scalar) -> Scalar:
    """Most data that a workload in orbit may move, GB per kWh: 3600 B / (8e9 u P).

    B the average link rate in bit/s, u the utilisation, P the IT power behind the link in kW.
    """
    return 3600.0 * link_bits / (8e9 * use * power_kw)


def dollars_per_pflop_hour(
    chips: Chips, growth: Scalar, level: Scalar, ground_use: Scalar, lcoc: Scalar
) -> Scalar:
    """$ per effective PFLOP-h of an LCOC in k$ per frontier-equivalent kW-yr.

    LCOC 1000 / (8760 e(t - C11) MFU_g), e in PFLOP/s per kW, so an hour is one PFLOP-h a PFLOP/s.
    """
    frontier = chips.frontier_today * jnp.exp(level - growth * chips.ground_lag)
    return lcoc * (1000.0 / (8760.0 * frontier * ground_use))
