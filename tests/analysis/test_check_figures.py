"""The second check of the published model: medians within 15 %, probabilities within 1.5."""

from dataclasses import replace

import numpy as np
import pytest

from risk.analysis.result import Result, headline, simulate
from risk.run.execute import Run, execute
from risk.run.plan import Request
from risk.scenario import Scenario, load

PATHS = 400_000
DATES = (2026.75, 2029.75, 2031.75, 2035.75, 2040.75)

# In %, prior, conditioned, conditioned_0.35; 2029, 2031, 2035, 2040. Figures below 0.05 % are
# left out: 400,000 paths do not settle them.
PROBABILITIES = {
    ("orbit_wins", "cost", "prior"): (None, 0.18, 1.59, 5.5),
    ("orbit_wins", "cost", "conditioned"): (None, None, 0.69, 3.6),
    ("orbit_wins", "cost", "conditioned_0.35"): (None, None, 0.27, 2.2),
    ("orbit_wins", "value", "prior"): (None, 0.06, 0.87, 4.0),
    ("orbit_wins", "value", "conditioned"): (None, None, 0.35, 2.5),
    ("orbit_wins", "value", "conditioned_0.35"): (None, None, 0.13, 1.5),
    ("orbit_wins", "time-adjusted", "prior"): (0.20, 0.75, 3.5, 9.4),
    ("orbit_wins", "time-adjusted", "conditioned"): (None, 0.25, 1.9, 6.9),
    ("orbit_wins", "time-adjusted", "conditioned_0.35"): (None, 0.07, 1.0, 4.9),
    ("break_even_exists", "cost", "prior"): (0.23, 0.63, 2.8, 8.0),
    ("break_even_exists", "cost", "conditioned"): (0.07, 0.24, 1.6, 5.8),
    ("npv_orbit_positive", "value", "prior"): (0.8, None, 5.9, 12.8),
    ("npv_ground_positive", "value", "prior"): (91, None, 87, 84),
    ("orbit_wins_upper_bound", None, "prior"): (29, None, 59, 72),
}
MEDIANS = {
    "specific_mass": (31, 28, 27, 25, 22),
    "launch_price": (1308, 667, 445, 253, 173),
    "failure_probability": (0.25, 0.025, 0.015, 0.009, 0.007),
    "platform_cost": (30, 28.8, 26.8, 22.3, 18.4),
    "flown_capacity": (20e3, 23e3, 33e3, 106e3, 396e3),
    "lcoc_orbit": (64.3, 36.4, 30.7, 24.2, 20.4),
    "lcoc_ground": (9.8, 10.0, 10.1, 10.3, 10.7),
    "delay_ground": (3.3, 3.5, 3.8, 4.6, 5.4),
    "delay_orbit": (3.0, 0.88, 0.77, 0.68, 0.61),
    "flights_per_year": (6, 20, 42, 144, 314),
    "launched_mass": (250, 1600, 5000, 28e3, 110e3),
}
RATIOS = {
    "p05": (2.88, 1.78, 1.51, 1.18, 0.98),
    "p50": (6.53, 3.61, 2.99, 2.27, 1.81),
    "p95": (19.8, 9.5, 7.7, 5.8, 4.6),
}
CROSSED = {
    ("cost", "prior"): {2035.75: 1.57, 2040.75: 5.5},
    ("cost", "conditioned"): {2035.75: 0.68, 2040.75: 3.5},
    ("time-adjusted", "prior"): {2029.0: 0.10, 2030.75: 0.39, 2035.75: 3.4, 2040.75: 9.4},
}
AT_PRICES = {0: 8.0, 50: 6.9, 100: 6.0, 200: 4.7, 500: 2.3, 1000: 0.9}
LOADINGS = {0.0: (0.06, 0.87), 0.5: (0.24, 1.9), 1.25: (3.0, 8.2)}


@pytest.fixture(scope="module")
def result() -> Result:
    return simulate(load("base"), paths=PATHS, seed=20261123)


def owner() -> Scenario:
    """The base scenario with launches of its own: only the markup differs."""
    base = load("base")
    return replace(base, name="owner", choices={**base.choices, "launch.buyer": 1})


def in_percent(result: Result, metric: str, comparator: str | None, population: str, date: float):
    found = result.find(metric, date=date, comparator=comparator, population=population)
    return 100.0 * found.value


def assert_within(got: float, figure: float, factor: float, what: object) -> None:
    assert figure / factor <= got <= figure * factor, (what, got, figure)


@pytest.mark.parametrize("row", PROBABILITIES, ids=str)
def test_probabilities_come_out(result: Result, row: tuple) -> None:
    for date, figure in zip(DATES[1:], PROBABILITIES[row], strict=True):
        if figure is not None:
            assert_within(in_percent(result, *row, date), figure, 1.5, (row, date))


