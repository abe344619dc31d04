"""Levelised cost of compute of an orbital vintage, in closed form, and its break-even launch price.

Two variants compete at every quarter: one rides through eclipse on a battery, one throttles.
"""

from typing import NamedTuple

from kernels.types import Scalar
from risk.model import platform
from risk.model.annuity import discount, span
from risk.model.finance import Finance, launch_loading, orbit_loading
from risk.model.reliability import Ages, Discount, Hazards, Reliability, removal


class Design(NamedTuple):
    """What distinguishes the variants at one date."""

    platform: Scalar  # k$/kW
    mass: Scalar  # kg/kW, launched
    light: Scalar | float  # share of the orbit in which it computes


class Terms(NamedTuple):
    """What a vintage meets at one date."""

    chip_cost: Scalar  # k$/kW
    launch_failure: Scalar
    loss: Scalar  # at launch or dead on arrival
    launch_insured: Scalar  # share of value, as the next
    orbit_insured: Scalar
    hard: Scalar  # years of hard insurance market left
    programme: Scalar  # development cost, k$/kW
    lag: Scalar  # e(t - C7) / e(t - C11)
    use: Scalar  # utilisation in orbit over the ground's
    rate: Scalar  # real, per year
    date: Scalar  # calendar year
    years: Scalar  # since the start


class Shared(NamedTuple):
    """What both variants have in common."""

    chips: Scalar  # as flown, k$/kW
    segment: Scalar  # ground segment, k$/kW
    per_value: Scalar  # cost over value: losses at launch and insurance
    running: Scalar  # programme, operations, repair and removal, k$/kW
    output: Scalar  # frontier-equivalent compute per kW in sunlight


class Parts(NamedTuple):
    """What a levelised cost consists of, k$ per frontier-equivalent kW-yr, each with its share of
    losses, interest and insurance; the rest runs: operations, programme, repair, removal."""

    chips: Scalar
    platform: Scalar  # with the ground segment
    launch: Scalar


class OrbitCost(NamedTuple):
    """One variant, per kW of IT: cost = fixed + slope x launch price."""

    fixed: Scalar  # k$/kW at a launch price of zero
    slope: Scalar  # k$/kW per $/kg
    output: Scalar  # frontier-equivalent compute per kW
    chips: Scalar | float = 0.0  # part of what is fixed
    platform: Scalar | float = 0.0  # the same, with the ground segment

    def cost(self, price: Scalar) -> Scalar:
        """Present value of all cost at this launch price, k$/kW."""
        return self.fixed + self.slope * price

    def lcoc(self, price: Scalar, survival: Scalar) -> Scalar:
        """Levelised cost, k$ per frontier-equivalent kW-yr."""
        return self.cost(price) / (self.output * survival)

    def parts(self, price: Scalar, survival: Scalar) -> Parts:
        """Parts of the levelised cost at this launch price."""
        delivered = self.output * survival
        launch = self.slope * price
        return Parts(self.chips / delivered, self.platform / delivered, launch / delivered)

    def break_even(self, lcoc_ground: Scalar, survival: Scalar) -> Scalar:
        """Launch price at which it meets the ground, $/kg; at or below zero there is none."""
        return (lcoc_ground * self.output * survival - self.fixed) / self.slope


def shared(
    terms: Terms,
    station: platform.Platform,
    slope: platform.Slopes,
    reliability: Reliability,
    finance: Finance,
    hazard: Hazards,
    age: Ages,
    alive: Discount,
) -> Shared:
    """What both variants committed at `terms.date` have in common.

    V = chips (1 + adaptation)(1 + spares) + platform + launch + ground segment; every loss at
    launch is in 1 / (1 - loss), insurance adds its loading only; the programme cost is not lost
    with a launch. `alive` discounts at the rate and the loss of satellites.
    """
    years, rate = terms.years, terms.rate
    premium = platform.flight_premium(station, slope, years)
    chips = terms.chip_cost * premium * (1.0 + reliability.spares)
    service = span(alive.rate, hazard.life, 1.0, alive.end)
    at_repair = discount(alive.rate, age.repair)
    mended = span(alive.rate, hazard.life - age.repair, at_repair, alive.end)
    return Shared(
        chips=chips,
        segment=platform.ground_segment(station, slope, years),
        per_value=discount(-rate, 0.5) / (1.0 - terms.loss)
        + launch_loading(
            finance, terms.launch_insured, terms.loss, terms.launch_failure, terms.hard
        )
        + orbit_loading(finance, terms.orbit_insured, hazard.satellite) * service,
        running=terms.programme
        + platform.operations(station, slope, years) * service
        + reliability.repair_cost * mended
        + removal(reliability, hazard, rate, terms.date),
        output=reliability.availability * hazard.throughput * terms.use * terms.lag,
    )


def orbit(design: Design, both: Shared) -> OrbitCost:
    """Cost of one variant."""
    return OrbitCost(
        fixed=(both.chips + both.segment + design.platform) * both.per_value + both.running,
        slope=design.mass * 1e-3 * both.per_value,
        output=both.output * design.light,
        chips=both.chips * both.per_value,
        platform=(both.segment + design.platform) * both.per_value,
    )
