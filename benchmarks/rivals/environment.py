"""An interpreter that has a rival's package: this one, one made for it, or a sentence."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class Absent(ImportError):
    """A rival's package is not there; the message says what would bring it."""


def installed(module: str, requirement: str) -> str | None:
    """Path of a Python that imports `module`: the running one, else one made before."""
    if importlib.util.find_spec(module) is not None:
        return sys.executable
    found = _folder(requirement) / "bin" / "python"
    return str(found) if _imports(found, module) else None


def interpreter(module: str, requirement: str, maker: str | None = None) -> str:
    """Path of a Python that imports `module`.

    Where there is none, one is made in the cache folder with `maker` (the running one by default)
    and pip. Raises Absent.
    """
    found = installed(module, requirement)
    if found is not None:
        return found
    python = shutil.which(maker) if maker else sys.executable
    if python is None:
        raise Absent(f"{module} is not installed, and there is no {maker} to install it with.")
    print(f"installing {requirement} into the cache folder", file=sys.stderr, flush=True)
    folder = _folder(requirement)
    made = str(folder / "bin" / "python")
    install = [made, "-m", "pip", "install", "-qq", requirement, "numpy"]
    for command in ([python, "-m", "venv", "--clear", str(folder)], install):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            reason = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
            raise Absent(
                f"{module} is not installed, and `pip install {requirement}` failed: {reason[0]}"
            )
    found = installed(module, requirement)
    if found is None:
        raise Absent(f"{module} is not installed: {requirement} does not bring it.")
    return found


def together(
    command: list[str], processes: int, *, one_thread: bool = True
) -> list[dict[str, Any]]:
    """Run so many copies of a command at once; the JSON in the last line of each one's output.

    Raises RuntimeError where one fails.
    """
    environment = {**os.environ, **(ONE_THREAD if one_thread else {})}
    started = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        for _ in range(processes)
    ]
    outputs = [process.communicate()[0] for process in started]
    if any(process.returncode for process in started):
        raise RuntimeError("a measurement failed; its message stands above")
    return [json.loads(output.splitlines()[-1]) for output in outputs]


def _folder(requirement: str) -> Path:
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return home / "orbitrisk" / "rivals" / requirement


def _imports(python: Path, module: str) -> bool:
    command = [str(python), "-c", f"import {module}"]
    return python.exists() and subprocess.run(command, capture_output=True).returncode == 0
