"""How many draws a second, against the published engine `spacedc-mdao` in its own Monte Carlo mode?

Its entry point is `orbitdc.optimize.monte_carlo` (the command line's `compare --monte-carlo`): a
Python loop that draws five triangular inputs and evaluates one satellite fleet in steady state. It
has no quarters: one of its draws is one evaluation, one of ours is 60 quarters. It has no threads
either, so all cores means one process a core.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

if __package__:  # not where its own interpreter runs this file by its path
    from benchmarks.rivals.environment import Absent, interpreter, together

WORDS = ("own",)
LABEL = "spacedc-mdao, its own model without quarters"
VERSION = "0.4.2"
REPEATS = 3
MOST = 20_000
PER_CALL = (100, 1_000, 10_000)
BAR = 150
"""Times its draws a second that the engine aims for on the same cores."""

PUBLISHED = (1165.7, 1455.9, 1888.8)
"""P10, P50 and P90 of $ per PFLOP-day that its authors print for 1,000 draws with seed 0."""

DRAW = "5 triangular inputs, one steady-state evaluation, no quarters"

# Example scenarios of the package's source distribution (MIT licence, John Hodge), which its
# wheel leaves out: orbital_1mw_inference.yaml and earth_hyperscale_baseline.yaml.
_COMMON = {
    "mission_life_years": 5,
    "accelerator": "h100_sxm",
    "utilization": 0.85,
    "sustained_fraction": 0.55,
    "discount_rate": 0.08,
}
SPACE = {
    **_COMMON,
    "name": "1 MW orbital inference cluster",
    "kind": "space",
    "workload": {"type": "llm_inference"},
    "space": {
        "orbit": {"type": "dawn_dusk_sso", "altitude_km": 650.0},
        "architecture": {
            "satellites": 64,
            "accelerators_per_satellite": 18,
            "crosslink": "optical",
            "crosslink_gbps": 50000.0,
            "downlink_gbps": 200.0,
            "radiator_area_m2_per_sat": 45.0,
        },
        "it_power_overhead_frac": 0.25,
        "non_it_power_frac": 0.10,
        "solar_array": "rigid_triple_junction",
        "battery": "li_ion_generic",
        "launch": "current_reusable",
        "radiator_panel": "deployable_osr",
        "coolant": "ammonia_single_phase",
        "chip_stack": "h100_direct_liquid",
        "thermal_environment": "conservative_leo",
        "thermal_eol": True,
        "annual_failure_rate": 0.05,
        "spare_fraction": 0.05,
        "reset_recovery_availability": 0.99,
    },
}
EARTH = {
    **_COMMON,
    "name": "Hyperscale terrestrial baseline",
    "kind": "earth",
    "earth": {
        "n_accelerators": 1152,
        "pue": 1.10,
        "energy_price_per_kwh": 0.06,
        "facility_capex_per_mw_usd": 12000000.0,
        "availability": 0.995,
        "it_power_overhead_frac": 0.25,
    },
}


def measure(paths: int, words: str = "own", mode: str = "wins", threads: int = 1) -> dict[str, Any]:
    """Its draws per second in so many processes at once, at most `MOST` a process and repeat.

    Raises ValueError for what it does not offer, and Absent where the package cannot be had.
    """
    if words != "own" or mode != "wins":
        raise ValueError(f"this rival draws its own words and counts wins, not {words} and {mode}")
    python = interpreter("orbitdc", f"spacedc-mdao=={VERSION}")
    command = [python, str(Path(__file__)), "--here", "--paths", str(min(paths, MOST))]
    found = together(command, threads)
    total = dict(found[0])
    for key in ("paths_per_second", "slowest", "fastest"):
        total[key] = sum(one[key] for one in found)
    total["paths_per_cpu_second"] = statistics.mean(one["paths_per_cpu_second"] for one in found)
    return total | {"processes": threads}


def run(paths: int = 5_000, engine_paths: int = 400_000) -> dict[str, Any]:
    """The rival on one core and on all, and the engine on all, in turn."""
    try:
        one = measure(paths)
        every = measure(paths, threads=len(os.sched_getaffinity(0)))
    except Absent as missing:
        return {"absent": str(missing)}
    command = [sys.executable, "-m", "benchmarks.rivals.spacedc", "--paths", str(engine_paths)]
    found = {
        which: together([*command, "--engine", which], 1, one_thread=False)[0]
        for which in ("every", "wins")
    }
    return {"one": one, "all": every, "engine": found}


def lines(found: dict[str, Any]) -> list[str]:
    """The answer in a table; ratios are to the rival on all cores and per cpu-second."""
    if "absent" in found:
        return [found["absent"]]
    rival = found["all"]
    labels = {
        "one": f"spacedc-mdao {rival['version']}, one process",
        "all": f"spacedc-mdao {rival['version']}, {rival['processes']} processes",
        "every": "engine, every reducer",
        "wins": "engine, who wins by quarter only",
    }
    rows = [
        "| | draws/s | slowest to fastest | ratio | draws per cpu-second | ratio |",
        "|---|---|---|---|---|---|",
    ]
    for name, r in {"one": found["one"], "all": rival, **found["engine"]}.items():
        wall, cpu = (r[k] / rival[k] for k in ("paths_per_second", "paths_per_cpu_second"))
        rows.append(
            f"| {labels[name]} | {r['paths_per_second']:,.0f} | {r['slowest']:,.0f} to "
            f"{r['fastest']:,.0f} | {wall:.1f} | {r['paths_per_cpu_second']:,.0f} | {cpu:.1f} |"
        )
    got, published = (
        " / ".join(f"{x:,.1f}" for x in values) for values in (rival["quantiles"], PUBLISHED)
    )
    best = found["engine"]["wins"]["paths_per_second"] / rival["paths_per_second"]
    verdict = "met" if best >= BAR else "NOT met"
    return [
        *rows,
        "",
        f"One of its draws: {rival['draw']}; one of ours: some 100 inputs and 60 quarters. It ran "
        f"{rival['draws_per_call']:,} draws a call, the fastest of "
        f"{', '.join(f'{n:,}' for n in PER_CALL)}. Its P10 / P50 / P90 here: {got}; "
        f"its authors': {published}. The bar of {BAR} times its draws is {verdict}.",
    ]


def _timed(once: Callable[[int], object], paths: int) -> dict[str, float]:
    rates, cpu = [], []
    for seed in range(1, REPEATS + 1):
        start, before = time.perf_counter(), time.process_time()
        once(seed)
        rates.append(paths / (time.perf_counter() - start))
        cpu.append(paths / (time.process_time() - before))
    return {
        "paths_per_second": statistics.median(rates),
        "slowest": min(rates),
        "fastest": max(rates),
        "paths_per_cpu_second": statistics.median(cpu),
    }


def _here(paths: int) -> dict[str, Any]:
    """In an interpreter that has the package: tune the draws per call, then time."""
    import importlib.metadata

    from orbitdc import compare, load_scenario_dict
    from orbitdc.optimize import monte_carlo

    space = load_scenario_dict(SPACE)
    earth = compare(space, load_scenario_dict(EARTH)).earth.lcoc_per_pflop_day
    known = monte_carlo(space, earth, n=1_000, seed=0)
    speed = {}
    for size in PER_CALL:
        calls = max(1, 2_000 // size)
        before = time.process_time()
        for seed in range(calls):
            monte_carlo(space, earth, n=size, seed=seed)
        speed[size] = calls * size / (time.process_time() - before)
    size = max(speed, key=lambda n: speed[n])
    calls = max(1, round(paths / size))

    def once(seed: int) -> None:
        for call in range(calls):
            monte_carlo(space, earth, n=size, seed=1_000 * seed + call)

    return {
        **_timed(once, calls * size),
        "version": importlib.metadata.version("spacedc-mdao"),
        "draw": DRAW,
        "draws_per_call": size,
        "quantiles": [known.lcoc_p10, known.lcoc_p50, known.lcoc_p90],
    }


def _engine(paths: int, which: str) -> dict[str, Any]:
    from risk.run.execute import execute
    from risk.run.plan import Request
    from risk.scenario import load

    base, wins = load("base"), which == "wins"
    size = execute(base, Request(paths, 0), wins_only=wins).info["paths"]
    return _timed(lambda seed: execute(base, Request(paths, seed), wins_only=wins), size)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--paths", type=int, default=5_000)
    parser.add_argument("--here", action="store_true")
    parser.add_argument("--engine", choices=("every", "wins"))
    given = parser.parse_args()
    if given.here:
        print(json.dumps(_here(given.paths)))
    elif given.engine:
        print(json.dumps(_engine(given.paths, given.engine)))
    else:
        print("\n".join(lines(run(given.paths))))
