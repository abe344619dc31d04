"""The worth of knowing more, on samples with a closed form, and its checks.

|z| > 4 is 1 in 16,000 for each comparison.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import norm

from risk.analysis import decision
from risk.analysis.decision import information, worth
from risk.analysis.intervals import Interval
from risk.analysis.studies import Observation, Study
from risk.analysis.unbiased import Disagreement, compared, known
from risk.run.look import View
from risk.run.plan import Request
from risk.run.probe import Probe
from risk.run.sample import Sample
from risk.scenario import Scenario, load
from tests.analysis.functions import points

KEYS = ("thermal.areal_mass", "mass.residual", "mass.yearly_fall")
SPENT = 20.0
STUDY = Study(
    "panel", "Panel", 10.0, "judgement", "a guess", (Observation((KEYS[0],), 0, "lognormal", 0.5),)
)


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load("base")


def taken(scenario: Scenario, mean: float = -1.0, earns: float = 5.0) -> Sample:
    """Orbit gains mean + 2 log x1 + 3 z2 over ground, which costs 20 and has an NPV of `earns`."""
    u, replicate = points(4, 32, 512, 1)
    z = ndtri(u)
    drawn = dict(zip(KEYS, (np.exp(z[0]), z[1], z[2]), strict=True))
    n = len(replicate)
    years = np.ones((15, 1))
    return Sample(
        inputs=drawn,
        published_ratio=np.ones(n),
        kept_by=(np.arange(n) % 4 > 0).astype(int),
        curves={},
        replicate=replicate,
        factors=dict.fromkeys(scenario.factors, z[3]),
        choices={
            "npv_orbit": years * (earns + mean + 2.0 * z[0] + 3.0 * z[1]),
            "npv_ground": years * np.full(n, earns),
            "sold_ground": years * np.full(n, SPENT + earns),
        },
        parts={},
    )


def loss(mean: float, sd: float) -> float:
    """E max(N(mean, sd^2), 0) - max(mean, 0)."""
    return float(sd * norm.pdf(mean / sd) - abs(mean) * norm.cdf(-abs(mean) / sd))


def found(scenario: Scenario, **changed: Any) -> dict[str, Any]:
    asked = {"investment": 100.0, "year": 2035, "seed": 7, **changed}
    return worth(scenario, taken(scenario), [STUDY], **asked)["populations"]


def near(record: dict[str, float], known: float) -> bool:
    return abs(record["value"] - known) <= 4.0 * record["stderr"]


def test_everything_an_input_a_set_and_a_study_are_worth_their_closed_forms(
    scenario: Scenario,
) -> None:
    """Per $100M of costs of 20: five times the gain. The study's error of 0.5 leaves 80 % of
    the variance of log x1."""
    for one in found(scenario).values():
        row = {row["key"]: row["evppi"] for row in one["rows"]}
        assert near(one["mean"], -5.0)
        assert near(one["evpi"], 5.0 * loss(-1.0, np.sqrt(13.0)))
        assert near(row["inputs"], 5.0 * loss(-1.0, np.sqrt(13.0)))
        assert near(row["thermal"], 5.0 * loss(-1.0, 2.0))
        assert near(row[KEYS[0]], 5.0 * loss(-1.0, 2.0))
        assert near(row["mass"], 5.0 * loss(-1.0, 3.0))
        assert near(row[KEYS[2]], 0.0)
        study = one["studies"][0]
        assert near(study["evsi"], 5.0 * loss(-1.0, 2.0 * np.sqrt(0.8)))
        assert study["net"]["value"] == pytest.approx(study["evsi"]["value"] - 10.0)


def test_worth_goes_with_the_investment(scenario: Scenario) -> None:
    one, other = found(scenario)["prior"], found(scenario, investment=200.0)["prior"]
    assert other["evpi"]["value"] == pytest.approx(2.0 * one["evpi"]["value"])


def test_a_third_action_is_worth_what_the_best_of_three_earns(scenario: Scenario) -> None:
    """Ground loses 1, so that nothing is best without knowing more, and only orbit may be better."""
    losing = taken(scenario, earns=-1.0)
    one = worth(scenario, losing, [], investment=SPENT, year=2035, seed=7, neither=True)
    found = one["populations"]["prior"]
    assert one["actions"] == ["ground", "orbit", "neither"]
    assert near(found["evpi"], loss(-2.0, np.sqrt(13.0)))
    row = {row["key"]: row["evppi"] for row in found["rows"]}
    assert near(row["mass"], loss(-2.0, 3.0))
    assert near(row[KEYS[0]], loss(-2.0, 2.0))


def test_a_far_choice_is_moved_by_nothing(scenario: Scenario) -> None:
    far = taken(scenario, mean=-100.0)
    one = worth(scenario, far, [STUDY], investment=1.0, year=2035, seed=7)["populations"]["prior"]
    assert all(row["evppi"]["value"] == 0.0 for row in one["rows"])
    assert one["studies"][0]["evsi"]["value"] == one["evpi"]["value"] == 0.0


def test_a_part_worth_more_than_its_whole_stops(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decision, "evpi", lambda *given: Interval(0.1, 0.01, 0.08, 0.12))
    with pytest.raises(ArithmeticError, match="more than"):
        found(scenario)


def test_a_shift_that_moves_a_worth_stops(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where only one action's net benefit were looked at."""
    monkeypatch.setattr(
        decision, "scaled_gain", lambda orbit, ground, sold, investment: orbit * investment
    )
    with pytest.raises(ArithmeticError, match="same is added"):
        found(scenario)


