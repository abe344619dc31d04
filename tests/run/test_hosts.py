"""Several processes that share a run, as several machines would."""

import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from risk.run.execute import execute
from risk.run.hosts import Hosts, join
from risk.run.plan import Request
from risk.scenario import load

ONE = """
import sys
from dataclasses import replace
import time
import numpy as np
from risk.run.devices import prepare
from risk.run.hosts import join
prepare()
join(sys.argv[1])
from risk.run.execute import execute
from risk.run.plan import Request
from risk.scenario import load
time.sleep(float(sys.argv[3]))
half = Request(16 * 2048, 5, replicates=16)
run = execute(load("base"), half, wins_only=True)
assert run.info["hosts"] == 2
run = execute(load("base"), replace(half, paths=2 * half.paths), wins_only=True, after=run)
np.savez(sys.argv[2], **run.state)
"""


@pytest.mark.parametrize(
    "late", [0, pytest.param(45, marks=pytest.mark.slow)], ids=["together", "one much later"]
)
def test_two_hosts_give_the_bits_of_one(late: int, tmp_path: Path) -> None:
    """Doubled too: what a host goes on with is its part of the whole."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    files = [tmp_path / f"{rank}.npz" for rank in (0, 1)]
    started = [
        subprocess.Popen(
            [sys.executable, "-c", ONE, f"127.0.0.1:{port},2,{rank}", str(file), str(rank * late)],
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank, file in enumerate(files)
    ]
    for process in started:
        _, told = process.communicate(timeout=300)
        assert process.returncode == 0, told
    alone = execute(load("base"), Request(16 * 4096, 5, replicates=16), wins_only=True)
    for file in files:
        with np.load(file) as state:
            assert set(state.files) == set(alone.state)
            for name in state.files:
                assert state[name].tobytes() == alone.state[name].tobytes(), name


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "ADDRESS:PORT,COUNT,INDEX"),
        ("localhost,2,0", "ADDRESS:PORT,COUNT,INDEX"),
        ("localhost:1,2", "ADDRESS:PORT,COUNT,INDEX"),
        ("localhost:1,two,0", "ADDRESS:PORT,COUNT,INDEX"),
        ("localhost:1,2,2", "numbered from 0 to 1"),
    ],
)
def test_what_names_no_hosts_is_refused(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        join(text)


def test_more_hosts_than_scrambles_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("risk.run.execute.here", lambda: Hosts(2, 0))
    with pytest.raises(ValueError, match="2 hosts share the scrambles of a run, which has 1"):
        execute(load("base"), Request(4096, 5, "mc"))


def test_the_parts_of_a_state_are_disjoint_and_add_up_to_it() -> None:
    rng = np.random.default_rng(1)
    state = {"histogram.x": rng.integers(0, 9, 7), "moments.x": rng.normal(size=(5, 3))}
    parts = [Hosts(2, rank).own(state) for rank in (0, 1)]
    for name, leaf in state.items():
        np.testing.assert_array_equal(parts[0][name] + parts[1][name], leaf)
        assert not np.any(parts[0][name] * parts[1][name])
    assert [Hosts(3, 1).takes(r) for r in range(5)] == [False, True, False, False, True]
