"""The overlay loads, extends base, and says where each number is from."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from risk.calibrate.backtest import Backtest, missed
from risk.calibrate.checks import Health, Verdict
from risk.calibrate.evidence import tables
from risk.calibrate.fit import fits
from risk.calibrate.overlay import overlay
from risk.calibrate.results import backtest_table, fit_table
from risk.calibrate.run import Fitted, chosen
from risk.calibrate.sample import Posterior
from risk.scenario import load

TEST = Backtest(
    "x", "a question", 2015.5, "1/year", 1.0, 2.0, 4.0, 3.0, 0.8, 0.25, 'a note with "quotes"'
)


def fitted(name: str, refusals: tuple[str, ...] = ()) -> Fitted:
    """A fit without draws, whose posterior is the prior's middle half."""
    base, fit = load("base"), fits()[name]
    before, after = {}, {}
    for key in fit.informs:
        numbers = base.priors[key].numbers
        middle = numbers.get("p50", numbers.get("value", 0.0))
        low, high = numbers.get("p5", middle / 2), numbers.get("p95", middle * 2)
        before[key] = (low, middle, high)
        after[key] = ((low + middle) / 2, middle, (middle + high) / 2)
    health = {key: Health(1.001, 900.0, 800.0) for key in fit.informs}
    verdict = Verdict(health, 0, {"s": 0.4}, {"s": np.zeros(1)}, {"s": 0.0}, refusals)
    posterior = Posterior({}, np.zeros((1, 1), bool))
    units = {key: base.priors[key].declaration.unit for key in fit.informs}
    return Fitted(fit, posterior, verdict, before, after, tuple(base.factors), units)


@pytest.mark.parametrize("name", fits())
def test_an_overlay_loads_and_changes_only_what_the_fit_informs(name: str, tmp_path: Path) -> None:
    base, one = load("base"), fitted(name)
    path = tmp_path / "calibrated.toml"
    text = overlay("calibrated", base, [one], [TEST], tables(), date="2026-11-26", seed=7)
    path.write_text(text, "utf-8")
    found = load(path)
    assert found.extends == "base"
    for key, prior in found.priors.items():
        if key not in one.fit.informs:
            assert prior == base.priors[key]
            continue
        assert prior.mark == "fitted"
        numbers = [prior.numbers[n] for n in ("p5", "p50", "p95")]
        assert numbers == pytest.approx(one.after[key], rel=1e-3)
        assert prior.loadings == base.priors[key].loadings
        assert {n: v for n, v in prior.numbers.items() if n.startswith("at_")} == {
            n: v for n, v in base.priors[key].numbers.items() if n.startswith("at_")
        }
        for table in one.fit.tables:
            evidence = tables()[table]
            assert f"{table}.csv, {len(evidence)} rows, {evidence.digest[:8]}" in prior.source
        assert "seed 7, 2026-11-26" in prior.source
    assert found.evidence is not None
    assert found.evidence["backtests"][0]["note"] == TEST.note
    assert [row["input"] for row in found.evidence["fitted"]] == list(one.fit.informs)
    assert found.digest != base.digest


def test_a_refused_fit_is_not_in_the_overlay_and_is_named_in_the_table() -> None:
    ill, sound = fitted("chips", ("fit chips is refused: no",)), fitted("learning")
    text = overlay("c", load("base"), [ill, sound], [], tables(), date="2026-11-26", seed=7)
    assert "chips.frontier_growth" not in text
    assert "launch.learning_rate" in text
    assert "chips (refused)" in fit_table([ill, sound])
    assert "0.800" in backtest_table([TEST])


def test_a_miss_is_said_in_words_in_the_terminal_and_a_hit_is_not() -> None:
    lost = replace(TEST, name="price", pit=0.98)
    said = backtest_table([TEST, lost])
    assert "missed: price (a question): 3 1/year came, PIT 0.980 is outside 0.025 to 0.975" in said
    assert "missed: x" not in said
    assert [missed(pit) for pit in (0.0, 0.024, 0.025, 0.5, 0.975, 0.976)] == [
        True,
        True,
        False,
        False,
        False,
        True,
    ]


def test_a_fit_whose_data_made_its_prior_says_so_in_overlay_source_and_table(
    tmp_path: Path,
) -> None:
    one = fitted("reliability")
    path = tmp_path / "calibrated.toml"
    text = overlay("calibrated", load("base"), [one], [], tables(), date="2026-11-26", seed=7)
    path.write_text(text, "utf-8")
    found = load(path)
    assert found.evidence is not None
    assert "Starship's flights" in found.evidence["fitted"][0]["caution"]
    assert "the interval is too narrow" in found.priors["launch.failure_new"].source
    assert "caution, fit reliability: Starship's flights" in fit_table([one])
    assert "caution" not in fit_table([fitted("rents")])


def test_a_fit_that_does_not_exist_is_named_with_those_that_do() -> None:
    with pytest.raises(ValueError, match="there is no fit 'chip'; allowed: cadence, chips"):
        chosen(["chip"])
    assert [fit.name for fit in chosen(["chips", "chips"])] == ["chips"]
    assert len(chosen([])) == len(fits())


def test_evidence_does_not_count_in_the_digest() -> None:
    base = load("base")
    assert base.evidence is None
    assert replace(base, evidence={"date": "x"}).digest == base.digest
