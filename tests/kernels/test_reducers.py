"""Reducers against plain NumPy, and their merging."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from kernels import reducers
from kernels.reducers import LogBins

PATHS, STEPS, GROUPS = 2048, 5, 3


@pytest.fixture(scope="module")
def data() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    x = np.exp(rng.normal(size=(STEPS, PATHS))).astype(np.float32)
    return x, rng.integers(0, GROUPS + 1, PATHS)  # the last group is out of range


def reduced(reducer: reducers.Reducer, outcome: object, group: np.ndarray) -> np.ndarray:
    state = jax.jit(reducer.update)(reducer.init(), outcome, jnp.asarray(group, jnp.int32))
    return np.asarray(state)


@pytest.mark.parametrize("bins", [LogBins(-3, 4), LogBins(-3, 4, signed=True)])
def test_a_bin_holds_its_numbers(bins: LogBins) -> None:
    rng = np.random.default_rng(2)
    x = np.concatenate(
        [
            rng.normal(size=5000) * 10.0 ** rng.uniform(-3, 3, 5000),
            [0.0, -0.0, 1e9, -1e9, 0.125, 16, 1.0],
        ]
    ).astype(np.float32)
    index, edges = np.asarray(bins.index(jnp.asarray(x))), bins.edges()
    assert len(edges) == bins.count + 1
    assert (np.diff(edges) > 0).all()
    if bins.signed:
        inside = (np.abs(x) >= edges[bins.side + 1]) & (x != 0)
        assert ((edges[index] < x) & (x < edges[index + 1]) | np.isin(np.abs(x), edges))[
            inside
        ].all()
        assert (np.sign(edges[index] + edges[index + 1])[inside] == np.sign(x)[inside]).all()
    else:
        assert (edges[index] <= x).all()
        assert (x < edges[index + 1]).all()


def test_bins_are_half_a_percent_wide() -> None:
    edges = LogBins(-6, 12).edges()[1:-1]
    assert (np.diff(edges) / edges[:-1]).max() == pytest.approx(1 / 128)


def test_histograms_count_every_path_of_every_group(data: tuple) -> None:
    x, group = data
    bins = LogBins(-3, 4)
    got = reduced(reducers.histogram(lambda o: o, bins, STEPS, GROUPS), x, group)
    got = got.reshape(STEPS, GROUPS, bins.count)
    for s in range(STEPS):
        for g in range(GROUPS):
            expected = np.histogram(x[s, group == g].astype(np.float64), bins.edges())[0]
            assert np.array_equal(got[s, g], expected)


def test_counts_tallies_and_populations_are_exact(data: tuple) -> None:
    x, group = data
    event = reduced(reducers.counts(lambda o: o > 1, STEPS, GROUPS), x, group)
    cell = np.minimum(x[0].astype(int), 3)
    tally = reduced(reducers.tally(lambda o: jnp.asarray(cell, jnp.int32), 4, GROUPS), x, group)
    people = reduced(reducers.population(GROUPS), x, group)
    for g in range(GROUPS):
        assert np.array_equal(event[:, g], (x[:, group == g] > 1).sum(axis=1))
        assert np.array_equal(tally[:, g], np.bincount(cell[group == g], minlength=4))
    assert np.array_equal(people, np.bincount(group, minlength=GROUPS + 1))


def test_moments_agree_with_float64(data: tuple) -> None:
    x, group = data
    got = reduced(reducers.moments(lambda o: o, STEPS, GROUPS), x, group)
    for g in range(GROUPS):
        kept = x[:, group == g].astype(np.float64)
        assert got[0, :, g] == pytest.approx(kept.sum(axis=1), rel=2e-6)
        assert got[1, :, g] == pytest.approx((kept**2).sum(axis=1), rel=2e-6)


@pytest.mark.parametrize("bins", [LogBins(-3, 4), LogBins(-3, 4, signed=True)])
def test_coarse_bins_hold_what_their_fine_bins_hold(bins: LogBins) -> None:
    x = np.random.default_rng(5).normal(size=4000) * 4
    fine = np.histogram(x, bins.edges())[0]
    assert np.array_equal(bins.coarsen(fine), np.histogram(x, bins.coarse.edges())[0])
    assert np.isin(bins.coarse.edges(), bins.edges()).all()
