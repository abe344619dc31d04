"""Intervals from scrambles: known quantiles, coverage, agreement with the exact ones."""

import subprocess
import sys

import numpy as np
import pytest
from scipy import stats

from kernels.reducers import LogBins
from risk.analysis import intervals, scrambles

BINS = LogBins(-10, 10, signed=True)
R = 32


@pytest.mark.parametrize("degrees", [15, 31, 63, 4095])
def test_the_quantile_of_students_t_is_the_tabulated_one(degrees: int) -> None:
    assert scrambles.student(degrees) == pytest.approx(stats.t.ppf(0.975, degrees), abs=5e-6)


def test_the_factors_of_a_variance_are_those_of_chi_square() -> None:
    low, high = scrambles.variance_factors(31)
    assert (low, high) == pytest.approx(tuple(stats.chi2.ppf([0.025, 0.975], 31) / 31), rel=2e-3)


@pytest.mark.parametrize(("k", "n"), [(0, 10), (0, 10**6), (1, 500), (7, 10**5), (31, 64), (9, 9)])
def test_the_interval_of_few_successes_is_the_exact_one(k: int, n: int) -> None:
    for successes in (k, n - k):
        got, exact = intervals.exact(successes, n), intervals.proportion(successes, n)
        assert got == pytest.approx(exact, rel=1e-9, abs=1e-15)


def test_the_interval_of_a_mean_is_students() -> None:
    x = np.random.default_rng(1).normal(5, 2, R)
    sizes = np.full(R, 100)
    got = scrambles.mean(x * 100, sizes)
    exact = stats.ttest_1samp(x, 0).confidence_interval(0.95)
    assert (got.low, got.high) == pytest.approx((exact.low, exact.high), rel=1e-5)


def test_the_interval_of_a_share_covers() -> None:
    """Ratio of random sizes, 4,000 runs; 95 % within 3 standard errors, 0.0103."""
    rng = np.random.default_rng(2)
    hits = 0
    for _ in range(4000):
        sizes = rng.binomial(2000, 0.76, R)
        got = scrambles.proportion(rng.binomial(sizes, 0.1), sizes)
        hits += got.low <= 0.1 <= got.high
    assert abs(hits / 4000 - 0.95) < 0.0103


def test_no_success_leaves_an_upper_bound() -> None:
    got = scrambles.proportion(np.zeros(R, int), np.full(R, 1000))
    assert got.low == got.value == 0.0
    assert got.high == pytest.approx(1 - 0.025 ** (1 / 32000), rel=1e-6)


def test_nothing_counted_gives_no_number() -> None:
    nothing = np.zeros(R, int)
    coarse = np.zeros((R, BINS.coarse.count), int)
    fine = np.zeros(BINS.count, int)
    for got in (
        scrambles.proportion(nothing, nothing),
        scrambles.mean(nothing, nothing),
        scrambles.quantiles(fine, coarse, BINS, [0.5])[0],
    ):
        assert all(np.isnan(x) for x in got)


def histograms(rng: np.random.Generator, size: int, shift: float) -> tuple[np.ndarray, np.ndarray]:
    """Replicates whose points are stratified and moved together, as scrambles are."""
    x = stats.norm.ppf((np.arange(size) + rng.uniform(size=(R, 1))) / size) + shift * rng.normal(
        size=(R, 1)
    )
    fine = [np.histogram(row, BINS.edges())[0] for row in np.exp(x)]
    return np.sum(fine, axis=0), np.stack([BINS.coarsen(row) for row in fine])


@pytest.mark.parametrize("p", [0.05, 0.5, 0.95])
def test_the_interval_of_a_quantile_covers(p: float) -> None:
    """1,000 runs of dependent points; 95 % within 3 standard errors, or above by the bin error."""
    rng = np.random.default_rng(3)
    truth, hits = np.exp(stats.norm.ppf(p)), 0
    for _ in range(1000):
        (got,) = scrambles.quantiles(*histograms(rng, 256, 0.1), BINS, [p])
        hits += got.low <= truth <= got.high
        assert got.low < got.value < got.high
    assert 0.93 <= hits / 1000 <= 0.98


def test_the_quantile_itself_is_that_of_the_pooled_points() -> None:
    fine, coarse = histograms(np.random.default_rng(4), 4096, 0.0)
    for p in (0.05, 0.5, 0.95):
        (got,) = scrambles.quantiles(fine, coarse, BINS, [p])
        assert got.value == pytest.approx(intervals.quantile_value(fine, BINS.edges(), p))
        assert got.value == pytest.approx(np.exp(stats.norm.ppf(p)), rel=1e-3)


