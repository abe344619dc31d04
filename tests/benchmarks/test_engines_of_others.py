"""Rivals that run in environments of their own, and that they compute the same as the engine."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from benchmarks.numpy_path import DATES, simulate
from benchmarks.rivals import spacedc, torch_path
from benchmarks.rivals.environment import Absent, installed, interpreter
from benchmarks.rivals.scenario_file import export
from risk.run.execute import execute
from risk.run.plan import Request
from risk.scenario import load
from tests.tolerances import FALSE_ALARM

PATHS = 1 << 15
BASE = load("base")
COMPARATORS = ("wins_on_cost", "wins_on_value", "wins_on_time")
TORCH = installed("torch", f"torch=={torch_path.VERSION}")
QUARTERS = list(DATES)[1:]


@pytest.fixture(scope="module")
def engine() -> dict:
    return execute(BASE, Request(PATHS, 1, "mc"), wins_only=True).state


@pytest.fixture(scope="module")
def numpy_rival() -> dict:
    return simulate(BASE, PATHS, 2, np.float32)


def wins_of(state: dict) -> np.ndarray:
    return np.stack([np.asarray(state[f"event.{name}"])[0].sum(-1) for name in COMPARATORS])


def same_shares(a: np.ndarray, b: np.ndarray) -> None:
    """Counts of PATHS each; the threshold is shared out over all comparisons."""
    p = np.clip((a + b) / (2 * PATHS), 1 / PATHS, None)
    z = np.abs(a - b) / np.sqrt(2 * PATHS * p * (1 - p))
    assert z.max() < stats.norm.isf(FALSE_ALARM / z.size / 2), z


def test_the_numpy_rival_wins_as_often_as_the_engine(engine: dict, numpy_rival: dict) -> None:
    same_shares(numpy_rival["below"][:3, QUARTERS], wins_of(engine)[:, QUARTERS])


def test_a_scenario_file_has_what_the_torch_rival_reads(tmp_path: Path) -> None:
    export(BASE, tmp_path / "base.npz")
    data = np.load(tmp_path / "base.npz")
    text = json.loads(str(data["text"]))
    assert data["loadings"].shape == (len(text["keys"]), len(BASE.factors))
    assert set(text["events"]) == {"chips.generation_gap", "launch.stand_down"}
    assert [data[kind].shape[1] for kind in torch_path.KINDS] == [
        stop - start for start, stop in (text["rows"][kind] for kind in torch_path.KINDS)
    ]


@pytest.mark.skipif(TORCH is None, reason="torch is not installed; the benchmark installs it")
def test_the_torch_rival_agrees_with_the_engine_and_with_numpy(
    tmp_path: Path, engine: dict, numpy_rival: dict
) -> None:
    file = tmp_path / "base.npz"
    export(BASE, file)
    command = [str(TORCH), torch_path.__file__, str(file), "--check", "--paths", str(PATHS)]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    wins, population = np.asarray(told["wins"]), np.asarray(told["population"])
    same_shares(wins[:, QUARTERS], wins_of(engine)[:, QUARTERS])
    same_shares(population, np.asarray(engine["population"])[0][: len(population)])
    for row, quarter in zip(numpy_rival["ratio"], DATES, strict=True):
        middle, other = np.median(row), told["median"][quarter // 4]
        spread = np.subtract(*np.log(np.quantile(row, (0.75, 0.25)))) / 1.349
        assert abs(np.log(other / middle)) < 5 * 1.2533 * spread * np.sqrt(2 / PATHS)


def test_an_absent_package_is_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(Absent, match="not installed, and there is no no-such-python"):
        interpreter("no_such_module", "no-such-module==1", "no-such-python")


@pytest.mark.parametrize("rival", [spacedc, torch_path])
def test_what_a_rival_does_not_offer_is_refused(rival) -> None:
    with pytest.raises(ValueError, match="not sobol and all"):
        rival.measure(1, "sobol", "all")


def test_the_rival_without_quarters_is_compared_by_the_draw() -> None:
    rate = {"paths_per_second": 4.0, "slowest": 3.0, "fastest": 5.0, "paths_per_cpu_second": 2.0}
    rival = rate | {"version": "0", "processes": 2, "draw": spacedc.DRAW, "draws_per_call": 100}
    rival["quantiles"] = list(spacedc.PUBLISHED)
    engine = {name: {key: 100 * value for key, value in rate.items()} for name in ("every", "wins")}
    told = spacedc.lines({"one": rival, "all": rival, "engine": engine})
    assert "| 100.0 |" in told[5]
    assert "60 quarters" in told[-1]
    assert "NOT met" in told[-1]
    assert spacedc.lines({"absent": "orbitdc is not installed."}) == ["orbitdc is not installed."]
