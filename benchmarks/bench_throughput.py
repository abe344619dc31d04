"""How does throughput depend on the number of paths?

Wall time of a run on all cores, the program compiled and warm, from the request to merged counts.
Few paths pay for the start of a run and for whole tiles of 2,048, which Sobol' points fill from 2^16
paths on (32 scrambles); many pay only for themselves.
"""

import statistics
import time
from pathlib import Path
from typing import Any

from benchmarks.apart import apart
from benchmarks.engine import MODES, SAMPLERS

Found = dict[str, Any]


def run(quick: bool = False) -> Found:
    """Paths per second by sampler, mode and number of paths."""
    largest = 17 if quick else 23
    return {
        f"{sampler} {mode}": apart(rates, sampler=sampler, mode=mode, largest=largest).value
        for sampler in SAMPLERS.values()
        for mode in MODES
    }


def rates(sampler: str, mode: str, largest: int) -> dict[str, list[float]]:
    """Rates of repeated runs by number of paths; the larger a run, the fewer repeats."""
    from benchmarks import engine

    engine.once(engine.WARM_UP, 0, sampler, mode)
    found: dict[str, list[float]] = {}
    for power in range(11, largest + 1, 2):
        paths, kept = 1 << power, []
        for seed in range(1, 8 if power < 18 else 4 if power < 22 else 2):
            began = time.perf_counter()
            engine.once(paths, seed, sampler, mode)
            kept.append(paths / (time.perf_counter() - began))
        found[str(paths)] = kept
    return found


def lines(found: Found) -> list[str]:
    """Medians in a table, one column a program."""
    sizes = sorted({int(n) for rates in found.values() for n in rates})
    rows = [
        "Median paths/s, in 1,000.",
        "",
        "| paths | " + " | ".join(found) + " |",
        "|---|" + "---|" * len(found),
    ]
    for n in sizes:
        cells = [
            f"{statistics.median(rates[str(n)]) / 1000:,.0f}" if str(n) in rates else ""
            for rates in found.values()
        ]
        rows.append(f"| {n:,} | " + " | ".join(cells) + " |")
    return rows


def figure(found: Found, folder: Path) -> None:
    """Rate against number of paths."""
    from benchmarks.plots import Curve, curves, save

    drawn = [
        Curve(
            name,
            [int(n) for n in rates],
            [statistics.median(kept) / 1000 for kept in rates.values()],
            [min(kept) / 1000 for kept in rates.values()],
            [max(kept) / 1000 for kept in rates.values()],
        )
        for name, rates in found.items()
    ]
    drawing = curves(drawn, "paths in a run", "1,000 paths per second", from_zero=True)
    save(drawing, folder / "throughput.svg", "Throughput against the number of paths")
