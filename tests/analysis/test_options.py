"""Least-squares Monte Carlo against exact Bermudan puts (Longstaff and Schwartz 2001, table 1)."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import ndtr

from risk.analysis.intervals import Interval
from risk.analysis.options import (
    bracketed,
    empty,
    expected,
    fitted,
    foresight,
    lower,
    sampled,
    solved,
    upper,
    used,
    waiting,
)

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


STEP = 1.0 / 50.0


def european(price: NDArray, left: float) -> NDArray:
    """Value of the put that can be used only in `left` years (Black and Scholes 1973)."""
    if left <= 0.0:
        return np.maximum(STRIKE - price, 0.0)
    spread = VOLATILITY * np.sqrt(left)
    d = (np.log(price / STRIKE) + RATE * left) / spread + spread / 2.0
    return np.asarray(STRIKE * np.exp(-RATE * left) * ndtr(spread - d) - price * ndtr(-d))


def gbm(spot: float, n: int, dates: int, seed: int) -> NDArray:
    """Prices at the dates, in antithetic halves of equal law."""
    z = np.random.default_rng(seed).standard_normal((n // 2, dates))
    drift = (RATE - VOLATILITY**2 / 2.0) * STEP
    steps = drift + VOLATILITY * np.sqrt(STEP) * np.concatenate([z, -z])
    return np.asarray(spot * np.exp(np.cumsum(steps, axis=1)))


def bracket(spot: float, years: int) -> tuple[Interval, Interval]:
    """Lower and upper bound of a put; increments are exact to the quadrature of one step.

    The martingale is that of a value function: the larger of pay and a European put plus a fitted
    early-exercise premium. Bounds come from one path of each antithetic pair and its mirror.
    """
    dates = 50 * years
    factor = np.exp(-RATE * STEP * np.arange(1, dates + 1))
    seen = gbm(spot, 20_000, dates, 1)
    state, paid = np.log(seen)[:, :, None], factor * np.maximum(STRIKE - seen, 0.0)
    policy = fitted(state, paid)
    whole = np.stack([factor[d] * european(seen[:, d], (dates - 1 - d) * STEP) for d in range(dates)], 1)  # fmt: skip
    premium = empty(state)
    cash = np.maximum(paid[:, -1], 0.0)
    at = np.full(len(seen), dates - 1)
    for d in range(dates - 2, -1, -1):
        premium.weights[d] = solved(
            premium.basis(d, state[:, d]), cash - whole[np.arange(len(at)), at]
        )
        stop = policy.stops(d, state[:, d], paid[:, d])
        cash, at = np.where(stop, paid[:, d], cash), np.where(stop, d, at)

    def value(d: int, price: NDArray) -> NDArray:
        pay = factor[d] * np.maximum(STRIKE - price, 0.0)
        if d == dates - 1:
            return pay
        extra = np.maximum(premium.at(d, np.log(price)[:, None]), 0.0)
        return np.maximum(pay, factor[d] * european(price, (dates - 1 - d) * STEP) + extra)

    fresh = gbm(spot, 4_000, dates, 3)
    nodes, weights = np.polynomial.hermite_e.hermegauss(24)
    grown = np.exp((RATE - VOLATILITY**2 / 2.0) * STEP + VOLATILITY * np.sqrt(STEP) * nodes)
    before = np.column_stack([np.full(len(fresh), spot), fresh[:, :-1]])
    increments = np.empty_like(fresh)
    for d in range(dates):
        ahead = value(d, np.outer(before[:, d], grown).ravel()).reshape(-1, len(nodes))
        increments[:, d] = value(d, fresh[:, d]) - ahead @ weights / weights.sum()
    martingale = np.cumsum(increments, axis=1)
    state, paid = np.log(fresh)[:, :, None], factor * np.maximum(STRIKE - fresh, 0.0)

    def pairs(values: NDArray) -> Interval:
        return sampled((values[:2_000] + values[2_000:]) / 2.0)

    low = pairs(used(policy, state, paid, martingale=martingale).cash)
    return low, pairs(foresight(paid, martingale))


@pytest.mark.parametrize(
    ("spot", "years", "exact"), [(36, 1, 4.477811), (40, 1, 2.314068), (36, 2, 4.840226)]
)
def test_the_bracket_of_a_put_is_narrow_and_holds_the_exact_value(
    spot: float, years: int, exact: float
) -> None:
    """One-sided at three errors: each bound misses once in 740."""
    low, high = bracket(spot, years)
    assert low.value - 3.0 * low.stderr <= exact <= high.value + 3.0 * high.stderr
    assert high.value - low.value < 0.005 * exact
    bracketed(low, high)


def test_foresight_alone_bounds_a_put_from_above() -> None:
    _, paid = puts(40.0, 20_000, 5)
    assert sampled(foresight(paid)).low > 2.314068


def calls(spot: float, n: int, branches: int, seed: int) -> tuple[NDArray, NDArray]:
    """State (better and worse price) and discounted pay of a call on the better of two assets.

    Shapes (n, branches, dates, 2) and (n, branches, dates): the first is a path, all of a family
    share its prices of the date before.
    """
    step = 3.0 / 9.0
    z = np.random.default_rng(seed).standard_normal((n, branches, 9, 2))
    steps = (0.05 - 0.10 - 0.02) * step + 0.2 * np.sqrt(step) * z
    before = np.cumsum(steps[:, :1], axis=2) - steps[:, :1]
    price = np.sort(spot * np.exp(before + steps), axis=-1)
    factor = np.exp(-0.05 * step * np.arange(1, 10))
    return np.log(price), factor * np.maximum(price[..., 1] - 100.0, 0.0)


def paths(spot: float, seed: int) -> tuple[NDArray, NDArray]:
    """The same without branches."""
    state, paid = calls(spot, 40_000, 1, seed)
    return state[:, 0], paid[:, 0]


def dual(spot: float, n: int, branches: int) -> tuple[float, float]:
    """Nested upper bound of that call and its standard error."""

    def told(state: NDArray, paid: NDArray) -> tuple[NDArray, NDArray]:
        return np.concatenate([state, paid[..., None]], axis=-1), paid

    state, paid = calls(spot, n, branches, 4)
    families = told(state.reshape(-1, 9, 2), paid.reshape(-1, 9))
    fit = waiting(*told(*paths(spot, 1)))
    first, rest = map(sampled, upper(fit, told(*paths(spot, 3)), families, branches))
    return first.value + rest.value, float(np.hypot(first.stderr, rest.stderr))


MAX_CALLS = [(90, 8.075), (100, 13.902), (110, 21.345)]
"""Spot and value of a Bermudan call on the better of two assets (Andersen and Broadie 2004)."""


@pytest.mark.parametrize(("spot", "exact"), MAX_CALLS)
def test_a_bermudan_call_on_the_better_of_two_assets(spot: float, exact: float) -> None:
    found = lower(fitted(*paths(spot, 1)), *paths(spot, 2))
    assert exact * 0.98 < found.value <= exact + 3.0 * found.stderr


@pytest.mark.parametrize(("spot", "exact"), MAX_CALLS)
def test_the_nested_dual_bounds_the_call_from_above_more_tightly_than_foresight(
    spot: float, exact: float
) -> None:
    """What 256 branches leave is the noise of their means; 32 leave more, and still a bound.

    One-sided at three errors: each comparison misses once in 740.
    """
    fine, error = dual(spot, 512, 256)
    coarse, noisy = dual(spot, 1_024, 32)
    assert exact - 3.0 * error <= fine <= 1.015 * exact + 3.0 * error
    assert fine - 3.0 * error <= coarse + 3.0 * noisy
    assert exact - 3.0 * noisy <= coarse <= 1.05 * exact + 3.0 * noisy
    assert sampled(foresight(paths(spot, 3)[1])).low > 1.5 * exact


def test_the_right_to_defer_is_worth_what_mcdonald_and_siegel_say() -> None:
    """r 0.04, dividend 0.04, sigma 0.2, cost 1: F(1) = 0.25; yearly dates for 80 years see less."""

    def projects(seed: int) -> tuple[NDArray, NDArray]:
        z = np.random.default_rng(seed).standard_normal((20_000, 80))
        value = np.exp(np.cumsum(-0.02 + 0.2 * z, axis=1))
        return np.log(value)[:, :, None], np.exp(-0.04 * np.arange(1, 81)) * (value - 1.0)

    found = lower(fitted(*projects(1)), *projects(2))
    assert 0.23 < found.value <= 0.25 + 3.0 * found.stderr


def test_an_owner_who_sees_only_noise_earns_what_the_mean_pays() -> None:
    """Pay is N(0.1, 1) and unseen: the quote is its mean, so the right is worth 0.1, not more."""
    rng = np.random.default_rng(1)
    state, paid = rng.standard_normal((40_000, 3, 1)), 0.1 + rng.standard_normal((40_000, 3))
    half = slice(0, 20_000), slice(20_000, None)
    law = expected(state[half[0]], paid[half[0]])
    quote = np.stack([law.at(d, state[:, d]) for d in range(3)], axis=1)
    policy = fitted(state[half[0]], paid[half[0]], quote[half[0]])
    found = sampled(used(policy, state[half[1]], paid[half[1]], quote[half[1]]).cash)
    assert abs(found.value - 0.1) <= 3.0 * found.stderr + 0.01
    assert sampled(foresight(paid)).value > 0.9


def test_weights_are_those_of_least_squares_also_where_columns_repeat() -> None:
    rng = np.random.default_rng(1)
    basis = rng.standard_normal((500, 6)) * 10.0 ** np.arange(6)
    y = basis @ np.arange(1.0, 7.0) + rng.standard_normal(500)
    for columns in (basis, basis[:, [0, 1, 2, 3, 4, 4]]):
        weights = solved(columns, y)
        assert weights is not None
        left = y - columns @ weights
        np.testing.assert_allclose(columns.T @ left / np.abs(columns).sum(axis=0), 0.0, atol=1e-6)
    assert solved(basis[:59], y[:59]) is None