@pytest.mark.parametrize("metric", MEDIANS)
def test_medians_come_out(result: Result, metric: str) -> None:
    for date, figure in zip(DATES, MEDIANS[metric], strict=True):
        got = result.find(metric, "p50", date=date, population="prior").value
        assert got == pytest.approx(figure, rel=0.15), date


@pytest.mark.parametrize("statistic", RATIOS)
def test_ratios_come_out(result: Result, statistic: str) -> None:
    for date, figure in zip(DATES, RATIOS[statistic], strict=True):
        got = result.find("ratio", statistic, date=date, comparator="cost", population="prior")
        assert got.value == pytest.approx(figure, rel=0.15), date


def test_crossings_come_out(result: Result) -> None:
    for (comparator, population), figures in CROSSED.items():
        for date, figure in figures.items():
            got = in_percent(result, "crossed", comparator, population, date)
            assert_within(got, figure, 1.5, (comparator, population, date))
    back = result.find("crosses_back", comparator="cost", population="prior").value
    assert_within(100 * back, 0.7, 1.5, "crossing back")


def test_the_curve_over_launch_price_comes_out(result: Result) -> None:
    for price, figure in AT_PRICES.items():
        name = f"prior, launch price {price} USD/kg"
        assert_within(in_percent(result, "orbit_wins", "cost", name, 2040.75), figure, 1.5, price)


def test_dependence_moves_the_answer_as_published(result: Result) -> None:
    for scale, figures in LOADINGS.items():
        for date, figure in zip((2035.75, 2040.75), figures, strict=True):
            name = f"prior, loadings x {scale:g}"
            got = in_percent(result, "orbit_wins", "cost", name, date)
            assert_within(got, figure, 1.5, (scale, date))


def test_as_many_paths_are_kept_as_published(result: Result) -> None:
    kept = result.run.state["population"].sum(axis=0)
    assert kept[1:-1].sum() / kept.sum() == pytest.approx(0.765, abs=0.015)
    assert kept[2:-1].sum() / kept.sum() == pytest.approx(0.604, abs=0.015)
    ratio = result.find(
        "published_ratio", "p50", date=2026.75, comparator="cost", population="prior"
    )
    assert ratio.value == pytest.approx(4.11, rel=0.03)


def test_no_path_is_invalid_and_none_is_lost(result: Result) -> None:
    assert result.run.state["population"].sum() == result.run.request.size >= PATHS
    assert result.run.info["invalid"] == 0


def test_every_probability_has_an_interval_around_it(result: Result) -> None:
    for e in result.estimates:
        if e.statistic == "probability" and e.n > 0:
            assert 0.0 <= e.low <= e.value <= e.high <= 1.0
            assert e.high > e.low


def test_events_of_every_quarter_agree_with_their_histogram(result: Result) -> None:
    """P(R < 1) is the mass below 1, an edge of the bins."""
    from risk.analysis.estimates import histogram
    from risk.model.metrics import METRICS

    edges = METRICS["ratio"].bins.edges()
    below = int(np.searchsorted(edges, 1.0))
    for t in range(0, 60, 7):
        mass = histogram(result.run, "ratio", t, 0)[:below].sum()
        assert mass == result.run.state["event.wins_on_cost"][:, t].sum()


@pytest.fixture(scope="module")
def pair() -> tuple[Run, Run]:
    request = Request(120_000, 3)
    return (
        execute(load("base"), request, wins_only=True),
        execute(owner(), request, wins_only=True),
    )


def test_every_scenario_keeps_the_same_paths(pair: tuple[Run, Run]) -> None:
    outside, own = pair
    assert np.array_equal(outside.state["population"], own.state["population"])


def test_conditioned_or_not_orbit_wins_no_less_often_when_launch_is_cheaper(
    pair: tuple[Run, Run],
) -> None:
    outside, own = pair
    for event in ("wins_on_cost", "wins_on_value", "wins_on_time"):
        for width in range(3):
            dear = outside.state[f"event.{event}"][:, :, width:].sum(axis=(0, 2))
            cheap = own.state[f"event.{event}"][:, :, width:].sum(axis=(0, 2))
            if event == "wins_on_cost":
                assert (cheap >= dear).all()
            assert cheap[56] >= dear[56]


def test_the_headline_while_running_is_that_of_the_end(result: Result) -> None:
    end = result.find("orbit_wins", date=2035.75, comparator="cost", population="conditioned")
    assert headline(result.run.scenario, result.run.state) == pytest.approx(end.value)