def test_a_quantity_that_a_law_cannot_have_is_refused(scenario: Scenario) -> None:
    wrong = replace(STUDY, observes=(Observation((KEYS[1],), 0, "binomial", 10),))
    with pytest.raises(ValueError, match=r"study panel: mass\.residual"):
        worth(scenario, taken(scenario), [wrong], investment=1.0, year=2035, seed=7)


def test_too_few_paths_are_refused(scenario: Scenario) -> None:
    few = taken(scenario)._replace(kept_by=np.zeros(32 * 512, int))
    with pytest.raises(ValueError, match="0 paths are conditioned"):
        worth(scenario, few, [STUDY], investment=1.0, year=2035, seed=7)


def test_a_lower_bound_above_the_unbiased_value_stops_and_one_below_does_not() -> None:
    low, high = Interval(1.0, 0.1, 0.8, 1.2), Interval(2.0, 0.1, 1.8, 2.2)
    assert compared(low, high, "x")["above"] == pytest.approx(-7.0711, abs=1e-3)
    with pytest.raises(Disagreement, match=r"7\.1 standard errors"):
        compared(high, low, "x")


def test_what_is_checked_is_named(scenario: Scenario) -> None:
    rows = [{"key": "inputs", "kind": "set", "evppi": {"value": 3.0}},
            {"key": "launch", "kind": "set", "evppi": {"value": 2.0}}]  # fmt: skip
    assert decision.named(rows, "largest")["key"] == "launch"
    assert decision.named(rows, "inputs")["key"] == "inputs"
    with pytest.raises(ValueError, match="did you mean 'launch'"):
        information(scenario, Request(4096), [], check="lunch")
    with pytest.raises(ValueError, match="2026 to 2040"):
        information(scenario, Request(4096), [], year=1999)


def test_what_is_known_of_a_path_are_unit_forms_correlated_as_the_scenario_says(
    scenario: Scenario,
) -> None:
    probe = Probe(scenario, View("none", (), lambda x, o: None))
    forms = known(probe, "inputs")
    rows = probe.rows.scenario
    assert len(forms) == len(rows.numbers)
    assert np.allclose((forms**2).sum(axis=1), 1.0, atol=1e-6)
    one, other = (rows.numbers.index(k) for k in ("thermal.areal_mass", "platform.cost_today"))
    assert forms[one] @ forms[other] == pytest.approx(0.16, abs=1e-6)  # -0.40 of one factor, twice
    factors = known(probe, "factors")
    assert np.allclose(factors @ factors.T, scenario.correlation, atol=1e-6)
    assert len(known(probe, "thermal")) == 5
    assert (known(probe, "platform.cost_today")[0] == forms[other]).all()
