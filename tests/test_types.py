"""Every annotation of the product holds; beside other tests, since mypy uses one core."""

import subprocess
import sys
from pathlib import Path


def test_types_hold() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mypy"], cwd=Path(__file__).parent.parent,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
