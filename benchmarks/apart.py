"""A measurement in a process of its own: cores pinned, library threads pinned, peak memory told."""

import importlib
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.energy import Meter
from benchmarks.machine import ROOT, cores

BLAS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
"""One thread each, whatever the cores: BLAS has only products of 7 factors here, and spins."""


class Apart(NamedTuple):
    """What a function returned, and what its whole process took."""

    value: Any
    seconds: float
    cpu_seconds: float
    peak_mb: float
    joules: float | None


class Started(NamedTuple):
    """A measurement that runs."""

    process: "subprocess.Popen[str]"
    name: str

    def finish(self) -> Apart:
        """Wait for it; raises RuntimeError where it failed, its message on stderr before."""
        output = self.process.communicate()[0]
        if self.process.returncode != 0:
            raise RuntimeError(f"{self.name} failed; its message stands above")
        return Apart(**json.loads(output.splitlines()[-1]))


def start(
    function: Callable[..., Any],
    *,
    on: Sequence[int] | None = None,
    environment: Mapping[str, str] | None = None,
    **arguments: Any,
) -> Started:
    """Call a module's function in a new process on these cores; all is JSON that goes and comes.

    OpenMP may use as many threads as there are cores, BLAS one.
    """
    allowed = list(on or cores())
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    pinned = {
        **os.environ,
        **dict.fromkeys(BLAS, "1"),
        "OMP_NUM_THREADS": str(len(allowed)),
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        **(environment or {}),
    }
    name = f"{function.__module__}:{function.__qualname__}"
    call = json.dumps({"on": allowed, "arguments": arguments})
    command = [sys.executable, "-m", "benchmarks.apart", name, call]
    return Started(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=pinned), name)


def apart(function: Callable[..., Any], **options: Any) -> Apart:
    """`start` and wait."""
    return start(function, **options).finish()


def peak_mb() -> float:
    """Peak resident memory of this process.

    Linux hands the peak in `getrusage` on from the parent, hence the other source first.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def _main(name: str, call: str) -> None:
    given = json.loads(call)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, given["on"])
    module, function = name.split(":")
    began = time.perf_counter()
    with Meter() as meter:
        value = getattr(importlib.import_module(module), function)(**given["arguments"])
    found = Apart(
        value,
        time.perf_counter() - began,
        time.process_time(),
        peak_mb(),
        meter.joules,
    )
    print(json.dumps(found._asdict()))


if __name__ == "__main__":
    _main(*sys.argv[1:])
