"""The market price of compute: its trend, its margin over cost, its cycle and its shortages."""

from typing import NamedTuple

import jax.numpy as jnp

from kernels.types import Scalar
from risk.inputs import group, number
from risk.model.annuity import annuity, power
from risk.model.constants import DT


@group
class Market:
    """Inputs of the market for compute."""

    scarcity_margin: Scalar = number(
        "1", "margin of the price over the cost of the marginal new ground site", low=-0.5
    )
    lasting_margin: Scalar = number("1", "part of the scarcity margin that lasts", low=0, high=1)
    margin_half_life: Scalar = number("year", "half-life of the passing scarcity margin", low=0.01)
    cycle_reversion: Scalar = number("1/year", "mean reversion of the price cycle", low=0.001)
    cycle_volatility: Scalar = number("1/year**0.5", "volatility of the price cycle", low=0)
    shortage_entry: Scalar = number("1/year", "rate at which shortages begin", low=0)
    shortage_exit: Scalar = number("1/year", "rate at which shortages end", low=0.001)
    shortage_premium: Scalar = number("1", "rise of the price in a shortage", low=0)
    deviation_decay: Scalar = number("1/year", "decay of cycle and shortage together", low=0)
    chip_weight: Scalar = number("1", "share of chips in ground cost", low=0, high=1)
    facility_weight: Scalar = number("1", "share of the facility in ground cost", low=0, high=1)
    slowest_decay: Scalar = number("1/year", "least trend decay of the price", low=0)
    least_wait_value: Scalar = number("1", "floor of the waiting-cost factor", low=0.01, high=1)


class MarketState(NamedTuple):
    """What the market remembers."""

    cycle: Scalar  # log price over its trend
    shortage: Scalar  # 1.0 in a shortage


def begin(market: Market, u: Scalar) -> MarketState:
    """No cycle; in a shortage with its long-run share."""
    long_run = market.shortage_entry / (market.shortage_entry + market.shortage_exit)
    shortage = (u < long_run).astype(u.dtype)
    return MarketState(jnp.zeros_like(shortage), shortage)


def revert(state: Scalar, reversion: Scalar, volatility: Scalar, z: Scalar) -> Scalar:
    """Exact transition of a mean-reverting process over one quarter.

    x exp(-k dt) + sigma sqrt((1 - exp(-2 k dt)) / (2 k)) z.
    """
    decay = jnp.exp(-reversion * DT)
    spread = volatility * jnp.sqrt((1.0 - decay * decay) / (2.0 * reversion))
    return state * decay + spread * z


def renew(market: Market, state: MarketState, cycle_z: Scalar, u: Scalar) -> MarketState:
    """One quarter on: the cycle reverts, a shortage begins or ends."""
    rate = jnp.where(state.shortage > 0.5, market.shortage_exit, market.shortage_entry)
    switch = u < 1.0 - jnp.exp(-rate * DT)
    return MarketState(
        cycle=revert(state.cycle, market.cycle_reversion, market.cycle_volatility, cycle_z),
        shortage=jnp.where(switch, 1.0 - state.shortage, state.shortage),
    )


def trend_decay(
    market: Market, growth: Scalar, chip_drift: Scalar, facility_drift: Scalar
) -> Scalar:
    """Trend decay of ground cost, and so of the price of compute, per year: delta."""
    kept = market.chip_weight * chip_drift + market.facility_weight * facility_drift
    return jnp.maximum(market.slowest_decay, growth - kept)


def margin(market: Market, years: Scalar) -> Scalar:
    """Market price over the zero-profit price of the marginal ground site: kappa(t)."""
    fading = (1.0 - market.lasting_margin) * power(2.0, -years / market.margin_half_life)
    return 1.0 + market.scarcity_margin * (market.lasting_margin + fading)


def deviation(market: Market, state: MarketState) -> Scalar:
    """Cycle and shortage as a relative deviation of the price: X(t)."""
    return jnp.exp(state.cycle) * (1.0 + market.shortage_premium * state.shortage) - 1.0


class Price(NamedTuple):
    """The price of compute seen at one date; k$ per frontier-equivalent kW-yr, per year."""

    birth: Scalar  # zero-profit price rho* of a unit at birth
    margin: Scalar  # kappa
    deviation: Scalar  # X
    decay: Scalar  # delta


def zero_profit_price(lcoc_ground: Scalar, rate: Scalar, life: Scalar, decay: Scalar) -> Scalar:
    """Price at birth that just pays a ground site when the price falls at `decay`: rho*."""
    return lcoc_ground * annuity(rate, life) / annuity(rate + decay, life)


def waiting_factor(
    market: Market, price: Price, ground_rate: Scalar, wait: Scalar, life: Scalar
) -> Scalar:
    """Cost of renting until one's own capacity runs, relative to not waiting: w(D).

    The scarcity margin on the rent, not the fall of the price, is what waiting costs.
    """
    rented = jnp.minimum(wait, life)
    rate = ground_rate + price.decay
    lasting = (price.margin - 1.0) * annuity(rate, rented)
    passing = price.margin * price.deviation * annuity(rate + market.deviation_decay, rented)
    return jnp.maximum(market.least_wait_value, 1.0 + (lasting + passing) / annuity(rate, life))
