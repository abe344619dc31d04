"""Functions of one number tabulated on a uniform grid, linear in between."""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from kernels.types import Scalar


class Table(NamedTuple):
    """Values at `start + k * step`; `values` has shape (columns, knots)."""

    start: float
    step: float
    values: NDArray[np.float64]


def lookup(table: Table, x: Scalar) -> tuple[Scalar, ...]:
    """Every column at `x`; beyond the grid the end values hold."""
    knots = table.values.shape[1]
    position = jnp.clip((x - table.start) / table.step, 0.0, knots - 1.0)
    below = jnp.clip(position.astype(jnp.int32), 0, knots - 2)
    weight = position - below.astype(position.dtype)
    columns = []
    for column in table.values:
        low = jnp.asarray(column[:-1], position.dtype)
        rise = jnp.asarray(np.diff(column), position.dtype)
        columns.append(low[below] + weight * rise[below])
    return tuple(columns)
