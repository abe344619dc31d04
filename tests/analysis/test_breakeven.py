"""Break-even values of each path against closed forms."""

import numpy as np
import pytest

from risk.analysis.breakeven import solved, value_for
from risk.analysis.margins import Contradiction
from risk.analysis.sweep import Axis


def test_the_scale_of_a_lognormal_cost_for_a_wanted_probability_meets_its_closed_form() -> None:
    """Within three standard errors, a false alarm of 0.5 %; margins are linear in log scale."""
    rng = np.random.default_rng(5)
    z = rng.multivariate_normal([0, 0], [[1, 0.3], [0.3, 1]], 1 << 15)
    axis = Axis.between(("scale",), 0.01, 10.0, 9)
    gap = np.log(2.5) + 0.5 * z[:, 0] - 0.2 * z[:, 1]
    even, falling = solved(axis, np.log(axis.values)[:, None] + gap)
    assert falling
    replicate = np.repeat(np.arange(32), 1 << 10)
    for p, exact in ((0.5, 0.4), (0.8, 0.2671571822742557)):
        found = value_for(even, replicate, p, falling)
        assert abs(found.value - exact) < 3 * found.stderr


def test_a_path_that_turns_back_stops_the_curve() -> None:
    axis = Axis.between(("x",), 1.0, 2.0, 3)
    with pytest.raises(Contradiction, match="not monotone in x: on 1 of 2 paths"):
        solved(axis, np.array([[0.0, 0.0], [1.0, 1.0], [0.5, 2.0]]))
