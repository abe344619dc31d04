"""What it costs an interval that a run goes on until it is narrow."""

import numpy as np
import pytest

from risk.analysis.scrambles import student

SCRAMBLES, RUNS, LOOKS = 32, 40_000, 12


@pytest.mark.parametrize("slope", [0.5, 0.75], ids=["plain", "scrambled"])
def test_stopping_when_the_interval_is_narrow_costs_it_less_than_a_point(slope: float) -> None:
    """Runs double until the half-width is at most 1, from four to eight times that.

    A scramble's error has a standard deviation of n^-slope. With plain paths what was there is half
    of a doubled run; with points it is as good as forgotten. Known to 0.1 %: without looking, 95 %.
    """
    rng = np.random.default_rng(1)
    scale = 2.0 ** rng.uniform(2.0, 3.0, RUNS) * np.sqrt(SCRAMBLES) / student(SCRAMBLES - 1)
    running, covered = np.ones(RUNS, bool), np.zeros(RUNS, bool)
    error = scale[:, None] * rng.normal(size=(RUNS, SCRAMBLES))
    for look in range(LOOKS):
        middle, spread = error.mean(axis=1), error.std(axis=1, ddof=1)
        half = student(SCRAMBLES - 1) * spread / np.sqrt(SCRAMBLES)
        stopped = running & (half <= 1.0)
        covered[stopped] = np.abs(middle[stopped]) <= half[stopped]
        running &= ~stopped
        more = scale[:, None] * rng.normal(size=(RUNS, SCRAMBLES))
        if slope == 0.5:
            error = (error + more * 2.0 ** (-look / 2)) / 2.0
        else:
            error = more * 2.0 ** (-slope * (look + 1))
    assert not running.any()
    assert 0.942 <= covered.mean() <= 0.95
