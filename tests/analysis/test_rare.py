"""Rare events: problems with known probabilities, found by both estimators.

The problems are those of the BBRC set (Rozsas and Slobbe 2019); probabilities were integrated
numerically or follow in closed form.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import norm

from risk.analysis.rare import (
    DisagreementError,
    Evaluate,
    Margins,
    Rare,
    agreed,
    importance,
    subset,
)

SIGMAS = 3.5
"""A right estimator is further off in 1 of 2,000 tries."""


class Problem(NamedTuple):
    margin: Callable[[np.ndarray], np.ndarray]
    dimensions: int
    p: float


def _rp57(x: np.ndarray) -> np.ndarray:
    a, b = x
    inner = np.maximum(-(a**2) + b**3 + 3, 2 - a - 8 * b)
    return np.minimum(inner, (a + 3) ** 2 + (b + 3) ** 2 - 4)


def _four_branch(x: np.ndarray) -> np.ndarray:
    a, b = x
    bent = 3 + 0.1 * (a - b) ** 2
    pairs = [bent - (a + b) / np.sqrt(2), bent + (a + b) / np.sqrt(2)]
    pairs += [a - b + 7 / np.sqrt(2), b - a + 7 / np.sqrt(2)]
    return np.min(pairs, axis=0)


def _rp54(x: np.ndarray) -> np.ndarray:
    return -np.log(ndtr(-x)).sum(0) - 8.951


PROBLEMS = {
    "RP22": Problem(
        lambda x: 2.5 - (x[0] + x[1]) / np.sqrt(2) + 0.1 * (x[0] - x[1]) ** 2,
        2,
        0.00420730551129961788,
    ),
    "RP25": Problem(
        lambda x: np.maximum(x[0] ** 2 - 8 * x[1] + 16, -16 * x[0] + x[1] + 32),
        2,
        4.14856629375975e-5,
    ),
    "RP28": Problem(
        lambda x: (78064 + 11710 * x[0]) * (0.0104 + 0.00156 * x[1]) - 146.14,
        2,
        1.45308907611e-7,
    ),
    "RP31": Problem(lambda x: 2 - x[1] + 256 * x[0] ** 4, 2, 0.00322668120958769104),
    "RP54": Problem(_rp54, 20, 0.0009906030725172),
    "RP57": Problem(_rp57, 2, 0.028237503362),
    "RP63": Problem(lambda x: 0.1 * (x[1:] ** 2).sum(0) - x[0] - 4.5, 100, 0.00037694361183),
    "RP107": Problem(lambda x: 5 * np.sqrt(10) - x.sum(0), 10, 2.86651571879194e-7),
    "four branches": Problem(_four_branch, 2, 0.002222795066194439887),
}


def plain(problem: Problem) -> Evaluate:
    return lambda z, batch: Margins(problem.margin(z), np.ones(z.shape[1]))


@pytest.mark.parametrize("name", PROBLEMS)
def test_both_find_what_is_known(name: str) -> None:
    problem = PROBLEMS[name]
    one = importance(plain(problem), problem.dimensions, seed=3)
    two = subset(plain(problem), problem.dimensions, seed=4)
    for found in (one, two):
        assert abs(found.value - problem.p) < SIGMAS * found.stderr, found
    assert one.relative < 0.10
    agreed(one, two)


def test_luck_and_weights_are_integrated() -> None:
    def evaluate(z: np.ndarray, batch: int) -> Margins:
        luck = np.random.default_rng(batch).standard_normal(z.shape[1])
        return Margins(5.0 - z[0] - luck, norm.cdf(z[1]))

    p = norm.sf(5.0 / np.sqrt(2.0)) / 2
    for found in (importance(evaluate, 2, seed=1), subset(evaluate, 2, seed=2, size=8192)):
        assert abs(found.value - p) < SIGMAS * found.stderr, found


@pytest.mark.parametrize(("shift", "p"), [(-50.0, 1.0), (1.0, norm.sf(1.0)), (60.0, 0.0)])
def test_the_certain_the_common_and_the_impossible(shift: float, p: float) -> None:
    problem = Problem(lambda x: shift - x[0], 2, p)
    for found in (
        importance(plain(problem), 2, seed=5),
        subset(plain(problem), 2, seed=6),
    ):
        assert found.value == pytest.approx(p, abs=max(SIGMAS * found.stderr, 1e-12))


def test_intervals_cover() -> None:
    """Of 200 intervals of 95 % each, between 181 and 197: false alarm 1 in 500 a side."""
    problem = PROBLEMS["RP22"]
    small = {"pilot": 1024, "size": 8192}
    found = [importance(plain(problem), 2, seed=s, **small) for s in range(200)]
    assert 181 <= sum(f.low <= problem.p <= f.high for f in found) <= 197


def test_estimates_that_differ_by_more_than_their_errors_are_an_error() -> None:
    one, two = Rare(1e-5, 1e-7, 0, 0, 1), Rare(2e-5, 1e-7, 0, 0, 1)
    with pytest.raises(DisagreementError, match=r"70\.7 standard errors apart, allowed 4"):
        agreed(one, two)
    with pytest.raises(DisagreementError):
        agreed(one, Rare(0.0, 0.0, 0, 0, 1))
    assert agreed(one, one) == 0.0
