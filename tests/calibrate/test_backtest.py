"""PIT and CRPS on known answers, and what the backtests are of."""

import math

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import norm

from risk.calibrate.backtest import crps, pit

GRID = ndtri((np.arange(20_000) + 0.5) / 20_000)  # a standard normal without noise


@pytest.mark.parametrize("outcome", [-2.5, -0.5, 0.0, 1.0, 3.0])
def test_scores_of_a_normal_forecast_are_those_of_the_closed_form(outcome: float) -> None:
    """Gneiting and Raftery (2007), equation 5: y (2 Phi(y) - 1) + 2 phi(y) - 1 / sqrt(pi)."""
    exact = outcome * (2 * norm.cdf(outcome) - 1) + 2 * norm.pdf(outcome) - 1 / math.sqrt(math.pi)
    assert crps(GRID, outcome) == pytest.approx(exact, abs=2e-4)
    assert pit(GRID, outcome) == pytest.approx(norm.cdf(outcome), abs=1e-4)


def test_scores_of_two_points_and_of_certainty_by_hand() -> None:
    assert crps(np.asarray([3.0, 1.0]), 2.0) == 0.5  # 1 - |3 - 1| / 4
    assert crps(np.asarray([2.0]), 5.0) == 3.0
    assert crps(np.asarray([5.0, 5.0]), 5.0) == 0.0
    assert pit(np.asarray([1.0, 2.0, 2.0, 3.0]), 2.0) == 0.5  # ties count half


def test_crps_is_the_double_sum_that_defines_it() -> None:
    x = np.random.default_rng(1).gamma(2.0, size=101)
    slow = np.abs(x - 1.3).mean() - 0.5 * np.abs(x[:, None] - x).mean()
    assert crps(x, 1.3) == pytest.approx(slow, rel=1e-12)


def test_pit_of_a_right_forecaster_is_uniform() -> None:
    """Kolmogorov-Smirnov at a fixed seed; false alarm 1 in 1,000."""
    from scipy.stats import kstest

    rng = np.random.default_rng(2)
    scores = [pit(rng.normal(size=400), rng.normal()) for _ in range(300)]
    assert kstest(scores, "uniform").pvalue > 1e-3
    wrong = [pit(0.3 * rng.normal(size=400), rng.normal()) for _ in range(300)]
    assert kstest(wrong, "uniform").pvalue < 1e-3
