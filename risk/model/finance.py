"""Finance: a cost of capital per fleet that moves, and insurance that counts no loss twice."""

from typing import NamedTuple

import jax.numpy as jnp

from kernels.types import Scalar
from risk.inputs import group, number
from risk.model.constants import DT


@group
class Finance:
    """Inputs of capital and insurance; both costs of capital are nominal."""

    inflation: Scalar = number("1/year", "inflation expected by lenders", low=-0.05, high=0.5)
    orbit_wacc: Scalar = number("1/year", "cost of capital in orbit, today, nominal", low=0, high=1)
    orbit_wacc_fall: Scalar = number(
        "1/year**2", "fall of the cost of capital in orbit per year of operation", low=0
    )
    orbit_spread: Scalar = number(
        "1/year", "spread of orbit over ground capital that remains", low=0, high=1
    )
    ground_wacc: Scalar = number("1/year", "cost of capital on the ground, nominal", low=0, high=1)
    wacc_reversion: Scalar = number(
        "1/year", "mean reversion of the ground's cost of capital", low=0.001
    )
    wacc_volatility: Scalar = number(
        "1/year**1.5", "volatility of the ground's cost of capital", low=0
    )
    wacc_floor: Scalar = number("1/year", "least cost of capital on the ground", low=0)
    launch_insurance: Scalar = number("1", "rate of launch and first-year insurance", low=0)
    orbit_insurance: Scalar = number("1/year", "rate of in-orbit insurance", low=0)
    insured_share: Scalar = number("1", "share of the value insured", low=0, high=1)
    loading: Scalar = number("1", "least loading of a premium over the loss", low=0)
    cover_limit: Scalar = number("1", "launch failure above which there is no cover", low=0, high=1)
    market_loss: Scalar = number("1/year", "rate of losses that harden the market", low=0)
    hard_market: Scalar = number("1", "launch premiums in a hard market, factor", low=1)
    hard_market_years: Scalar = number("year", "duration of a hard market", low=0)


class FinanceState(NamedTuple):
    """What capital and insurance markets remember."""

    wacc: Scalar  # deviation of the ground's from its mean
    hard: Scalar  # years of hard insurance market left


class Slopes(NamedTuple):
    """What depends on the inputs alone."""

    inflation: Scalar  # continuous, per year
    market_loss: Scalar  # probability in a quarter


class Rates(NamedTuple):
    """Real continuous discount rates, per year."""

    orbit: Scalar
    ground: Scalar


def slopes(finance: Finance) -> Slopes:
    """Inflation as a continuous rate, and how often the market takes a loss."""
    return Slopes(jnp.log1p(finance.inflation), 1.0 - jnp.exp(-finance.market_loss * DT))


def renew_insurance(finance: Finance, slope: Slopes, hard: Scalar, u: Scalar) -> Scalar:
    """One quarter on: a market loss starts the hard years anew."""
    loss = u < slope.market_loss
    return jnp.where(loss, finance.hard_market_years, jnp.maximum(0.0, hard - DT))


def rates(finance: Finance, slope: Slopes, wacc_deviation: Scalar, years: Scalar) -> Rates:
    """Discount rates of vintages committed at t; a vintage keeps its rates.

    r = ln((1 + WACC) / (1 + inflation)); the orbital premium is earned away year by year, down
    to a spread over the ground.
    """
    ground = jnp.maximum(finance.wacc_floor, finance.ground_wacc + wacc_deviation)
    mature = jnp.minimum(finance.orbit_wacc, ground + finance.orbit_spread)
    orbit = jnp.maximum(finance.orbit_wacc - finance.orbit_wacc_fall * years, mature)
    return Rates(jnp.log(1.0 + orbit) - slope.inflation, jnp.log(1.0 + ground) - slope.inflation)


def launch_loading(
    finance: Finance, share: Scalar, loss: Scalar, launch_failure: Scalar, hard: Scalar
) -> Scalar:
    """Cost of launch insurance beyond the loss it pays back, share of value.

    u max(loading x loss, rate - loss): the loss itself is already in the lost satellites. No
    cover while launches fail too often. The floor makes the premium at least 1.25 x the loss.
    """
    rate = finance.launch_insurance * jnp.where(hard > 0.0, finance.hard_market, 1.0)
    covered = jnp.where(launch_failure > finance.cover_limit, 0.0, share)
    return covered * jnp.maximum(finance.loading * loss, rate - loss)


def orbit_loading(finance: Finance, share: Scalar, hazard: Scalar) -> Scalar:
    """Yearly cost of in-orbit insurance beyond the losses it pays back, share of value."""
    return share * jnp.maximum(finance.loading * hazard, finance.orbit_insurance - hazard)
