"""Sweeps, break-even and stress on the model: one program, the same paths, curves that agree."""

from typing import Any

import pytest

from risk.analysis.breakeven import break_even
from risk.analysis.stress import load_shocks, stress
from risk.analysis.sweep import Axis, sweep
from risk.run import look
from risk.run.plan import Request
from risk.scenario import Scenario, ScenarioError, load

REQUEST = Request(16 * 1024, 5, replicates=16)
COST = Axis.of("platform.cost_today=8:60:4")
YEAR = 2035


@pytest.fixture(scope="module")
def base() -> Scenario:
    return load("base")


@pytest.fixture
def compiles(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Programs asked for, one entry each."""
    asked: list[Any] = []
    before = look.kept

    def counted(what: Any, *rest: Any) -> Any:
        asked.append(what)
        return before(what, *rest)

    monkeypatch.setattr(look, "kept", counted)
    return asked


def test_scenarios_of_a_sweep_share_one_program_whatever_inputs_differ(
    base: Scenario, compiles: list[Any]
) -> None:
    axes = [COST, Axis.of("launch.learning_rate=0.05:0.25:3")]
    found = sweep(base, axes, REQUEST, year=YEAR)
    assert len(found.cells) == 2 * 4 * 3
    stress(base, REQUEST, year=YEAR)
    assert len(set(compiles)) == 1
    assert len(compiles) == 2


def test_the_break_even_curve_is_the_sweep_of_the_same_points(base: Scenario) -> None:
    curve = break_even(base, COST, REQUEST, year=YEAR, comparator="time-adjusted")
    cells = sweep(base, [COST], REQUEST, year=YEAR, comparator="time-adjusted").cells
    by = {(cell.at[COST.name], cell.population): cell for cell in cells}
    assert curve.falling
    for cell in curve.curve:
        assert cell == by[cell.at[COST.name], cell.population]
    for population in ("prior", "conditioned"):
        falls = [c.value for c in curve.curve if c.population == population]
        assert falls == sorted(falls, reverse=True)


def test_an_input_held_at_a_value_gives_a_scenario_that_says_so(base: Scenario) -> None:
    held = base.with_held("platform.cost_today", "12 kUSD/kW")
    prior = held.priors["platform.cost_today"]
    assert prior.median == pytest.approx(12.0)
    assert type(prior.marginal) is type(base.priors["platform.cost_today"].marginal)
    assert held.digest != base.digest
    with pytest.raises(ScenarioError, match="nope"):
        base.with_held("nope", "1")


def test_shocks_against_orbit_lower_its_chance_and_each_has_a_source(base: Scenario) -> None:
    shocks = load_shocks()
    assert {s.mark for s in shocks} == {"judgement"}
    assert all(s.source and s.date for s in shocks if not s.id.startswith(("all", "both")))
    rows = {row["id"]: row for row in stress(base, REQUEST, year=YEAR).rows}
    p = {key: row["chances"]["prior"]["value"] for key, row in rows.items()}
    order = list(p)
    assert order.index("base") not in (0, len(order) - 1)
    assert p[order[0]] < p["base"] < p[order[-1]]


@pytest.mark.parametrize(
    "text", ["platform.cost_today", "platform.cost_today=1:2", "a=2:1:3", "=1:2:3", "a=1:2:x"]
)
def test_an_axis_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="allowed"):
        Axis.of(text)


def test_launch_price_is_refused_beside_a_comparator_that_is_not_cost(base: Scenario) -> None:
    axis = Axis.of("launch.price=10:100:3")
    with pytest.raises(ValueError, match=r"vary launch\.cost_today"):
        sweep(base, [axis], REQUEST, year=YEAR, comparator="value")
