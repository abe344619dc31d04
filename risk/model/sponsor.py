"""Sponsor: core business, burn, contracts, raises that can fail, and ruin; B$ of 2026."""

from typing import NamedTuple

import jax.numpy as jnp

from kernels.types import Scalar
from risk.inputs import group, number
from risk.model.annuity import annuity
from risk.model.constants import DT
from risk.model.market import Reversion, reversion, revert

CONTRACTS = 2
"""Compute rental contracts in force at the start, of equal size."""


@group
class Sponsor:
    """Inputs of the sponsor."""

    funds: Scalar = number("GUSD", "cash and raise capacity, today", low=0)
    cash_share: Scalar = number("1", "part of them that is cash", low=0, high=1)
    raise_size: Scalar = number("GUSD", "size of a raise", low=0)
    reserve: Scalar = number("GUSD", "cash below which the sponsor raises", low=0)
    raise_rate: Scalar = number(
        "1/year", "new raise capacity a year, share of market value", low=0, high=1
    )
    refusal: Scalar = number("1", "raises that fail in a bad capital market", low=0, high=1)
    bad_entry: Scalar = number("1/year", "rate at which bad capital markets begin", low=0)
    bad_exit: Scalar = number("1/year", "rate at which they end", low=0.001)
    debt_today: Scalar = number("GUSD", "debt, today", low=0)
    debt_share: Scalar = number("1", "part of a raise that is debt", low=0, high=1)
    interest: Scalar = number("1/year", "real interest on debt", low=0, high=1)
    core_cash: Scalar = number("GUSD/year", "core cash flow after core capex, today")
    core_ebitda: Scalar = number("GUSD/year", "core EBITDA, today", low=0)
    ebitda_growth: Scalar = number("1/year", "growth of core EBITDA", low=-0.5, high=3)
    capex_growth: Scalar = number("1/year", "growth of core capex", low=-0.5, high=3)
    core_fade: Scalar = number("1/year", "rate at which core growth fades", low=0)
    core_volatility: Scalar = number("1", "standard deviation of EBITDA about its trend", low=0)
    core_reversion: Scalar = number("1/year", "mean reversion of that deviation", low=0.001)
    operating_share: Scalar = number("1", "core operating profit over core EBITDA", low=-1, high=1)
    burn: Scalar = number("GUSD/year", "AI EBITDA loss before contracts, today", low=0)
    plan: Scalar = number("GUSD/year", "planned AI capex, today", low=0)
    plan_growth: Scalar = number("1/year", "growth of burn and plan", low=-0.5, high=3)
    plan_fade: Scalar = number("1/year", "rate at which that growth fades", low=0)
    spend_rate: Scalar = number("1/year", "cash that may be spent beyond the plan", low=0)
    ai_assets: Scalar = number("GUSD", "book value of AI assets, today", low=0)
    contracts: Scalar = number("GUSD/year", "compute rental contracts, today", low=0)
    contract_cancellation: Scalar = number("1/year", "rate at which a contract is cancelled", low=0)
    sold_share: Scalar = number(
        "1", "part of compute beyond the contracts that is sold for cash", low=0, high=1
    )
    market_value: Scalar = number("TUSD", "market value, today", low=0.001)
    value_growth: Scalar = number("1/year", "drift of log market value", low=-1, high=1)
    value_reversion: Scalar = number("1/year", "mean reversion of log market value", low=0.001)
    value_volatility: Scalar = number("1/year**0.5", "volatility of market value", low=0)
    subscribers: Scalar = number("million", "connectivity subscribers, today", low=0)
    subscribers_added: Scalar = number("million/year", "subscribers added a year", low=0)


class Terms(NamedTuple):
    """What depends on the inputs alone."""

    core: Reversion
    value: Reversion
    begins: Scalar  # probability that a bad capital market begins in a quarter
    ends: Scalar
    cancelled: Scalar  # probability that a contract is cancelled in a quarter
    ebitda: Scalar  # log growth, per year, as the next two
    capex: Scalar
    plan: Scalar
    core_capex: Scalar  # today, B$/yr


