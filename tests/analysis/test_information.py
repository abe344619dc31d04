"""Value of information against closed forms of two actions with normal net benefits."""

import numpy as np
import pytest
from scipy.stats import norm

from risk.analysis.information import checked, evpi, evppi, evsi
from risk.analysis.intervals import Interval

PATHS = 1 << 16
X = np.random.default_rng(7).standard_normal((PATHS, 3))
GAIN = -1.0 + X @ np.array([1.0, 2.0, 3.0])


def near(found: Interval, known: float) -> bool:
    """Whether a known answer lies within three standard errors."""
    return abs(found.value - known) <= 3.0 * found.stderr


def test_perfect_information_is_worth_what_the_normal_loss_says() -> None:
    assert near(evpi(GAIN), 1.0457011604472948)


@pytest.mark.parametrize(
    ("known", "worth"),
    [
        ([0], 0.083315470587686),
        ([1], 0.395593114802612),
        ([2], 0.762708342897216),
        ([0, 1], 0.479810706348393),
        ([0, 2], 0.824124131407212),
        ([1, 2], 0.993378260797150),
    ],
)
def test_partial_information_is_worth_its_closed_form(known: list[int], worth: float) -> None:
    found = evppi(GAIN, X[:, known])
    assert near(found, worth)
    checked({"part": found}, evpi(GAIN))


def test_a_curved_gain_is_not_worth_zero() -> None:
    assert near(evppi(X[:, 0] ** 2 - 1.2, X[:, 0]), 0.425018297705700)


@pytest.mark.parametrize(("n", "worth"), [(10, 0.248915094423462), (100, 0.374650204080814)])
def test_a_study_is_worth_its_closed_form(n: int, worth: float) -> None:
    true = -1.0 + 2.0 * X[:, 0]
    assert near(evsi(true, true + X[:, 1] * 5.0 / np.sqrt(n)), worth)


def test_intervals_cover_the_known_answer() -> None:
    random = np.random.default_rng(11)
    known = 2.0 * norm.pdf(0.5) - norm.cdf(-0.5)
    covered = 0
    for _ in range(1000):
        found = evpi(-1.0 + 2.0 * random.standard_normal(2000))
        covered += found.low <= known <= found.high
    assert 930 <= covered <= 970


def test_a_part_worth_more_than_the_whole_is_an_error() -> None:
    with pytest.raises(ArithmeticError, match="more than"):
        checked({"part": Interval(2.0, 0.1, 1.8, 2.2)}, Interval(1.0, 0.1, 0.8, 1.2))
