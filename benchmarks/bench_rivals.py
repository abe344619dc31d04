"""How many full paths a second, against the same path by other means?

All are called in turn, round after round, after a round of warm-up: once in a process that has
one core, for the rate per core, and once in a process that has all. BLAS has one thread
everywhere; each rival uses the cores in the way that suits it best. Ratios compare the best rounds
of the same mode: "wins" counts who wins by quarter for three comparators, "all" keeps every
metric's histogram (some 450 entries a path). The published engine `spacedc-mdao` runs in its own
Monte Carlo mode: one of its draws is five inputs and one evaluation without quarters.
"""

import statistics
import time
from collections.abc import Sequence
from typing import Any

from benchmarks.apart import apart
from benchmarks.bars import Bar, digits, table
from benchmarks.energy import NOT_TOLD, Meter
from benchmarks.machine import cores

MODES = ("wins", "all")
WORDS = ("sobol", "philox")
QUICK = ("jax", "numpy", "c")
"""Asked in the quick form, and in its first mode only: those that install nothing, start no
interpreter of their own and compile in seconds."""
WARM_UP = 1 << 14
OTHERS = {"numpy own": "NumPy", "numba philox": "Numba", "c philox": "hand-written C"}
Found = dict[str, Any]


def run(quick: bool = False) -> Found:
    """Rates of every rival on one core and on all."""
    paths, repeats = (1 << 16, 2) if quick else (1 << 18, 5)
    every = cores()
    given: Found = {"paths": paths, "repeats": repeats}
    if quick:
        given |= {"only": QUICK, "modes": MODES[:1]}
    return {
        "paths": paths,
        "cores": len(every),
        "one": apart(rounds, on=every[:1], **given).value,
        "all": apart(rounds, on=every, **given).value,
    }


def rounds(
    paths: int, repeats: int, only: list[str] | None = None, modes: Sequence[str] = MODES
) -> Found:
    """Rates by rival, words and mode, in this process, each called once a round."""
    from benchmarks import rivals

    here, missing = rivals.found()
    threads, few = len(cores()), min(paths, WARM_UP)
    calls = {
        f"{name} {words} {mode}": (module, words, mode)
        for name, module in here.items()
        if only is None or name in only
        for words in rivals.words_of(module)
        for mode in modes
    }
    entries: dict[str, Found] = {}
    for number in range(repeats + 1):
        for key, (module, words, mode) in list(calls.items()):
            try:
                began = time.perf_counter()
                with Meter() as meter:
                    told = module.measure(paths if number else few, words, mode, threads)
                seconds = time.perf_counter() - began
            except (ValueError, NotImplementedError, ImportError, OSError, RuntimeError) as error:
                missing[key] = str(error).splitlines()[0] if str(error) else type(error).__name__
                del calls[key]
                continue
            label = rivals.label_of(key.split()[0], module)
            entry = entries.setdefault(key, {"label": label, "rates": [], "cpu_rates": []})
            if "compile_seconds" in told:
                entry["compile_seconds"] = told["compile_seconds"]
            if number:
                entry["rates"].append(told["paths_per_second"])
                entry["cpu_rates"].append(told["paths_per_cpu_second"])
            if number and meter.joules is not None:
                watts = meter.joules / seconds  # a call may run the paths more than once
                entry.setdefault("joules_per_path", []).append(watts / told["paths_per_second"])
    return {"entries": {k: entries[k] for k in calls}, "missing": missing}


