"""The model's quarters as a GPU kernel: interpreted here, and on a GPU where there is one."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from benchmarks import base
from benchmarks.device.parity import P_TOLERANCE, parity
from benchmarks.device.timing import Size
from benchmarks.gpu import has_gpu
from kernels.counter import tile_of
from kernels.lanes import UNIT, Sobol
from kernels.pallas import Kept, Shape, Shown, span
from risk.model.constants import QUARTERS
from risk.model.metrics import METRICS
from risk.run.gpu import DRAWS, FINITE, quarter, quarters, stride
from risk.run.simulate import Begun, shared, start

PATHS = 2 * UNIT
TIES = 5e-4
"""Share of events of a quarter that rounding may turn: only where both sides nearly meet."""
CLOSE = 1e-5
"""Relative: the same operations in another order of fusing."""
FLIPPED = 0.01
"""Share of paths on which rounding may turn a flight count to its neighbour (see test_oracle)."""


def begun(tile: int = 0) -> Begun:
    """The start of a tile of the base scenario."""
    job, rows = base.read()
    where = tile_of(tile)
    return jax.jit(partial(start, rows=rows))(job, shared=shared(job, where), tiles=where[None])


def first(tree: Any, paths: int) -> Any:
    """The first paths of every leaf that has a path axis."""
    return jax.tree.map(lambda leaf: leaf[:paths] if leaf.ndim else leaf, tree)


def tables(paths: int, seed: int) -> Sobol:
    """Random words in the shape of Sobol' tables."""
    rng = np.random.default_rng(seed)
    size = DRAWS * QUARTERS

    def random(*shape: int) -> Any:
        return jnp.asarray(rng.integers(0, 1 << 32, shape, dtype=np.uint32))

    return Sobol(random(paths // UNIT, size), random(size, UNIT), DRAWS)


def plain(begun: Begun, source: Sobol, metrics: tuple[str, ...]) -> Shown:
    """The same quarters by XLA, every one shown."""

    def one(state: Any, step: Any) -> Any:
        rows = [step * source.draws + k for k in range(source.draws)]
        words = [(source.base[:, r][:, None] ^ source.table[r][None]).reshape(-1) for r in rows]
        constants = (begun.inputs, begun.fixed)
        after, shown = quarter(constants, state, tuple(words), step, metrics)
        return after, jax.tree.map(lambda leaf: jnp.broadcast_to(leaf, words[0].shape), shown)

    steps = jnp.arange(QUARTERS, dtype=jnp.uint32)
    return jax.jit(lambda: lax.scan(one, begun.state, steps)[1])()


def bits(words: Any) -> np.ndarray:
    """Packed events as truths, (quarters, paths)."""
    packed, each = np.asarray(words), span(QUARTERS)
    rows = [(packed[t // each] >> np.uint32(t % each)) & 1 for t in range(QUARTERS)]
    return np.stack(rows) == 1


def compare(got: Kept, expected: Shown, close: float) -> dict[str, float]:
    """Greatest share of flipped events of a quarter, and of paths that left their twin."""
    apart = np.zeros(bits(got.events[FINITE]).shape[1], bool)
    for name, values in got.numbers.items():
        wanted = np.asarray(expected.numbers[name])[:: stride(name)]
        scale = np.abs(wanted) + (1000.0 if name == "break_even" else 0.0)
        if name == "npv_difference":
            scale = scale + 100.0
        apart |= (np.abs(np.asarray(values) - wanted) > close * scale).any(0)
    flips = [
        (bits(got.events[name]) != np.asarray(truth))[:, ~apart].mean(1).max()
        for name, truth in expected.events.items()
    ]
    return {"events": float(max(flips)), "paths": float(apart.mean())}


@pytest.mark.slow
def test_the_interpreted_kernel_is_the_plain_loop_of_the_model() -> None:
    tile = first(begun(), PATHS)
    source, metrics = tables(PATHS, 5), tuple(METRICS)
    shape = Shape(interpret=True)
    got = jax.jit(partial(quarters, source=source, metrics=metrics, shape=shape))(tile)
    found = compare(got, plain(tile, source, metrics), CLOSE)
    assert bits(got.events[FINITE]).all()
    assert found["events"] <= TIES
    assert found["paths"] <= FLIPPED


@pytest.mark.skipif(not has_gpu(), reason="no GPU is here: CPU and GPU were not compared")
def test_the_gpu_agrees_with_the_cpu() -> None:
    found = dict(parity(Size()))  # raises where a tolerance is not met
    assert found["device as CPU"]
    assert found["kernel as CPU"]
    assert found["kernel"]["p"] <= P_TOLERANCE
