"""An early crossing on the model itself: two methods against what a plain run counts."""

import numpy as np
import pytest

from risk.analysis.soon import crossing_by
from risk.model.metrics import crossing
from risk.run.look import View, look
from risk.run.plan import Request
from risk.scenario import load

QUARTER = 36  # 2035Q4: common enough to be counted too


@pytest.mark.slow
def test_it_is_what_a_plain_run_counts_where_that_can_be_counted() -> None:
    scenario = load("base")
    found = crossing_by(scenario, "cost", QUARTER, seed=3)["found"]
    view = View("soon test", ("ratio",), lambda x, o: crossing(o["ratio"] < 1.0)[0])
    seen = look(scenario, Request(1 << 16, 5, "mc"), 1 << 16, view)
    won = np.asarray(seen.values) <= QUARTER
    for population, kept in (("prior", seen.kept_by >= 0), ("conditioned", seen.kept_by >= 1)):
        p, n = won[kept].mean(), kept.sum()
        for method in ("importance", "subset"):
            error = np.hypot(found[population][method]["stderr"], np.sqrt(p * (1 - p) / n))
            assert abs(found[population][method]["value"] - p) < 4.0 * error