def test_a_quantile_in_an_open_bin_does_not_exist() -> None:
    bins = LogBins(0, 4)
    fine = np.zeros(bins.count, int)
    fine[[0, 5]] = 90 * R, 10 * R
    coarse = np.stack([bins.coarsen(fine // R)] * R)
    low, high = scrambles.quantiles(fine, coarse, bins, [0.5, 0.95])
    assert low.value == -np.inf
    assert np.isfinite(high.value)


def test_the_tail_mean_has_its_closed_form_and_its_interval_covers() -> None:
    rng, hits = np.random.default_rng(5), 0
    for _ in range(300):
        x = rng.normal(size=(R, 400))
        fine = [np.histogram(row, BINS.edges())[0] for row in x]
        coarse = np.stack([BINS.coarsen(row) for row in fine])
        got = scrambles.lower_tail_mean(np.sum(fine, axis=0), coarse, BINS, 0.05)
        hits += got.low <= -2.06271280750743 <= got.high
    assert 0.91 <= hits / 300 <= 0.99  # 0.95 within 3 standard errors, plus half a bin


def test_the_quantile_of_samples_covers() -> None:
    rng, hits = np.random.default_rng(6), 0
    for _ in range(500):
        got = scrambles.sample_quantile([rng.normal(size=200) for _ in range(R)], 0.95)
        hits += got.low <= stats.norm.ppf(0.95) <= got.high
    assert 0.92 <= hits / 500 <= 0.98


@pytest.mark.parametrize("law", ["beta", "two points", "constant"])
def test_a_guaranteed_interval_covers_whatever_the_law(law: str) -> None:
    rng = np.random.default_rng(7)
    draw = {
        "beta": lambda: rng.beta(0.2, 0.6, 300),
        "two points": lambda: rng.binomial(1, 0.02, 300).astype(float),
        "constant": lambda: np.full(300, 0.02),
    }[law]
    truth = {"beta": 0.25, "two points": 0.02, "constant": 0.02}[law]
    found = [scrambles.guaranteed(draw(), truth) for _ in range(300)]
    covered = np.mean([i.low <= truth <= i.high for i in found])
    assert covered >= 0.95 - 3 * np.sqrt(0.05 * 0.95 / 300)
    assert np.mean([i.high - i.low for i in found]) < 0.15  # and says something


def test_a_guaranteed_interval_narrows_with_the_spread() -> None:
    rng = np.random.default_rng(8)
    wide, narrow = (
        scrambles.guaranteed(0.3 + scale * rng.uniform(-1, 1, 4096), 0.3) for scale in (0.3, 0.01)
    )
    assert narrow.high - narrow.low < (wide.high - wide.low) / 3


def test_a_guaranteed_ratio_covers() -> None:
    rng, hits = np.random.default_rng(9), 0
    for _ in range(200):
        whole = np.clip(rng.normal(0.76, 0.01, 1024), 0, 1)
        part = np.clip(whole * rng.normal(0.05, 0.005, 1024), 0, whole)
        got = scrambles.guaranteed_ratio(part, whole, 0.05)
        hits += got.low <= 0.05 <= got.high
    assert hits / 200 >= 0.95 - 3 * np.sqrt(0.05 * 0.95 / 200)


def test_a_run_of_sobol_points_imports_no_scipy() -> None:
    code = (
        "import sys, risk; "
        "risk.simulate(risk.load('base'), paths=16_384, seed=1).document(); "
        "print(sorted(m for m in sys.modules if m.split('.')[0] in "
        "('scipy', 'pandas', 'arviz', 'matplotlib')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_interval_of_a_difference_of_shares_covers_the_true_difference() -> None:
    """Independent binomials in 16 replicates, and in one; 97.5 % of 400 at least 93 % inside."""
    rng = np.random.default_rng(8)
    for replicates in (16, 1):
        sizes = np.full((2, replicates), 600)
        inside = 0
        for _ in range(400):
            wins = np.stack([rng.binomial(600, p, replicates) for p in (0.4, 0.25)])
            found = scrambles.difference(wins, sizes)
            inside += found.low <= 0.15 <= found.high
        assert 0.93 <= inside / 400 <= 1.0


def test_a_difference_whose_sides_move_together_is_sharper_than_its_sides() -> None:
    common = np.arange(16) * 10
    wins, sizes = np.stack([300 + common, 100 + common]), np.full((2, 16), 600)
    found = scrambles.difference(wins, sizes)
    assert found.value == pytest.approx(1 / 3)
    assert found.stderr == pytest.approx(0.0, abs=1e-12)
    assert np.isnan(scrambles.difference(wins, np.zeros((2, 16), int)).value)
