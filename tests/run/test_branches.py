"""Branches share a path's inputs and its luck up to a date, and have a year of their own."""

import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array

from kernels.counter import tile_of
from kernels.platforms import platform
from risk.model.metrics import COMMIT_QUARTERS
from risk.model.path import Fixed, Inputs
from risk.run.branches import BEYOND, Branched, Branching, branched
from risk.run.execute import job_of
from risk.run.look import View, compiled
from risk.scenario import load

SIZE, DATES, PATHS = 32, 6, 1024
FIELDS = ("npv_orbit", "npv_ground", "launch_price", "lcoc_ground")


def once(inputs: Inputs, fixed: Fixed) -> dict[str, Array]:
    """An input, and what follows from the inputs."""
    return {"cost": inputs.platform.cost_today, "hazard": fixed.hazard.life}


@pytest.fixture(scope="module")
def found() -> Branched:
    return branched(load("base"), Branching("test", FIELDS, once, SIZE, DATES), paths=PATHS, seed=7)


def test_the_first_of_a_family_is_a_path_of_plain_monte_carlo(found: Branched) -> None:
    """Two programs round differently, which moves a flight on a path in a hundred or fewer."""
    yearly = jnp.asarray(COMMIT_QUARTERS[:DATES])
    view = View("branches", FIELDS, lambda _, o: {name: o[name][yearly] for name in FIELDS})
    job, rows = job_of(load("base"), 7, "mc")
    values, _, group, *_ = compiled(job, rows, view, platform())(job, tile_of(BEYOND))
    first = np.arange(0, len(group), SIZE)
    np.testing.assert_array_equal(found.kept_by[first], np.asarray(group)[first])
    for name in FIELDS:
        mine, theirs = found.values[name][:, first], np.asarray(values[name])[:, first]
        same = np.isclose(mine, theirs, rtol=1e-4, atol=1e-3).all(axis=0)
        assert same.mean() > 0.95, name


def test_a_family_shares_inputs_population_and_its_first_date(found: Branched) -> None:
    assert len(found.family) == PATHS * SIZE
    for values in (*found.once.values(), found.kept_by, found.values["npv_ground"][0]):
        families = values.reshape(-1, SIZE)
        assert (families == families[:, :1]).all()
    assert np.ptp(found.once["cost"]) > 0.0
    assert 0.5 < (found.kept_by > 0).mean() < 1.0


@pytest.mark.parametrize("date", [1, 3, 5])
@pytest.mark.parametrize("name", FIELDS)
def test_a_path_is_one_of_its_branches_in_law(found: Branched, date: int, name: str) -> None:
    """A path's place among 32 that are equal in law is uniform: its mean rank is 15.5.

    Twelve comparisons at 4 errors: a false alarm in 1,300 runs.
    """
    families = found.values[name][date].reshape(-1, SIZE).astype(np.float64)
    assert (np.ptp(families, axis=1) > 0.0).mean() > 0.9  # while launches stand still, prices do
    path = families[:, :1]
    rank = (families[:, 1:] < path).sum(axis=1) + (families[:, 1:] == path).sum(axis=1) / 2.0
    error = np.sqrt((SIZE**2 - 1) / 12.0 / len(rank))
    assert abs(rank.mean() - (SIZE - 1) / 2.0) < 4.0 * error
    assert rank.std() == pytest.approx(np.sqrt((SIZE**2 - 1) / 12.0), rel=0.1)


def test_luck_of_a_later_year_is_apart_from_that_of_the_year_before(found: Branched) -> None:
    """Given a path, its branches' gaps from it in two years come from different words.

    Correlation of two gaps of the 31 x 1,024 branches, averaged by family: below 4 errors.
    """
    gaps = []
    for date in (2, 3):
        families = np.log(found.values["lcoc_ground"][date].reshape(-1, SIZE).astype(np.float64))
        gaps.append(families[:, 1:] - families[:, 1:].mean(axis=1, keepdims=True))
    product = (gaps[0] * gaps[1]).mean(axis=1) / (gaps[0].std() * gaps[1].std())
    assert abs(product.mean()) < 4.0 * product.std() / np.sqrt(len(product))
