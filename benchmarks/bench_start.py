"""How long from the command to its answer, and what takes the time?

`orbitrisk run base` with the program in the persistent cache, from the start of the process to its
end with the answer printed. The parts come from one more process that makes the same calls with a
clock between them. What overlaps is one part: while the run is on the devices, its sample and drivers
are made.
"""

import contextlib
import io
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.apart import apart
from benchmarks.bars import Bar, table
from benchmarks.machine import ROOT

LIMIT = 6.0
Found = dict[str, Any]


def run(quick: bool = False) -> Found:
    """Seconds of whole commands, and the parts of one."""
    paths, repeats = (100_000, 1) if quick else (1_000_000, 5)
    command(1 << 16)
    whole = [command(paths) for _ in range(repeats)]
    parts = apart(stages, paths=paths, began=time.time())
    return {"paths": paths, "seconds": whole, "stages": parts.value, "peak_mb": parts.peak_mb}


def command(paths: int) -> float:
    """Seconds of one `orbitrisk run`."""
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "risk.cli", "run", "base", "--paths", str(paths)],
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return time.perf_counter() - began


def stages(paths: int, began: float) -> dict[str, float]:
    """Seconds by part; `began` is the time of day at which the process was started."""
    spent = {"interpreter": time.time() - began}
    clock = time.perf_counter()

    def lap(part: str) -> None:
        nonlocal clock
        now = time.perf_counter()
        spent[part] = now - clock
        clock = now

    import jax

    import risk.cli.output
    from risk.analysis import result
    from risk.run.devices import prepare
    from risk.scenario import load

    lap("imports")
    base = load("base")
    lap("read the scenario")
    prepare()
    jax.devices()
    lap("find the device")
    runs = []
    execute = result.execute

    def timed(*given: Any, **options: Any) -> Any:
        runs.append(execute(*given, **options))
        return runs[-1]

    result.execute = timed
    found = result.simulate(base, paths=paths, seed=7, whole=False)
    lap("simulate")
    result.execute = execute
    with contextlib.redirect_stdout(io.StringIO()):
        risk.cli.output.print_summary(found.document())
    lap("summary")
    whole, summary = spent.pop("simulate"), spent.pop("summary")
    first = runs[0].info
    spent["load the program"] = first["compile_seconds"]
    spent["main run"] = first["seconds"]
    rest = whole - first["compile_seconds"] - first["seconds"]
    spent["estimates"] = rest
    spent["document and summary"] = summary
    return spent


def lines(found: Found) -> list[str]:
    """Whole and parts."""
    whole = found["seconds"]
    rows = [
        f"{found['paths']:,} paths: {statistics.median(whole):.2f} s "
        f"({min(whole):.2f} to {max(whole):.2f}), peak {found['peak_mb']:,.0f} MB.",
        "",
        "| part | s |",
        "|---|---|",
        *(f"| {part} | {seconds:.2f} |" for part, seconds in found["stages"].items()),
        f"| all of these | {sum(found['stages'].values()):.2f} |",
        "",
    ]
    return rows + table(bars(found))


def bars(found: Found) -> list[Bar]:
    """The whole command."""
    name = f"{found['paths']:,} paths, warm"
    return [Bar(name, statistics.median(found["seconds"]), LIMIT, " s", at_least=False)]


def figure(found: Found, folder: Path) -> None:
    """The parts as bars."""
    from benchmarks.plots import parts, save

    title = f"From the command to its answer, {found['paths']:,} paths"
    save(parts(found["stages"], "s"), folder / "start.svg", title)


def quote(found: Found) -> dict[str, str]:
    """The whole command."""
    label = f"`orbitrisk run base`, {found['paths']:,} paths, from command to answer"
    return {label: f"{statistics.median(found['seconds']):.1f} s"}
