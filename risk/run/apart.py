"""Drawn again for the same paths: inputs of groups beside a path's."""

from collections.abc import Iterable
from functools import partial
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from kernels.counter import TILE, Tile, tile_of
from kernels.transforms import normal
from risk.run.devices import cache_folder
from risk.run.draw import Draws, Layout, Parameters, Words, draws, inputs, layout, parameters
from risk.run.draw import source as source_of
from risk.run.plan import Request, blocks
from risk.run.programs import kept
from risk.scenario import Scenario


def apart(
    scenario: Scenario, request: Request, paths: int, keys: Iterable[str]
) -> dict[str, NDArray]:
    """These inputs for the first points of every replicate, in the order of `look`; all paths."""
    rows = layout(scenario, frozenset(keys))
    drawn = draws(rows)
    source = source_of(drawn, request.seed, request.sampler)
    numbers = jax.device_put(parameters(scenario, rows))
    program = kept(
        ("apart", rows, drawn),
        jax.jit(partial(_tile, rows=rows, drawn=drawn)),
        (source, numbers, tile_of(0)),
        jax.local_devices()[:1],
        cache_folder(),
    )
    each = max(1, min(paths // request.replicates, request.points))
    taken = []
    for block in blocks(request, tiles=-(-request.points // TILE)):
        for start in range(0, min(each, block.paths), TILE):
            found = program(source, numbers, tile_of(block.tile + start // TILE))
            size = min(TILE, each - start)
            taken.append({k: np.broadcast_to(v, TILE)[:size] for k, v in found.items()})
    return {key: np.concatenate([part[key] for part in taken]) for key in taken[0]}


def _tile(
    source: Words, numbers: Parameters, tile: Tile, *, rows: Layout, drawn: Draws
) -> dict[str, Any]:
    shared: Any = source.shared(tile)
    words = source.once(shared, tile[None])
    return inputs(numbers, rows, drawn.normals, normal(words[: len(drawn.normals)]))
