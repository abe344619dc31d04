"""Fleets on known answers: the vintage's cost from realised cash, a system that never deploys."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from risk.model import ledger, line
from risk.model.constants import DT, QUARTERS
from risk.model.world import FleetOutcome
from risk.scenario import Scenario, load
from tests.fleets import Rolled, double, drawn, rolled, values
from tests.reference import a, real
from tests.reference import tree as by_group

NEVER = "1e9 year"


def fixed(scenario: Scenario, **numbers: str | float) -> Scenario:
    for key, value in numbers.items():
        scenario = scenario.with_fixed(key.replace("__", "."), value)
    return scenario


def one_cohort() -> Rolled:
    """A system that launches what it wants in the first quarter, for five years, and loses none."""
    zero = {
        "launch__failure_new": 0.0,
        "launch__failure_mature": 0.0,
        "reliability__infant_loss": 0.0,
        "reliability__satellite_hazard": 0.0,
        "reliability__collision_hazard": 0.0,
        "reliability__burst_hazard": 0.0,
        "reliability__ground_chip_failure": 0.0,
        "reliability__storm_share": 0.0,
        "reliability__repair_cost": 0.0,
        "space__burst_rate": 0.0,
        "finance__insured_share": 0.0,
        "platform__programme": 0.0,
        "schedule__development": 0.0,
        "demand__share": 0.0,
        "chips__frontier_growth": 0.0,
        "service__training_share": 0.0,
    }
    given = {
        "launch__flights_today": 1e5,
        "launch__cadence_cap": 1e6,
        "fleet__orbit_share": 1.0,
        "fleet__lift_share": 1.0,
        "fleet__factory_today": 1e12,
        "fleet__licence_year": 2020.0,
        "fleet__licence_cap": 1e9,
        "service__tolerant_share": 1.0,
        "service__tolerant_density": 1e-6,
        "sponsor__funds": 1e6,
        "sponsor__cash_share": 1.0,
        "sponsor__spend_rate": 4.0,
        "reliability__bus_life": 5.0,
        "reliability__running_on": 2.0,
        "reliability__dose_limit": 1000.0,
        "reliability__removal_year": 1e9,
        "reliability__repair_year": 1e9,
    }
    scenario = fixed(load("base").collapsed(), **zero, **given)
    with jax.enable_x64(True):
        return rolled(double(drawn(scenario, 8)))


def test_realised_cash_of_one_cohort_gives_the_vintages_cost() -> None:
    """They agree where no cap binds, nothing is lost and one class of work is sold.

    A vintage is paid for half a year before it serves, the fleet in the quarter before, an eighth
    of a year before the middle of its first one; with that the costs agree. They part where losses
    come as events, where a cap delays a cohort, and on the ground, whose buildings outlive the run.
    """
    walk = one_cohort()
    o, x = walk.shown, by_group(values(walk.drawn.inputs, 0, 8))
    served = slice(1, 21)  # a life of 20 quarters
    kw = o.orbit_kw[1, 0]
    np.testing.assert_allclose(o.orbit_kw[served, 0], kw, rtol=1e-12)
    assert kw == pytest.approx(o.demand_kw[0, 0])
    light = np.where(walk.market["battery"][0, 0] > 0, 1.0, o.sunlit[0, 0])
    use = x.chips.orbit_inference_share
    works = x.reliability.availability * (1 - x.reliability.silent_errors) * use * light
    frontier = x.chips.frontier_today
    sales = o.orbit_pflop[:21, 0] / frontier * works * walk.market["rent"][:21, 0] * DT
    cost = sales / 1e6 - np.diff(o.orbit_cash[:22, 0])
    rate = real(x, x.finance.orbit_wacc)
    discount = np.exp(-rate * DT * np.arange(21))
    lag = o.orbit_pflop[1, 0] / frontier / kw
    delivered = kw * works * lag * DT * discount[1:].sum()
    found = (cost * 1e6 * discount).sum() / delivered

    value = cost[0] * 1e6 / kw
    vintage = walk.outcome.lcoc_orbit[0, 0]
    years = a(rate, 5.0)
    paid_later = value * (np.exp(rate / 2) - 1.0) / (works * lag * years)
    middle = DT * discount[1:].sum() / years  # what a payment at the quarter's start is worth
    expected = (vintage - paid_later) + value * (1 / middle - 1.0) / (works * lag * years)
    assert found == pytest.approx(expected, rel=1e-6)
    assert found == pytest.approx(vintage, rel=0.05)


@pytest.fixture(scope="module")
def never() -> FleetOutcome:
    """A system without licence and without money."""
    nothing = {"sponsor__funds": 0.0, "sponsor__contracts": 0.0, "sponsor__sold_share": 0.0}
    scenario = fixed(load("spacex_xai"), fleet__licence_year=1e9, **nothing)
    return rolled(drawn(scenario, 64)).shown


def test_a_system_that_never_deploys_gives_finite_numbers(never: FleetOutcome) -> None:
    assert [k for k in FleetOutcome._fields if not np.isfinite(getattr(never, k)).all()] == []
    for name in ("orbit_launched_kw", "orbit_kw", "satellites", "served_tolerant", "licensed"):
        assert (getattr(never, name) == 0.0).all(), name
    assert (never.ruined[-1] == 1.0).mean() > 0.9
    assert (never.others_share == 1.0).all()


def test_a_system_that_never_deploys_has_censored_dates(never: FleetOutcome) -> None:
    spent = never.orbit_cash.min(axis=0) < 0.0
    back = np.asarray(ledger.payback(jnp.asarray(never.orbit_cash)))
    assert (back == QUARTERS).all()
    assert spent.any()  # development is paid for all the same


def test_payback_is_the_first_quarter_that_stays_paid() -> None:
    cash = jnp.asarray([[0.0, 0.0, 0.0], [-1.0, -1.0, 0.0], [2.0, -1.0, 0.0], [-1.0, -1.0, 0.0]])
    cash = jnp.concatenate([cash, jnp.asarray([[3.0, -1.0, 0.0], [4.0, -1.0, 0.0]])])
    assert ledger.payback(cash).tolist() == [4, 6, 6]


def test_a_fleet_that_is_never_below_zero_has_paid_back_from_the_start() -> None:
    cash = jnp.asarray([[0.0, 0.0], [1.0, 0.0], [0.0, 0.0]])
    assert ledger.payback(cash).tolist() == [0, 3]  # one whose cash never moves has not


def test_a_line_returns_what_entered_a_life_ago() -> None:
    life, state = jnp.asarray(3.0), line.empty(8, jnp.asarray(0.0))
    out = []
    for k in range(8):
        out.append(float(state[0]))
        state = line.move(state, 0.5, life, jnp.asarray(float(k == 0)))
    assert out == [0.0, 0.0, 0.0, 0.25, 0.0, 0.0, 0.0, 0.0]


def test_a_line_spread_over_a_life_holds_its_capacity() -> None:
    state = line.spread(8, jnp.asarray(5.0), jnp.asarray(10.0))
    assert [float(x) for x in state] == [2.0] * 5 + [0.0] * 3
    kept, taken = line.split(state, jnp.asarray(1.5))
    assert float(taken) == pytest.approx(3.0)
    assert float(sum(kept)) == pytest.approx(7.0)
    assert float(line.aged(state, jnp.asarray(2.0), jnp.asarray(1.0))) == 2.0 * 31.0
