"""What a figure was measured on: never a name, only what changes the number."""

import importlib.metadata
import os
import platform
import shutil
import subprocess
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("jax", "jaxlib", "numpy", "scipy", "numba", "torch", "spacedc-mdao")


def cores() -> list[int]:
    """Numbers of the processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def describe() -> dict[str, str]:
    """Processor, cores, load, versions, commit and date."""
    found = {"processor": _processor(), "cores": str(len(cores())), "memory": _memory()}
    found |= {"load before": f"{os.getloadavg()[0]:.1f}"} if hasattr(os, "getloadavg") else {}
    found |= {"gpu": gpu} if (gpu := _gpu()) else {}
    found["python"] = platform.python_version()
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    found |= {"gcc": compiler} if (compiler := _first_word("gcc", "-dumpfullversion")) else {}
    found["commit"] = _commit()
    found["date"] = date.today().isoformat()
    return found


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine() or "unknown"


def _memory() -> str:
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return "unknown"
    return f"{size / 2**30:.0f} GiB"


def _gpu() -> str:
    query = ("--query-gpu=name,driver_version", "--format=csv,noheader")
    return "; ".join(_output("nvidia-smi", *query).splitlines())


def _commit() -> str:
    """Commit of this checkout, with `+` where its sources differ; an installed wheel has none."""
    if not (ROOT / ".git").exists():
        return "none, an installed orbitrisk " + importlib.metadata.version("orbitrisk")
    git = ("git", "-C", str(ROOT))
    commit = _output(*git, "rev-parse", "--short", "HEAD").strip() or "unknown"
    changed = _output(*git, "status", "--porcelain", "--", "risk", "kernels", "benchmarks/*.py")
    return commit + ("+" if changed.strip() else "")


def _first_word(*command: str) -> str:
    return next(iter(_output(*command).split()), "")


def _output(program: str, *arguments: str) -> str:
    """Standard output of a program; empty where it is missing or fails."""
    if shutil.which(program) is None:
        return ""
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else ""
