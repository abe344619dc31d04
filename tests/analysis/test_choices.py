"""Rights to decide later on made-up cash: each answer can be found by hand or in closed form."""

from typing import Any

import jax
import numpy as np
import pytest
from numpy.typing import NDArray

from risk.analysis import choices
from risk.analysis.cash import FAMILY, Cash, stopping
from risk.analysis.choices import CAPITAL_MUSD, STAGE, STAGE_COST, tail_of

SCRAMBLES, EACH, YEARS = 32, 512, 15
N = SCRAMBLES * EACH


def cash(orbit: NDArray | float, ground: NDArray | float, **parts: Any) -> Cash:
    """Cash with these NPVs, no discounting, and a state of noise that tells nothing."""
    rng = np.random.default_rng(1)

    def yearly(value: NDArray | float) -> NDArray:
        return np.broadcast_to(np.asarray(value, float), (N, YEARS)).copy()

    zero = np.zeros(N)
    made = Cash(
        npv={"orbit": yearly(orbit), "ground": yearly(ground)},
        spent=yearly(10.0),
        rate={"orbit": zero, "ground": zero},
        seen=rng.standard_normal((N, YEARS, 2)),
        rent=yearly(10.0),
        output=yearly(1.0),
        running={"orbit": yearly(1.0), "ground": yearly(12.0)},
        chips=yearly(8.0),
        building=yearly(2.0),
        loss=zero,
        life={"orbit": zero + 5.0, "ground": zero + 5.0},
        decay=zero,
        resale=zero,
        replicate=np.repeat(np.arange(SCRAMBLES), EACH),
    )
    return made._replace(**parts)


def found(made: Cash, branches: Cash | None = None) -> dict[str, Any]:
    """The options of one population; where no branches are given, all of a family are its path."""
    if branches is None:
        branches = jax.tree.map(lambda leaf: np.repeat(leaf[:64], FAMILY, axis=0), made)
    return choices._options(made, branches, 1.0, 9)


def of(rows: list[dict[str, Any]], fleet: str) -> dict[str, Any]:
    """The first row of a fleet."""
    return next(row for row in rows if row["fleet"] == fleet)


def test_a_fleet_that_always_pays_the_same_is_committed_at_once() -> None:
    row = of(found(cash(-1.0, 2.0))["waiting"], "ground")
    assert row["taken"][0] == 1.0
    assert row["lower"]["value"] == pytest.approx(2.0)
    assert row["upper"]["value"] == pytest.approx(2.0)
    assert row["gain"]["value"] == pytest.approx(0.0)
    orbit = of(found(cash(-1.0, 2.0))["waiting"], "orbit")
    assert orbit["lower"]["value"] == 0.0
    assert orbit["taken"][-1] == 1.0


def test_waiting_for_a_sure_rise_is_worth_the_rise() -> None:
    """Orbit pays -3 now and a year more each year: 9 in 2038, the last date; either takes it."""
    rising = np.arange(YEARS) - 3.0
    made = found(cash(rising, 2.0))
    orbit = of(made["waiting"], "orbit")
    assert orbit["lower"]["value"] == pytest.approx(9.0)
    assert orbit["gain_over_now"]["value"] == pytest.approx(12.0)
    assert of(made["waiting"], "either")["lower"]["value"] == pytest.approx(9.0)
    staged = of(made["staging"], "orbit")["lower"]["value"]
    assert staged == pytest.approx(STAGE * -3.0 - STAGE_COST * CAPITAL_MUSD + (1 - STAGE) * 9.0)


def test_no_policy_earns_more_than_the_last_date_of_a_walk_that_stays_where_it_is() -> None:
    """Ground pays a random walk from 0: whoever sees it waits for 2038, worth sqrt(12 / 2 pi).

    The owner sees noise and earns nothing; foresight takes the highest point. Misses once in 740.
    """
    rng = np.random.default_rng(4)
    steps = rng.standard_normal((N, YEARS))
    steps[:, 0] = 0.0
    made = cash(-1.0, np.cumsum(steps, axis=1))
    others = rng.standard_normal((512, FAMILY, YEARS))
    others[:, :, 0] = 0.0
    before = np.cumsum(others[:, :1], axis=2) - others[:, :1]
    walks = (before + others).reshape(-1, YEARS)
    families = jax.tree.map(lambda leaf: np.repeat(leaf[:512], FAMILY, axis=0), made)
    families.npv["ground"] = walks
    families = families._replace(seen=rng.standard_normal((len(walks), YEARS, 2)))
    row = of(found(made, families)["waiting"], "ground")
    exact = np.sqrt(12.0 / (2.0 * np.pi))
    assert abs(row["lower"]["value"]) < 0.1
    assert exact - 3.0 * row["upper"]["stderr"] <= row["upper"]["value"] < 1.15 * exact
    assert row["upper"]["high"] < row["foresight"]["low"]
    gap = row["upper"]["value"] - row["lower"]["value"]
    assert row["gap"]["value"] == pytest.approx(gap)


