"""Reliability: losses of satellites and chips in orbit, repair, and how long a satellite lasts."""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np

from kernels.types import Scalar
from risk.inputs import group, number
from risk.model.annuity import discount, span


@group
class Reliability:
    """Inputs of losses and life."""

    infant_loss: Scalar = number(
        "1", "satellites that reach orbit and never work, today", low=0, high=1
    )
    infant_fall: Scalar = number(
        "1", "fall of infant loss per tenfold fleet power", low=0, high=0.99
    )
    satellite_hazard: Scalar = number("1/year", "satellite loss after infancy", low=0)
    collision_hazard: Scalar = number("1/year", "satellite loss by collision and debris", low=0)
    burst_hazard: Scalar = number("1/year", "share of the fleet lost to debris bursts", low=0)
    ground_chip_failure: Scalar = number("1/year", "permanent chip failure on the ground", low=0)
    orbit_multiplier: Scalar = number("1", "chip failure in orbit over the ground's", low=0)
    blast_radius: Scalar = number("1", "capacity lost per failed chip, in chips", low=0)
    silent_errors: Scalar = number(
        "1", "throughput lost to silent and soft errors, quiet sun", low=0, high=1
    )
    storm_share: Scalar = number("1", "quarters with a solar storm, mean of a cycle", low=0, high=1)
    storm_multiplier: Scalar = number("1", "silent errors in a storm quarter, mean", low=1)
    dose: Scalar = number("rad/year", "dose behind the shield", low=0.001)
    dose_limit: Scalar = number("krad", "dose at which chips fail for good", low=0.001)
    bus_life: Scalar = number("year", "life of bus and propellant", low=0.5)
    running_on: Scalar = number("1", "life of chips in orbit over that on the ground", low=0.1)
    shortest_life: Scalar = number("year", "least economic life of a satellite", low=0.1)
    longest_life: Scalar = number("year", "greatest economic life of a satellite", low=0.1)
    availability: Scalar = number(
        "1", "availability of surviving capacity outside eclipse", low=0.01, high=1
    )
    spares: Scalar = number("1", "spare chips launched, share", low=0, high=1)
    repair_year: Scalar = number("year", "calendar year from which chips are repaired in orbit")
    repair_effect: Scalar = number("1", "part of chip loss that repair undoes", low=0, high=1)
    repair_cost: Scalar = number("kUSD/kW/year", "cost of repair in orbit", low=0)
    disposal_success: Scalar = number("1", "satellites disposed of as planned", low=0, high=1)
    removal_cost: Scalar = number("MUSD", "cost of removing a derelict", low=0)
    removal_year: Scalar = number("year", "calendar year from which removal is mandated")
    satellite_power: Scalar = number("kW", "IT power of a satellite", low=0.1)


class Hazards(NamedTuple):
    """Rates and lives that depend on the inputs alone; per year, years."""

    satellite: Scalar  # every loss of a satellite after infancy
    chip: Scalar  # chip loss in orbit without repair
    chip_repaired: Scalar  # with repair
    economic_life: Scalar  # before the dose limit
    life: Scalar  # after it
    first_chip_loss: Scalar  # age at which spares are used up
    throughput: Scalar  # share left by silent errors
    infancy: Scalar  # chips left by the first quarter, in which the hazard is doubled
    infant_slope: Scalar  # of log infant loss in log fleet power
    derelict: Scalar  # expected cost of removing a derelict, k$/kW


class Ages(NamedTuple):
    """When the losses of a vintage change, years, and the chips left of its surviving satellites."""

    repair: Scalar  # repair begins
    turn: Scalar  # it has begun, and the spares are used up
    chips_at_turn: Scalar
    chips_at_end: Scalar


class Discount(NamedTuple):
    """A rate per year with its discount factors at the ages at which losses change."""

    rate: Scalar
    spared: Scalar  # at `Hazards.first_chip_loss`
    turn: Scalar  # at `Ages.turn`
    end: Scalar  # at `Hazards.life`

    def times(self, other: "Discount") -> "Discount":
        """Both rates together."""
        return Discount(
            self.rate + other.rate,
            self.spared * other.spared,
            self.turn * other.turn,
            self.end * other.end,
        )


