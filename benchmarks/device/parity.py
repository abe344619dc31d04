"""The same paths on the CPU and on the device: words bit for bit, outcomes, events, P."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.device import model
from benchmarks.device.timing import Size
from kernels.counter import TILE, key_of, streams, tile_of, words
from kernels.lanes import UNIT, Philox
from kernels.pallas import Kept, Shape, Shown, march
from risk.model.metrics import METRICS, crossing
from risk.run.gpu import stride, truths

P_TOLERANCE = 1e-4
"""Greatest difference of a probability between CPU and GPU, on the same words."""
MEDIAN_TOLERANCE = 1e-6
"""Greatest median relative difference of a metric."""
CROSSING_TOLERANCE = {"plain": 1e-4, "kernel": 1e-4, "kernel, approximate": 1e-3}
"""Share of paths whose crossing quarter may differ."""


def parity(size: Size) -> Iterator[tuple[str, Any]]:
    """What differs; raises RuntimeError where a tolerance is not met, so that no rate follows."""
    yield from word_bits(size)
    paths = max(size.parity // UNIT, 1) * UNIT
    metrics = tuple(METRICS)
    with jax.default_device(jax.devices("cpu")[0]):
        expected = plain(paths, metrics, size)
    faults = []
    for name, run in {
        "kernel": lambda: kernel(paths, metrics, Shape(interpret=size.interpret), size),
        "kernel, approximate": lambda: kernel(
            paths, metrics, Shape(approximate=True, interpret=size.interpret), size
        ),
        "plain": lambda: plain(paths, metrics, size),
    }.items():
        if size.dry and name.endswith("approximate"):
            continue  # interpreted it is the same
        found = difference(expected, run())
        yield name, found
        faults += [f"{name}: {text}" for text in broken(name, found)]
    if faults:
        raise RuntimeError("; ".join(faults))


def word_bits(size: Size) -> Iterator[tuple[str, bool]]:
    """Whether Philox gives the same bits by XLA here, by XLA on the CPU and in the kernel."""
    key, first, numbers = key_of(7), tile_of(0xFFFFFFFF), streams(("one", "two"))
    here = np.asarray(jax.jit(words)(key, first, numbers, jnp.uint32(3)))
    with jax.default_device(jax.devices("cpu")[0]):
        there = np.asarray(jax.jit(words)(key_of(7), tile_of(0xFFFFFFFF), numbers, jnp.uint32(3)))

    def halves(constants: Any, state: Any, drawn: tuple, step: Any) -> Any:
        del constants, step
        low = {f"{k}": (w & jnp.uint32(0xFFFF)).astype(jnp.float32) for k, w in enumerate(drawn)}
        high = {f"{k}h": (w >> jnp.uint32(16)).astype(jnp.float32) for k, w in enumerate(drawn)}
        return state, Shown({}, low | high)

    every = {"0": 1, "1": 1, "0h": 1, "1h": 1}
    count = UNIT if size.dry else TILE
    source, shape = Philox(key, first, numbers), Shape(interpret=size.interpret)
    kept = march(halves, (), (jnp.zeros(count),), source, 4, every, shape).numbers
    inside = [
        np.asarray(kept[f"{k}h"][3], np.uint32) << 16 | np.asarray(kept[f"{k}"][3], np.uint32)
        for k in range(2)
    ]
    same = {
        "device as CPU": bool(np.array_equal(here, there)),
        "kernel as CPU": bool(np.array_equal(np.stack(inside), there[:, :count])),
    }
    yield from same.items()
    if not all(same.values()):
        raise RuntimeError(f"words differ: {same}")


def plain(
    paths: int, metrics: tuple[str, ...], size: Size
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Truths by quarter and metrics at their quarters, by XLA on the default device."""
    tile = model.begin(paths, size)
    source = model.tables(paths)
    run = jax.jit(partial(_shown, metrics=metrics))
    events, numbers = jax.tree.map(np.asarray, run(tile, source.base, source.table))
    return events, {k: v[:: stride(k)] for k, v in numbers.items()}


def _shown(tile: Any, base: Any, table: Any, *, metrics: tuple[str, ...]) -> Any:
    return model.shown(tile, model.Sobol(base, table, model.DRAWS), metrics)


def kernel(
    paths: int, metrics: tuple[str, ...], shape: Shape, size: Size
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The same by the kernel."""
    tile = model.begin(paths, size)
    source = model.tables(paths)
    kept: Kept = model.runs(source, metrics, shape)(tile, source.operands())
    events = {k: np.asarray(truths(v)) for k, v in kept.events.items()}
    return events, {k: np.asarray(v) for k, v in kept.numbers.items()}


def difference(expected: Any, got: Any) -> dict[str, Any]:
    """Differences of P, crossing quarters and metrics."""
    (events, numbers), (seen, values) = expected, got
    relative = {k: float(np.nanmedian(np.abs(values[k] / numbers[k] - 1.0))) for k in numbers}
    found: dict[str, Any] = {
        "p": max(float(np.abs(seen[k].mean(1) - events[k].mean(1)).max()) for k in events),
        "median_relative": max(relative.values()),
        "worst": max(relative, key=lambda k: relative[k]),
    }
    for name in ("wins_on_cost", "wins_on_value", "wins_on_time"):
        mine, other = (np.asarray(crossing(jnp.asarray(e[name]))[0]) for e in (seen, events))
        found[f"crossing.{name}"] = float((mine != other).mean())
    return found


def broken(name: str, found: dict[str, Any]) -> list[str]:
    """Tolerances that are not met."""
    limits = {"p": P_TOLERANCE, "median_relative": MEDIAN_TOLERANCE}
    if name.endswith("approximate"):
        limits["median_relative"] = 1e-5
    limits |= {k: CROSSING_TOLERANCE[name] for k in found if k.startswith("crossing.")}
    return [f"{k} is {found[k]:.3g}, above {v:.3g}" for k, v in limits.items() if found[k] > v]
