"""Systems on common random numbers: ties, sums, known answers, and the run of one scenario."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

import risk
from risk.analysis import scrambles
from risk.analysis.compare import LARGEST, Comparison, compare, shares_of_best
from risk.analysis.estimates import probabilities
from risk.analysis.ways import FIELDS, SIDES, Fields
from risk.model.metrics import HEADLINE_QUARTERS
from risk.run.execute import execute
from risk.run.plan import Request
from risk.scenario import Scenario, ScenarioError, load

PATHS, SEED = 1 << 14, 7
YEARS = (2029.75, 2031.75, 2035.75, 2040.75)
POPULATIONS = ("prior", "conditioned", "conditioned_0.35")
FREE = """
[launch.{key}]
p5 = "1e-9 USD/kg"
p50 = "2e-9 USD/kg"
p95 = "3e-9 USD/kg"
shape = "lognormal"
factors = {{ launch_success = -0.55 }}
mark = "judgement"
source = "free launch, for a test"
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Scenario]:
    folder = tmp_path_factory.mktemp("systems")

    def written(name: str, text: str) -> Scenario:
        file: Path = folder / f"{name}.toml"
        head = f'name = "{name}"\ntitle = "t"\nsource = "s"\nextends = "base"\n'
        file.write_text(head + text, "utf-8")
        return load(file)

    return written


@pytest.fixture(scope="module")
def found(written: Callable[[str, str], Scenario]) -> Comparison:
    free = written("free", FREE.format(key="cost_today") + FREE.format(key="floor_cost"))
    site = written("site", 'side = "ground"\n')
    systems = ["base", free, site, "ground_rented", "robots_edge"]
    return compare(systems, paths=PATHS, seed=SEED)


def test_the_best_share_their_place_in_equal_parts() -> None:
    scores = np.array([[1.0, 2.0, 5.0], [1.0, 3.0, 5.0], [4.0, 1.0, 5.0]])
    expected = [[0.5, 0, 1 / 3], [0.5, 0, 1 / 3], [0, 1, 1 / 3]]
    assert shares_of_best(scores) == pytest.approx(np.array(expected))


def test_the_same_system_twice_ties_and_regrets_nothing() -> None:
    twins = compare(["base", load("base")], paths=PATHS, seed=SEED)
    assert [s.name for s in twins.systems] == ["base", "base (2)"]
    for name in ("base", "base (2)"):
        for metric in ("cheapest", "best_value"):
            assert twins.find(name, metric).value == 0.5
        for metric in ("regret_cost", "regret_value"):
            e = twins.find(name, metric, "mean")
            assert (e.value, e.low, e.high) == (0.0, 0.0, 0.0)


def test_free_launch_costs_less_at_every_quantile(found: Comparison) -> None:

    for year in YEARS:
        for level in ("p05", "p25", "p50", "p75", "p95"):
            cheap, dear = (
                found.find(name, "cost", level, date=year, population="prior").value
                for name in ("free", "base")
            )
            assert cheap < dear


def test_free_launch_never_costs_more_than_its_twin_on_any_path(
    written: Callable[[str, str], Scenario],
) -> None:
    free = written("free", FREE.format(key="cost_today") + FREE.format(key="floor_cost"))
    pair = compare(["base", free], paths=PATHS, seed=SEED)
    for year in YEARS:
        assert pair.find("free", "cheapest", date=year, population="prior").value == 1.0
        assert pair.find("free", "regret_cost", "mean", date=year, population="prior").value == 0.0


def test_probabilities_of_being_best_sum_to_one(found: Comparison) -> None:
    for metric in ("cheapest", "best_value"):
        for year in YEARS:
            for population in POPULATIONS:
                rows = [
                    found.find(s.name, metric, date=year, population=population)
                    for s in found.systems
                ]
                assert sum(e.value or 0.0 for e in rows) == pytest.approx(1.0, abs=1e-9)


def test_every_number_lies_within_its_interval(found: Comparison) -> None:
    for row in found.records():
        assert row["low"] <= row["value"] <= row["high"], row
        assert np.isfinite([row["low"], row["high"]]).all(), row
        assert row["n"] > 0


def test_a_fleet_against_its_ground_gives_the_probabilities_of_a_run(
    written: Callable[[str, str], Scenario],
) -> None:
    """Base orbit against base ground, on the same paths as `execute` counts."""
    pair = compare(["base", written("site", 'side = "ground"\n')], paths=PATHS, seed=SEED)
    run = execute(load("base"), Request(PATHS, SEED), wins_only=True)
    metrics = {"cost": "cheapest", "value": "best_value"}
    compared = 0
    for population, width in run.populations.items():
        for e in probabilities(run, population, width, HEADLINE_QUARTERS):
            if e.metric == "orbit_wins" and e.comparator in metrics:
                metric = metrics[e.comparator]
                got = pair.find("base", metric, date=e.date, population=population)
                assert got.n == e.n
                assert got.value == pytest.approx(e.value, abs=1.5 / e.n)  # one path may flip
                compared += 1
    assert compared == 2 * 4 * 3


