"""Block states become one state: exact integers by replicate, sums of tiles in tile order.

Every array has the replicate on its leading axis, except the fine histograms, which are pooled and
come once for many blocks; beside them stands a coarse histogram of each replicate, for the spread
between scrambles.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from risk.model.metrics import METRICS

type State = dict[str, NDArray[Any]]

FINE, COARSE = "histogram.", "coarse."


def merge(total: State, replicates: int, replicate: int, block: dict[str, Any]) -> None:
    """Add a block to a state, which holds nothing at first.

    Blocks of one replicate must come in path order: float sums are added tile by tile.
    """
    for name, leaf in block.items():
        found = np.asarray(leaf)
        if name.startswith(COARSE) and replicates == 1:
            continue  # nothing to compare it with
        if name not in total:
            total[name] = _empty(name, replicates, found)
        if name.startswith(FINE):
            total[name] += found
        elif found.dtype.kind == "f":
            for tile in found:
                total[name][replicate] += tile
        else:
            total[name][replicate] += found


def rows_and_bins(key: str, groups: int) -> tuple[int, int, int]:
    """Shape of a metric's histogram: dates, populations, bins."""
    metric = METRICS[key]
    return len(metric.quarters), groups, metric.bins.count


def _empty(name: str, replicates: int, found: NDArray[Any]) -> NDArray[Any]:
    if name.startswith(FINE):
        return np.zeros(found.shape, np.int64)
    if found.dtype.kind == "f":
        return np.zeros((replicates, *found.shape[1:]), np.float64)
    kind = np.int32 if name.startswith(COARSE) else np.int64
    return np.zeros((replicates, *found.shape), kind)
