"""Coverage of what decisions print, over 4,000 repeated samples of laws with a known answer.

4,000 runs settle a coverage to 0.34 points (one standard error): a true 95 % is outside these limits
less than once in ten million.
"""

from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from risk.analysis import choices, scrambles
from risk.analysis.choices import Halves
from risk.analysis.intervals import Interval
from risk.analysis.shares import tail

RUNS, SCRAMBLES, EACH = 4000, 32, 64
N = SCRAMBLES * EACH
REPLICATE = np.repeat(np.arange(SCRAMBLES), EACH)
LOWEST, HIGHEST = 0.93, 0.97


def covered(found: list[Interval], exact: float) -> float:
    """Share of intervals that hold the exact value."""
    return float(np.mean([one.low <= exact <= one.high for one in found]))


@pytest.mark.parametrize(("part", "exact"), [("var", 1.64485362695147), ("cvar", 2.06271280750743)])
def test_the_intervals_of_a_tail_cover(part: str, exact: float) -> None:
    rng = np.random.default_rng(1)
    found = [getattr(tail(rng.standard_normal(N), REPLICATE), part) for _ in range(RUNS)]
    assert LOWEST <= covered(found, exact) <= HIGHEST


def test_the_interval_of_a_quantile_of_regret_covers() -> None:
    """Regret is 0 on half of the paths and exponential on the others: q95 = log 10."""
    rng = np.random.default_rng(2)
    sizes, found = np.full(SCRAMBLES, EACH), []
    for _ in range(RUNS):
        lost = rng.standard_exponential(N) * (rng.random(N) < 0.5)
        order = np.argsort(lost, kind="stable")
        found += scrambles.sorted_quantiles(lost[order], REPLICATE[order], sizes, [0.95])
    assert LOWEST <= covered(found, np.log(10.0)) <= HIGHEST


@pytest.mark.parametrize("beside", [0, 300])
def test_the_intervals_of_both_bounds_of_a_right_cover(beside: int) -> None:
    """Skewed cash over scrambles, exponential with mean 1; an upper bound adds independent paths.

    Scrambles differ by a share of their own, so that paths within one are not independent.
    """
    rng = np.random.default_rng(3)
    halves = Halves(np.zeros(N, bool), REPLICATE)
    found = []
    for _ in range(RUNS):
        cash = rng.standard_exponential(N) + 0.1 * rng.standard_normal(SCRAMBLES)[REPLICATE]
        rest: NDArray | float = rng.standard_exponential(beside) if beside else 0.0
        found.append(halves.interval(cash, rest))
    assert LOWEST <= covered(found, 1.0 + bool(beside)) <= HIGHEST


def test_the_interval_of_the_best_share_covers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The share of least variance stands for the best one: it is known, 1 / 5, and cheap to find."""

    def least(npv: NDArray, reward: float, risk: float) -> float:
        del reward, risk
        (first, both), (_, second) = np.cov(npv.T)
        return float((second - both) / (first + second - 2.0 * both))

    monkeypatch.setattr(choices, "_share", least)
    monkeypatch.setattr(choices, "RISK_WEIGHTS", ())
    rng = np.random.default_rng(4)
    found = []
    for _ in range(RUNS):
        npv = {"orbit": 30.0, "ground": 15.0}
        drawn = {fleet: sd * rng.standard_normal((N, 1)) for fleet, sd in npv.items()}
        cash = SimpleNamespace(npv=drawn, replicate=REPLICATE)
        share = choices._mix(cash, 1.0, 0)["rows"][0]["share"]  # type: ignore[arg-type]
        found.append(Interval(*(share[key] for key in Interval._fields)))
    assert LOWEST <= covered(found, 0.2) <= HIGHEST
    assert np.mean([one.value for one in found]) == pytest.approx(0.2, abs=0.01)
