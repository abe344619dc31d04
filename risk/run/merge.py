"""Block states become one state: exact integers by replicate, sums of tiles in tile order.

Every array has the replicate on its leading axis, except the fine histograms, which are pooled;
beside them stands a coarse histogram of each replicate, for the spread between scrambles.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from risk.model.metrics import METRICS

type State = dict[str, NDArray[Any]]

FINE, COARSE = "histogram.", "coarse."


def merged(total: State | None, replicates: int, replicate: int, block: dict[str, Any]) -> State:
    """The state with one more block in it; `total` is changed in place where it is given.

    Blocks of one replicate must come in path order: float sums are added tile by tile.
    """
    if total is None:
        total = _empty(replicates, block)
    for name, leaf in block.items():
        found = np.asarray(leaf)
        if name.startswith(FINE):
            total[name] += found
            if replicates > 1:
                total[COARSE + name.removeprefix(FINE)][replicate] += _coarse(name, found)
        elif found.dtype.kind == "f":
            for tile in found:
                total[name][replicate] += tile
        else:
            total[name][replicate] += found
    return total


def rows_and_bins(key: str, groups: int) -> tuple[int, int, int]:
    """Shape of a metric's histogram: dates, populations, bins."""
    metric = METRICS[key]
    return len(metric.quarters), groups, metric.bins.count


def _empty(replicates: int, block: dict[str, Any]) -> State:
    made: State = {}
    for name, leaf in block.items():
        if name.startswith(FINE):
            made[name] = np.zeros(leaf.shape, np.int64)
            if replicates > 1:
                shape = _coarse(name, np.asarray(leaf)).shape
                made[COARSE + name.removeprefix(FINE)] = np.zeros((replicates, *shape), np.int32)
        elif leaf.dtype.kind == "f":
            made[name] = np.zeros((replicates, *leaf.shape[1:]), np.float64)
        else:
            made[name] = np.zeros((replicates, *leaf.shape), np.int64)
    return made


def _coarse(name: str, cells: NDArray[Any]) -> NDArray[Any]:
    bins = METRICS[name.removeprefix(FINE)].bins
    return bins.coarsen(cells.reshape(-1, bins.count))
