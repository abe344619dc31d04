"""orbitrisk itself, as the command line runs it."""

import time
from itertools import count
from typing import Any

from benchmarks.engine import SAMPLERS, WARM_UP, once

WORDS = tuple(SAMPLERS)
LABEL = "orbitrisk on JAX"
_SEEDS = count(1)
_WARM: set[tuple[str, str]] = set()


def measure(paths: int, words: str, mode: str, threads: int) -> dict[str, Any]:
    """One run on all cores that the process may use, so `threads` is for its caller to pin."""
    compiled = {}
    if (words, mode) not in _WARM:
        first = once(WARM_UP, 0, SAMPLERS[words], mode)
        compiled = {"compile_seconds": first.info["compile_seconds"]}
        _WARM.add((words, mode))
    began, cpu = time.perf_counter(), time.process_time()
    run = once(paths, next(_SEEDS), SAMPLERS[words], mode)
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu
    return {
        "paths_per_second": run.request.size / seconds,
        "paths_per_cpu_second": run.request.size / cpu_seconds,
        **compiled,
    }
