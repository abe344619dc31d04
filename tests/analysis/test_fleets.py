"""Fleets in numbers: known answers of the estimators, and a system that never deploys."""

import numpy as np
import pytest

from risk.analysis import fleets as module
from risk.analysis.fleets import fleets
from risk.estimate import Estimate
from risk.model.constants import QUARTERS
from risk.model.fleet_metrics import FLEET_METRICS
from risk.run.plan import Request
from risk.scenario import load

REPLICATES, EACH = 16, 256
REPLICATE = np.repeat(np.arange(REPLICATES), EACH)
"""Scramble of each path, as a look gives them."""


def estimated(metric: str, values: np.ndarray) -> dict[tuple[float | None, str], Estimate]:
    part = module._Part(FLEET_METRICS[metric], "prior", REPLICATE, REPLICATES)
    return {(e.date, e.statistic): e for e in part.estimates(values)}


def test_a_quantity_has_the_quantiles_of_its_paths_by_year() -> None:
    rng = np.random.default_rng(3)
    values = rng.permuted(np.tile(np.arange(EACH * REPLICATES) * 1.0, (15, 1)), axis=1)
    found = estimated("orbit_capacity", values)
    assert len(found) == 15 * 3
    for (_, statistic), e in found.items():
        p = int(statistic[1:]) / 100
        assert e.value == pytest.approx(p * len(REPLICATE), abs=1.0)
        assert e.low < e.value < e.high
        assert e.unit == "kW"


def test_a_quantile_inside_a_mass_of_equal_values_is_known_exactly() -> None:
    values = np.zeros((15, len(REPLICATE)))
    values[:, ::10] = 1.0 + np.arange(len(values[0, ::10]))  # nine tenths are zero
    e = estimated("orbit_capacity", values)[2035.75, "p50"]
    assert (e.value, e.low, e.high) == (0.0, 0.0, 0.0)


def test_a_date_has_no_quantile_beyond_the_horizon_and_counts_in_no_probability() -> None:
    quarters = np.where(np.arange(len(REPLICATE)) % 4 == 0, 8, QUARTERS)  # a quarter in 2028Q4
    found = estimated("orbit_payback", quarters)
    assert found[2027.75, "probability"].value == 0.0
    assert found[2028.75, "probability"].value == found[2040.75, "probability"].value == 0.25
    assert found[None, "p05"].value == 2028.75
    for statistic in ("p50", "p95"):
        e = found[None, statistic]
        assert e.value is None
        assert e.low is None
        assert e.high is None


@pytest.fixture(scope="module")
def never() -> dict[tuple[str, float | None, str], Estimate]:
    """Base without a licence, by the program of any other base scenario."""
    scenario = load("base").with_fixed("fleet.licence_year", 1e9)
    found = fleets(scenario, Request(4096, 5), 4096)
    return {(e.metric, e.date, e.statistic): e for e in found if e.population == "conditioned"}


def test_a_system_without_a_licence_still_reports_and_every_number_is_there(
    never: dict[tuple[str, float | None, str], Estimate],
) -> None:
    assert {name for name, _, _ in never} == set(FLEET_METRICS)
    assert [key for key, e in never.items() if e.value is None and key[1] is not None] == []
    for year in range(2026, 2041):
        assert never["orbit_capacity", year + 0.75, "p95"].value == 0.0
        deployed = never["deployed", year + 0.75, "probability"]
        assert deployed.value == 0.0
        assert 0.0 < (deployed.high or 0.0) < 0.01


def test_without_a_licence_the_orbital_dates_are_censored(
    never: dict[tuple[str, float | None, str], Estimate],
) -> None:
    for date in ("first_launch", "large_in_orbit", "orbit_payback"):
        assert never[date, 2040.75, "probability"].value == 0.0
        for level in ("p05", "p50", "p95"):
            assert never[date, None, level].value is None
    assert never["ground_payback", None, "p50"].value is not None
    assert (never["orbit_realised", 2040.75, "p95"].value or 0.0) < 0.0  # development is paid for
