"""Sites: the ground fleet, refreshed in place, resold, and retired when it no longer pays."""

from typing import NamedTuple

import jax.numpy as jnp

from kernels.types import Scalar
from risk.model import line
from risk.model.annuity import discount
from risk.model.constants import DT, HOURS_PER_YEAR

PLACES = 32
"""Longest economic life of IT on the ground, quarters; C6 is clipped at seven years."""


class Law(NamedTuple):
    """What all cohorts of a path share."""

    life: Scalar  # whole quarters
    growth: Scalar  # of log performance per watt, per year
    step: Scalar  # frontier-equivalence of a cohort over one a quarter older
    oldest: Scalar  # of a cohort with one quarter of life left


class Sites(NamedTuple):
    """The ground fleet, kW of IT unless said otherwise."""

    line: line.Line  # chips by quarters of life left
    chips: Scalar
    powered: Scalar  # facility with power
    retired: Scalar  # chips, cumulative


class Ended(NamedTuple):
    """What a quarter ends."""

    due: Scalar  # kW at the end of their life
    early: Scalar  # kW retired because the rent does not pay for running them
    age: Scalar  # of the latter, years, at most a life


def law(life: Scalar, growth: Scalar) -> Law:
    """`life` is C6 in years, `growth` of log performance per watt, per year."""
    whole = line.quarters(life, PLACES)
    return Law(
        life=whole,
        growth=growth,
        step=discount(-growth, DT),
        oldest=discount(growth, (whole - 1.0) * DT),
    )


def begin(law: Law, capacity: Scalar) -> Sites:
    """A fleet whose chips have every age of their life equally often."""
    return Sites(line.spread(PLACES, law.life, capacity), capacity, capacity, capacity * 0.0)


def output(law: Law, sites: Sites) -> Scalar:
    """Frontier-equivalent kW: each cohort by what a kW of it computes over a new one."""
    return line.aged(sites.line, law.step, law.oldest)


def marginal_age(law: Law, rent: Scalar, running: Scalar) -> Scalar:
    """Age in years from which chips do not earn what running them costs.

    rent exp(-ln(1 + C2) a) = running; `rent` per frontier-equivalent kW-yr, `running` per kW-yr.
    """
    margin = jnp.log(jnp.maximum(rent, 1e-6) / jnp.maximum(running, 1e-6))
    return jnp.maximum(0.0, margin) / jnp.maximum(law.growth, 1e-3)


def retire(law: Law, sites: Sites, age: Scalar) -> tuple[Sites, Ended]:
    """Chips that reach their life, and those older than the marginal age, leave their sites."""
    kept, early = line.split(sites.line[1:], law.life - 1.0 - age / DT)
    due = sites.line[0]
    after = Sites(
        line=(due, *kept),
        chips=sites.chips - due - early,
        powered=sites.powered,
        retired=sites.retired + due + early,
    )
    return after, Ended(due, early, jnp.minimum(age, law.life * DT))


def fill(law: Law, sites: Sites, energised: Scalar, bought: Scalar) -> Sites:
    """One quarter on: new power, and chips that enter service for a life."""
    return Sites(
        line=line.move(sites.line, 1.0, law.life, bought),
        chips=jnp.maximum(0.0, sites.chips + bought),
        powered=sites.powered + energised,
        retired=sites.retired,
    )


def energy(price: Scalar, pue: Scalar) -> Scalar:
    """Power of a kW of IT for a year, k$, at `price` $/kWh."""
    return price * (HOURS_PER_YEAR / 1000.0) * pue
