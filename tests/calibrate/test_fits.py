"""Each fit finds what made its data, keeps the prior where there are none, and is refused if ill."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from risk.calibrate.checks import LARGEST_RHAT, LEAST_ESS, health_of, tail_share, verdict
from risk.calibrate.evidence import FORMS, tables
from risk.calibrate.fit import Fit, fits, quantile
from risk.calibrate.sample import Posterior, from_prior, sample
from risk.calibrate.sbc import ranks, uniformity
from risk.scenario import load

KEPT, THIN, WARM_UP, BINS = 19, 8, 250, 5
QUICK = {"chips": 40}
SLOW = {name: 40 for name in fits() if name not in QUICK}
FALSE_ALARM = 1e-3


@pytest.mark.parametrize("fit", fits().values(), ids=fits())
def test_a_fit_keeps_its_contract(fit: Fit) -> None:
    base = load("base")
    assert set(fit.tables) <= FORMS.keys()
    assert {*fit.informs, *fit.held, *fit.loosened} <= base.priors.keys()
    known, seen = fit.prepare(tables())
    drawn = from_prior(fit, known, fit.priors(base), seed=1, draws=3)
    assert {*fit.informs} <= drawn.keys()
    one = {name: values[0] for name, values in drawn.items()}
    made = fit.synthesise(known, one, np.random.default_rng(1))
    assert {k: v.shape for k, v in made.items()} == {k: v.shape for k, v in seen.items()}
    assert fit.statistics(known, made).keys() == fit.statistics(known, seen).keys()


@pytest.mark.parametrize("fit", fits().values(), ids=fits())
def test_what_a_fit_starts_from_is_the_scenarios_own_prior(fit: Fit) -> None:
    """Kolmogorov-Smirnov at a fixed seed; false alarm 1 in 1,000 an input."""
    from scipy.special import ndtri
    from scipy.stats import ks_1samp, norm

    base = load("base")
    known, _ = fit.prepare(tables())
    drawn = from_prior(fit, known, fit.priors(base), seed=3, draws=800)
    z = np.linspace(-4.0, 4.0, 20_001)
    for key in fit.informs:
        if base.priors[key].shape != "fixed":
            assert fit.priors(base)[key] == base.priors[key].marginal
        values = np.asarray(quantile(fit.priors(base)[key], z))
        found = ks_1samp(drawn[key], lambda x, v=values: norm.cdf(np.interp(x, v, z)))
        assert found.pvalue > FALSE_ALARM, key
    assert ndtri(0.5) == 0.0


def _assert_calibrated(name: str, data_sets: int) -> None:
    fit, base = fits()[name], load("base")
    known, _ = fit.prepare(tables())
    found = ranks(
        fit,
        known,
        fit.priors(base),
        data_sets=data_sets,
        kept=KEPT,
        thin=THIN,
        warm_up=WARM_UP,
        seed=11,
    )
    for key, rank in found.items():
        assert uniformity(rank, KEPT, BINS) > FALSE_ALARM, (key, rank)


@pytest.mark.parametrize(("name", "data_sets"), QUICK.items())
def test_a_fit_finds_what_made_its_data(name: str, data_sets: int) -> None:
    """Chi-square of ranks in 5 bins, seeds fixed; false alarm 1 in 1,000 an input."""
    _assert_calibrated(name, data_sets)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "data_sets"), SLOW.items())
def test_every_other_fit_finds_what_made_its_data(name: str, data_sets: int) -> None:
    """The same for models that take longer to compile."""
    _assert_calibrated(name, data_sets)


def test_ranks_of_a_sampler_that_is_off_are_not_uniform() -> None:
    rng = np.random.default_rng(5)
    narrow = (rng.normal(size=(40, 1)) > 0.3 * rng.normal(size=(40, KEPT))).sum(1)
    assert uniformity(narrow, KEPT, BINS) < FALSE_ALARM
    assert uniformity(np.arange(40) % (KEPT + 1), KEPT, BINS) == pytest.approx(1.0)
    with pytest.raises(ValueError, match="20 ranks do not divide into 3 bins"):
        uniformity(narrow, KEPT, 3)


@pytest.fixture(scope="module")
def chips() -> tuple[Fit, Any, Any, Posterior]:
    fit = fits()["chips"]
    known, seen = fit.prepare(tables())
    return fit, known, seen, sample(fit, known, fit.priors(load("base")), seen, seed=7)


def test_a_fit_whose_checks_pass_is_not_refused(
    chips: tuple[Fit, Any, Any, Posterior],
) -> None:
    fit, known, seen, posterior = chips
    checked = verdict(fit, known, seen, posterior, seed=7)
    assert checked.refusals == ()
    assert all(h.r_hat <= LARGEST_RHAT and h.ess_bulk >= LEAST_ESS for h in checked.health.values())


def test_a_fit_that_fails_a_check_is_refused_with_a_sentence(
    chips: tuple[Fit, Any, Any, Posterior],
) -> None:
    fit, known, seen, posterior = chips
    key = fit.informs[0]
    apart = {**posterior.sites, key: posterior.sites[key] + np.arange(4.0)[:, None]}
    said = verdict(fit, known, seen, replace(posterior, sites=apart), seed=7).refusals
    assert any(f"fit chips is refused: R-hat of {key} is " in s for s in said)
    assert any(f"bulk ESS of {key} is " in s and "allowed: at least 400" in s for s in said)

    diverged = posterior.diverged.copy()
    diverged[0, 0] = True
    said = verdict(fit, known, seen, replace(posterior, diverged=diverged), seed=7).refusals
    assert said == ("fit chips is refused: 1 transitions diverged; allowed: none",)

    steep = {"per watt": seen["per watt"] + 3.0 * known["years"]}
    said = verdict(fit, known, steep, posterior, seed=7).refusals
    assert any(
        "of replicated data exceed the evidence in growth, logs a year; allowed: 0.01 to" in s
        for s in said
    )


def test_health_is_that_of_independent_draws_where_they_are() -> None:
    draws = np.random.default_rng(6).normal(size=(4, 500))
    health = health_of(draws)
    assert health.r_hat < 1.01
    assert health.ess_bulk == pytest.approx(2000, rel=0.25)
    assert tail_share(np.asarray([1.0, 2.0, 2.0, 3.0]), 2.0) == 0.5
