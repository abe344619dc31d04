"""Sobol' indices and Shapley shares against closed forms; their intervals cover; shares sum to 1.

|z| > 4 is 1 in 16,000 for a normal, 1 in 2,700 for Student's t with 31 degrees.
"""

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import norm

from risk.analysis.elasticity import elasticities
from risk.analysis.shapley import shapley, shared
from risk.analysis.sobol_indices import SMALL, evaluated, halves, indices
from tests.analysis.functions import (
    FLOOD_FIRST,
    FLOOD_TOTAL,
    G_FIRST,
    G_TOTAL,
    ISHIGAMI_FIRST,
    ISHIGAMI_SHAPLEY,
    ISHIGAMI_TOTAL,
    flood,
    g,
    ishigami,
)

Z = 4.0
DIGITS = 1e-5  # to which the closed forms of the flood model are given


def found(function, dimensions: int, points: int = 512, replicates: int = 32, seed: int = 1):
    """Indices of every number of a function of uniforms."""
    design = halves(dimensions, replicates, points, seed)
    plain, swapped = evaluated(lambda r, u: function(u), design, [[i] for i in range(dimensions)])
    return [indices(plain, one) for one in swapped]


@pytest.mark.parametrize(
    ("function", "first", "total"),
    [
        (ishigami, ISHIGAMI_FIRST, ISHIGAMI_TOTAL),
        (g, G_FIRST, G_TOTAL),
        (flood, FLOOD_FIRST, FLOOD_TOTAL),
    ],
)
def test_both_orders_are_those_of_the_closed_form(function, first, total) -> None:
    for one, s, t in zip(found(function, len(first)), first, total, strict=True):
        assert abs(one.first.value - s) <= Z * one.first.stderr + DIGITS
        assert abs(one.total.value - t) <= Z * one.total.stderr + DIGITS
        assert one.total.value >= 0.0


def test_a_gaussian_product_has_its_closed_form() -> None:
    mu, sd = np.array([1.0, 2.0, 3.0]), np.array([0.5, 0.4, 0.3])
    squares, product = np.prod(mu**2 + sd**2), np.prod(mu**2)

    def function(u):
        return np.prod(mu[:, None] + sd[:, None] * ndtri(u), axis=0)

    for i, one in enumerate(found(function, 3)):
        rest = np.delete(mu, i) ** 2
        s = sd[i] ** 2 * np.prod(rest) / (squares - product)
        others = mu[i] ** 2 * np.prod(rest + np.delete(sd, i) ** 2) - product
        t = 1.0 - others / (squares - product)
        assert abs(one.first.value - s) <= Z * one.first.stderr
        assert abs(one.total.value - t) <= Z * one.total.stderr


def test_a_number_that_does_nothing_is_told_from_nothing() -> None:
    nothing = found(lambda u: ishigami(u[:3]), 4)[3]
    assert nothing.first == nothing.total == (0.0, 0.0, 0.0, 0.0)
    constant = found(lambda u: 0.0 * u[0] + 2.0, 1)[0]
    assert constant.first.value == constant.total.value == 0.0


def test_the_estimator_for_small_shares_is_the_sharper_one() -> None:
    small = found(g, 3)[2].first
    assert small.value < SMALL
    assert small.stderr < 1e-5


def test_intervals_of_both_orders_cover() -> None:
    """Of 200 runs 95 % are covered, +-1.5 %; bounds at 3 standard errors for each of four."""
    covered = np.zeros(4)
    for seed in range(200):
        one = found(ishigami, 3, points=64, replicates=16, seed=seed)
        for k in range(2):
            for j, truth in enumerate((ISHIGAMI_FIRST[k], ISHIGAMI_TOTAL[k])):
                covered[2 * k + j] += one[k][j].low <= truth <= one[k][j].high
    assert (covered / 200 >= 0.903).all(), covered
    assert (covered / 200 <= 0.997).all(), covered


