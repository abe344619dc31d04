"""The same request gives the same bits: on 1, 2 and 4 devices, in any order, after a stop."""

import threading
from dataclasses import replace
from pathlib import Path

import jax
import numpy as np
import pytest

from kernels.platforms import Platform, platform
from risk.run import checkpoint, program
from risk.run import execute as module
from risk.run.execute import Run, Stopped, execute
from risk.run.hosts import Hosts
from risk.run.plan import Request, blocks
from risk.scenario import load

REQUEST = Request(16 * 4096, 5, replicates=16)
PLAIN = Request(70_001, 5, "mc")


def assert_same(one: Run, other: Run) -> None:
    assert one.state.keys() == other.state.keys()
    for name, state in one.state.items():
        assert state.tobytes() == other.state[name].tobytes(), name


@pytest.fixture(scope="module")
def whole() -> Run:
    return execute(load("base"), REQUEST)


@pytest.mark.parametrize("devices", [1, 2])
def test_the_number_of_devices_moves_no_bit(whole: Run, devices: int) -> None:
    run = execute(load("base"), REQUEST, devices=devices)
    assert run.info["devices"] == devices
    assert whole.info["devices"] == 4
    assert_same(run, whole)


def test_plain_monte_carlo_neither() -> None:
    runs = [execute(load("base"), PLAIN, devices=n, wins_only=True) for n in (1, 4)]
    assert_same(*runs)


@pytest.mark.parametrize("request_", [REQUEST, PLAIN])
def test_the_size_of_blocks_moves_no_bit(
    request_: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = execute(load("base"), request_)
    monkeypatch.setattr(program, "blocks", lambda r, first, tiles: blocks(r, first, tiles=3))
    assert_same(execute(load("base"), request_), one)


def test_a_run_that_is_doubled_is_the_run_of_twice_the_paths(whole: Run) -> None:
    half = execute(load("base"), replace(REQUEST, paths=REQUEST.paths // 2))
    assert_same(execute(load("base"), REQUEST, after=half), whole)


def test_an_interrupted_run_goes_on_where_it_was(
    whole: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    stop, seen = threading.Event(), []

    def after_seven_blocks(done: int, state: object) -> None:
        seen.append(done)
        if len(seen) == 7:
            stop.set()

    with pytest.raises(Stopped) as stopped:
        execute(load("base"), REQUEST, progress=after_seven_blocks, stop=stop, keep=True)
    assert stopped.value.kept
    assert stopped.value.paths == seen[-1]
    kept = list(tmp_path.rglob("*.npz"))
    assert len(kept) == 1
    told: list[int] = []
    resumed = execute(load("base"), REQUEST, progress=lambda n, _: told.append(n), keep=True)
    assert told[0] > seen[-1]
    assert told[-1] == REQUEST.size
    assert_same(resumed, whole)
    assert not list(tmp_path.rglob("*.npz"))


def test_a_damaged_checkpoint_is_as_none(tmp_path: Path) -> None:
    file = tmp_path / "run.npz"
    checkpoint.save(file, {"a": np.arange(3)}, 2)
    state, done = checkpoint.restore(file) or ({}, 0)
    assert (done, state["a"].tolist()) == (2, [0, 1, 2])
    for damage in (b"", b"not a file", file.read_bytes()[:40]):
        file.write_bytes(damage)
        assert checkpoint.restore(file) is None
    assert checkpoint.restore(tmp_path / "none") is None


def test_another_request_does_not_pick_up_a_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    base = load("base")
    identities = [
        module._identity(scenario, request, wins, Hosts(1, 0))
        for scenario, request, wins in (
            (base, REQUEST, False),
            (base, REQUEST, True),
            (base, replace(REQUEST, seed=6), False),
            (base, replace(REQUEST, paths=REQUEST.paths * 2), False),
            (base.with_scale(0.5), REQUEST, False),
            (load("spacex_xai"), REQUEST, False),
        )
    ]
    assert len({checkpoint.file_of(i) for i in identities}) == len(identities)


def test_without_a_cache_folder_nothing_is_kept_and_the_run_is_the_same(
    whole: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert checkpoint.file_of({}) is None
    assert_same(execute(load("base"), REQUEST, keep=True), whole)


@pytest.mark.slow
def test_a_device_without_memory_takes_fewer_tiles_and_it_is_said(
    whole: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fourth call with two tiles at a time fails; the rest goes one by one."""
    monkeypatch.setattr(program, "platform", lambda: platform()._replace(tiles=2))
    monkeypatch.setattr(program, "PLATFORMS", {"cpu": Platform(1, 1, 1, 2)})
    compiled, calls = program.Program._compiled, []

    def short_of_memory(self: program.Program, tiles: int) -> object:
        run = compiled(self, tiles)

        def called(*given: object) -> object:
            calls.append(self.platform.tiles)
            if self.platform.tiles == 2 and len(calls) == 4:
                raise jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: out of memory")
            return run(*given)

        return called

    monkeypatch.setattr(program.Program, "_compiled", short_of_memory)
    run = execute(load("base"), REQUEST, devices=2)
    assert run.info["notes"] == ["memory ran out with 4,096 paths at a time; 2,048 were taken"]
    assert set(calls) == {1, 2}
    for name, state in whole.state.items():
        if state.dtype.kind == "i":
            assert np.array_equal(run.state[name], state), name
        else:
            assert run.state[name] == pytest.approx(state, rel=1e-6), name


def test_a_device_too_small_for_one_tile_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: out of memory")

    monkeypatch.setattr(program.Program, "_compiled", lambda self, tiles: full)
    with pytest.raises(MemoryError, match="one tile of 2,048 paths"):
        execute(load("base"), REQUEST)
