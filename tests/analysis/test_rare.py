"""Rare events against the exact probabilities of the BBRC problems."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import log_ndtr

from risk.analysis.intervals import Interval
from risk.analysis.rare import agreed, layered, tilted

ROOT2 = np.sqrt(2.0)
ONE_REGION = {
    "RP22": (
        lambda x: 2.5 - (x[0] + x[1]) / ROOT2 + 0.1 * (x[0] - x[1]) ** 2,
        2,
        0.00420730551129962,
    ),
    "RP31": (lambda x: 2.0 - x[1] + 256.0 * x[0] ** 4, 2, 0.00322668120958769),
    "RP54": (lambda x: -log_ndtr(-x).sum(axis=0) - 8.951, 20, 0.0009906030725172),
    "RP107": (lambda x: 5.0 * np.sqrt(10.0) - x.sum(axis=0), 10, 2.86651571879194e-7),
}
SEVERAL = {
    "RP25": (
        lambda x: np.maximum(x[0] ** 2 - 8 * x[1] + 16, -16 * x[0] + x[1] + 32),
        2,
        4.14856629375975e-5,
    ),
    "RP57": (
        lambda x: np.minimum(
            np.maximum(-(x[0] ** 2) + x[1] ** 3 + 3, 2 - x[0] - 8 * x[1]),
            (x[0] + 3) ** 2 + (x[1] + 3) ** 2 - 4,
        ),
        2,
        0.028237503362,
    ),
    "four branches": (
        lambda x: np.minimum(
            3 + 0.1 * (x[0] - x[1]) ** 2 - np.abs(x[0] + x[1]) / ROOT2,
            7 / ROOT2 - np.abs(x[0] - x[1]),
        ),
        2,
        0.00222279506619444,
    ),
}
Case = tuple[Callable[[NDArray], NDArray], int, float]


@pytest.mark.parametrize("case", ONE_REGION.values(), ids=ONE_REGION)
def test_a_tilt_finds_the_exact_probability(case: Case) -> None:
    margin, dimensions, known = case
    found = tilted(margin, dimensions, 40_000, seed=3)
    assert abs(found.value - known) <= 3.0 * found.stderr < 0.3 * known


@pytest.mark.parametrize("case", (ONE_REGION | SEVERAL).values(), ids=ONE_REGION | SEVERAL)
def test_layers_find_the_exact_probability(case: Case) -> None:
    margin, dimensions, known = case
    found = layered(margin, dimensions, 4_000, seed=5)
    assert abs(found.value - known) <= 3.0 * found.stderr < 0.5 * known


def test_two_probabilities_apart_are_an_error() -> None:
    with pytest.raises(ArithmeticError, match="disagree"):
        agreed(Interval(1e-5, 1e-7, 0, 0), Interval(2e-5, 1e-7, 0, 0))