def test_two_seeds_give_two_designs_and_one_seed_the_same() -> None:
    first, again, other = (halves(3, 16, 64, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.isclose(first, other).any()


def linear(beta, sd, correlation, seed: int = 3, points: int = 512, replicates: int = 32):
    """Shapley shares of a linear function of correlated normals."""
    root = np.linalg.cholesky(np.asarray(correlation) * np.outer(sd, sd))
    design = ndtri(halves(len(beta), replicates, points, seed))
    groups = [row[None] for row in root]
    shares = shapley(lambda r, z: (np.asarray(beta) @ (root @ z))[None], groups, design, seed, 2)
    return [one[0] for one in shares]


def three(rho: float):
    """Three inputs of which the last two depend on each other."""
    return [1, 1, 1], [1, 1, 2], [[1, 0, 0], [0, 1, rho], [0, rho, 1]]


CASES = [
    (three(0.5), (0.125, 0.296875, 0.578125)),
    (three(0.9), (0.1041666667, 0.4182291667, 0.4776041667)),
    (([1, 2], [1, 1], [[1, 0.5], [0.5, 1]]), (0.3392857143, 0.6607142857)),
]


@pytest.mark.parametrize(("case", "expected"), CASES)
def test_shares_of_dependent_inputs_are_those_of_the_closed_form(case, expected) -> None:
    shares = linear(*case)
    for one, truth in zip(shares, expected, strict=True):
        assert abs(one.value - truth) <= Z * one.stderr
    assert sum(one.value for one in shares) == pytest.approx(1.0, abs=1e-9)


def test_intervals_of_shapley_shares_cover() -> None:
    """Of 200 runs 95 % are covered, +-1.5 %; bounds at 3 standard errors for each of three."""
    case, expected = CASES[0]
    covered = np.zeros(3)
    for seed in range(200):
        shares = linear(*case, seed=seed, points=64, replicates=16)
        covered += [one.low <= t <= one.high for one, t in zip(shares, expected, strict=True)]
    assert (covered / 200 >= 0.903).all(), covered
    assert (covered / 200 <= 0.997).all(), covered


def test_shares_of_independent_inputs_split_what_pairs_share() -> None:
    design = ndtri(halves(3, 32, 512, 1))
    groups = [row[None] for row in np.eye(3)]
    shares = shapley(lambda r, z: ishigami(norm.cdf(z))[None], groups, design, 1, 3)
    for (one,), truth in zip(shares, ISHIGAMI_SHAPLEY, strict=True):
        assert abs(one.value - truth) <= Z * one.stderr


def test_points_that_share_a_part_have_it_and_keep_the_joint_law() -> None:
    rng = np.random.default_rng(4)
    rows = np.array([[0.8, 0.6, 0.0], [0.8, 0.0, 0.6]])
    z, other = rng.standard_normal((2, 3, 40_000))
    point = shared(rows[:1], z, other)
    np.testing.assert_allclose(rows[:1] @ point, rows[:1] @ z, atol=1e-12)
    np.testing.assert_allclose(np.cov(point), np.eye(3), atol=4 / np.sqrt(40_000) * 1.5)
    x, y = rows @ z, rows @ point
    assert np.cov(x[1], y[1])[0, 1] == pytest.approx(0.64**2, abs=0.03)  # through the first alone


def test_shares_that_miss_the_variance_are_an_error() -> None:
    design = ndtri(halves(2, 16, 64, 5))
    with pytest.raises(ArithmeticError, match="miss the variance"):
        shapley(
            lambda r, z: np.full((1, z.shape[1]), np.nan),
            [row[None] for row in np.eye(2)],
            design,
            5,
        )


def test_elasticities_of_powers_are_their_exponents() -> None:
    u = halves(2, 16, 256, 6)[0].swapaxes(0, 1).reshape(2, -1)
    x = np.exp(ndtri(u))
    y = x[0] ** 0.7 * x[1] ** -1.3
    for row, power in zip(x, (0.7, -1.3), strict=True):
        for one in elasticities(row, y, power * y / row, 16):
            assert one.value == pytest.approx(power)
    mean, tail = elasticities(u[0], 5.0 + u[0], np.ones_like(y), 16)
    assert abs(mean.value - 0.5 / 5.5) <= Z * mean.stderr
    assert abs(tail.value - 0.975 / 5.975) <= Z * tail.stderr + 1e-4  # the edge is a path
