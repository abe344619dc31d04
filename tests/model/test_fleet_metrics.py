"""The registry of fleet metrics: every entry on paths made by hand."""

import inspect

import jax.numpy as jnp
import numpy as np
import pytest

from risk.model.constants import QUARTERS
from risk.model.fields import FLEET
from risk.model.fleet_metrics import FLEET_METRICS, FleetMetric, first
from risk.model.world import FleetOutcome

EVERY = pytest.mark.parametrize("metric", FLEET_METRICS.values(), ids=list(FLEET_METRICS))


@EVERY
def test_a_metric_names_fields_of_the_outcome_and_says_what_it_means(metric: FleetMetric) -> None:
    assert metric.fields
    assert set(metric.fields) <= set(FleetOutcome._fields)
    assert metric.meaning.endswith(".")
    assert metric.fields == tuple(inspect.signature(metric.function).parameters)
    units = {"quantity": FLEET[metric.fields[0]], "chance": "1", "date": "yr"}
    assert metric.unit == units[metric.kind]


@EVERY
def test_a_metric_of_fleets_that_do_nothing_is_finite_and_its_date_never_comes(
    metric: FleetMetric,
) -> None:
    shown = {name: jnp.zeros((QUARTERS, 3)) for name in metric.fields}
    value = np.asarray(metric.value(shown))
    assert np.isfinite(value).all()
    if metric.kind == "date":
        assert value.tolist() == [QUARTERS] * 3
    elif metric.kind == "chance":
        assert (value == (metric.name == "nothing_binds")).all()
    else:
        assert (value == 0.0).all()


def test_the_first_quarter_is_that_of_the_first_truth_and_60_where_there_is_none() -> None:
    happens = np.zeros((QUARTERS, 3), bool)
    happens[7:9, 0] = happens[0, 1] = True
    assert first(jnp.asarray(happens)).tolist() == [7, 0, QUARTERS]


def test_a_large_fleet_is_reached_in_the_first_quarter_with_a_gigawatt() -> None:
    kw = jnp.linspace(0.0, 2e6, QUARTERS)[:, None] * jnp.asarray([1.0, 0.4])
    found = FLEET_METRICS["large_in_orbit"].value({"orbit_kw": kw})
    assert found.tolist() == [30, QUARTERS]
