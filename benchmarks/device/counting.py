"""Ways to count into histograms: copies of the bins, or a product of one-hot digits."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, Int32

from benchmarks.device.timing import Size, rate
from kernels.reducers import LogBins

BINS = LogBins(-6, 12)
REPLICAS = (1, 8, 64, 512)
METRICS = (1, 4, 8)
_DIGIT = 64  # low digit of a bin's number in the product
_CHUNK = 1 << 14  # values of one product


def counted(cell: Int32[Array, " item"], cells: int, replicas: int) -> Int32[Array, " cell"]:
    """How many items fall into each cell, in so many copies that are added in the end."""
    copy = jnp.arange(cell.shape[0], dtype=jnp.int32) % replicas
    copies = jnp.zeros(replicas * cells, jnp.int32).at[copy * cells + cell].add(1)
    return jnp.sum(copies.reshape(replicas, cells), axis=0)


def product(cell: Int32[Array, " item"], cells: int) -> Int32[Array, " cell"]:
    """Counts as the product of the one-hot high digit and the one-hot low digit of each cell.

    Zeros and ones in bfloat16, sums in float32: exact below 2^24 a chunk.
    """
    rows = -(-cells // _DIGIT)
    chunk = min(_CHUNK, cell.shape[0])

    def add(total: Array, some: Array) -> tuple[Array, None]:
        high = (some[:, None] // _DIGIT == jnp.arange(rows)).astype(jnp.bfloat16)
        low = (some[:, None] % _DIGIT == jnp.arange(_DIGIT)).astype(jnp.bfloat16)
        part = lax.dot(high.T, low, preferred_element_type=jnp.float32)
        return total + part.astype(jnp.int32), None

    none = jnp.zeros((rows, _DIGIT), jnp.int32)
    return lax.scan(add, none, cell.reshape(-1, chunk))[0].ravel()[:cells]


def counting(size: Size) -> Iterator[tuple[str, Any]]:
    """Values counted a second, by way and number of metrics; the counts are compared first."""
    paths = size.batch
    chosen = METRICS[-1:] if size.dry else METRICS
    ways: dict[str, Callable[[Array, int], Array]] = {
        f"{r} copies": partial(counted, replicas=r) for r in REPLICAS
    }
    ways["product"] = product
    for metrics in chosen:
        values = _values(metrics, paths)
        expected = np.bincount(np.asarray(BINS.index(values[0])), minlength=BINS.count)
        bare = jax.jit(lambda x: jnp.sum(BINS.index(x), axis=1))
        work = float(metrics * paths)
        yield f"{metrics} metrics, bins only", rate(work, partial(bare, values), size)
        for name, way in ways.items():
            call = jax.jit(
                lambda x, way=way: jax.lax.map(lambda v: way(BINS.index(v), BINS.count), x)
            )
            if not np.array_equal(np.asarray(call(values)[0]), expected):
                raise RuntimeError(f"{name}: the counts are wrong")
            yield f"{metrics} metrics, {name}", rate(work, partial(call, values), size)


def _values(metrics: int, paths: int) -> Float[Array, "metric path"]:
    """Lognormal values about 2 with a log-sd of 0.5, as a ratio of costs has."""
    drawn = jax.random.normal(jax.random.key(3), (metrics, paths))
    return 2.0 * jnp.exp(0.5 * drawn)
