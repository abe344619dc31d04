"""Orbit that is ground by inputs alone: bought alike, both fleets earn alike, to the last quarter.

The whole fleets cannot tie. The ground begins with what it owns and a full queue, pays for its
buildings stage by stage and keeps them when chips are renewed; orbit begins with nothing, and each
satellite takes its platform with it. What is left is one statement: the same purchases at the same
dates give the same capacity, compute, cash flow and NPV.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpy.typing import NDArray

from risk.model import cohorts, fleet, launch, ledger, path, service, sites
from risk.model import ground as grounds
from risk.model.annuity import discount
from risk.model.constants import DT, QUARTERS
from risk.scenario import Scenario
from tests.fleets import Drawn, double, drawn
from tests.model.test_self_consistency import dual

PATHS = 16
ALL = 1e12
"""Demand of which a capacity serves what it can, kW."""
CLOSE = 1e-9
"""Relative, in double precision: sums with a lag against a line of cohorts."""


class Twin(NamedTuple):
    """One fleet by quarter, (quarters, paths)."""

    kw: NDArray
    output: NDArray  # frontier-equivalent kW of today
    cash: NDArray  # of the quarter, B$
    npv: NDArray


def twins(scenario: Scenario) -> tuple[Twin, Twin]:
    """Both fleets on purchases given by quarter, through their own cohorts and ledger."""
    with jax.enable_x64(True):
        return _marched(double(drawn(scenario, PATHS)))


def _marched(given: Drawn) -> tuple[Twin, Twin]:
    x = given.inputs
    fixed = path.prepare(x, given.starts)
    own = fleet.prepare(x, fixed)
    state = path.begin(x, given.starts)
    begun = fleet.begin(x, fixed, own, given.fleets)
    nothing = jnp.zeros(PATHS)
    both = begun._replace(sites=sites.begin(own.sites, nothing))
    npv = {"orbit": nothing, "ground": nothing}
    rows: dict[str, list[tuple]] = {"orbit": [], "ground": []}
    for t, (shocks, _) in enumerate(given.shocks):
        years = jnp.float64(t * DT)
        bought = 1e3 * (1.0 + t % 7) + nothing
        outcome, met = path.assess(x, fixed, state, years)
        rent = ledger.rent(met)
        running = ledger.running(x, fixed, state, met, years)
        value = ledger.unit_value(x, fixed, outcome, met, years)
        site = met.chip_cost + grounds.facility(x.ground, years)
        orbiting, ended = cohorts.advance(
            x.chips, x.platform, fixed.platform, own.orbit, (fixed.growth, fixed.lag_fall),
            both.orbit, cohorts.Entry(bought, bought, met.with_battery), jnp.ones(PATHS), years,
        )  # fmt: skip
        age = sites.marginal_age(own.sites, rent, running)
        sited, closed = sites.retire(own.sites, both.sites, age)
        served = service.serve(own.service, cohorts.capacity(both.orbit), jnp.full(PATHS, ALL))
        money = {
            "orbit": ledger.orbit(
                x, fixed, own, both, served, ended, bought * value, rent, years
            ),
            "ground": ledger.ground(
                x, own, both, closed, met.chip_cost, bought * site, running, rent
            ),
        }  # fmt: skip
        shown = {
            "orbit": (cohorts.capacity(both.orbit), cohorts.output(both.orbit)),
            "ground": (both.sites.chips, sites.output(own.sites, both.sites)),
        }
        for name, paid in money.items():
            npv[name] += ledger.net(paid) * discount(getattr(own.rates, name), years)
            rows[name].append((*shown[name], ledger.net(paid), npv[name]))
        both = both._replace(orbit=orbiting, sites=sites.fill(own.sites, sited, bought, bought))
        means = launch.expected(x.launch, state.launch)
        flown = launch.poisson_flights(*means, shocks.successes, shocks.losses)
        state = path.advance(x, fixed, state, shocks, years, lambda *_, flown=flown: flown)
    orbit, ground = (
        Twin(*(np.stack(np.broadcast_arrays(*column)) for column in zip(*rows[n], strict=True)))
        for n in ("orbit", "ground")
    )
    return orbit, ground


def of_one_kind() -> Scenario:
    """Orbit that is ground for the vintages, and for what only fleets read."""
    scenario = dual()
    for key in ("reliability.repair_cost", "service.training_share"):
        scenario = scenario.with_fixed(key, 0.0)
    return scenario


@pytest.fixture(scope="module")
def tied() -> tuple[Twin, Twin]:
    return twins(of_one_kind())


def test_the_same_purchases_give_the_same_fleet_and_the_same_money(
    tied: tuple[Twin, Twin],
) -> None:
    orbit, ground = tied
    assert orbit.kw.shape == (QUARTERS, PATHS)
    for name in Twin._fields:
        one, other = getattr(orbit, name), getattr(ground, name)
        largest = np.abs(other).max(axis=0)
        assert (largest > 0.0).all(), name
        assert (np.abs(one - other) <= CLOSE * largest).all(), name


def test_the_tie_is_none_of_the_test_itself() -> None:
    """A tenth of a per cent on one side's cost of operations shows."""
    dearer = of_one_kind().with_fixed("platform.operations", 0.35 * 1.001)
    orbit, ground = twins(dearer)
    assert (orbit.npv[-1] < ground.npv[-1] - 1e-6 * np.abs(ground.npv[-1])).all()