def test_the_edge_has_three_ways_and_their_delays(found: Comparison) -> None:
    ways = [s.name for s in found.systems if s.way]
    assert ways == ["robots_edge/orbit", "robots_edge/region", "robots_edge/board"]
    for level, least in (("p05", 30.0), ("p50", 60.0), ("p95", 200.0)):
        orbit, board = (found.find(ways[n], "end_to_end", level).value for n in (0, 2))
        assert orbit > least > board / 2
    with pytest.raises(KeyError, match="no estimate"):
        found.find("base", "end_to_end", "p50")


def test_the_tenant_pays_more_than_the_site_costs_at_the_median(found: Comparison) -> None:
    rent, site = (
        found.find(name, "cost_per_kw", "p50").value for name in ("ground_rented", "site")
    )
    assert rent > site
    assert found.find("ground_rented", "delay", "p50").value == pytest.approx(0.1, rel=0.1)


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(ScenarioError, match="no scenario 'nosuch'"):
        compare(["base", "nosuch"])
    with pytest.raises(ValueError, match="one or more"):
        compare([])
    with pytest.raises(ValueError, match=f"at most {LARGEST:,} paths"):
        compare(["base"], paths=LARGEST + 1)
    with pytest.raises(ValueError, match="must be positive"):
        compare(["base"], paths=0)


def test_compare_is_public_and_its_table_names_the_system(found: Comparison) -> None:
    assert risk.compare is compare
    table = found.table()
    assert set(table.system) == {s.name for s in found.systems}
    assert (table[table.metric == "cheapest"].unit == "1").all()


def fields(**changed: float) -> Fields:
    """One path in one quarter: ground at 10 k$/kW-yr over 4 years, sold at 15 for 3 of them."""
    values = {
        "altitude": 650.0, "lcoc_orbit": 30.0, "lcoc_ground": 10.0, "npv_orbit": -75.0,
        "npv_ground": 5.0, "delay_orbit": 1.0, "delay_ground": 4.0, "pflop_hour_ground": 2.0,
        "price": 15.0, "sold_orbit": 45.0, "sold_ground": 45.0,
    } | changed  # fmt: skip
    made = {name: np.array([[values[name]]]) for name in FIELDS}
    return Fields(altitude=np.array([values["altitude"]]), **made)


def test_value_is_sales_at_the_price_of_the_market_less_cost() -> None:
    own, market = fields(), fields(price=20.0)
    (way,) = SIDES["ground"].ways(own, market, {})
    assert (way.cost[0, 0], way.cost_per_kw[0, 0], way.delay[0, 0]) == (2.0, 10.0, 4.0)
    assert way.value[0, 0] == pytest.approx(45 * 20 / 15 - 10 * 4)
    (orbit,) = SIDES["orbit"].ways(own, own, {})
    assert orbit.value[0, 0] == pytest.approx(-75.0)
    assert orbit.cost[0, 0] == pytest.approx(6.0)


def test_chips_that_compute_half_as_much_count_twice_in_the_markets_kilowatts() -> None:
    slow = fields(pflop_hour_ground=4.0)
    (way,) = SIDES["ground"].ways(slow, fields(), {})
    assert way.cost[0, 0] == 4.0
    assert way.cost_per_kw[0, 0] == 20.0
    # Its kW sells half as much at the market's price: 45 / 2 - 40, and two of them make one.
    assert way.value[0, 0] == pytest.approx(2 * (22.5 - 40.0))


def test_the_tenant_loses_the_markup_on_what_the_compute_is_worth() -> None:
    beside = {"markup": np.array([0.2]), "queue": np.array([0.1])}
    (way,) = SIDES["rented"].ways(fields(), fields(), beside)
    assert way.cost_per_kw[0, 0] == pytest.approx(1.2 * 45 / 4)
    assert way.value[0, 0] == pytest.approx(-0.2 * 45)
    assert way.delay[0, 0] == 0.1


def test_quantiles_read_from_sorted_numbers_cover_as_they_say() -> None:
    """95 % by Student's t over 32 replicates: within 93 to 97 % of 1,000, false alarm under 1 %."""
    rng = np.random.default_rng(11)
    hits = 0
    for _ in range(1000):
        values = rng.normal(size=32 * 64)
        replicate = np.repeat(np.arange(32), 64)
        order = np.argsort(values)
        (e,) = scrambles.sorted_quantiles(values[order], replicate[order], np.full(32, 64), [0.75])
        hits += e.low <= norm.ppf(0.75) <= e.high
    assert 930 <= hits <= 970
