"""How fast are full paths on one GPU, and how far below the counted floor?

Twelve measurements in two calls (`--part 1`, `--part 2`), each with a deadline of its own; one line
of JSON is appended after each. What is wrong is found before anything is timed: no rate is written
unless the CPU and the device agree. `--dry` runs every line at tiny sizes on a CPU, with kernels
interpreted; it measures nothing.
"""

import argparse
import json
import os
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

FILE = Path(__file__).parent / "gpu.jsonl"
CALL_S = 560.0
"""Seconds of one call, start and end of the process left out."""


def prepare() -> None:
    """Settings that must stand before JAX starts a device.

    Processes that are profiled share the device, so none takes all its memory; what one process
    has compiled the next one reads.
    """
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    programs = Path(tempfile.gettempdir()) / "orbitrisk-gpu-programs"
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(programs))


class Section(NamedTuple):
    """One measurement: its part, its number in the plan, its deadline; it yields what it finds."""

    part: int
    number: int
    seconds: float
    measure: Callable[[Any], Iterable[tuple[str, Any]]]


def sections(plain: Any) -> dict[str, Section]:
    """All measurements in the order in which they run; correctness first."""
    from benchmarks.device import counting, limits, loop, parity, rivals

    return {
        "parity": Section(1, 4, 180, parity.parity),
        "limits": Section(1, 1, 45, limits.limits),
        "exact": Section(1, 2, 100, loop.exact),
        "approximate": Section(1, 3, 100, loop.approximate),
        "plain": Section(1, 5, 150, plain.rates),
        "words_agree": Section(2, 4, 30, parity.word_bits),
        "end_to_end": Section(2, 10, 110, loop.end_to_end),
        "histograms": Section(2, 7, 110, counting.counting),
        "words": Section(2, 8, 70, loop.words),
        "blocks": Section(2, 9, 90, loop.blocks),
        "profile": Section(2, 12, 50, rivals.profile),
        "rivals": Section(2, 11, 50, rivals.rivals),
        "flags": Section(2, 6, 110, plain.flags),
    }


def measure(section: Section, size: Any, out: dict[str, Any]) -> None:
    """Run one section into `out`, one finding after another; a fault is kept as its text."""
    begun = time.perf_counter()
    out["found"] = {}
    try:
        for name, value in section.measure(size):
            out["found"][name] = value
    except Exception as error:  # noqa: BLE001 - the other sections must still run
        out["fault"] = f"{type(error).__name__}: {error}"[:2000]
        out["trace"] = traceback.format_exc(limit=-3)[-1500:]
    out["seconds"] = round(time.perf_counter() - begun, 2)


def run_sections(
    size: Any, parts: tuple[int, ...], chosen: tuple[str, ...] = (), file: Path | None = FILE
) -> dict[str, Any]:
    """Measure; a section past its deadline is left behind in its thread, with what it had found."""
    import jax

    from benchmarks.device import loop
    from benchmarks.machine import describe

    started = time.perf_counter()
    plain = loop.Plain(size)
    table = {
        name: section
        for name, section in sections(plain).items()
        if (name in chosen if chosen else section.part in parts)
    }
    if "plain" in table:
        plain.start()
    device = jax.devices()[0]
    where = {"device": device.device_kind, "platform": device.platform, **describe()}
    found: dict[str, Any] = {}
    beside: list[str] = []
    for name, section in table.items():
        left = CALL_S * len(parts) - (time.perf_counter() - started)
        out: dict[str, Any] = {}
        thread = threading.Thread(target=measure, args=(section, size, out), daemon=True)
        thread.start()
        thread.join(None if size.dry else max(1.0, min(section.seconds, left)))
        entry = {"section": name, "number": section.number, "dry": size.dry, **out}
        if beside:
            entry["beside"] = list(beside)  # sections that still held the device
        if thread.is_alive():
            beside.append(name)
            entry |= {"found": dict(out["found"]), "fault": "not done at its deadline"}
        found[name] = entry
        line = json.dumps({**entry, "where": where})
        print(line, flush=True)
        if file is not None:
            with file.open("a") as kept:
                kept.write(line + "\n")
        if name in ("parity", "words_agree") and "fault" in entry:
            print("device and CPU do not agree, or it is not known: no rate follows", flush=True)
            break
    return found


def run(quick: bool = False) -> dict[str, Any]:
    """All sections on this machine's GPU; raises RuntimeError where none is."""
    prepare()
    from benchmarks.device.timing import Size

    if not has_gpu():
        raise RuntimeError("no GPU is here: nothing was measured (`--dry` only tries the code)")
    size = Size(end_to_end=1 << 26) if quick else Size()
    return run_sections(size, (1, 2))


def lines(found: dict[str, Any]) -> list[str]:
    """Rates by section and variant in a table; faults as they are. A dry run has no rates."""
    rows = ["| section | variant | a second | median, s | clock, MHz |", "|---|---|---|---|---|"]
    for name, entry in found.items():
        for variant, value in entry["found"].items():
            if entry["dry"]:
                rows.append(f"| {name} | {variant} | tried | | |")
            elif isinstance(value, dict) and "rate" in value:
                rows.append(
                    f"| {name} | {variant} | {value['rate']:.3g} | {value['median_s']:.4g} | "
                    f"{value.get('clock_mhz', '')} |"
                )
        if "fault" in entry:
            rows.append(f"| {name} | {entry['fault'].splitlines()[0]} | | | |")
    return rows


def has_gpu() -> bool:
    """Whether JAX sees a GPU."""
    import jax

    return jax.default_backend() == "gpu"


def main() -> None:
    """Measure one part or both, or try the code without a GPU."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", type=int, choices=(1, 2), help="which of the two calls")
    parser.add_argument("--section", action="append", default=[], help="only these")
    parser.add_argument("--dry", action="store_true", help="tiny sizes on a CPU, no figures")
    parser.add_argument("--out", type=Path, help="file that receives a line a section")
    parser.add_argument("--one-kernel", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--one-plain", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    prepare()
    from benchmarks.device.timing import DRY, Size

    size = DRY if given.dry else Size()
    if given.one_kernel:
        from benchmarks.device.rivals import one_kernel

        one_kernel(size)
        return
    if given.one_plain:
        from benchmarks.device.loop import Plain

        print(json.dumps(Plain(size).alone()))
        return
    if not (given.dry or has_gpu()):
        sys.exit("no GPU is here: nothing was measured (--dry only tries the code)")
    parts = (given.part,) if given.part else (1, 2)
    out = given.out or (None if given.dry else FILE)
    found = run_sections(size, parts, tuple(given.section), out)
    print("\n".join(lines(found)))
    faults = [name for name, entry in found.items() if "fault" in entry]
    os._exit(1 if faults else 0)  # a section past its deadline may still hold its thread


if __name__ == "__main__":
    main()