class SponsorState(NamedTuple):
    """What the sponsor remembers."""

    cash: Scalar
    capacity: Scalar  # that can still be raised
    debt: Scalar
    raises: Scalar  # cumulative
    failed: Scalar  # cumulative
    ruined: Scalar  # 1.0 once cash is gone and a raise has failed
    bad: Scalar  # 1.0 in a bad capital market
    core: Scalar  # deviation of EBITDA from its trend, share
    contracts: Scalar  # in force
    value: Scalar  # deviation of log market value from its trend
    assets: Scalar  # book value of AI assets
    cash_in: Scalar  # cumulative, the cash at the start included
    cash_out: Scalar  # cumulative


class Flows(NamedTuple):
    """Yearly flows of a quarter, B$ a year."""

    ebitda: Scalar
    core_capex: Scalar
    contracts: Scalar
    burn: Scalar
    plan: Scalar
    operating: Scalar  # operating profit of core business and AI


class Events(NamedTuple):
    """Random numbers that the sponsor takes in a quarter."""

    core: Scalar  # normal, as the next
    value: Scalar
    contract: Scalar  # uniform, as the rest
    capital: Scalar
    raised: Scalar


def terms(sponsor: Sponsor) -> Terms:
    """Growth rates, and how often capital markets and contracts turn."""
    spread = sponsor.core_volatility * jnp.sqrt(2.0 * sponsor.core_reversion)
    return Terms(
        core=reversion(sponsor.core_reversion, spread),
        value=reversion(sponsor.value_reversion, sponsor.value_volatility),
        begins=1.0 - jnp.exp(-sponsor.bad_entry * DT),
        ends=1.0 - jnp.exp(-sponsor.bad_exit * DT),
        cancelled=1.0 - jnp.exp(-sponsor.contract_cancellation * DT),
        ebitda=jnp.log1p(sponsor.ebitda_growth),
        capex=jnp.log1p(sponsor.capex_growth),
        plan=jnp.log1p(sponsor.plan_growth),
        core_capex=sponsor.core_ebitda - sponsor.core_cash,
    )


def begin(sponsor: Sponsor, u: Scalar) -> SponsorState:
    """The sponsor today; in a bad capital market with its long-run share."""
    zero = jnp.zeros_like(u)
    long_run = sponsor.bad_entry / (sponsor.bad_entry + sponsor.bad_exit)
    cash = sponsor.funds * sponsor.cash_share + zero
    return SponsorState(
        cash=cash,
        capacity=sponsor.funds - cash,
        debt=sponsor.debt_today + zero,
        raises=zero,
        failed=zero,
        ruined=zero,
        bad=(u < long_run).astype(u.dtype),
        core=zero,
        contracts=zero + CONTRACTS,
        value=zero,
        assets=sponsor.ai_assets + zero,
        cash_in=cash,
        cash_out=zero,
    )


def flows(sponsor: Sponsor, t: Terms, state: SponsorState, life: Scalar, years: Scalar) -> Flows:
    """What a year brings and takes at this date; growth fades, so levels end, exp(g a(fade, t)).

    A ruined sponsor burns and plans nothing. Operating profit is the core's, contracts, less burn
    and depreciation of AI assets over `life` years.
    """
    core, plan = annuity(sponsor.core_fade, years), annuity(sponsor.plan_fade, years)
    ebitda = sponsor.core_ebitda * jnp.exp(t.ebitda * core) * (1.0 + state.core)
    goes_on = 1.0 - state.ruined
    grown = jnp.exp(t.plan * plan) * goes_on
    contracts = sponsor.contracts * (state.contracts / CONTRACTS)
    burn = sponsor.burn * grown
    return Flows(
        ebitda=ebitda,
        core_capex=t.core_capex * jnp.exp(t.capex * core),
        contracts=contracts,
        burn=burn,
        plan=sponsor.plan * grown,
        operating=sponsor.operating_share * ebitda + contracts - burn - state.assets / life,
    )


