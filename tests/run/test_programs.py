"""Compiled programs that are kept from one run to the next."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from risk.run import programs

X = jnp.arange(4.0)
DEVICE = jax.devices()[:1]


def doubled(traced: list[int]) -> Any:
    def program(x: Any) -> Any:
        traced.append(1)
        return x * 2.0

    return jax.jit(program)


def run(folder: Path | None, what: Any = "doubled") -> tuple[Any, int]:
    traced: list[int] = []
    found = programs.kept(what, doubled(traced), (X,), DEVICE, folder)(X)
    return np.asarray(found), len(traced)


def test_a_program_that_was_kept_is_not_traced_again(tmp_path: Path) -> None:
    first, traced = run(tmp_path)
    again, traced_again = run(tmp_path)
    np.testing.assert_array_equal(first, 2.0 * np.asarray(X))
    np.testing.assert_array_equal(first, again)
    assert (traced, traced_again) == (1, 0)
    assert [f.suffix for f in tmp_path.iterdir()] == [".pickle"]


def test_another_program_another_shape_and_other_sources_are_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tmp_path)
    assert run(tmp_path, "another")[1] == 1
    wide = jnp.zeros(8)
    assert programs.kept("doubled", doubled([]), (wide,), DEVICE, tmp_path)(wide).shape == (8,)
    monkeypatch.setattr(programs, "_made_of", lambda: "sources that changed")
    assert run(tmp_path)[1] == 1


@pytest.mark.parametrize("left", [b"", b"no pickle", b"\x80\x04N."])
def test_a_file_that_is_spoilt_is_made_anew(tmp_path: Path, left: bytes) -> None:
    run(tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_bytes(left)
    assert run(tmp_path)[1] == 1
    assert run(tmp_path)[1] == 0


def test_without_a_folder_or_where_none_can_be_written_it_runs_all_the_same(
    tmp_path: Path,
) -> None:
    assert run(None)[1] == 1
    assert run(tmp_path / "nowhere")[1] == 1


def test_everything_that_it_is_made_of_has_a_part_in_its_name() -> None:
    made_of = programs._made_of()
    assert jax.__version__ in made_of
    assert len(made_of.splitlines()[0]) == 64  # the sources


ONCE = """
import sys
from risk.run.devices import prepare
prepare()
from risk.run import simulate
from risk.run.execute import execute
from risk.run.plan import Request
from risk.scenario import load
if sys.argv[1] == "warm":
    simulate.start = None  # what is kept needs no tracing
run = execute(load("base"), Request(4096, 3, "sobol", 16), wins_only=True)
print(run.state["event.wins_on_time"].tolist())
"""


def test_a_second_process_counts_the_same_without_tracing_the_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    def printed(state: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", ONCE, state], capture_output=True, text=True, check=True
        )
        return done.stdout

    assert printed("cold") == printed("warm")
