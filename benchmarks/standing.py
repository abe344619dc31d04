"""Where this machine stands: its rough answers beside the committed ones."""

import sys
import time
from typing import Any

from benchmarks.machine import describe
from benchmarks.page import results
from benchmarks.registry import CORE, question


def answer(name: str, quick: bool) -> dict[str, Any]:
    """Ask one question here and now: machine, seconds and what was found."""
    machine = describe()
    began = time.perf_counter()
    found = question(name).run(quick)
    seconds = time.perf_counter() - began
    return {"machine": machine, "quick": quick, "seconds": round(seconds, 1), "found": found}


def standing(names: tuple[str, ...] = CORE) -> str:
    """Measure the named questions in their quick form and compare, as a text of 80 columns."""
    committed = results()
    machine = describe()
    text = ["This machine: " + _where(machine)]
    for name in names:
        print(f"measuring: {name}", file=sys.stderr, flush=True)
        here = question(name).compare(answer(name, quick=True)["found"])
        there = committed.get(name)
        numbers = question(name).compare(there["found"]) if there else {}
        text += ["", f"{name:<50} {'here':>9} {'committed':>10} {'ratio':>6}"]
        for label, value in here.items():
            text.append(f"{label:<50} {_short(value):>9} {_beside(value, numbers.get(label))}")
        text += ["committed: " + (_where(there["machine"]) if there else "no results yet")]
    return "\n".join([*text, "", "A quick measurement: differences under a quarter mean nothing."])


def _beside(value: float, committed: float | None) -> str:
    if committed is None:
        return f"{'none':>10} {'':>6}"
    return f"{_short(committed):>10} {value / committed:>6.2f}"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _where(machine: dict[str, str]) -> str:
    kept = ("processor", "cores", "gpu", "python", "jax", "commit", "date")
    return ", ".join(f"{key} {machine[key]}" for key in kept if key in machine)
