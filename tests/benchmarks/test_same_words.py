"""The hand-written rivals compute the engine's path: same words in, same counts out."""

import numpy as np
import pytest

from benchmarks.rivals import c_path, numba_path
from kernels.counter import TILE, key_of, stream, tile_of, words
from risk.model.metrics import HEADLINE_QUARTERS, METRICS
from risk.run.execute import Run, execute
from risk.run.plan import Request
from risk.run.sample import Sample, sample
from risk.scenario import load

PATHS, SEED = 8192, 7
MEDIAN, WORST = 2e-5, 1e-3
"""Relative difference of a path's ratio: float32 rounding, and what that does by the last date."""

FLIPPED = 8
"""Paths in PATHS on which rounding may move a flight count, and with it a path, by more."""

MOVED_BINS = 2e-3
"""Share of a histogram's entries that rounding may move to the next bin, 0.54 % wide."""


@pytest.fixture(
    scope="module", params=["native", pytest.param("x86-64-v3", marks=pytest.mark.slow)]
)
def program(request: pytest.FixtureRequest) -> c_path.Program:
    """The rival compiled for this processor, and for AVX2 alone."""
    try:
        return c_path.Program.of(load("base"), request.param)
    except c_path.Unavailable as reason:
        pytest.skip(f"the C rival cannot run here: {reason}")


@pytest.fixture(scope="module")
def run() -> Run:
    return execute(load("base"), Request(PATHS, SEED, "mc"))


def pooled(run: Run) -> dict[str, np.ndarray]:
    """The state without its axis of one replicate."""
    return {k: v if k.startswith("histogram") else v[0] for k, v in run.state.items()}


@pytest.fixture(scope="module")
def paths() -> Sample:
    return sample(load("base"), Request(PATHS, SEED, "mc"), PATHS)


def test_every_path_has_the_engines_ratio_and_population(
    program: c_path.Program, paths: Sample
) -> None:
    found = program.simulate(PATHS, SEED, mode="wins", curves=True)
    assert found.ratio is not None
    assert found.kept_by is not None
    for quarter in HEADLINE_QUARTERS:
        error = np.abs(found.ratio[quarter] / paths.curves["ratio"][quarter] - 1.0)
        assert np.median(error) <= MEDIAN
        assert np.sum(error > WORST) <= FLIPPED
    assert np.sum(found.kept_by != paths.kept_by) <= 1


@pytest.mark.parametrize("mode", ["wins", "all"])
def test_counts_are_the_engines(program: c_path.Program, run: Run, mode: c_path.Mode) -> None:
    found = program.simulate(PATHS, SEED, mode=mode).state
    expected = {k: v for k, v in pooled(run).items() if k in found}
    assert "event.wins_on_time" in expected
    assert mode == "wins" or expected.keys() == run.state.keys()
    for name, counts in expected.items():
        if name.startswith(("event", "population", "crossing", "back", "prices")):
            assert found[name].shape == counts.shape, name
            assert np.abs(found[name] - counts).max() <= FLIPPED, name


def test_histograms_and_moments_are_the_engines(program: c_path.Program, run: Run) -> None:
    found = program.simulate(PATHS, SEED).state
    for key, metric in METRICS.items():
        ours, theirs = found[f"histogram.{key}"], pooled(run)[f"histogram.{key}"]
        assert ours.sum() == theirs.sum() == PATHS * len(metric.quarters)
        assert np.abs(ours - theirs).sum() <= 2 * MOVED_BINS * theirs.sum(), key
    ours, theirs = (s["moments.npv_difference"] for s in (found, pooled(run)))
    np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1.0)


def test_threads_and_a_last_tile_that_is_not_full_change_no_count(program: c_path.Program) -> None:
    whole = program.simulate(3 * TILE + 5, SEED)
    split = program.simulate(3 * TILE + 5, SEED, threads=2)
    assert whole.state["population"].sum() == 3 * TILE + 5
    for name, counts in whole.state.items():
        if not name.startswith("moments"):
            assert np.array_equal(counts, split.state[name]), name


def test_words_of_a_table_are_its_base_and_its_column(program: c_path.Program) -> None:
    names = c_path.draw_names(program.scenario)
    base = np.random.default_rng(1).integers(0, 1 << 32, (1, len(names)), np.uint32)
    rows = []
    for step in sorted({step for _, step in names}):
        numbers = np.asarray([stream(n) for n, s in names if s == step], np.uint32)
        rows.append(np.asarray(words(key_of(SEED), tile_of(0), numbers, np.uint32(step))))
    order = sorted(range(len(names)), key=lambda i: names[i][1])
    table = np.empty((len(names), TILE), np.uint32)
    table[order] = np.concatenate(rows)
    table ^= base.T
    drawn = program.simulate(TILE, SEED, curves=True)
    given = program.simulate(TILE, SEED + 1, curves=True, table=c_path.Table(base, table))
    assert np.array_equal(drawn.ratio, given.ratio)
    for name, counts in drawn.state.items():
        assert np.array_equal(counts, given.state[name]), name


def test_a_scenario_of_another_shape_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"outside buyer.*launch\.buyer"):
        c_path.drawn(load("spacex_xai"))


def test_a_machine_without_a_compiler_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(c_path.Unavailable, match="no C compiler"):
        c_path.Program.of(load("base"), "no-such-architecture")


@pytest.mark.slow
def test_the_numba_loop_has_the_engines_counts(run: Run) -> None:
    try:
        program = numba_path.Program(load("base"))
    except c_path.Unavailable as reason:
        pytest.skip(f"the Numba rival cannot run here: {reason}")
    for name, counts in program.simulate(PATHS, SEED).items():
        assert np.abs(counts - pooled(run)[name]).max() <= FLIPPED, name
