"""Mistakes seen in published models, each shown not to be made here."""

import math

import numpy as np
import pytest

from risk.model import power, thermal
from risk.model.constants import HOURS_PER_YEAR
from risk.model.finance import rates, slopes
from risk.model.metrics import LAST_CROSSING, crossing
from risk.model.orbit import dawn_dusk_season, sunlight
from risk.model.path import Outcome
from risk.scenario import load
from tests import paths
from tests.paths import drawn
from tests.tolerances import FLOAT32

BASE = load("base")


def with_value(key: str, factor: float = 1.0, value: float | None = None) -> Outcome:
    """Outcome with one input fixed at a multiple of its median, or at a value."""
    median = float(BASE.collapsed().priors[key].marginal.value)
    return paths.with_value(drawn(BASE), key, median * factor if value is None else value).outcome


@pytest.fixture(scope="module")
def base():
    return drawn(BASE).outcome


def test_chips_are_in_the_cost_of_both_fleets() -> None:
    cheap, dear = with_value("chips.cost_today"), with_value("chips.cost_today", 2.0)
    assert (dear.lcoc_orbit > cheap.lcoc_orbit).all()
    assert (dear.lcoc_ground > cheap.lcoc_ground).all()
    share = (dear.lcoc_ground - cheap.lcoc_ground) / cheap.lcoc_ground
    assert 0.5 < np.median(share[0]) < 0.9  # chips are 60 to 80 % of ground cost


def test_the_building_is_paid_over_its_own_life() -> None:
    short, long = with_value("ground.facility_life", value=5.0), with_value("ground.facility_life")
    assert (short.lcoc_ground > long.lcoc_ground * 1.05).all()
    longer_chips = with_value("chips.ground_life", value=7.0)
    assert not np.allclose(longer_chips.lcoc_ground, long.lcoc_ground)


def test_availability_counts_on_both_sides() -> None:
    orbit, ground = (f"{fleet}.availability" for fleet in ("reliability", "ground"))
    high, low = with_value(orbit, value=0.98), with_value(orbit, value=0.49)
    assert low.lcoc_orbit == pytest.approx(2.0 * high.lcoc_orbit, rel=1e-4)
    high, low = with_value(ground, value=0.98), with_value(ground, value=0.49)
    assert low.lcoc_ground == pytest.approx(2.0 * high.lcoc_ground, rel=1e-4)


def test_the_shield_is_launched_at_the_same_price_as_everything_else() -> None:
    light, heavy = with_value("mass.shield"), with_value("mass.shield", 5.0)
    extra = (heavy.specific_mass - light.specific_mass)[0]
    assert (extra > 0).all()
    assert (heavy.lcoc_orbit >= light.lcoc_orbit).all()


def test_paths_that_never_cross_are_kept(base) -> None:
    first, _ = crossing(base.ratio < 1.0)
    never = np.asarray(first) == LAST_CROSSING + 1
    assert never.mean() > 0.8
    assert len(first) == base.ratio.shape[1]


def test_cost_is_compared_with_cost_and_never_with_a_scarcity_price() -> None:
    plenty = with_value("market.scarcity_margin", value=0.0)
    scarce = with_value("market.scarcity_margin", value=1.0)
    assert np.array_equal(plenty.ratio, scarce.ratio)
    assert (scarce.npv_ground > plenty.npv_ground).all()


def test_a_scenario_is_drawn_around_its_own_numbers() -> None:
    """And so as the same paths are whose input is put there."""
    own = drawn(BASE.with_fixed("platform.cost_today", 5.0)).outcome
    put = with_value("platform.cost_today", value=5.0)
    assert own.platform_cost[0] == pytest.approx(5.0)
    np.testing.assert_allclose(own.lcoc_orbit, put.lcoc_orbit, rtol=FLOAT32)


def test_there_is_one_length_of_year() -> None:
    assert HOURS_PER_YEAR == 8760.0


def test_a_dawn_dusk_orbit_at_600_km_has_eclipses() -> None:
    season = dawn_dusk_season(600.0)
    assert season.eclipse == pytest.approx(0.0439, rel=0.03)
    assert float(sunlight(drawn(BASE).inputs.orbit).sunlit.max()) < 1.0


def test_radiator_flux_goes_with_the_fourth_power_of_its_temperature() -> None:
    x = drawn(BASE).inputs.thermal
    hot = thermal.Thermal(**{**vars(x), "temperature": x.temperature * 2})
    assert np.asarray(thermal.net_flux(hot)) == pytest.approx(
        np.asarray(thermal.net_flux(x)) * 16.0, rel=1e-5
    )
    bounds = np.quantile(thermal.net_flux(x), [0.05, 0.5, 0.95])
    assert bounds == pytest.approx([520, 820, 1275], rel=0.05)


def test_the_array_feeds_more_than_the_chips() -> None:
    x = drawn(BASE).inputs
    system = power.size(x.power, sunlight(x.orbit), 5.0)
    assert (system.bus == 1.0 + x.power.parasitic).all()
    assert (system.array_ride > system.array_throttle).all()
    assert (system.array_throttle > system.bus).all()


def test_interruptions_are_not_scrap() -> None:
    interrupted = (148 + 72) / 16384 / 54 * 365  # Llama-3 accelerator and memory faults a year
    assert BASE.priors["reliability.ground_chip_failure"].numbers["p95"] < interrupted


def test_the_fleets_have_their_own_cost_of_capital() -> None:
    medians = BASE.collapsed().priors
    orbit, ground = (medians[f"finance.{f}_wacc"].marginal.value for f in ("orbit", "ground"))
    assert orbit > ground + 0.02


def test_real_cash_is_discounted_at_real_rates() -> None:
    x = drawn(BASE).inputs.finance
    got = rates(x, slopes(x), np.zeros(2048, np.float32), np.float32(0.0))
    nominal = np.maximum(0.04, np.asarray(x.ground_wacc))
    assert got.ground == pytest.approx(np.log((1 + nominal) / 1.023), abs=1e-6)
    assert math.log(1.08 / 1.023) == pytest.approx(0.0542, abs=1e-4)
