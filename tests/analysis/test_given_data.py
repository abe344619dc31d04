"""Drivers from given data against closed forms; their intervals cover; what does not exist is refused.

Each comparison within z standard errors states its false-alarm rate: |z| > 4 is 1 in 16,000.
"""

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import norm

from risk.analysis.given_data import (
    HEAVIEST,
    NoVariance,
    Sorted,
    evpi,
    evppi,
    first_order,
    paths_of,
    require_variance,
    tail_index,
)
from tests.analysis.functions import (
    FLOOD_FIRST,
    G_FIRST,
    ISHIGAMI_FIRST,
    flood,
    g,
    ishigami,
    points,
)

Z = 4.0
DIGITS = 5e-6  # of the closed forms of the flood model
KINK = 0.0015  # share of the variance of |x| that no polynomial of this degree has


def unit_loss(mean: float, sd: float) -> float:
    """EVPPI of a difference of net benefits whose conditional mean is N(mean, sd^2)."""
    return float(sd * norm.pdf(mean / sd) - abs(mean) * norm.cdf(-abs(mean) / sd))


@pytest.mark.parametrize(
    ("function", "expected", "slack"),
    [(ishigami, ISHIGAMI_FIRST, 1e-5), (g, G_FIRST, KINK), (flood, FLOOD_FIRST, DIGITS)],
)
def test_first_order_shares_are_those_of_the_closed_form(function, expected, slack) -> None:
    u, replicate = points(len(expected), 32, 1024, 1)
    y, design = function(u), paths_of(replicate)
    for x, share in zip(u, expected, strict=True):
        found = first_order(Sorted.by(design, design.rising(x)), y)
        assert abs(found.value - share) <= Z * found.stderr + slack * max(share, 0.01)


def test_a_gaussian_product_has_its_closed_form() -> None:
    u, replicate = points(3, 32, 1024, 2)
    mu, sd = np.array([1.0, 2.0, 3.0]), np.array([0.5, 0.4, 0.3])
    y = np.prod(mu[:, None] + sd[:, None] * ndtri(u), axis=0)
    design = paths_of(replicate)
    variance = np.prod(mu**2 + sd**2) - np.prod(mu**2)
    for i, x in enumerate(u):
        share = sd[i] ** 2 * np.prod(np.delete(mu, i) ** 2) / variance
        found = first_order(Sorted.by(design, design.rising(x)), y)
        assert abs(found.value - share) <= Z * found.stderr + 1e-5


@pytest.mark.parametrize("sampler", ["sobol", pytest.param("mc", marks=pytest.mark.slow)])
def test_intervals_of_shares_cover_and_those_of_noise_hold_zero(sampler: str) -> None:
    """Of 200 runs 95 % are covered, +-1.6 %; bounds at 3 standard errors, 1 in 370 each."""
    rng = np.random.default_rng(5)
    covered, distinct = np.zeros(2), 0
    for run in range(200):
        if sampler == "sobol":
            u, replicate = points(3, 32, 64, run)
        else:
            u, replicate = rng.random((3, 2048)), np.zeros(2048, int)
        y, design = ishigami(u), paths_of(replicate)
        found = [first_order(Sorted.by(design, design.rising(x)), y) for x in u]
        covered += [f.low <= s <= f.high for f, s in zip(found[:2], ISHIGAMI_FIRST, strict=False)]
        distinct += found[2].low > 0.0
    assert (covered / 200 >= 0.903).all(), covered
    assert (covered / 200 <= 0.9967).all(), covered
    assert distinct <= 10  # 2.5 % expected at most; wide by design at 0


def test_evppi_and_evpi_are_those_of_the_closed_form() -> None:
    u, replicate = points(4, 32, 1024, 3)
    x, design = ndtri(u), paths_of(replicate)
    difference = -1.0 + x[0] + 2.0 * x[1] + 3.0 * x[2]
    whole = evpi(design, difference)
    assert abs(whole.value - unit_loss(-1.0, np.sqrt(14.0))) <= Z * whole.stderr
    values = []
    for row, sd in zip(x, (1.0, 2.0, 3.0), strict=False):
        found = evppi(Sorted.by(design, design.rising(row)), difference)
        assert abs(found.value - unit_loss(-1.0, sd)) <= Z * found.stderr
        values.append(found.value)
    assert values == sorted(values)
    assert values[-1] < whole.value
    noise = evppi(Sorted.by(design, design.rising(x[3])), difference)
    assert noise == (0.0, 0.0, 0.0, 0.0)


def test_evppi_sees_what_no_straight_line_sees() -> None:
    u, replicate = points(1, 32, 1024, 4)
    x, design = ndtri(u[0]), paths_of(replicate)
    found = evppi(Sorted.by(design, design.rising(x)), x**2 - 1.2)
    assert abs(found.value - 0.425018297705700) <= Z * found.stderr


def test_a_shift_of_both_actions_moves_no_value_of_information() -> None:
    u, replicate = points(2, 32, 128, 5)
    x, design = ndtri(u), paths_of(replicate)
    paths = Sorted.by(design, design.rising(x[0]))
    orbit, ground = x[0] + x[1], 0.3 + 0.0 * x[0]
    shifted = (orbit - 1000.0) - (ground - 1000.0)
    assert evppi(paths, shifted).value == pytest.approx(
        evppi(paths, orbit - ground).value, abs=1e-9
    )


def test_intervals_of_evppi_cover() -> None:
    """Of 200 runs 95 % are covered, +-1.5 %; bounds at 3 standard errors."""
    covered = 0
    for run in range(200):
        u, replicate = points(3, 32, 128, run)
        x, design = ndtri(u), paths_of(replicate)
        difference = -1.0 + x[0] + 2.0 * x[1] + 3.0 * x[2]
        found = evppi(Sorted.by(design, design.rising(x[1])), difference)
        covered += found.low <= unit_loss(-1.0, 2.0) <= found.high
    assert 0.903 <= covered / 200 <= 0.997


def test_equal_values_are_dealt_evenly_to_replicates() -> None:
    design = paths_of(np.repeat(np.arange(4), 256))
    rising = design.rising(np.zeros(1024))
    assert sorted(rising) == list(range(1024))
    assert np.bincount(rising[:100] // 256, minlength=4).tolist() == [25] * 4


def test_an_output_without_variance_is_refused() -> None:
    rng = np.random.default_rng(6)
    require_variance(rng.standard_normal(20_000))
    require_variance(np.exp(rng.standard_normal(20_000)))
    for heavy in (rng.standard_cauchy(20_000), -(rng.pareto(1.4, 20_000))):
        with pytest.raises(NoVariance, match="no finite variance"):
            require_variance(heavy)
    with pytest.raises(NoVariance, match="not finite"):
        require_variance(np.array([1.0, np.inf, 2.0]))


@pytest.mark.parametrize("shape", [0.2, 0.4, 0.8])
def test_the_tail_index_of_a_pareto_law_is_found(shape: float) -> None:
    """The fit on 670 values has a standard error of (1 + k) / sqrt(670)."""
    y = np.random.default_rng(7).pareto(1.0 / shape, 50_000)
    assert abs(tail_index(y) - shape) <= Z * (1.0 + shape) / np.sqrt(670) + 0.02
    assert (tail_index(y) > HEAVIEST) == (shape > HEAVIEST)


def test_too_few_paths_are_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        paths_of(np.repeat(np.arange(4), 10))
