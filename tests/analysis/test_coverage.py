"""Coverage of the printed intervals over 1,000 small runs of the full model."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from kernels.counter import TILE, tile_of
from kernels.paths import block
from kernels.platforms import PLATFORMS
from kernels.reducers import LogBins, counts, histogram
from risk.analysis import intervals
from risk.model.constants import QUARTERS as ALL_QUARTERS
from risk.model.metrics import METRICS
from risk.run.execute import job_of
from risk.run.simulate import shared, simulate
from risk.scenario import load

RUNS = 1000
QUARTERS = np.array([36, 56])  # 2035Q4, 2040Q4
BINS: LogBins = METRICS["ratio"].bins
LOWEST, HIGHEST = 0.93, 0.97
"""Asked of 95 % intervals; 1,000 runs settle a coverage to 0.7 points (one standard error)."""


@pytest.fixture(scope="module")
def runs() -> tuple[np.ndarray, np.ndarray]:
    """Wins by run and date, and histograms of the ratio, of runs of one tile each."""
    job, rows = job_of(load("base"), 99, "mc")
    run = block(
        shared,
        lambda p, common, tiles, fused: simulate(p, rows, common, tiles, fused),
        {
            "wins": counts(lambda o: o.ratio < 1.0, ALL_QUARTERS, 3),
            "ratio": histogram(lambda o: o.ratio, BINS, ALL_QUARTERS, 3),
        },
        1,
        PLATFORMS["cpu"],
    )
    run = jax.jit(run)
    wins, ratio = [], []
    for t in range(RUNS):
        state, pools = jax.tree.map(np.asarray, run(job, tile_of(t), jnp.int32(TILE)))
        wins.append(state["wins"][QUARTERS].sum(axis=1))
        ratio.append(pools["ratio"].reshape(ALL_QUARTERS, 3, -1)[QUARTERS].sum(axis=1))
    return np.stack(wins), np.stack(ratio)


@pytest.mark.parametrize("row", [0, 1])
def test_the_interval_of_a_probability_covers(runs: tuple, row: int) -> None:
    wins = runs[0][:, row]
    truth = wins.sum() / (RUNS * TILE)
    found = [intervals.proportion(int(k), TILE) for k in wins]
    covered = np.mean([i.low <= truth <= i.high for i in found])
    assert covered >= LOWEST  # Clopper-Pearson covers more than 95 % by design
    assert covered < 0.995  # and is not so wide that nothing could fail


@pytest.mark.parametrize("p", [0.05, 0.5, 0.95])
@pytest.mark.parametrize("row", [0, 1])
def test_the_interval_of_a_quantile_covers(runs: tuple, row: int, p: float) -> None:
    tallies = runs[1][:, row]
    truth = intervals.quantile(tallies.sum(axis=0), BINS.edges(), p).value
    found = [intervals.quantile(t, BINS.edges(), p) for t in tallies]
    covered = np.mean([i.low <= truth <= i.high for i in found])
    assert LOWEST <= covered <= HIGHEST