def market_value(sponsor: Sponsor, state: SponsorState, years: Scalar) -> Scalar:
    """Market value, T$: a trend and a deviation that reverts."""
    return sponsor.market_value * jnp.exp(sponsor.value_growth * years + state.value)


def budget(sponsor: Sponsor, state: SponsorState, flow: Flows) -> Scalar:
    """What the fleets may spend in this quarter, B$: the plan, and part of the cash beyond it."""
    free = (flow.plan + sponsor.spend_rate * jnp.maximum(0.0, state.cash)) * DT
    return jnp.where((state.ruined > 0.5) | (state.cash <= 0.0), 0.0, free)


def sold(sponsor: Sponsor, flow: Flows, sales: Scalar) -> Scalar:
    """Cash that compute beyond the contracts earns in a quarter, B$; `sales` of all compute."""
    return sponsor.sold_share * jnp.maximum(0.0, sales - flow.contracts * DT)


def renew(
    sponsor: Sponsor,
    t: Terms,
    state: SponsorState,
    flow: Flows,
    capex: Scalar,
    sold: Scalar,
    life: Scalar,
    years: Scalar,
    event: Events,
) -> SponsorState:
    """One quarter on, B$ in the quarter for `capex` of both fleets and compute `sold`.

    Cash += core + contracts + sold - burn - max(plan, capex) - interest, then a raise where less
    than the reserve is left. It fails where no capacity is left, and in a bad market now and
    then; a sponsor without cash whose raise fails is ruined for good, and from then on pays no
    more than it takes in. With nothing sold beyond the contracts this is the plain budget of a
    sponsor that uses its compute itself.
    """
    invested = jnp.maximum(flow.plan * DT, capex)
    income = jnp.maximum(0.0, flow.ebitda) * DT + flow.contracts * DT + sold
    paid = (jnp.maximum(0.0, -flow.ebitda) + flow.core_capex + flow.burn) * DT + invested
    paid = paid + sponsor.interest * state.debt * DT
    paid = jnp.where(state.ruined > 0.5, jnp.minimum(paid, income), paid)
    before = state.cash + income - paid

    asks = (before < sponsor.reserve) & (state.ruined < 0.5)
    size = jnp.minimum(sponsor.raise_size, state.capacity)
    refused = (size <= 1e-3) | ((state.bad > 0.5) & (event.raised < sponsor.refusal))
    given = jnp.where(asks & ~refused, size, 0.0)
    failed = asks & refused
    ruined = (state.ruined > 0.5) | (failed & (before < 0.0))

    value = market_value(sponsor, state, years) * 1000.0
    fresh = jnp.where(state.bad > 0.5, 0.0, sponsor.raise_rate * value * DT)
    turned = event.capital < jnp.where(state.bad > 0.5, t.ends, t.begins)
    first = (event.contract < t.cancelled) & (state.contracts > 0.5)
    second = (event.contract > 1.0 - t.cancelled) & (state.contracts > 1.5)
    ended = jnp.where(first | second, 1.0, 0.0)
    return SponsorState(
        cash=before + given,
        capacity=state.capacity - given + fresh,
        debt=state.debt + sponsor.debt_share * given,
        raises=state.raises + jnp.where(given > 0.0, 1.0, 0.0),
        failed=state.failed + jnp.where(failed, 1.0, 0.0),
        ruined=jnp.where(ruined, 1.0, 0.0),
        bad=jnp.where(turned, 1.0 - state.bad, state.bad),
        core=revert(state.core, t.core, event.core),
        contracts=state.contracts - ended,
        value=revert(state.value, t.value, event.value),
        assets=state.assets * (1.0 - DT / life) + invested,
        cash_in=state.cash_in + income + given,
        cash_out=state.cash_out + paid,
    )
