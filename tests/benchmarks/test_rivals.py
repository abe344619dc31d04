"""The rivals: found by listing, and the ones that need nothing compute the same answer."""

import math
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from benchmarks import bench_rivals, rivals
from benchmarks.numpy_path import simulate
from benchmarks.standing import standing
from risk.run.execute import execute
from risk.run.plan import Request
from risk.scenario import load

PATHS = 1 << 15


def test_the_engine_and_numpy_are_always_there() -> None:
    here, missing = rivals.found()
    assert {"jax", "numpy"} <= here.keys()
    assert not here.keys() & missing.keys()


def test_a_rival_whose_package_is_missing_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> ModuleType:
        raise ImportError("No module named 'torch'")

    monkeypatch.setattr(rivals.importlib, "import_module", refuse)
    here, missing = rivals.found()
    assert here == {}
    assert missing["numpy"] == "not installed (No module named 'torch')"


def test_numpy_and_the_engine_agree_on_who_wins() -> None:
    """Four headline dates, three comparators: 5 standard errors, false alarm below 1e-5."""
    base = load("base")
    rival = simulate(base, PATHS, 3, np.float32, wins_only=True)["below"] / PATHS
    run = execute(base, Request(PATHS, 5, "mc"), wins_only=True)
    for row, key in enumerate(("wins_on_cost", "wins_on_value", "wins_on_time")):
        ours = run.state[f"event.{key}"].sum(axis=(0, 2)) / PATHS
        for t in (12, 20, 36, 56):
            p = max((ours[t] + rival[row, t]) / 2, 1 / PATHS)
            assert abs(ours[t] - rival[row, t]) < 5 * math.sqrt(2 * p / PATHS), (key, t)


def test_what_a_rival_does_not_offer_is_told_and_the_rest_is_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def measure(paths: int, words: str, mode: str, threads: int) -> dict[str, float]:
        if words == "sobol":
            raise ValueError("no Sobol' words here")
        return {"paths_per_second": 1000.0 * threads, "paths_per_cpu_second": 1000.0}

    fake = SimpleNamespace(measure=measure, WORDS=("sobol", "philox"), LABEL="a rival")
    monkeypatch.setattr(rivals, "found", lambda: ({"fake": fake}, {"torch": "not installed"}))
    found = bench_rivals.rounds(paths=10, repeats=2)
    assert set(found["entries"]) == {"fake philox wins", "fake philox all"}
    assert len(found["entries"]["fake philox wins"]["rates"]) == 2
    assert found["missing"]["fake sobol wins"] == "no Sobol' words here"
    text = "\n".join(bench_rivals.lines({"paths": 10, "cores": 1, "one": found, "all": found}))
    assert "a rival" in text
    assert "- torch: not installed" in text


def test_a_machine_is_set_beside_the_committed_one(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = {"label": "orbitrisk on JAX", "rates": [200.0, 250.0]}
    found = {"all": {"entries": {"jax philox wins": entry}}}
    doubled = {"all": {"entries": {"jax philox wins": {**entry, "rates": [500.0]}}}}
    monkeypatch.setattr(bench_rivals, "run", lambda quick: doubled)
    committed = {"rivals": {"machine": {"processor": "another"}, "found": found}}
    monkeypatch.setattr("benchmarks.standing.results", lambda: committed)
    text = standing(("rivals",))
    assert [line.split()[-3:] for line in text.splitlines() if "philox" in line] == [
        ["500", "250", "2.00"]
    ]
    assert "committed: processor another" in text
