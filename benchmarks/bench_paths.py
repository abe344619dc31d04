"""How many full paths a second, against a vectorised NumPy version of the same path?

Both are warmed up first and timed in turn, in processes of their own: one NumPy process a core
with one BLAS thread each, and one JAX process that uses all cores. JAX's compilation is timed
apart, without a cache.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial

REPEATS = 3


def measure_jax(paths: int, *, wins_only: bool = False) -> dict[str, float]:
    """Compile once, then time whole runs with every reducer on, or only who wins."""
    from risk.run.execute import execute
    from risk.run.plan import Request
    from risk.scenario import load

    base = load("base")
    first = execute(base, Request(paths, 0), wins_only=wins_only)
    rates, cpu = [], []
    for seed in range(1, REPEATS + 1):
        before = time.process_time()
        run = execute(base, Request(paths, seed), wins_only=wins_only)
        cpu.append(paths / (time.process_time() - before))
        rates.append(paths / run.info["seconds"])
    return {
        "compile_seconds": first.info["compile_seconds"],
        "paths_per_second": statistics.median(rates),
        "slowest": min(rates),
        "fastest": max(rates),
        "paths_per_cpu_second": statistics.median(cpu),
    }


def measure_numpy(paths: int) -> dict[str, float]:
    """Time the NumPy path in float32, tile by tile, in this process."""
    import numpy as np

    from benchmarks.numpy_path import simulate
    from risk.scenario import load

    base = load("base")
    simulate(base, 8192, 0, np.float32)
    rates, cpu = [], []
    for seed in range(1, REPEATS + 1):
        start, before = time.perf_counter(), time.process_time()
        simulate(base, paths, seed, np.float32)
        rates.append(paths / (time.perf_counter() - start))
        cpu.append(paths / (time.process_time() - before))
    return {
        "paths_per_second": statistics.median(rates),
        "slowest": min(rates),
        "fastest": max(rates),
        "paths_per_cpu_second": statistics.median(cpu),
    }


MEASURES: dict[str, Callable[[int], dict[str, float]]] = {
    "jax": measure_jax,
    "jax_wins": partial(measure_jax, wins_only=True),
    "numpy": measure_numpy,
}
LABELS = {
    "jax": "JAX block, every reducer (some 450 histogram entries a path)",
    "jax_wins": "JAX block, who wins by quarter only",
    "numpy": "NumPy float32 (counts, one histogram by quarter, five dates kept)",
}


def _start(which: str, paths: int) -> "subprocess.Popen[str]":
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    environment.pop("JAX_COMPILATION_CACHE_DIR", None)
    command = [sys.executable, "-m", "benchmarks.bench_paths", "--only", which]
    return subprocess.Popen(
        [*command, "--paths", str(paths)], stdout=subprocess.PIPE, text=True, env=environment
    )


def _finish(process: "subprocess.Popen[str]") -> dict[str, float]:
    output = process.communicate()[0]
    if process.returncode != 0:
        raise RuntimeError("a measurement failed; its message stands above")
    return json.loads(output)


def run(paths: int = 400_000) -> dict[str, dict[str, float]]:
    """All measurements, and what follows from them."""
    cores = len(os.sched_getaffinity(0))
    jax = _finish(_start("jax", paths))
    wins = _finish(_start("jax_wins", paths))
    rivals = [_finish(p) for p in [_start("numpy", paths // 4) for _ in range(cores)]]
    numpy = {key: sum(r[key] for r in rivals) for key in rivals[0]}
    numpy["paths_per_cpu_second"] /= cores
    return {"jax": jax, "jax_wins": wins, "numpy": numpy}


def lines(found: dict[str, dict[str, float]]) -> list[str]:
    """The answer in a table; ratios are to NumPy."""
    rival = found["numpy"]
    rows = [
        "| | paths/s, all cores | slowest to fastest | ratio | paths per cpu-second | ratio "
        "| compile, s |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, label in LABELS.items():
        r = found[name]
        wall, cpu = (r[k] / rival[k] for k in ("paths_per_second", "paths_per_cpu_second"))
        compiling = f"{r['compile_seconds']:.1f}" if "compile_seconds" in r else "none"
        rows.append(
            f"| {label} | {r['paths_per_second']:,.0f} | {r['slowest']:,.0f} to {r['fastest']:,.0f}"
            f" | {wall:.2f} | {r['paths_per_cpu_second']:,.0f} | {cpu:.2f} | {compiling} |"
        )
    return rows


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--paths", type=int, default=400_000)
    parser.add_argument("--only", choices=MEASURES)
    options = parser.parse_args()
    if options.only:
        print(json.dumps(MEASURES[options.only](options.paths)))
    else:
        print("\n".join(lines(run(options.paths))))
