"""One contract for every marginal distribution."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import norm

from kernels import marginals
from kernels.marginals import (
    NEVER,
    Constant,
    Event,
    SplitLogit,
    SplitLognormal,
    SplitNormal,
    Triangular,
    Uniform,
    mean,
)
from tests.tolerances import FLOAT32_STATIC

EXAMPLES = {
    "Constant": Constant(3.0),
    "SplitNormal": SplitNormal.through(0.12, 0.19, 0.25, 0.03, 0.35),
    "SplitLognormal": SplitLognormal.through(400, 700, 1200),
    "SplitLogit": SplitLogit.through(0.10, 0.25, 0.50),
    "Triangular": Triangular.over(2031, 2036, 2045, 0.45),
    "Uniform": Uniform.over(0.3, 1.0, 0.7),
}


def test_every_marginal_has_an_example() -> None:
    kinds = {t.__name__ for t in marginals.Marginal.__args__}
    assert kinds == set(EXAMPLES)


@pytest.fixture(params=EXAMPLES, autouse=False)
def example(request: pytest.FixtureRequest) -> object:
    return EXAMPLES[request.param]


def test_quantiles_rise(example: marginals.Marginal) -> None:
    x = np.asarray(example.quantile(jnp.linspace(-5.4, 5.4, 2001)))
    assert np.isfinite(x).all()
    assert (np.diff(x) >= 0).all()


def test_float32_agrees_with_float64(example: marginals.Marginal) -> None:
    z = np.linspace(-5.0, 5.0, 501) + 1e-4
    single = np.asarray(example.quantile(jnp.asarray(z, jnp.float32)))
    with jax.enable_x64(True):
        double = np.asarray(example.quantile(jnp.asarray(np.float32(z), jnp.float64)))
    assert np.allclose(single, double, rtol=FLOAT32_STATIC, atol=1e-7)


def test_the_mean_is_that_of_many_draws(example: marginals.Marginal) -> None:
    if mean(example) > NEVER / 10:
        return  # a date that may never come has no useful mean
    u = (np.arange(200_000) + 0.5) / 200_000
    drawn = np.asarray(example.quantile(jnp.asarray(ndtri(u))), np.float64)
    assert mean(example) == pytest.approx(drawn.mean(), rel=2e-3)


@pytest.mark.parametrize(
    ("kind", "points"),
    [
        (SplitNormal, (-3, 0, 4)),
        (SplitLognormal, (400, 700, 1200)),
        (SplitLogit, (0.9, 0.97, 0.99)),
    ],
)
def test_elicited_percentiles_are_met(kind: type, points: tuple) -> None:
    z = jnp.asarray(norm.ppf([0.05, 0.5, 0.95]))
    assert np.asarray(kind.through(*points).quantile(z)) == pytest.approx(
        points, rel=1e-5, abs=1e-5
    )


def test_the_split_lognormal_mean_has_its_closed_form() -> None:
    a, b, c = 0.001, 0.01, 0.3
    s1, s2 = math.log(b / a) / marginals.Z95, math.log(c / b) / marginals.Z95
    exact = b * (math.exp(s2**2 / 2) * norm.cdf(s2) + math.exp(s1**2 / 2) * norm.cdf(-s1))
    assert mean(SplitLognormal.through(a, b, c)) == pytest.approx(exact, rel=1e-6)


def test_never_and_zero_have_their_shares() -> None:
    z = jnp.asarray(ndtri((np.arange(10_000) + 0.5) / 10_000))
    never = np.asarray(EXAMPLES["Triangular"].quantile(z)) > NEVER / 2
    zero = np.asarray(EXAMPLES["Uniform"].quantile(z)) == 0
    assert never.mean() == pytest.approx(0.45, abs=2e-4)
    assert zero.mean() == pytest.approx(0.70, abs=2e-4)


def test_clips_hold() -> None:
    x = np.asarray(EXAMPLES["SplitNormal"].quantile(jnp.asarray([-5.0, 5.0])))
    assert x == pytest.approx([0.03, 0.35])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: SplitNormal.through(2, 1, 3), "must rise"),
        (lambda: SplitLognormal.through(0, 1, 3), "p5 > 0"),
        (lambda: SplitLogit.through(0.1, 0.2, 1.0), "between 0 and 1"),
        (lambda: Triangular.over(3, 2, 1), "low <= mode <= high"),
        (lambda: Triangular.over(1, 2, 3, 1.0), "below 1"),
        (lambda: Uniform.over(1, 1), "low < high"),
        (lambda: Uniform.over(-1, 1, 0.5), "low >= 0"),
    ],
)
def test_impossible_numbers_are_refused(make: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make()


def test_an_event_mixes_the_paths_part_with_its_own() -> None:
    event = Event(EXAMPLES["SplitLognormal"], jnp.float32(0.3), jnp.float32(0.8))
    alone = EXAMPLES["SplitLognormal"].quantile(jnp.float32(0.3 + 0.8 * 1.1))
    assert float(event.at(jnp.float32(1.1))) == pytest.approx(float(alone), rel=1e-6)
