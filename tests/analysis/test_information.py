"""Value of information against closed forms of two actions with normal net benefits."""

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import norm

from risk.analysis.information import checked, evpi, evppi, evsi
from risk.analysis.intervals import Interval
from tests.analysis.functions import points

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


@pytest.mark.parametrize(
    ("mean", "sd", "worth"),
    [
        (0.0, 1.0, 0.398942280401433),
        (0.5, 1.0, 0.197796557401306),
        (1.0, 1.0, 0.083315470587686),
        (1.0, 2.0, 0.395593114802612),
        (-1000.0, 5000.0, 1534.47317931638),
    ],
)
def test_a_normal_gain_is_worth_its_closed_form(mean: float, sd: float, worth: float) -> None:
    assert near(evpi(mean + sd * X[:, 0]), worth)


@pytest.mark.parametrize(
    ("other", "worth"), [(100.0, 10.524315781125253), (90.0, 15.775102783783481 - 10.0)]
)
def test_the_better_of_two_lognormals_is_worth_margrabes_option(other: float, worth: float) -> None:
    """E max(S1 - S2, 0) less E (S1 - S2); volatilities 0.3 and 0.2, correlation 0.5, one year."""
    z = X[:, 0], 0.5 * X[:, 0] + np.sqrt(0.75) * X[:, 1]
    one, two = (
        start * np.exp(vol * normal - vol**2 / 2)
        for start, vol, normal in zip((100.0, other), (0.3, 0.2), z, strict=True)
    )
    assert near(evpi(one - two), worth)


def test_scrambles_give_the_closed_forms_and_narrower_intervals() -> None:
    u, replicate = points(3, 32, 2048, 5)
    x = ndtri(u).T
    gain = -1.0 + x @ np.array([1.0, 2.0, 3.0])
    for known, worth in ([1], 0.395593114802612), ([1, 2], 0.993378260797150):
        found = evppi(gain, x[:, known], replicate)
        assert near(found, worth)
        assert found.stderr < 0.7 * evppi(GAIN, X[:, known]).stderr
    assert near(evpi(gain, replicate), 1.0457011604472948)


def test_intervals_over_scrambles_cover_of_an_input_and_of_a_study() -> None:
    """Of 400 runs 95 % are covered, +-1.1 %; bounds at 3 standard errors."""
    covered = np.zeros(2)
    for run in range(400):
        u, replicate = points(3, 16, 128, run)
        x = ndtri(u)
        gain = -1.0 + 2.0 * x[0] + x[1]
        found = (
            evppi(gain, x[0], replicate),
            evsi(gain, -1.0 + 2.0 * x[0] + x[2] * 5.0 / np.sqrt(100), replicate),
        )
        known = (0.395593114802612, 0.374650204080814)
        covered += [f.low <= k <= f.high for f, k in zip(found, known, strict=True)]
    assert (covered / 400 >= 0.917).all(), covered / 400
    assert (covered / 400 <= 0.983).all(), covered / 400


def test_a_shift_of_all_actions_and_the_order_of_paths_move_nothing() -> None:
    one, other = GAIN + 2.0, np.full(PATHS, 2.0)
    shifted = (one - 1000.0) - (other - 1000.0)
    assert evppi(shifted, X[:, 1]).value == pytest.approx(evppi(GAIN, X[:, 1]).value, abs=1e-6)


def test_three_actions_are_worth_the_best_of_three() -> None:
    """Three that pay independent N(0, 1): E max = 3 / (2 sqrt(pi)), one known: phi(0)."""
    gain = X[:, 1:] - X[:, :1]
    assert near(evpi(gain), 1.5 / np.sqrt(np.pi))
    assert near(evppi(gain, X), 1.5 / np.sqrt(np.pi))
    assert near(evppi(gain, X[:, 0]), norm.pdf(0.0))


def test_what_would_be_a_lie_is_refused() -> None:
    with pytest.raises(ValueError, match="at least"):
        evpi(np.ones(5))
    with pytest.raises(ValueError, match="not finite"):
        evppi(GAIN, np.full(PATHS, np.nan))
    with pytest.raises(ValueError, match="one a path"):
        evpi(GAIN, np.zeros(3))


def test_a_part_worth_more_than_the_whole_is_an_error() -> None:
    with pytest.raises(ArithmeticError, match="more than"):
        checked({"part": Interval(2.0, 0.1, 1.8, 2.2)}, Interval(1.0, 0.1, 0.8, 1.2))