def test_money_of_a_date_is_discounted_at_the_fleets_own_rate() -> None:
    made = cash(0.0, np.where(np.arange(YEARS) == 4, 1.0, -1.0))
    made = made._replace(rate={"orbit": np.zeros(N), "ground": np.full(N, 0.1)})
    row = of(found(made)["waiting"], "ground")
    assert row["lower"]["value"] == pytest.approx(np.exp(-0.4))


def test_stopping_pays_what_comes_back_less_what_running_on_earns() -> None:
    """Ground loses 2 a year for 5 years; chips keep 8, half a building of 2 a year comes back.

    Stopped at age 1: 8 + 0.5 x 2 x 4 = 12; running on earns -2 x 4 and 8 for the chips: 0.
    """
    paid = stopping(cash(0.0, 0.0), "ground", 0).paid
    np.testing.assert_allclose(paid[0], [12.0, 9.0, 6.0, 3.0, 0.0])
    orbit = stopping(cash(0.0, 0.0), "orbit", 0).paid
    np.testing.assert_allclose(orbit[0], [-36.0, -27.0, -18.0, -9.0, 0.0])
    rows = found(cash(0.0, 0.0))["abandoning"]
    assert of(rows, "ground")["lower"]["value"] == pytest.approx(12.0)
    assert of(rows, "orbit")["lower"]["value"] == 0.0


def test_older_chips_earn_less_by_what_new_ones_do_more() -> None:
    """Output doubles each year: a kW of 2026 sells a half, a quarter ... of the year's kW."""
    output = np.broadcast_to(2.0 ** np.arange(YEARS), (N, YEARS))
    paid = stopping(cash(0.0, 0.0, output=output), "orbit", 0).paid
    left = [sum(10.0 / 2.0**age - 1.0 for age in range(first, 5)) for first in range(1, 6)]
    np.testing.assert_allclose(paid[0], -np.asarray(left), atol=1e-12)


def test_the_tail_of_a_normal_difference() -> None:
    """NPV difference N(-1000, 500^2): P5 -1822, CVaR -2031, P(above 0) 2.275 %."""
    gap = -1000.0 + 500.0 * np.random.default_rng(2).standard_normal((N, 1))
    row = tail_of(cash(gap, 0.0), 1.0, 9)
    for key, exact in (("p05", -1822.426813), ("cvar", -2031.356404), ("mean", -1000.0)):
        assert abs(row[key]["value"] - exact) <= 3.0 * row[key]["stderr"]
    assert abs(row["above"]["value"] - 0.0227501) <= 3.0 * row["above"]["stderr"]
    assert row["cvar"]["value"] <= row["p05"]["value"]
    assert len(row["dots"]) == 100
    assert row["ends"][0] < row["p05"]["value"]
    assert row["beyond"][0] == pytest.approx(0.005 * N, abs=2)


def test_the_share_with_the_least_tail_is_that_of_least_variance() -> None:
    """Independent N(100, 30^2) and N(100, 10^2): the share of the first is 1 / 10."""
    rng = np.random.default_rng(3)
    orbit, ground = (100.0 + sd * rng.standard_normal((N, 1)) for sd in (30.0, 10.0))
    rows = found(cash(orbit, ground))["mix"]["rows"]
    share = rows[0]["share"]
    assert abs(share["value"] - 0.1) <= 3.0 * share["stderr"] + 0.01
    sd = 30.0 * 10.0 / np.sqrt(1000.0)
    exact = 100.0 - sd * 2.06271280750743
    assert abs(rows[0]["cvar"]["value"] - exact) <= 3.0 * rows[0]["cvar"]["stderr"] + 0.05


def test_regret_is_what_the_best_choice_earns_more() -> None:
    """Orbit pays -3, ground 2, a fifth of orbit 1, waiting 2: regrets 5, 0, 1, 0."""
    group = found(cash(-3.0, 2.0))["regret"][0]
    regret = {row["choice"]: row["expected"]["value"] for row in group["rows"]}
    assert regret == pytest.approx(
        {"ground": 0.0, "orbit": 5.0, "mix": 1.0, "wait_3": 0.0, "wait_5": 0.0, "wait_9": 0.0},
        abs=1e-9,
    )
    assert group["least"]["q95"] in ("ground", "wait_3", "wait_5", "wait_9")
