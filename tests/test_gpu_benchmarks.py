"""The measurements for a GPU on a machine without one: counted code, fresh numbers, a dry run."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import base, gpu, gpu_code
from benchmarks.device.timing import DRY

ROOT = Path(__file__).parent.parent
ABSENT = {"pydantic", "pint", "arviz", "pandas", "rich", "typer", "jinja2", "matplotlib", "scipy"}
"""What a machine with a GPU may lack."""
MOST = {"accurate": 1440, "approximate": 930}
"""Greatest number of instructions a quarter may take; lower it when the count falls."""
LISTING = """
\t.text.kernel:
        /*0000*/                   MOV R1, c[0x0][0x28] ;
.L_x_1:
        /*0010*/                   FADD R2, R2, R3 ;
.L_x_0:
        /*0020*/              @!P0 FFMA R2, R2, R3, R4 ;
        /*0030*/                   MUFU.EX2 R5, R2 ;
        /*0040*/              @P1  BRA `(.L_x_0) ;
        /*0050*/              @P2  BRA `(.L_x_1) ;
        /*0060*/                   EXIT ;
.L_x_2:
        /*0070*/                   BRA `(.L_x_2);
        /*0080*/                   NOP;
"""


def test_the_kept_base_scenario_is_the_scenario_file() -> None:
    arrays: list[np.ndarray] = []
    code = base.encode(base.resolved(), arrays)
    kept: list[np.ndarray] = []
    assert base.encode(base.read(), kept) == code, "run python -m benchmarks.base"
    assert all(np.array_equal(a, b) for a, b in zip(arrays, kept, strict=True))


def test_the_gpu_needs_nothing_but_jax_and_numpy() -> None:
    script = (
        "import sys\n"
        "import benchmarks.gpu, benchmarks.device.rivals, benchmarks.device.counting\n"
        "import benchmarks.device.parity, benchmarks.device.loop, benchmarks.device.limits\n"
        "from benchmarks.base import read\n"
        "read()\n"
        "print(*{name.split('.')[0] for name in sys.modules})"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert ABSENT.intersection(done.stdout.split()) == set()


def test_loops_are_found_in_a_listing() -> None:
    code, loops = gpu_code.parse(LISTING)
    inner, outer = gpu_code.loop(loops)
    assert [gpu_code._kind(line) for line in code[inner[0] : inner[1] + 1]] == [
        "FFMA", "MUFU", "BRA",
    ]  # fmt: skip
    assert outer == (1, 5)
    assert len(code) == 7


def test_code_without_a_loop_is_refused() -> None:
    with pytest.raises(RuntimeError, match="no loop"):
        gpu_code.loop([])


@pytest.mark.slow
@pytest.mark.parametrize("name", list(MOST))
def test_a_quarter_takes_no_more_instructions_than_it_did(name: str) -> None:
    if absent := gpu_code.missing():
        pytest.skip(absent)
    found = gpu_code.count(gpu_code.CASES[name])
    assert found["quarter"] <= MOST[name]
    assert found["spilled_bytes"] == 0


def test_the_committed_counts_keep_to_the_bound() -> None:
    cases = json.loads(gpu_code.FILE.read_text())["cases"]
    assert {n: cases[n]["quarter"] for n in MOST if cases[n]["quarter"] > MOST[n]} == {}


def test_every_measurement_has_a_section_and_each_call_fits() -> None:
    from benchmarks.device.loop import Plain

    table = gpu.sections(Plain(DRY))
    assert {section.number for section in table.values()} == set(range(1, 13))
    assert next(iter(table)) == "parity"


def test_without_a_gpu_nothing_is_measured() -> None:
    environment = {**os.environ, "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-m", "benchmarks.gpu", "--part", "1"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "no GPU is here: nothing was measured" in done.stderr


@pytest.mark.slow
def test_the_quick_sections_run_dry(tmp_path: Path) -> None:
    chosen = ("limits", "words_agree", "histograms", "rivals", "profile")
    found = gpu.run_sections(DRY, (), chosen, tmp_path / "gpu.jsonl")
    assert {name: entry.get("fault") for name, entry in found.items()} == dict.fromkeys(chosen)
    written = [json.loads(line) for line in (tmp_path / "gpu.jsonl").read_text().splitlines()]
    assert [entry["section"] for entry in written] == list(found)
    assert all(entry["dry"] and entry["where"]["platform"] == "cpu" for entry in written)
    assert "tried" in "\n".join(gpu.lines(found))
