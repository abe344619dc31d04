"""Levelised cost of compute of an orbital vintage, in closed form, and its break-even launch price.

Two variants compete at every quarter: one rides through eclipse on a battery, one throttles.
"""

from typing import NamedTuple

import jax.numpy as jnp

from kernels.types import Scalar
from risk.model.annuity import annuity
from risk.model.finance import Finance, launch_loading, orbit_loading
from risk.model.platform import Platform, falling
from risk.model.reliability import (
    Hazards,
    Reliability,
    removal,
    survival_annuity,
    unrepaired_years,
)


class Design(NamedTuple):
    """What distinguishes the variants at one date."""

    platform: Scalar  # k$/kW
    mass: Scalar  # kg/kW, launched
    light: Scalar  # share of the orbit in which it computes


class Terms(NamedTuple):
    """What the variants share at one date."""

    chip_cost: Scalar  # k$/kW
    launch_failure: Scalar
    loss: Scalar  # at launch or dead on arrival
    insured: Scalar  # share of value
    hard: Scalar  # years of hard insurance market left
    programme: Scalar  # development cost, k$/kW
    lag: Scalar  # e(t - C7) / e(t - C11)
    use: Scalar  # utilisation in orbit over the ground's
    rate: Scalar  # real, per year
    date: Scalar  # calendar year
    years: Scalar  # since the start


class OrbitCost(NamedTuple):
    """One variant, per kW of IT: cost = fixed + slope x launch price."""

    fixed: Scalar  # k$/kW at a launch price of zero
    slope: Scalar  # k$/kW per $/kg
    output: Scalar  # frontier-equivalent compute per kW

    def cost(self, price: Scalar) -> Scalar:
        """Present value of all cost at this launch price, k$/kW."""
        return self.fixed + self.slope * price

    def lcoc(self, price: Scalar, survival: Scalar) -> Scalar:
        """Levelised cost, k$ per frontier-equivalent kW-yr."""
        return self.cost(price) / (self.output * survival)

    def break_even(self, lcoc_ground: Scalar, survival: Scalar) -> Scalar:
        """Launch price at which it meets the ground, $/kg; at or below zero there is none."""
        return (lcoc_ground * self.output * survival - self.fixed) / self.slope


def survival(
    reliability: Reliability, hazard: Hazards, terms: Terms, extra: Scalar | float = 0.0
) -> Scalar:
    """Discounted years of surviving capacity at the orbital rate plus `extra`."""
    unrepaired = unrepaired_years(reliability, hazard, terms.date)
    return survival_annuity(reliability, hazard, terms.rate + extra, unrepaired)


def orbit(
    design: Design,
    terms: Terms,
    platform: Platform,
    reliability: Reliability,
    finance: Finance,
    hazard: Hazards,
) -> OrbitCost:
    """Cost of one variant committed at `terms.date`.

    V = chips (1 + adaptation)(1 + spares) + platform + launch + ground segment; every loss at
    launch is in 1 / (1 - loss), insurance adds its loading only; the programme cost is not lost
    with a launch.
    """
    years, rate = terms.years, terms.rate
    alive = rate + hazard.satellite
    premium = falling(platform.adaptation, platform.adaptation_fall, years)
    chips = terms.chip_cost * (1.0 + premium) * (1.0 + reliability.spares)
    stations = falling(platform.ground_segment, platform.ground_segment_fall, years)
    value = chips + design.platform + stations
    service = annuity(alive, hazard.life)
    per_value = (
        jnp.exp(0.5 * rate) / (1.0 - terms.loss)
        + launch_loading(finance, terms.insured, terms.loss, terms.launch_failure, terms.hard)
        + orbit_loading(finance, finance.insured_share, hazard.satellite) * service
    )
    unrepaired = unrepaired_years(reliability, hazard, terms.date)
    mended = jnp.exp(-alive * unrepaired) * annuity(alive, hazard.life - unrepaired)
    running = (
        falling(platform.operations, platform.operations_fall, years) * service
        + reliability.repair_cost * mended
        + removal(reliability, hazard, rate, terms.date)
    )
    return OrbitCost(
        fixed=value * per_value + terms.programme + running,
        slope=design.mass / 1000.0 * per_value,
        output=reliability.availability * design.light * hazard.throughput * terms.use * terms.lag,
    )
