"""Estimators and intervals on cases with known answers."""

import numpy as np
import pytest
from scipy import stats

from kernels.reducers import LogBins
from risk.analysis import intervals

FINE = LogBins(-10, 10, signed=True)


def binned(x: np.ndarray, bins: LogBins = FINE) -> np.ndarray:
    return np.histogram(x, bins.edges())[0]


@pytest.mark.parametrize(("k", "n"), [(0, 1000), (3, 8), (3, 100_000), (180, 10_000), (8, 8)])
def test_proportions_have_the_exact_binomial_interval(k: int, n: int) -> None:
    exact = stats.binomtest(k, n).proportion_ci(0.95, method="exact")
    got = intervals.proportion(k, n)
    assert (got.value, got.low, got.high) == pytest.approx((k / n, exact.low, exact.high))


def test_none_of_a_thousand_has_the_tabulated_bound() -> None:
    assert intervals.proportion(0, 1000).high == pytest.approx(0.00368208389686564)


def test_nothing_counted_gives_no_number() -> None:
    assert all(np.isnan(x) for x in intervals.proportion(0, 0))
    assert all(np.isnan(x) for x in intervals.quantile(np.zeros(FINE.count), FINE.edges(), 0.5))


@pytest.mark.parametrize(
    ("n", "p", "expected", "coverage"),
    [
        (100, 0.5, (40, 61), 0.9648),
        (1000, 0.95, (936, 964), 0.9581),
        (1000, 0.99, (983, 997), 0.9761),
        (10**4, 0.99, (9880, 9920), 0.9557),
        (10**5, 0.999, (99880, 99920), 0.9548),
    ],
)
def test_ranks_are_those_of_the_binomial(
    n: int, p: float, expected: tuple, coverage: float
) -> None:
    low, high = intervals.ranks(n, p)
    assert (low, high) == expected
    assert stats.binom.cdf(high - 1, n, p) - stats.binom.cdf(low - 1, n, p) == pytest.approx(
        coverage, abs=1e-4
    )


def test_ranks_beyond_the_sample_are_open_ended() -> None:
    assert intervals.ranks(10, 0.01)[0] == 0
    assert intervals.ranks(10, 0.99)[1] == 11


@pytest.mark.parametrize("p", [0.05, 0.5, 0.95])
def test_quantiles_of_a_lognormal_are_found_within_a_bin(p: float) -> None:
    x = np.exp(stats.norm.ppf((np.arange(1_000_000) + 0.5) / 1_000_000))
    got = intervals.quantile(binned(x), FINE.edges(), p)
    assert got.value == pytest.approx(np.exp(stats.norm.ppf(p)), rel=1e-4)
    assert got.low < got.value < got.high
    assert got.high / got.low < 1.03


def test_a_quantile_in_an_open_bin_does_not_exist() -> None:
    bins = LogBins(0, 4)
    mostly_none = np.zeros(bins.count, int)
    mostly_none[[0, 5]] = 90, 10
    assert intervals.quantile(mostly_none, bins.edges(), 0.5).value == -np.inf
    assert np.isfinite(intervals.quantile(mostly_none, bins.edges(), 0.95).value)


def test_the_tail_mean_of_a_normal_has_its_closed_form() -> None:
    x = stats.norm.ppf((np.arange(2_000_000) + 0.5) / 2_000_000)
    got = intervals.lower_tail_mean(binned(x), FINE.edges(), 0.05)
    assert got.value == pytest.approx(-2.06271280750743, rel=5e-4)
    assert got.low < got.value < got.high


def test_the_tail_mean_is_never_above_its_quantile() -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        tally = binned(rng.standard_t(3, 500))
        tail = intervals.lower_tail_mean(tally, FINE.edges(), 0.05)
        assert tail.value <= intervals.quantile(tally, FINE.edges(), 0.05).value


def test_the_mean_agrees_with_numpy() -> None:
    x = np.random.default_rng(4).normal(3, 2, 10_000)
    got = intervals.mean(x.sum(), (x * x).sum(), len(x))
    assert got.value == pytest.approx(x.mean())
    assert got.stderr == pytest.approx(x.std(ddof=1) / 100)


def test_the_tail_interval_covers() -> None:
    rng = np.random.default_rng(5)
    truth = -2.06271280750743
    hits = 0
    for _ in range(1000):
        got = intervals.lower_tail_mean(binned(rng.normal(size=2000)), FINE.edges(), 0.05)
        hits += got.low <= truth <= got.high
    assert 0.92 <= hits / 1000 <= 0.985  # asymptotic interval plus half a bin
