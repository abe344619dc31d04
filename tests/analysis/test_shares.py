"""Shares under CVaR against published answers: three assets, a newsvendor, a farmer."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import ndtri

from risk.analysis import shares
from risk.analysis.shares import best, tail

PERCENT = 100.0
MEANS = np.asarray([0.0101110, 0.0043532, 0.0137058])
COVARIANCE = np.asarray(
    [
        [0.00324625, 0.00022983, 0.00420395],
        [0.00022983, 0.00049937, 0.00019247],
        [0.00420395, 0.00019247, 0.00764097],
    ]
)
"""S&P 500, government bonds, small caps: Rockafellar and Uryasev (2000), tables 1 and 2."""


def normals(n: int, k: int, seed: int) -> NDArray:
    """Scrambled Sobol' points as standard normals, shape (n, k)."""
    from scipy.stats import qmc

    return np.asarray(ndtri(qmc.Sobol(k, rng=np.random.default_rng(seed)).random(n)))


def linear(outcomes: NDArray) -> shares.Gains:
    """Gains of a portfolio whose assets have these outcomes, (n, k)."""
    return lambda x: (outcomes @ x, outcomes)


def test_three_assets_get_the_published_shares_and_tail() -> None:
    """CVaR of a normal portfolio is least where its variance is, so the answer is exact."""
    found, cvar = [], []
    for seed in range(4):
        drawn = PERCENT * (MEANS + normals(1 << 14, 3, seed) @ np.linalg.cholesky(COVARIANCE).T)
        equal = ([[1.0, 1.0, 1.0], MEANS], [1.0, 0.011])
        one = best(linear(drawn), [0.5, 0.1, 0.4], equal=equal)
        found.append(one.x)
        cvar.append(one.value)
    error = np.std(found, axis=0, ddof=1) / 2.0
    x = np.mean(found, axis=0)
    assert np.all(np.abs(x - [0.452011, 0.115573, 0.432416]) <= 3.0 * error)
    assert np.all(error < 0.02)
    assert np.mean(cvar) == pytest.approx(PERCENT * 0.115908, rel=2e-3)
    assert x @ MEANS == pytest.approx(0.011)


def test_a_newsvendor_orders_the_critical_quantile() -> None:
    """Price 10, cost 6, demand N(100, 20): q* = 94.933, profit 322.73; 0.05 is 3 errors of q*."""
    demand = 100.0 + 20.0 * normals(1 << 14, 1, 1)[:, 0]

    def profit(x: NDArray) -> tuple[NDArray, NDArray]:
        sold = demand > x[0]
        return 10.0 * np.minimum(x[0], demand) - 6.0 * x[0], (10.0 * sold - 6.0)[:, None]

    found = best(profit, [50.0], reward=1.0, risk=0.0, most=200.0)
    assert found.x[0] == pytest.approx(94.933057937284, abs=0.05)
    assert -found.value == pytest.approx(322.7314933006279, abs=0.05)


YIELDS = np.asarray([1.2, 1.0, 0.8])[:, None] * [2.5, 3.0, 20.0]


def harvest(yields: NDArray) -> shares.Gains:
    """Profit of acres of wheat, corn and beet by scenario (Birge and Louveaux)."""

    def profit(x: NDArray) -> tuple[NDArray, NDArray]:
        grown = yields * x
        surplus = grown[:, :2] - [200.0, 240.0]
        grain = np.where(surplus > 0.0, [170.0, 150.0], [238.0, 210.0])
        beet = np.where(grown[:, 2] < 6000.0, 36.0, 10.0)
        sold = 36.0 * np.minimum(grown[:, 2], 6000.0) + 10.0 * np.maximum(grown[:, 2] - 6000.0, 0.0)
        cost = np.asarray([150.0, 230.0, 260.0])
        gain = (surplus * grain).sum(axis=1) + sold - x @ cost
        return gain, yields * np.column_stack([grain, beet]) - cost

    return profit


def grown(yields: NDArray) -> shares.Best:
    """The best use of 500 acres on these scenarios."""
    return best(
        harvest(yields), [200.0, 100.0, 200.0], reward=1.0, risk=0.0, equal=([[1.0] * 3], [500.0])
    )


def test_the_farmer_of_birge_and_louveaux() -> None:
    together = grown(YIELDS)
    np.testing.assert_allclose(together.x, [170.0, 80.0, 250.0], atol=1e-3)
    assert -together.value == pytest.approx(108_390.0, abs=0.01)
    apart = -np.mean([grown(row[None]).value for row in YIELDS])
    assert apart + together.value == pytest.approx(7_015.5556, abs=0.01)
    of_means = grown(YIELDS[1:2])
    assert -together.value - harvest(YIELDS)(of_means.x)[0].mean() == pytest.approx(1_150, abs=0.01)


@pytest.mark.parametrize(
    ("level", "var", "cvar"),
    [
        (0.90, 1.2815515655446, 1.75498331932487),
        (0.95, 1.64485362695147, 2.06271280750743),
        (0.99, 2.32634787404084, 2.66521422034581),
    ],
)
def test_the_tail_of_a_normal_is_inside_its_intervals(
    level: float, var: float, cvar: float
) -> None:
    """32 independent scrambles; an interval of three standard errors fails once in 200."""
    loss = np.concatenate([normals(512, 1, seed)[:, 0] for seed in range(32)])
    found = tail(loss, np.repeat(np.arange(32), 512), level)
    assert abs(found.cvar.value - cvar) <= 3.0 * found.cvar.stderr + 1e-4
    assert found.var.low - 1e-3 <= var <= found.var.high + 1e-3


def test_weights_of_the_tail_sum_to_one_and_split_the_scenario_at_the_edge() -> None:
    np.testing.assert_allclose(
        shares.tail_weights(np.asarray([1.0, 3.0, 2.0, 0.0]), 0.625), [0.0, 2 / 3, 1 / 3, 0.0]
    )
