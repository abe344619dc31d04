"""Measurements in processes of their own: what is pinned, what is told."""

import os
from pathlib import Path
from typing import Any

import pytest

from benchmarks.apart import BLAS, apart, start
from benchmarks.energy import Meter
from benchmarks.machine import cores


def surroundings(wanted: int = 0) -> dict[str, Any]:
    """What the process is given, and so many MB touched."""
    held = bytearray(wanted << 20)
    held[:: 1 << 12] = b"x" * len(held[:: 1 << 12])
    names = (*BLAS, "OMP_NUM_THREADS")
    return {"cores": cores(), "threads": {name: os.environ[name] for name in names}}


def refuses() -> None:
    """A measurement that cannot be made."""
    raise SystemExit(3)


def test_cores_and_threads_are_pinned() -> None:
    first = cores()[:1]
    value = apart(surroundings, on=first).value
    assert value["cores"] == first
    assert set(value["threads"].values()) == {"1"}
    every = apart(surroundings).value["threads"]
    assert every.pop("OMP_NUM_THREADS") == str(len(cores()))
    assert set(every.values()) == {"1"}


def test_the_peak_is_that_of_the_process_alone() -> None:
    held = bytearray(300 << 20)
    held[:: 1 << 12] = b"x" * len(held[:: 1 << 12])
    small, large = apart(surroundings).peak_mb, apart(surroundings, wanted=200).peak_mb
    assert small < 200
    assert 190 < large - small < 230
    assert len(held) == 300 << 20


def test_two_run_at_once_and_both_answer() -> None:
    started = [start(surroundings, on=[core]) for core in cores()[:2]]
    assert [one.finish().value["cores"] for one in started] == [[c] for c in cores()[:2]]


def test_a_measurement_that_fails_is_named() -> None:
    with pytest.raises(RuntimeError, match="refuses failed"):
        apart(refuses)


def zone(folder: Path, name: str, microjoules: int) -> Path:
    made = folder / name
    made.mkdir(exist_ok=True)
    (made / "energy_uj").write_text(f"{microjoules}\n")
    (made / "max_energy_range_uj").write_text("262143328850\n")
    return made


@pytest.fixture(autouse=True)
def _no_card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.energy.shutil.which", lambda _: None)


def test_energy_is_the_sum_over_packages_and_survives_a_counter_that_turns_over(
    tmp_path: Path,
) -> None:
    zone(tmp_path, "intel-rapl:0", 5_000_000)
    zone(tmp_path, "intel-rapl:0:0", 1_000_000)  # a part of the first: not counted again
    zone(tmp_path, "intel-rapl:1", 262_143_000_000)
    with Meter(tmp_path) as meter:
        zone(tmp_path, "intel-rapl:0", 8_000_000)
        zone(tmp_path, "intel-rapl:0:0", 9_000_000)
        zone(tmp_path, "intel-rapl:1", 671_150)
    assert meter.joules == pytest.approx(3.0 + 1.0)


def test_a_machine_without_counters_tells_no_energy(tmp_path: Path) -> None:
    with Meter(tmp_path) as meter:
        pass
    assert meter.joules is None
