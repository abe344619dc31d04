"""What can be done with a loaded scenario: scaled, fixed, collapsed."""

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from kernels.marginals import NEVER, Constant, Uniform
from risk.scenario import Scenario, ScenarioError, load, shipped
from tests.scenario.conftest import INPUTS, MARKED

type Loader = Callable[..., Scenario]


def test_a_fixed_input_has_no_uncertainty_and_moves_the_digest(small: Loader) -> None:
    before = small()
    after = before.with_fixed("engine.price", 500.0)
    prior = after.priors["engine.price"]
    assert prior.marginal == Constant(500.0)
    assert (prior.shape, prior.loadings, prior.numbers) == ("fixed", (0.0,) * 3, {"value": 500.0})
    assert "500 USD/kg" in prior.source
    assert after.digest != before.digest
    assert before.priors["engine.price"].shape == "lognormal"
    others = before.priors.keys() - {"engine.price"}
    assert all(after.priors[key] is before.priors[key] for key in others)


def test_an_input_may_be_fixed_with_a_unit_and_a_choice_by_its_option(small: Loader) -> None:
    before = small()
    fixed = before.with_fixed("engine.price", "0.5 kUSD/kg")
    assert fixed.digest == before.with_fixed("engine.price", 500).digest
    assert before.with_fixed("engine.mode", "fast").option("engine.mode") == "fast"


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("engine.prize", 1.0, "did you mean 'engine.price'"),
        ("xyzzy", 1.0, "no input has this name"),
        ("engine.price", -1.0, "-1 USD/kg is out of bounds; allowed: 0 USD/kg or more"),
        ("engine.price", math.nan, "not a finite number"),
        ("engine.price", math.inf, "not a finite number"),
        ("engine.price", "5 year", "another dimension"),
        ("engine.mode", "fats", "did you mean 'fast'"),
    ],
)
def test_what_cannot_be_fixed_is_refused(small: Loader, key: str, value, says: str) -> None:
    with pytest.raises(ScenarioError, match=says) as caught:
        small().with_fixed(key, value)
    assert caught.value.problems[0].key == key


def test_a_scale_moves_the_digest_and_nothing_else(small: Loader) -> None:
    before = small()
    after = before.with_scale(0.5)
    assert after.scale == 0.5
    assert after.digest != before.digest
    assert after.with_scale(1.0).digest == before.digest
    assert after.priors == before.priors


@pytest.mark.parametrize(
    ("scale", "says"),
    [
        (2.5, r"at scale 2\.5 the factors explain 1\.48 .* engine\.price"),
        (-1.0, "allowed: 0 or more"),
        (math.nan, "allowed: 0 or more"),
    ],
)
def test_a_scale_that_cannot_be_is_refused(small: Loader, scale: float, says: str) -> None:
    with pytest.raises(ScenarioError, match=says):
        small().with_scale(scale)


def test_the_largest_scale_named_is_allowed(small: Loader) -> None:
    assert small().with_scale(1.946).scale == 1.946
    with pytest.raises(ScenarioError):
        small().with_scale(1.947)


def test_collapsed_holds_every_input_at_the_median_of_its_whole_distribution(small: Loader) -> None:
    before = small()
    after = before.collapsed()
    assert {p.shape for p in after.priors.values()} == {"fixed"}
    for key, prior in before.priors.items():
        with jax.enable_x64(True):
            median = float(prior.marginal.quantile(jnp.zeros((), jnp.float64)))
        assert float(after.priors[key].marginal.value) == pytest.approx(median, rel=1e-12), key
        assert prior.median == after.priors[key].median
    assert after.digest == after.collapsed().digest
    assert after.digest != before.digest
    assert after.choices == before.choices


def test_what_more_often_never_comes_collapses_to_never(small: Loader) -> None:
    date = INPUTS["engine.date"].replace("never = 0.2", "never = 0.6")
    fee = INPUTS["tank.fee"].replace("zero = 0.25", "zero = 0.6")
    after = small({"engine.date": date, "tank.fee": fee}).collapsed()
    assert after.priors["engine.date"].marginal.value == NEVER
    assert after.priors["tank.fee"].marginal.value == 0.0


def test_a_median_is_clipped_as_the_draws_are(small: Loader) -> None:
    price = f'low = "1 USD/kg"\nhigh = "3 USD/kg"\nshape = "uniform"\n{MARKED}'
    prior = small({"engine.price": price}).priors["engine.price"]
    assert prior.marginal == Uniform(1.0, 3.0, 0.0)
    assert prior.median == 2.0


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_scenario_collapses(name: str) -> None:
    after = load(name).collapsed()
    values = np.array([p.marginal.value for p in after.priors.values()])
    assert np.isfinite(values).all()


def test_the_correlation_cannot_be_changed_in_place(small: Loader) -> None:
    with pytest.raises(ValueError, match="read-only"):
        small().correlation[0, 1] = 0.9
