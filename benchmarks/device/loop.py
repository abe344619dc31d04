"""Rates of the quarter loop: by arithmetic, by words, by block, by what it writes, and by XLA."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import jax
import numpy as np
from jax.stages import Compiled

from benchmarks.device import model
from benchmarks.device.timing import Size, rate, watched
from kernels.counter import TILE
from kernels.lanes import UNIT
from kernels.pallas import Shape
from risk.model.constants import QUARTERS
from risk.model.metrics import METRICS
from risk.run.gpu import stride

type Found = Iterator[tuple[str, Any]]
"""What a section finds, one after another, so that a deadline loses only what was not done."""

ROOT = Path(__file__).parent.parent.parent
FANS = tuple(key for key in METRICS if stride(key) == 1)
UNROLLS = (1, 4, 12)
WAYS = ("sobol", "philox", "threefry", "constant")
BLOCKS = ((1, 1), (2, 1), (3, 1), (4, 1), (1, 2), (2, 2))  # warpgroups, paths a thread


def paths_of(size: Size, *, warpgroups: int = 1, each: int = 1) -> int:
    """Paths of one call: whole blocks."""
    block = UNIT * warpgroups * each
    return max(size.batch // block, 1) * block


def timed(
    size: Size,
    words: str = "sobol",
    metrics: tuple[str, ...] = (),
    *,
    approximate: bool = False,
    warpgroups: int = 1,
    each: int = 1,
) -> dict[str, Any]:
    """Paths a second of the kernel alone."""
    paths = paths_of(size, warpgroups=warpgroups, each=each)
    lanes = UNIT * each
    shape = Shape(lanes, warpgroups, approximate, size.interpret)
    tile = model.begin(paths, size)
    source = model.source(words, paths, lanes)
    run = model.runs(source, metrics, shape)
    begun = time.perf_counter()
    compiled = run.lower(tile, source.operands()).compile()  # type: ignore[attr-defined]
    compiling = time.perf_counter() - begun
    found = rate(paths, lambda: compiled(tile, source.operands()), size)
    return found | {"paths": paths, "compile_s": compiling}


def exact(size: Size) -> Found:
    """The accurate kernel: events only, with fans, with every metric, and a block of three."""
    return _variants(size, fast=False)


def approximate(size: Size) -> Found:
    """The same with approximate math, and what that changes on the same words."""
    yield from _variants(size, fast=True)
    yield "error", _error(size)


def _variants(size: Size, *, fast: bool) -> Found:
    if not size.dry:
        yield "events", timed(size, approximate=fast)
        yield "events, 3 warpgroups", timed(size, approximate=fast, warpgroups=3)
        yield "fans", timed(size, metrics=FANS, approximate=fast)
    yield "all", timed(size, metrics=tuple(METRICS), approximate=fast)


def _error(size: Size) -> dict[str, Any]:
    """Greatest change of P by quarter, and of quantiles of the ratio, relative."""
    paths = max(paths_of(size) // 4 // UNIT, 1) * UNIT
    tile = model.begin(paths, size)
    source = model.source("sobol", paths)
    both = []
    for fast in (False, True):
        shape = Shape(approximate=fast, interpret=size.interpret)
        kept = model.runs(source, ("ratio",), shape)(tile, source.operands())
        counts = {k: np.asarray(v) / paths for k, v in model.counts(kept).items()}
        both.append((counts, np.asarray(kept.numbers["ratio"])[::4]))
    (p, r), (q, s) = both
    levels = (0.001, 0.01, 0.05, 0.5, 0.95, 0.99, 0.999)
    quantiles = [np.quantile(x, levels, axis=1) for x in (r, s)]
    change = np.abs(quantiles[1] / quantiles[0] - 1.0).max(axis=1)
    return {
        "p": {k: float(np.abs(p[k] - q[k]).max()) for k in p},
        "median_relative": float(np.median(np.abs(s / r - 1.0))),
        "quantiles": {str(level): float(c) for level, c in zip(levels, change, strict=True)},
    }


def words(size: Size) -> Found:
    """The kernel by where its words come from."""
    chosen = WAYS[2:] if size.dry else WAYS
    for name in chosen:
        yield name, timed(size, name, approximate=True)


def blocks(size: Size) -> Found:
    """The kernel by warpgroups of a block and paths a thread."""
    for warpgroups, each in BLOCKS[-1:] if size.dry else BLOCKS:
        name = f"{warpgroups} x 128 threads, {each} paths each"
        yield name, timed(size, approximate=True, warpgroups=warpgroups, each=each)


class Plain:
    """The quarters by XLA, whose slow compilation starts before anything else is measured."""

    def __init__(self, size: Size) -> None:
        self.size = size
        self.pool = ThreadPoolExecutor(1)
        exponents = (16, 18, 20, 22) if not size.dry else (8,)
        self.batches = [1 << e for e in exponents]
        self.waiting: dict[tuple[int, int], Future[tuple[Compiled, float]]] = {}

    def start(self) -> None:
        """Compile the middle batch for every unroll first, then the other batches."""
        middle = self.batches[-1] if self.size.dry else 1 << 20
        unrolls = UNROLLS[:1] if self.size.dry else UNROLLS
        wanted = [(middle, u) for u in unrolls]
        wanted += [(b, u) for b in self.batches for u in unrolls[:2] if b != middle]
        for key in wanted:
            self.waiting[key] = self.pool.submit(self.compiled, *key)

    def compiled(
        self, paths: int, unroll: int, options: dict[str, Any] | None = None
    ) -> tuple[Compiled, float]:
        """The program and how long its compilation took."""
        tile, source = self.operands(paths)
        run = jax.jit(partial(_plain, unroll=unroll))
        begun = time.perf_counter()
        program = run.lower(tile, source.base, source.table).compile(compiler_options=options)
        return program, time.perf_counter() - begun

    def operands(self, paths: int) -> tuple[Any, Any]:
        """Begun paths and words."""
        return model.begin(paths, self.size), model.tables(paths)

    def rates(self, size: Size) -> Found:
        """Paths a second by batch and unroll, for the programs that are ready in time."""
        del size
        for (paths, unroll), future in self.waiting.items():
            program, took = future.result()
            rate_of = self.measure(program, paths)
            yield f"{paths} paths, unroll {unroll}", rate_of | {"compile_s": took}

    def measure(self, program: Compiled, paths: int) -> dict[str, Any]:
        """One program's rate."""
        tile, source = self.operands(paths)
        return rate(paths, lambda: program(tile, source.base, source.table), self.size)

    def flags(self, size: Size) -> Found:
        """One batch under compiler options; LLVM's need a process of their own."""
        paths = self.batches[-2 if len(self.batches) > 1 else -1]
        child = [sys.executable, "-m", "benchmarks.gpu", "--one-plain"]
        child += ["--dry"] if size.dry else []
        flags = os.environ.get("XLA_FLAGS", "") + " --xla_backend_extra_options=-nvptx-fma-level=2"
        fused = subprocess.Popen(
            child,
            cwd=ROOT,
            env={**os.environ, "XLA_FLAGS": os.environ.get("XLA_FLAGS", "") if size.dry else flags},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        program, _ = self.compiled(paths, 1, {"xla_gpu_enable_command_buffer": ""})
        told, trouble = fused.communicate()  # before timing here: both would share the device
        yield "no command buffers", self.measure(program, paths)
        lines = [line for line in told.splitlines() if line.startswith("{")]
        yield "multiply-adds fused", json.loads(lines[0]) if lines else {"refused": trouble[-500:]}

    def alone(self) -> dict[str, Any]:
        """The rate of one batch, in a process that was started with its flags."""
        paths = self.batches[-2 if len(self.batches) > 1 else -1]
        return self.measure(self.compiled(paths, 1)[0], paths)


def _plain(tile: Any, base: Any, table: Any, *, unroll: int) -> Any:
    source = model.Sobol(base, table, model.DRAWS)
    return model.plain(tile, source, unroll=unroll)[0]


def end_to_end(size: Size) -> Found:
    """Begin, march and count batch after batch, the next one sent before the last is read."""
    deadline = time.perf_counter() + (1.0 if size.dry else 80.0)
    paths = UNIT if size.dry else size.tiles * TILE
    shape = Shape(approximate=True, interpret=size.interpret)
    source = model.source("sobol", paths)
    march = model.runs(source, (), shape)
    count = jax.jit(model.counts)

    def send(index: int) -> Any:
        tile = model.begun(size.tiles, model.tile_of(index * size.tiles))
        return count(march(model.some(tile, paths) if size.dry else tile, source.operands()))

    jax.block_until_ready(send(0))
    total = {k: np.zeros(QUARTERS, np.int64) for k in send(0)}
    wanted = max(1, size.end_to_end // paths)
    with watched() as seen:
        begun, done, ahead = time.perf_counter(), 0, [send(0)]
        while ahead:
            sent = done + len(ahead)
            if sent < wanted and time.perf_counter() < deadline:
                ahead.append(send(sent))
            for name, count in ahead.pop(0).items():
                total[name] += np.asarray(count)
            done += 1
    taken = time.perf_counter() - begun
    counted = done * paths
    yield "whole", {"rate": counted / taken, "median_s": taken, "paths": counted, **seen.summary()}
    memory = jax.devices()[0].memory_stats() or {}
    yield "peak_bytes", memory.get("peak_bytes_in_use")
    yield "wins_on_cost_2035", float(total["wins_on_cost"][36] / counted)
    first = model.tile_of(0)
    yield "begin", rate(size.tiles * TILE, lambda: model.begun(size.tiles, first), size)
