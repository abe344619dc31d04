"""How fast is the same path as a per-path Numba loop, as people write it?

Parallel over tiles, fastmath, float32, who wins by quarter only. Four paths share a Philox call, so
no word is thrown away. Numba is none of the project's dependencies: run this where it is installed.
"""

import argparse
import json
import math
import statistics
import time
from collections import namedtuple
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.rivals import c_path
from kernels.counter import TILE, stream
from risk.model.constants import DT, QUARTERS
from risk.model.metrics import EVENTS
from risk.model.orbit import ALTITUDES_KM
from risk.scenario import Scenario, load

REPEATS = 3
DRAWN_STARTS = ("starts.behind_meter", "starts.shortage", "conditioning.accept")


def _kernel() -> Any:
    try:
        from benchmarks.rivals import numba_kernel
    except ModuleNotFoundError as missing:
        raise c_path.Unavailable(
            f"the Numba rival needs {missing.name}, which is not installed here: "
            "`pip install numba` into an environment of its own"
        ) from missing
    return numba_kernel


class Program:
    """The scenario's numbers as the kernel takes them; compiled at the first run."""

    def __init__(self, scenario: Scenario) -> None:
        """Raise Unavailable where Numba is not installed."""
        self.kernel = _kernel()
        flat = c_path.arrays(scenario)
        numbers, fixed = c_path.drawn(scenario), c_path.fixed_names()
        places = {key.replace(".", "_"): i for i, key in enumerate(numbers)}
        values = dict(zip((k.replace(".", "_") for k in fixed), flat["fixed"], strict=True))
        self.places = _record("Places", places)
        self.fixed = _record("Fixed", {k: np.float32(v) for k, v in values.items()})
        self.shared = _record("Shared", _shared(scenario, flat, numbers, values))

    def simulate(self, paths: int, seed: int = 0) -> dict[str, NDArray[np.int64]]:
        """Populations and wins of paths 0 to `paths` - 1, by the names of the engine's reducers."""
        key = np.asarray([seed & 0xFFFFFFFF, seed >> 32], np.uint64)
        population, wins = self.kernel.tiles(paths, key, self.places, self.fixed, self.shared)
        events = [key for key, event in EVENTS.items() if event.name == "orbit_wins"]
        state = {f"event.{key}": wins[:, i].sum(0) for i, key in enumerate(events)}
        return {"population": population.sum(0), **state}


def _record(name: str, values: dict[str, Any]) -> Any:
    return namedtuple(name, values)(**values)


def _shared(
    scenario: Scenario, flat: dict[str, Any], numbers: list[str], f: dict[str, float]
) -> dict[str, Any]:
    """Arrays by draw and by quarter, and scalars that fixed inputs give once for all."""
    t = np.arange(QUARTERS) * DT
    opinion, factors = scenario.conditioning, len(scenario.factors)
    lasting = f["market_lasting_margin"]
    kinds = [c_path.KINDS.index(type(scenario.priors[k].marginal).__name__) for k in numbers]

    def spread(process: str) -> tuple[float, float]:
        k, sigma = f[f"{process}_reversion"], f[f"{process}_volatility"]
        return math.exp(-k * DT), sigma * math.sqrt(-math.expm1(-2 * k * DT) / (2 * k))

    power, cycle, wacc = (spread(p) for p in ("ground_power", "market_cycle", "finance_wacc"))
    enters, leaves = f["market_shortage_entry"], f["market_shortage_exit"]
    floats = {
        "pue": (1 - f["ground_pue_fall"]) ** t,
        "markup": 2 ** (-t / f["launch_markup_half_life"]),
        "operations": (1 - f["platform_operations_fall"]) ** t,
        "adaptation": (1 - f["platform_adaptation_fall"]) ** t,
        "stations": (1 - f["platform_ground_segment_fall"]) ** t,
        "lag": (1 - f["chips_orbit_lag_fall"]) ** t,
        "margin": lasting + (1 - lasting) * 2 ** (-t / f["market_margin_half_life"]),
        "log_sd": np.asarray(opinion.log_sd),
        "sun": flat["sunlight"],
        "root": flat["root"],
        "loading": flat["loading"],
        "scale": flat["own"],
        "marginals": flat["marginals"],
    }
    scalars = {
        "lowest": ALTITUDES_KM[0],
        "own": flat["own"][len(numbers)],
        "centre": opinion.centre,
        "launch_loss": opinion.launch_loss,
        "inflation": math.log1p(f["finance_inflation"]),
        "infant_slope": math.log10(1 - f["reliability_infant_fall"]),
        "long_run": enters / (enters + leaves),
        "enters": -math.expm1(-enters * DT),
        "leaves": -math.expm1(-leaves * DT),
        "hardens": -math.expm1(-f["finance_market_loss"] * DT),
        "walk": f["chips_cost_walk"] * math.sqrt(DT),
        "power_decay": power[0],
        "power_spread": power[1],
        "cycle_decay": cycle[0],
        "cycle_spread": cycle[1],
        "wacc_decay": wacc[0],
        "wacc_spread": wacc[1],
    }
    shocks = [f"shocks.{name}" for name in c_path.SHOCKS[:9]]
    return {
        **{k: np.ascontiguousarray(v, np.float32) for k, v in floats.items()},
        **{k: np.float32(v) for k, v in scalars.items()},
        "kinds": np.asarray(kinds),
        "first": flat["first"].astype(np.int64),
        "factor": flat["factor"].astype(np.int64),
        "streams": flat["streams"][: factors + len(numbers)],
        "start_streams": np.asarray([stream(name) for name in DRAWN_STARTS], np.uint32),
        "shock_streams": np.asarray([stream(name) for name in shocks], np.uint32),
    }


WORDS = ("philox",)
LABEL = "Numba, path by path, parallel"


def measure(
    paths: int, words: str = "philox", mode: str = "wins", threads: int = 1
) -> dict[str, float]:
    """Warm up, then time whole runs of the base scenario; rates are paths a second.

    Raises ValueError for words or a mode that it does not have.
    """
    if words not in WORDS or mode != "wins":
        raise ValueError("the Numba rival has Philox words and counts who wins only")
    program = Program(load("base"))
    from numba import set_num_threads

    set_num_threads(threads)
    start = time.perf_counter()
    program.simulate(TILE)
    compiling = time.perf_counter() - start
    wall, cpu = [], []
    for seed in range(1, REPEATS + 1):
        start, before = time.perf_counter(), time.process_time()
        program.simulate(paths, seed)
        wall.append(paths / (time.perf_counter() - start))
        cpu.append(paths / (time.process_time() - before))
    return {
        "compile_seconds": compiling,
        "paths_per_second": statistics.median(wall),
        "slowest": min(wall),
        "fastest": max(wall),
        "paths_per_cpu_second": statistics.median(cpu),
        "slowest_per_cpu_second": min(cpu),
        "fastest_per_cpu_second": max(cpu),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--paths", type=int, default=100_000)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    found = measure(options.paths, threads=options.threads)
    print(json.dumps({k: round(v, 1) for k, v in found.items()}))
