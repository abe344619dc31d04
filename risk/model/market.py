"""The market price of compute: its trend, its margin over cost, its cycle and its shortages."""

from typing import NamedTuple

import jax.numpy as jnp

from kernels.types import Scalar
from risk.inputs import group, number
from risk.model.annuity import discount, halved, span
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


class Reversion(NamedTuple):
    """Exact transition of a mean-reverting process over one quarter."""

    kept: Scalar  # share of the deviation left, exp(-k dt)
    spread: Scalar  # sigma sqrt((1 - exp(-2 k dt)) / (2 k))


class Slopes(NamedTuple):
    """What depends on the inputs alone."""

    cycle: Reversion
    begins: Scalar  # probability that a shortage begins in a quarter
    ends: Scalar


class MarketState(NamedTuple):
    """What the market remembers."""

    cycle: Scalar  # log price over its trend
    shortage: Scalar  # 1.0 in a shortage


def begin(market: Market, u: Scalar) -> MarketState:
    """No cycle; in a shortage with its long-run share."""
    long_run = market.shortage_entry / (market.shortage_entry + market.shortage_exit)
    shortage = (u < long_run).astype(u.dtype)
    return MarketState(jnp.zeros_like(shortage), shortage)


def reversion(rate: Scalar, volatility: Scalar) -> Reversion:
    """The transition of a process with this mean reversion per year."""
    kept = jnp.exp(-rate * DT)
    return Reversion(kept, volatility * jnp.sqrt((1.0 - kept * kept) / (2.0 * rate)))


def slopes(market: Market) -> Slopes:
    """What drives the cycle and the shortages from quarter to quarter."""
    return Slopes(
        cycle=reversion(market.cycle_reversion, market.cycle_volatility),
        begins=1.0 - jnp.exp(-market.shortage_entry * DT),
        ends=1.0 - jnp.exp(-market.shortage_exit * DT),
    )


def revert(state: Scalar, step: Reversion, z: Scalar) -> Scalar:
    """A deviation one quarter on: x exp(-k dt) + sigma sqrt((1 - exp(-2 k dt)) / (2 k)) z."""
    return state * step.kept + step.spread * z


def renew(slope: Slopes, state: MarketState, cycle_z: Scalar, u: Scalar) -> MarketState:
    """One quarter on: the cycle reverts, a shortage begins or ends."""
    switch = u < jnp.where(state.shortage > 0.5, slope.ends, slope.begins)
    return MarketState(
        cycle=revert(state.cycle, slope.cycle, cycle_z),
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
    fading = (1.0 - market.lasting_margin) * halved(years, market.margin_half_life)
    return 1.0 + market.scarcity_margin * (market.lasting_margin + fading)


def deviation(market: Market, state: MarketState) -> Scalar:
    """Cycle and shortage as a relative deviation of the price: X(t)."""
    return jnp.exp(state.cycle) * (1.0 + market.shortage_premium * state.shortage) - 1.0


class Price(NamedTuple):
    """The price of compute seen at one date; k$ per frontier-equivalent kW-yr, per year."""

    birth: Scalar  # zero-profit price rho* of a unit at birth
    margin: Scalar  # kappa
    deviation: Scalar  # X


class Left(NamedTuple):
    """What is left of the price of compute after some years, as a share."""

    trend: Scalar
    deviation: Scalar


def left(market: Market, decay: Scalar, years: Scalar) -> Left:
    """What trend decay and the decay of deviations leave."""
    return Left(discount(decay, years), discount(market.deviation_decay, years))


class Sales(NamedTuple):
    """Discounted years of sales at a price that is 1 at birth and falls, and of its deviation."""

    lasting: Scalar
    passing: Scalar

    def at(self, price: Price) -> Scalar:
        """Present value of what a unit sells at this price: kappa rho* (lasting + X passing)."""
        return price.margin * price.birth * (self.lasting + price.deviation * self.passing)


def sales(market: Market, rate: Scalar, years: Scalar, end: Scalar, left: Left) -> Sales:
    """Sales over so many years at the rate r + delta; `end` is the discount factor of r then."""
    fallen = end * left.trend
    return Sales(
        lasting=span(rate, years, 1.0, fallen),
        passing=span(rate + market.deviation_decay, years, 1.0, fallen * left.deviation),
    )


def zero_profit_price(lcoc_ground: Scalar, service: Scalar, sold: Sales) -> Scalar:
    """Price at birth that just pays a ground site when the price falls: rho*.

    `service` are the discounted years of its chips, at the same rate as its sales.
    """
    return lcoc_ground * service / sold.lasting


def waiting_factor(
    market: Market, price: Price, rate: Scalar, rented: Scalar, whole: Scalar
) -> Scalar:
    """Cost of renting until one's own capacity runs, relative to not waiting: w(D).

    The scarcity margin on the rent, not the fall of the price, is what waiting costs. Years are
    discounted at r + delta: `rate`; `whole` is its annuity over a life.
    """
    end = discount(rate, rented)
    passes = end * discount(market.deviation_decay, rented)
    lasting = (price.margin - 1.0) * span(rate, rented, 1.0, end)
    passing = span(rate + market.deviation_decay, rented, 1.0, passes)
    passing = price.margin * price.deviation * passing
    return jnp.maximum(market.least_wait_value, 1.0 + (lasting + passing) * (1.0 / whole))
