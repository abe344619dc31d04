"""Least-squares Monte Carlo against exact Bermudan puts (Longstaff and Schwartz 2001, table 1)."""

import numpy as np
import pytest
from numpy.typing import NDArray

from risk.analysis.intervals import Interval
from risk.analysis.options import bracketed, fitted, lower

STRIKE, RATE, VOLATILITY, DATES = 40.0, 0.06, 0.2, 50


def puts(spot: float, n: int, seed: int) -> tuple[NDArray, NDArray]:
    """State and discounted pay of a put with 50 dates in one year."""
    step = 1.0 / DATES
    shocks = np.random.default_rng(seed).standard_normal((n, DATES))
    drift = (RATE - VOLATILITY**2 / 2.0) * step
    prices = spot * np.exp(np.cumsum(drift + VOLATILITY * np.sqrt(step) * shocks, axis=1))
    paid = np.exp(-RATE * step * np.arange(1, DATES + 1)) * np.maximum(STRIKE - prices, 0.0)
    return prices[:, :, None], paid


@pytest.mark.parametrize(
    ("spot", "exact", "european"),
    [(36, 4.477811, 3.844308), (40, 2.314068, 2.066401), (44, 1.109868, 1.016915)],
)
def test_fresh_paths_earn_no_more_than_the_exact_value(
    spot: float, exact: float, european: float
) -> None:
    found = lower(fitted(*puts(spot, 30_000, 1)), *puts(spot, 30_000, 2))
    assert abs(found.value - exact) <= 3.0 * found.stderr
    assert found.low > european


def test_a_lower_bound_above_the_upper_is_an_error() -> None:
    with pytest.raises(ArithmeticError, match="above the upper bound"):
        bracketed(Interval(2.0, 0.1, 1.8, 2.2), Interval(1.0, 0.1, 0.8, 1.2))