def hazards(reliability: Reliability, ground_chip_life: Scalar) -> Hazards:
    """What is lost and how long it lasts.

    The dose limit ends a life early: T_o = min(R9, 1000 R8 / R7). Chips that go stale on the
    ground go stale in orbit too, so both lives share `ground_chip_life`.
    """
    r = reliability
    chip = r.ground_chip_failure * r.orbit_multiplier * r.blast_radius
    economic = economic_life(
        r.bus_life, ground_chip_life * r.running_on, r.shortest_life, r.longest_life
    )
    life = jnp.minimum(economic, 1000.0 * r.dose_limit / r.dose)
    storm = 1.0 + r.storm_share * (r.storm_multiplier - 1.0)
    spared = jnp.where(chip > 0.0, jnp.log1p(r.spares) / jnp.maximum(chip, 1e-12), life)
    return Hazards(
        satellite=r.satellite_hazard + r.collision_hazard + r.burst_hazard,
        chip=chip,
        chip_repaired=chip * (1.0 - r.repair_effect),
        economic_life=economic,
        life=life,
        first_chip_loss=jnp.minimum(spared, life),
        throughput=1.0 - r.silent_errors * storm,
        infancy=jnp.exp(-chip / 4.0),
        infant_slope=jnp.log1p(-r.infant_fall) / np.log(10.0),
        derelict=(1.0 - r.disposal_success) * r.removal_cost * 1000.0 / r.satellite_power,
    )


def economic_life(bus: Scalar, chips: Scalar, shortest: Scalar, longest: Scalar) -> Scalar:
    """Years after which a satellite is no longer run: the lesser of both lives, within bounds."""
    return jnp.clip(jnp.minimum(bus, chips), shortest, longest)


def loss_at_start(
    reliability: Reliability, hazard: Hazards, launch_failure: Scalar, fleet_growth: Scalar
) -> Scalar:
    """Share lost at launch or dead on arrival; infant loss falls per tenfold fleet power."""
    fall = jnp.exp(hazard.infant_slope * jnp.log(jnp.maximum(1.0, fleet_growth)))
    return 1.0 - (1.0 - launch_failure) * (1.0 - reliability.infant_loss * fall)


def ages(reliability: Reliability, hazard: Hazards, date: Scalar) -> Ages:
    """When the losses of a satellite launched at `date` change."""
    repair = jnp.minimum(jnp.maximum(reliability.repair_year - date, 0.0), hazard.life)
    turn = jnp.maximum(hazard.first_chip_loss, repair)
    bare = discount(hazard.chip, turn - hazard.first_chip_loss)
    mended = discount(hazard.chip_repaired, hazard.life - turn)
    return Ages(repair, turn, bare, bare * mended)


def discounts(hazard: Hazards, rate: Scalar, turn: Scalar) -> Discount:
    """The discount factors of a rate."""
    return Discount(
        rate,
        discount(rate, hazard.first_chip_loss),
        discount(rate, turn),
        discount(rate, hazard.life),
    )


def at_turn(at: Discount, turn: Scalar) -> Discount:
    """The same rate for a vintage whose losses turn at another age."""
    return at._replace(turn=discount(at.rate, turn))


def survival_annuity(hazard: Hazards, age: Ages, at: Discount) -> Scalar:
    """Discounted years of surviving capacity, A_o(x); `at` contains the loss of satellites.

    Three spans: spares replace every loss; chips fail; from the repair year a part of the
    failures is undone.
    """
    spared, turn = hazard.first_chip_loss, age.turn
    left_at_turn = at.turn * age.chips_at_turn
    left_at_end = at.end * age.chips_at_end
    return hazard.infancy * (
        span(at.rate, spared, 1.0, at.spared)
        + span(at.rate + hazard.chip, turn - spared, at.spared, left_at_turn)
        + span(at.rate + hazard.chip_repaired, hazard.life - turn, left_at_turn, left_at_end)
    )


def removal(reliability: Reliability, hazard: Hazards, rate: Scalar, date: Scalar) -> Scalar:
    """Expected cost of removing derelicts, k$/kW, on vintages from the mandated date on."""
    mandated = date >= reliability.removal_year
    return jnp.where(mandated, hazard.derelict * discount(rate, hazard.life), 0.0)
