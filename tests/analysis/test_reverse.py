"""Reverse stress on the model: dependent normals, medians, and a point on the limit surface."""

import numpy as np
import pytest

from risk.analysis import reverse as module
from risk.analysis.reverse import reverse
from risk.scenario import load


def test_points_fill_every_scramble_alike_and_are_normal() -> None:
    z, u, replicate = module._points(5, 2, 16_384, 7)
    assert z.shape == (5, 16_384)
    assert u.shape == (2, 16_384)
    assert (np.bincount(replicate) == 1024).all()
    np.testing.assert_allclose(z.mean(1), 0.0, atol=0.01)
    np.testing.assert_allclose(z.std(1), 1.0, atol=0.02)


def test_winning_paths_lie_where_orbit_is_favoured_and_the_limit_is_met() -> None:
    found = reverse(load("base"), year=2035, paths=16_384)
    for groups in found["populations"].values():
        medians = {row["key"]: row["z"] for row in groups["win"]["rows"]}
        assert medians["platform.cost_today"] < -0.5
        assert all(abs(row["z"]) < 0.2 for row in groups["lose"]["rows"])
    assert found["design"]["settled"]
    assert 1.0 < found["design"]["beta"] < 3.0
    rows = found["populations"]["prior"]["win"]["rows"]
    cost = next(row for row in rows if row["key"] == "platform.cost_today")
    assert cost["low"] <= cost["quantile"] <= cost["high"] < 0.5
    assert cost["design_quantile"] < 0.5


def test_a_comparator_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="allowed: cost"):
        reverse(load("base"), year=2035, comparator="price")