def lines(found: Found) -> list[str]:
    """The rates of each, its ratio to NumPy, the bars, and who was not there."""
    one, every = found["one"]["entries"], found["all"]["entries"]
    rows = [
        f"{found['paths']:,} paths a call. Median (slowest to fastest), in 1,000 paths/s.",
        "",
        f"| | words | counts | one core | {found['cores']} cores | × NumPy, per core-second "
        f"| × NumPy, {found['cores']} cores | J per 1,000 paths |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for key in sorted(one, key=lambda k: (MODES.index(k.split()[2]), -max(one[k]["rates"]))):
        _, words, mode = key.split()
        rival = f"numpy own {mode}"
        entry, both = one[key], every.get(key)
        energy = (both or {}).get("joules_per_path")
        rows.append(
            f"| {entry['label']} | {words} | {mode} | {_rates(entry)} "
            f"| {_rates(both) if both else ''} | {_times(one, key, rival, 'cpu_rates')} "
            f"| {_times(every, key, rival, 'rates')} "
            f"| {f'{1000 * statistics.median(energy):.2f}' if energy else NOT_TOLD} |"
        )
    rows += ["", *table(bars(found))]
    missing = {**found["all"]["missing"], **found["one"]["missing"]}
    rows += [""] * bool(missing)
    return rows + [f"- {key}: {reason}" for key, reason in sorted(missing.items())]


def bars(found: Found) -> list[Bar]:
    """The ratios that we hold ourselves to."""
    one, every = found["one"]["entries"], found["all"]["entries"]
    made = []
    for mode in MODES:
        if not any(key.endswith(mode) for key in one):
            continue
        sobol, philox = f"jax sobol {mode}", f"jax philox {mode}"
        for name, a, b, limit, per_core in (
            ("Sobol' over NumPy, per core", sobol, f"numpy own {mode}", 5, True),
            ("Sobol' over Numba, all cores", sobol, f"numba philox {mode}", 5, False),
            ("Sobol' over C (Philox), per core", sobol, f"c philox {mode}", 0.8, True),
            ("Philox over NumPy, per core", philox, f"numpy own {mode}", 3, True),
            ("Philox over C (Philox), per core", philox, f"c philox {mode}", 0.5, True),
        ):
            entries, what = (one, "cpu_rates") if per_core else (every, "rates")
            made.append(Bar(f"{name}, {mode}", _ratio(entries, a, b, what), limit, "×"))
    draws = _ratio(every, "jax sobol wins", "spacedc own wins", "rates")
    made.append(Bar("full paths over draws of spacedc-mdao, all cores, wins", draws, 150, "×"))
    if found["cores"] == 2:
        key = next((k for k in ("jax sobol wins", "jax philox wins") if k in every), "")
        value = max(every[key]["rates"]) / max(one[key]["rates"]) if key in one else None
        made.append(Bar("two cores over one, wins", value, 1.8, "×"))
    return made


def compare(found: Found) -> dict[str, float]:
    """Best rates on all cores, paths/s."""
    return {
        f"{entry['label']}, {' '.join(key.split()[1:])}, all cores, paths/s": max(entry["rates"])
        for key, entry in found["all"]["entries"].items()
    }


def _rates(entry: Found) -> str:
    low, middle, high = (digits(f(entry["rates"]) / 1000) for f in (min, statistics.median, max))
    return f"{middle} ({low} to {high})"


def _ratio(entries: Found, a: str, b: str, what: str) -> float | None:
    if a not in entries or b not in entries:
        return None
    return max(entries[a][what]) / max(entries[b][what])


def _times(entries: Found, a: str, b: str, what: str) -> str:
    ratio = _ratio(entries, a, b, what)
    return "" if ratio is None else f"{ratio:.2f}"


def quote(found: Found) -> dict[str, str]:
    """The engine's best programs, and how many times as fast as the rivals they are."""
    one, every = found["one"]["entries"], found["all"]["entries"]
    told = {}
    for mode, counts in (("wins", "who wins, by quarter"), ("all", "every metric's histogram")):
        key = next((f"jax {w} {mode}" for w in WORDS if f"jax {w} {mode}" in every), None)
        if key is None:
            continue
        words = key.split()[1]
        rate = f"{digits(statistics.median(every[key]['rates']))} paths/s on {found['cores']} cores"
        told[f"full paths, {words} words, {counts}"] = rate
        for other, name in OTHERS.items():
            if ratio := _ratio(one, key, f"{other} {mode}", "cpu_rates"):
                told[f"times {name} per core, {mode}"] = f"{ratio:.2f}"
    return told
