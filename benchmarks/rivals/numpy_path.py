"""Vectorised NumPy float32, one process a core: see `benchmarks/numpy_path.py`."""

import statistics
import time
from typing import Any

import numpy as np

from benchmarks.apart import start
from benchmarks.machine import cores
from benchmarks.numpy_path import simulate
from risk.scenario import load

WORDS = ("own",)
LABEL = "NumPy float32"
_WARM = 8192


def measure(paths: int, words: str, mode: str, threads: int) -> dict[str, Any]:
    """In this process on one core; on more, that many processes at once, paths shared out."""
    if words not in WORDS:
        raise ValueError(f"NumPy draws its own words, not {words}")
    if threads == 1:
        return alone(paths, mode)
    share = -(-paths // threads)
    started = [start(alone, on=[core], paths=share, mode=mode) for core in cores()[:threads]]
    found = [one.finish().value for one in started]
    per_cpu_second = [one["paths_per_cpu_second"] for one in found]
    return {
        "paths_per_second": sum(one["paths_per_second"] for one in found),
        "paths_per_cpu_second": statistics.harmonic_mean(per_cpu_second),
    }


def alone(paths: int, mode: str) -> dict[str, float]:
    """One warm run in this process."""
    base, wins_only = load("base"), mode == "wins"
    simulate(base, _WARM, 0, np.float32, wins_only=wins_only)
    began, cpu = time.perf_counter(), time.process_time()
    simulate(base, paths, 1, np.float32, wins_only=wins_only)
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu
    return {"paths_per_second": paths / seconds, "paths_per_cpu_second": paths / cpu_seconds}
