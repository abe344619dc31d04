"""Studies as data: what a file may hold, and the data that they draw."""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from risk.analysis.studies import OUTCOME, Observation, Study, load_studies
from risk.run.sample import OBSERVED
from risk.scenario import ScenarioError

GOOD = """\
[[study]]
id = "one"
name = "One study"
cost = 1
mark = "judgement"
source = "a guess"

[[study.observes]]
of = ["thermal.areal_mass"]
law = "lognormal"
error = 0.1
"""
RATES = np.full(20_000, 0.05)


def study(law: str, size: float, id_: str = "one") -> Study:
    """A study of one quantity."""
    return Study(id_, "One", 1.0, "judgement", "a guess", (Observation(("x",), 0, law, size),))


def test_the_shipped_studies_are_those_that_were_asked_for() -> None:
    found = load_studies()
    assert [s.id for s in found] == ["chips", "flights", "radiator"]
    assert {s.mark for s in found} == {"judgement"}
    outcomes = [n for s in found for o in s.observes for n in o.of if n.startswith(OUTCOME)]
    assert {n.removeprefix(OUTCOME) for n in outcomes} <= set(OBSERVED)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("thermal.areal_mass", "thermal.areal_mas", "did you mean 'thermal.areal_mass'"),
        ("thermal.areal_mass", "launch.buyer", "'launch.buyer' cannot be observed"),
        ("thermal.areal_mass", "outcome.failure_probability", "needs a year"),
        ("error = 0.1", "error = 0.1\nyear = 2030", "same value in all"),
        ("error = 0.1", "trials = 3", "lognormal takes 'error', given: trials"),
        ("error = 0.1", "", "lognormal takes 'error', given: none of them"),
        ("error = 0.1", "error = -1", "greater than 0"),
        ('"lognormal"', '"normal"', "did you mean 'lognormal'"),
        ("cost = 1", "cost = -1", "greater than or equal to 0"),
        ("cost = 1", "", "'cost' is missing"),
    ],
)
def test_a_fault_is_named_with_its_line_and_what_is_allowed(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(GOOD)
    assert len(load_studies(file)) == 1
    file.write_text(GOOD.replace(old, new))
    with pytest.raises(ScenarioError) as caught:
        load_studies(file)
    assert told in str(caught.value)
    assert str(caught.value).startswith(f"{file}:")


def test_an_id_is_given_once(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(GOOD + GOOD)
    with pytest.raises(ScenarioError, match="another id"):
        load_studies(file)


@pytest.mark.parametrize(
    ("law", "size", "mean", "sd"),
    [
        ("poisson", 200.0, 10.0, np.sqrt(10.0)),
        ("binomial", 100, 5.0, np.sqrt(100 * 0.05 * 0.95)),
        ("lognormal", 0.2, np.log(0.05), 0.2),
    ],
)
def test_data_have_the_mean_and_spread_of_their_law(
    law: str, size: float, mean: float, sd: float
) -> None:
    """Four standard errors of each: 1 in 8,000 for both."""
    seen = study(law, size).data(RATES[:, None], 7)[:, 0]
    n = len(seen)
    assert abs(seen.mean() - mean) <= 4.0 * sd / np.sqrt(n)
    assert abs(seen.std() - sd) <= 4.0 * sd / np.sqrt(n) * np.sqrt(stats.kurtosis(seen) / 4 + 0.5)


def test_data_hang_on_seed_and_id_alone() -> None:
    first = study("poisson", 200.0).data(RATES[:, None], 7)
    assert (first == study("poisson", 200.0).data(RATES[:, None], 7)).all()
    assert (first[:100] == study("poisson", 200.0).data(RATES[:100, None], 7)).all()


def test_data_of_other_ids_and_seeds_are_independent() -> None:
    """Of 105 pairs one is beyond 4.5 standard errors once in 1,400 times."""
    asked = [(name, seed) for name in "abcde" for seed in (7, (1 << 64) - 1, (1 << 63) + 1)]
    seen = [study("poisson", 200.0, name).data(RATES[:, None], seed)[:, 0] for name, seed in asked]
    apart = np.corrcoef(seen)[np.triu_indices(len(seen), 1)]
    assert np.abs(apart).max() < 4.5 / np.sqrt(len(RATES))


def test_counts_are_those_of_scipy() -> None:
    rng = np.random.default_rng(3)
    u, rate = rng.random(5000), rng.uniform(0.0, 1.0, 5000)
    rate[:2] = 0.0, 1.0
    seen = study("poisson", 30.0).data(rate[:, None], 1)[:, 0]
    assert (Observation(("x",), 0, "poisson", 30.0).data(rate, u)[1:]
            == stats.poisson.ppf(u, 30.0 * rate)[1:]).all()  # fmt: skip
    counts = Observation(("x",), 0, "binomial", 10).data(rate, u)
    assert (counts[2:] == stats.binom.ppf(u, 10, rate)[2:]).all()
    assert (counts[0], counts[1], seen[0]) == (0.0, 10.0, 0.0)
