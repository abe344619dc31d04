"""`orbitrisk bench` and `python -m benchmarks` as a user meets them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from risk import cli

ROOT = Path(__file__).parent.parent.parent


def command(*words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", *words], capture_output=True, text=True, env=environment, timeout=600
    )


@pytest.mark.slow
def test_a_user_sees_this_machine_beside_the_committed_one() -> None:
    done = command("risk.cli", "bench", "--quick")
    assert done.returncode == 0, done.stderr
    assert "This machine: processor" in done.stdout
    assert "orbitrisk on JAX, philox wins, all cores, paths/s" in done.stdout
    assert "Traceback" not in done.stderr


def test_without_the_folder_one_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "benchmarks.standing", None)
    with pytest.raises(cli.BadInput, match="reinstall orbitrisk"):
        cli.bench(quick=True)


def test_nothing_of_the_benchmarks_is_imported_before_it_is_asked_for() -> None:
    program = "import sys, risk.cli; assert not [m for m in sys.modules if 'benchmarks' in m]"
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)


def test_an_unknown_question_is_refused() -> None:
    done = command("benchmarks", "speed")
    assert done.returncode == 2
    assert "'speed' is no question" in done.stderr
