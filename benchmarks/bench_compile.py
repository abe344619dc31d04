"""How long before the first path: compiling cold, and loading from the persistent cache?

Each is a fresh process. Cold, the cache folder is empty; cached, it is the one that the cold
process has just filled, and holds the whole program. Seconds are those of tracing, lowering,
printing and compiling the block of the base scenario, or of loading it; imports are in another
question.
"""

import statistics
import tempfile
from typing import Any

from benchmarks.apart import apart
from benchmarks.bars import Bar, table
from benchmarks.engine import MODES, SAMPLERS

COLD_LIMIT, CACHED_LIMIT = 6.0, 0.5
Found = dict[str, Any]


def run(quick: bool = False) -> Found:
    """Seconds by sampler, mode and cold or cached."""
    repeats = 1 if quick else 3
    modes = ("wins",) if quick else tuple(MODES)
    found: Found = {}
    for sampler in SAMPLERS.values():
        for mode in modes:
            kept: dict[str, list[Found]] = {"cold": [], "cached": []}
            for _ in range(repeats):
                with tempfile.TemporaryDirectory() as folder:
                    environment = {"XDG_CACHE_HOME": folder}
                    for state in kept:
                        one = apart(once, environment=environment, sampler=sampler, mode=mode)
                        kept[state].append({**one.value, "peak_mb": one.peak_mb})
            found[f"{sampler} {mode}"] = kept
    return found


def once(sampler: str, mode: str) -> Found:
    """Compile a block in this process and run one tile."""
    from benchmarks import engine
    from benchmarks.stages import listen

    seconds = listen()
    made = engine.once(engine.WARM_UP, 1, sampler, mode)
    return {"whole": made.info["compile_seconds"], **seconds}


def lines(found: Found) -> list[str]:
    """Medians by program, with the parts, and the bars."""
    rows = [
        "| sampler, counts | | s (fastest to slowest) | trace | lower | compile or load | peak, MB |",
        "|---|---|---|---|---|---|---|",
    ]
    for key, states in found.items():
        for state, runs in states.items():
            whole = [one["whole"] for one in runs]
            parts = " | ".join(
                f"{statistics.median(one.get(part, 0.0) for one in runs):.2f}"
                for part in ("trace", "lower", "compile or load")
            )
            peak = statistics.median(one["peak_mb"] for one in runs)
            rows.append(
                f"| {key} | {state} | {statistics.median(whole):.2f} "
                f"({min(whole):.2f} to {max(whole):.2f}) | {parts} | {peak:,.0f} |"
            )
    rows += ["", "Parts are sums over everything that the process compiles, small helpers too.", ""]
    return [*rows, *table(bars(found))]


def bars(found: Found) -> list[Bar]:
    """Medians against the limits."""
    limits = {"cold": COLD_LIMIT, "cached": CACHED_LIMIT}
    return [
        Bar(f"{key}, {state}", _median(states[state]), limits[state], " s", at_least=False)
        for key, states in found.items()
        for state in limits
    ]


def compare(found: Found) -> dict[str, float]:
    """Median seconds."""
    return {
        f"{key}, compile {state}, s": _median(runs)
        for key, states in found.items()
        for state, runs in states.items()
    }


def _median(runs: list[Found]) -> float:
    return statistics.median(one["whole"] for one in runs)


def quote(found: Found) -> dict[str, str]:
    """Median seconds by program."""
    return {label.removesuffix(", s"): f"{s:.1f} s" for label, s in compare(found).items()}
