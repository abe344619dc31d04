"""Parts of the costs: they add up to the means, and their intervals are those of scrambles."""

import numpy as np
import pytest
from scipy import stats

from risk.analysis.bridge import parts
from risk.run.sample import PARTS, Sample

REPLICATES, EACH, DATES = 16, 64, 4


@pytest.fixture
def taken() -> Sample:
    rng = np.random.default_rng(3)
    n = REPLICATES * EACH
    drawn = {name: rng.lognormal(1.0, 0.4, (DATES, n)) for name in PARTS}
    for side in ("orbit", "ground"):
        own = [v for k, v in drawn.items() if k.endswith(side) and not k.startswith("lcoc")]
        drawn[f"lcoc_{side}"] = sum(own) + rng.lognormal(0.0, 0.2, (DATES, n))
    replicate = np.repeat(np.arange(REPLICATES), EACH)
    return Sample({}, np.ones(n), rng.integers(0, 2, n), {}, replicate, {}, {}, drawn)


def test_parts_and_what_runs_add_up_to_the_mean_cost(taken: Sample) -> None:
    found = {(e.metric, e.date): e for e in parts(taken, "conditioned", 1)}
    for side in ("orbit", "ground"):
        for date in {date for _, date in found}:
            whole = found[f"lcoc_{side}", date].value
            own = [e.value for (k, d), e in found.items() if d == date and k.endswith(f"_{side}")]
            assert sum(own) - whole == pytest.approx(whole)
    kept = taken.kept_by == 1
    mean = taken.parts["launch_orbit"][2, kept].mean()
    assert found["part_launch_orbit", 2035.75].value == pytest.approx(mean)
    assert found["part_launch_orbit", 2035.75].n == kept.sum()


def test_the_interval_of_a_mean_is_student_t_over_scrambles(taken: Sample) -> None:
    launch = next(e for e in parts(taken, "prior", 0) if e.metric == "part_launch_orbit")
    means = taken.parts["launch_orbit"][0].reshape(REPLICATES, EACH).mean(1)
    half = stats.t.ppf(0.975, REPLICATES - 1) * stats.sem(means)
    assert (launch.low, launch.high) == pytest.approx((means.mean() - half, means.mean() + half))
