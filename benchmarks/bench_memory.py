"""Does memory grow with the number of paths?

Peak resident memory of a whole process with every reducer on, by number of paths, the program
compiled before. What a path leaves behind is only in the counts, so the peak has to be flat once
every core has its blocks in hand; three decades of sizes say whether it is.
"""

from typing import Any

from benchmarks.apart import apart
from benchmarks.bars import Bar, table

LIMIT_MB = 2000
FLAT = 1.1
"""Most that the peak may grow over the sizes; allocators alone move it by some 5 %."""
Found = dict[str, Any]


def run(quick: bool = False) -> Found:
    """Peak in MB by number of paths."""
    sizes = (100_000, 400_000) if quick else (10**5, 10**6, 10**7, 10**8)
    apart(once, paths=1 << 16)
    return {"peak_mb": {str(n): apart(once, paths=n).peak_mb for n in sizes}}


def once(paths: int) -> None:
    """One run of the base scenario."""
    from benchmarks import engine

    engine.once(paths, 1)


def lines(found: Found) -> list[str]:
    """Peaks by size, and the bars."""
    rows = ["| paths | peak resident memory, MB |", "|---|---|"]
    rows += [f"| {int(n):,} | {mb:,.0f} |" for n, mb in found["peak_mb"].items()]
    return [*rows, "", *table(bars(found))]


def bars(found: Found) -> list[Bar]:
    """The largest peak, and its growth from the fewest paths to the most."""
    peaks = list(found["peak_mb"].values())
    return [
        Bar("largest peak", max(peaks), LIMIT_MB, " MB", at_least=False),
        Bar("most paths over fewest", peaks[-1] / peaks[0], FLAT, "×", at_least=False),
    ]


def compare(found: Found) -> dict[str, float]:
    """The largest peak."""
    return {"peak resident memory, MB": max(found["peak_mb"].values())}


def quote(found: Found) -> dict[str, str]:
    """Peaks of the fewest and the most paths."""
    sizes = list(found["peak_mb"])
    few, many = sizes[0], sizes[-1]
    return {f"peak memory, {int(n):,} paths": f"{found['peak_mb'][n]:,.0f} MB" for n in (few, many)}
