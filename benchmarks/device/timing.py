"""Time a call on a device: warmed up, repeated, its output poisoned before; clock and power beside."""

import shutil
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp

REPEATS = 5
_QUERY = "clocks.sm,power.draw,temperature.gpu"


@dataclass(frozen=True)
class Size:
    """How large the measurements are; a dry run proves that every line runs, and measures nothing."""

    dry: bool = False
    floats: int = 1 << 28  # of a copy
    batch: int = 1 << 22  # paths of one timed call
    tiles: int = 512  # begun by one call: its program is compiled once, for every size
    parity: int = 1 << 17  # compared with the CPU
    end_to_end: int = 1 << 30
    repeats: int = REPEATS

    @property
    def interpret(self) -> bool:
        """Whether kernels are interpreted, because this is no GPU."""
        return self.dry


DRY = Size(dry=True, floats=512, batch=128, tiles=1, parity=128, end_to_end=256, repeats=0)


def seconds(call: Callable[[], Any], repeats: int) -> dict[str, float]:
    """Median, least and greatest seconds of a call, after one that is not counted.

    Every result is waited for, and the memory of the last one is overwritten, so that a call that
    writes nothing cannot pass for a fast one. Without repeats the first call is what is timed.
    """
    begun = time.perf_counter()
    poison(jax.block_until_ready(call()))
    taken = [] if repeats else [time.perf_counter() - begun]
    for _ in range(repeats):
        begun = time.perf_counter()
        result = jax.block_until_ready(call())
        taken.append(time.perf_counter() - begun)
        poison(result)
    return {"median_s": statistics.median(taken), "least_s": min(taken), "most_s": max(taken)}


def poison(tree: Any) -> None:
    """Free a result and fill fresh memory of its size with all ones."""
    sizes = [leaf.nbytes for leaf in jax.tree.leaves(tree) if isinstance(leaf, jax.Array)]
    for leaf in jax.tree.leaves(tree):
        if isinstance(leaf, jax.Array):
            leaf.delete()
    filled = [jnp.full(max(1, size // 4), jnp.nan, jnp.float32) for size in sizes]
    jax.block_until_ready(filled)


def rate(work: float, call: Callable[[], Any], size: Size) -> dict[str, float]:
    """Work a second of a call, with its seconds and the clock and power meanwhile."""
    with watched() as seen:
        taken = seconds(call, size.repeats)
    return {"rate": work / taken["median_s"], **taken, **seen.summary()}


@dataclass
class Seen:
    """Samples of clock, power and temperature."""

    samples: list[tuple[float, ...]] = field(default_factory=list)

    def summary(self) -> dict[str, float]:
        """Medians; empty where the device's tool is missing."""
        if not self.samples:
            return {}
        clock, watts, celsius = (statistics.median(c) for c in zip(*self.samples, strict=True))
        return {"clock_mhz": clock, "watts": watts, "celsius": celsius}


@contextmanager
def watched() -> Iterator[Seen]:
    """Sample the device ten times a second by nvidia-smi, where it is there."""
    seen = Seen()
    tool = shutil.which("nvidia-smi")
    if tool is None:
        yield seen
        return
    process = subprocess.Popen(
        [tool, f"--query-gpu={_QUERY}", "--format=csv,noheader,nounits", "-lms", "100"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            try:
                seen.samples.append(tuple(float(part) for part in line.split(",")))
            except ValueError:  # "[N/A]" on a device that does not tell
                continue

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        yield seen
    finally:
        process.terminate()
        reader.join(timeout=2)
