"""The ledger of both fleets: what a quarter costs and sells, k$.

Fleets insure themselves: losses are paid for as they happen. The vintages count the loading that
an insurer would take.
"""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float, Int32

from kernels.types import Scalar
from risk.model import cohorts, platform, queue, service, sites
from risk.model import ground as grounds
from risk.model.annuity import discount
from risk.model.constants import DT, START
from risk.model.path import Fixed, Markets, Outcome, State
from risk.model.world import FleetFixed, FleetState, World

K_USD_PER_B_USD = 1e6


class Money(NamedTuple):
    """What one fleet pays and earns in a quarter, k$."""

    capex: Scalar
    opex: Scalar  # less resale
    sales: Scalar
    stranded: Scalar


def payback(cash: Float[Array, "step path"]) -> Int32[Array, " path"]:
    """First quarter from which cumulative cash is never below zero again.

    The number of quarters where that is not seen: still below zero at the end, or no cash moved.
    """
    steps = cash.shape[0]
    quarter = jnp.arange(1, steps + 1, dtype=jnp.int32)[:, None]
    back = jnp.max(jnp.where(cash < 0.0, quarter, 0), axis=0)
    return jnp.where((cash != 0.0).any(axis=0), back, steps)


def net(money: Money) -> Scalar:
    """Cash flow of a quarter, B$."""
    return (money.sales - money.capex - money.opex) / K_USD_PER_B_USD


def rent(met: Markets) -> Scalar:
    """Market price of compute now, k$ per frontier-equivalent kW-yr: kappa rho* (1 + X)."""
    return met.rent.birth * met.rent.margin * (1.0 + met.rent.deviation)


def unit_value(x: World, fixed: Fixed, outcome: Outcome, met: Markets, years: Scalar) -> Scalar:
    """What a launched kW costs, k$: chips with spares, platform, launch, ground segment (V_o)."""
    full = outcome.platform_cost
    bare = platform.throttled_cost(x.platform, fixed.platform, full)
    station = jnp.where(met.with_battery > 0.5, full, bare)
    chip = met.chip_cost * platform.flight_premium(x.platform, fixed.platform, years)
    launched = outcome.launch_price * outcome.specific_mass / 1000.0
    links = platform.ground_segment(x.platform, fixed.platform, years)
    return chip * (1.0 + x.reliability.spares) + station + launched + links


def running(x: World, fixed: Fixed, state: State, met: Markets, years: Scalar) -> Scalar:
    """What keeps a ground kW running, k$ a year: power, operations, repair of chips."""
    ground = x.ground
    price = ground.power_price * jnp.exp(ground.power_drift * years + state.power_price)
    price = price + jnp.where(fixed.behind_meter > 0.5, ground.onsite_adder, 0.0)
    energy = sites.energy(price, grounds.pue(ground, fixed.ground, years))
    repair = x.reliability.ground_chip_failure * met.chip_cost
    return energy + ground.operations + repair + ground.externalities / 1000.0


def dues(x: World, progress: queue.Progress, years: Scalar) -> Scalar:
    """What ground projects cost first, k$: stages that end, and projects that wait.

    Each stage of the queue ends with an equal part of the facility paid, so that a year's orders
    are paid along an S-curve; a cancelled project keeps what it has cost.
    """
    site = grounds.facility(x.ground, years)
    carried = x.queue.carrying * progress.waiting * site * DT
    return site * progress.advanced / queue.STAGES + carried


def programme(x: World, years: Scalar) -> Scalar:
    """Development in orbit, k$ in this quarter: the programme's cost spread over its duration."""
    spent = jnp.clip(x.schedule.development - years, 0.0, DT)
    share = spent / jnp.maximum(x.schedule.development, 1e-6)
    return x.platform.programme * K_USD_PER_B_USD * share


def orbit(
    x: World,
    fixed: Fixed,
    own: FleetFixed,
    fleet: FleetState,
    served: service.Served,
    ended: cohorts.Ended,
    capex: Scalar,
    price: Scalar,
    years: Scalar,
) -> Money:
    """The orbital fleet's quarter; `price` is the rent.

    Compute sold is what the classes of work take; chips are repaired from the date on at which
    that is possible, and derelicts removed where that is mandated.
    """
    mandated = START + years >= x.reliability.removal_year
    mended = START + years >= x.reliability.repair_year
    repair = jnp.where(mended, x.reliability.repair_cost * fleet.orbit.satellites, 0.0)
    derelict = jnp.where(mandated, fixed.hazard.derelict * ended.satellites, 0.0)
    works = x.reliability.availability * fleet.orbit.light * fleet.throughput
    sold = cohorts.output(fleet.orbit) * works * served.sold
    zero = jnp.zeros_like(price)
    return Money(capex, (fleet.orbit.operations + repair) * DT + derelict, sold * price * DT, zero)


def ground(
    x: World,
    own: FleetFixed,
    fleet: FleetState,
    closed: sites.Ended,
    chip_cost: Scalar,
    capex: Scalar,
    cost: Scalar,
    price: Scalar,
) -> Money:
    """The ground fleet's quarter: running cost less resale of the chips that leave it.

    Stranded is the straight-line book value of chips that leave early, less what they fetch.
    """
    resale = x.chips.resale_decay
    life = own.sites.life * DT
    due = closed.due * discount(resale, life)
    early = closed.early * discount(resale, closed.age)
    book = closed.early * jnp.maximum(0.0, 1.0 - closed.age / life)
    tax = x.ground.property_tax * (
        fleet.sites.chips * chip_cost / 2.0 + fleet.sites.powered * x.ground.facility_cost
    )
    sold = sites.output(own.sites, fleet.sites) * x.ground.availability
    return Money(
        capex=capex,
        opex=(fleet.sites.chips * cost + tax) * DT - chip_cost * (due + early),
        sales=sold * price * DT,
        stranded=chip_cost * jnp.maximum(0.0, book - early),
    )
