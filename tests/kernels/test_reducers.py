"""Reducers against plain NumPy, alone and in a block."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from kernels import reducers
from kernels.counter import TILE, tile_of
from kernels.paths import SPAN, Fused, Walk, block
from kernels.platforms import PLATFORMS, Platform
from kernels.reducers import LogBins, People

PATHS, STEPS, GROUPS = 2048, 8, 3
ABOVE = reducers.Fold(lambda zero: zero, lambda n, x, _: n + jnp.where(x > 1.0, 1, 0))
ONE, TWO = PLATFORMS["cpu"], Platform(tiles=2, unroll=2, replicas=8, block=2)


@pytest.fixture(scope="module")
def data() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    x = np.exp(rng.normal(size=(STEPS, PATHS))).astype(np.float32)
    return x, rng.integers(0, GROUPS + 1, PATHS)  # the last group is out of range


def reduced(reducer: reducers.Reducer, outcome: object, group: np.ndarray) -> np.ndarray:
    everybody = People(jnp.asarray(group, jnp.int32), jnp.int32(1))
    update = jax.jit(reducer.update)
    if reducer.keep is not None:
        state = update(reducer.init(), outcome, everybody, jnp.int32(0))
        return np.asarray(state)
    if reducer.fold is not None:
        memory = reducer.fold.begin(jnp.zeros(PATHS, jnp.int32))
        for step in range(STEPS):
            memory = reducer.fold.step(memory, outcome[step], jnp.uint32(step))
        return np.asarray(update(reducer.init(), memory, everybody, jnp.int32(0)))
    state = reducer.init()
    for first in range(0, STEPS, SPAN):
        state = update(state, outcome[first : first + SPAN], everybody, jnp.int32(first))
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
    cell = (x > 1).sum(axis=0)
    tally = reduced(reducers.tally(lambda found: found, STEPS + 1, GROUPS, ABOVE), x, group)
    people = reduced(reducers.population(GROUPS), x, group)
    for g in range(GROUPS):
        assert np.array_equal(event[:, g], (x[:, group == g] > 1).sum(axis=1))
        assert np.array_equal(tally[:, g], np.bincount(cell[group == g], minlength=STEPS + 1))
    assert np.array_equal(people, np.bincount(group, minlength=GROUPS + 1))


def test_moments_agree_with_float64(data: tuple) -> None:
    x, group = data
    got = reduced(reducers.moments(lambda o: o, STEPS, GROUPS), x, group)
    for g in range(GROUPS):
        kept = x[:, group == g].astype(np.float64)
        assert got[0, 0, :, g] == pytest.approx(kept.sum(axis=1), rel=2e-6)
        assert got[0, 1, :, g] == pytest.approx((kept**2).sum(axis=1), rel=2e-6)


@pytest.mark.parametrize("bins", [LogBins(-3, 4), LogBins(-3, 4, signed=True)])
def test_coarse_bins_hold_what_their_fine_bins_hold(bins: LogBins) -> None:
    x = np.random.default_rng(5).normal(size=4000) * 4
    fine = np.histogram(x, bins.edges())[0]
    coarse = np.asarray(bins.coarsen(jnp.asarray(fine, jnp.int32)))
    assert np.array_equal(coarse, np.histogram(x, bins.coarse.edges())[0])
    assert np.isin(bins.coarse.edges(), bins.edges()).all()


def test_of_every_so_many_steps_the_first_is_counted(data: tuple) -> None:
    x, group = data
    bins = LogBins(-3, 4)
    got = reduced(
        reducers.histogram(lambda o: o[::SPAN], bins, STEPS // SPAN, GROUPS, SPAN), x, group
    )
    all_steps = reduced(reducers.histogram(lambda o: o, bins, STEPS, GROUPS), x, group)
    shape = (-1, GROUPS, bins.count)
    assert np.array_equal(got.reshape(shape), all_steps.reshape(shape)[::SPAN])


@pytest.mark.parametrize("platform", [ONE, TWO], ids=["one tile", "two tiles"])
@pytest.mark.parametrize("paths", [2 * TILE, 2 * TILE - 700])
def test_a_path_that_is_not_valid_leaves_nothing_but_its_number(
    paths: int, platform: Platform
) -> None:
    """Every 97th path of the second tile has no number in its last step."""
    number = np.arange(2 * TILE)
    lost = (number >= TILE) & (number % 97 == 0)
    value = np.exp(np.random.default_rng(3).normal(size=(STEPS, 2 * TILE))).astype(np.float32)
    value[-1, lost] = np.nan
    group = number % GROUPS
    rows = [jnp.asarray(part).reshape(-1, 2, TILE) for part in (value, group)]

    def simulate(parameters: None, shared: None, tiles: jax.Array, fused: Fused) -> Walk:
        mine, people = (
            row[:, tiles[:, 0].astype(jnp.int32)].reshape(row.shape[0], -1) for row in rows
        )
        return Walk(
            state=jnp.int32(0),
            step=lambda state, at: (state, mine[at[0]]),
            parts=None,
            steps=STEPS,
            valid=lambda seen: jnp.all(jnp.isfinite(seen), axis=0),
            group=people[0].astype(jnp.int32),
            groups=GROUPS,
        )

    bins = LogBins(-3, 4)
    made = {
        "population": reducers.population(GROUPS),
        "histogram": reducers.histogram(
            lambda o: o, bins, STEPS, GROUPS, replicas=platform.replicas
        ),
        "counts": reducers.counts(lambda o: o > 1.0, STEPS, GROUPS),
        "moments": reducers.moments(lambda o: o, STEPS, GROUPS),
        "tally": reducers.tally(lambda found: found, STEPS + 1, GROUPS, ABOVE),
    }
    run = jax.jit(block(lambda *_: None, simulate, made, 2, platform))
    got, pools = jax.tree.map(np.asarray, run(None, tile_of(0), jnp.int32(paths)))
    ran = number < paths
    assert got["population"][-1] == (lost & ran).sum() > 5
    cells = pools["histogram"].reshape(STEPS, GROUPS, bins.count)
    assert np.array_equal(got["histogram"], np.asarray(bins.coarsen(cells)).ravel())
    told, twice = run(None, tile_of(0), jnp.int32(paths), pools)
    assert np.array_equal(twice["histogram"], 2 * pools["histogram"])
    assert np.array_equal(told["histogram"], 2 * got["histogram"])
    assert np.array_equal(told["counts"], got["counts"])
    for g in range(GROUPS):
        kept = value[:, ran & ~lost & (group == g)].astype(np.float64)
        assert got["population"][g] == kept.shape[1]
        assert np.array_equal(got["counts"][:, g], (kept > 1.0).sum(axis=1))
        above = np.bincount((kept > 1.0).sum(axis=0), minlength=STEPS + 1)
        assert np.array_equal(got["tally"][:, g], above)
        assert got["moments"].sum(axis=0)[0, :, g] == pytest.approx(kept.sum(axis=1), rel=2e-6)
        for s in range(STEPS):
            assert np.array_equal(cells[s, g], np.histogram(kept[s], bins.edges())[0])
