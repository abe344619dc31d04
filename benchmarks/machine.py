"""What a figure was measured on: never a name, only what changes the number."""

import importlib.metadata
import os
import platform
import subprocess
from datetime import date
from pathlib import Path


def describe() -> dict[str, str]:
    """Processor, cores, versions, commit and date."""
    model = platform.processor() or "unknown"
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        model = names[0].split(":", 1)[1].strip() if names else model
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    return {
        "processor": model,
        "cores": str(len(os.sched_getaffinity(0))),
        "python": platform.python_version(),
        "jax": importlib.metadata.version("jax"),
        "numpy": importlib.metadata.version("numpy"),
        "commit": commit.stdout.strip() or "unknown",
        "date": date.today().isoformat(),
    }
