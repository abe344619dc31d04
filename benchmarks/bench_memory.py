"""Does memory grow with the number of paths? Peak resident memory of a whole process by size."""

import argparse
import resource
import subprocess
import sys

SIZES = (100_000, 1_000_000, 10_000_000)
LIMIT_MB = 2000


def peak_mb(paths: int) -> float:
    """Run the base scenario in a process of its own and read its peak resident memory."""
    command = [sys.executable, "-m", "benchmarks.bench_memory", "--only", str(paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout)


def run(sizes: tuple[int, ...] = SIZES) -> dict[str, float]:
    """Peak in MB by number of paths, the program compiled before."""
    peak_mb(2048)
    return {f"{n}": peak_mb(n) for n in sizes}


def lines(found: dict[str, float]) -> list[str]:
    """The answer in a table."""
    rows = ["| paths | peak resident memory, MB |", "|---|---|"]
    rows += [f"| {int(n):,} | {mb:,.0f} |" for n, mb in found.items()]
    verdict = "below" if max(found.values()) < LIMIT_MB else "NOT below"
    return [*rows, "", f"The largest is {verdict} the limit of {LIMIT_MB:,} MB."]


def _one(paths: int) -> None:
    from risk.run.execute import execute
    from risk.run.plan import Request
    from risk.scenario import load

    execute(load("base"), Request(paths, 1))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", type=int)
    only = parser.parse_args().only
    if only:
        _one(only)
    else:
        print("\n".join(lines(run())))
