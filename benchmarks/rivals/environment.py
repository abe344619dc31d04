"""An interpreter that has a rival's package: this one, one made for it, or a sentence."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class Absent(RuntimeError):
    """A rival's package is not there; the message says what would bring it."""


def interpreter(module: str, requirement: str, python: str | None = None) -> str:
    """Path of a Python that imports `module`.

    The running one if it has the module; else the one in the cache folder, made there with
    `python` (the running one by default) and pip where it is missing. Raises Absent.
    """
    if importlib.util.find_spec(module) is not None:
        return sys.executable
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = home / "orbitrisk" / "rivals" / requirement
    found = folder / "bin" / "python"
    if _imports(found, module):
        return str(found)
    maker = shutil.which(python) if python else sys.executable
    if maker is None:
        raise Absent(f"{module} is not installed, and there is no {python} to install it with.")
    print(f"installing {requirement} into the cache folder", file=sys.stderr, flush=True)
    install = [str(found), "-m", "pip", "install", "-qq", requirement, "numpy"]
    for command in ([maker, "-m", "venv", "--clear", str(folder)], install):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            reason = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
            raise Absent(
                f"{module} is not installed, and `pip install {requirement}` failed: {reason[0]}"
            )
    if not _imports(found, module):
        raise Absent(f"{module} is not installed: {requirement} does not bring it.")
    return str(found)


def _imports(python: Path, module: str) -> bool:
    command = [str(python), "-c", f"import {module}"]
    return python.exists() and subprocess.run(command, capture_output=True).returncode == 0
