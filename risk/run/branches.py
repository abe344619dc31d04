"""Paths with branches: at yearly dates, what else could have become of a path in the year before.

The lanes of a tile stand in families. The first of a family is a path of plain Monte Carlo. The
others have its inputs; at each date they go on from its state with luck of their own, for a year.
Given a path up to a date, its next year and those of its branches are independent and of one law.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.stages import Compiled
from jaxtyping import Array, UInt32
from numpy.typing import NDArray

from kernels.counter import TILE, Philox, Tile, tile_of
from kernels.forms import Unavailable
from kernels.paths import Walk, fusing, march
from kernels.platforms import Platform, platform
from kernels.transforms import normal, uniform
from kernels.types import Words
from risk.model.constants import DT
from risk.model.metrics import COMMIT_QUARTERS
from risk.model.path import Fixed, Inputs, State, advance, evaluate
from risk.run.devices import cache_folder
from risk.run.draw import Given
from risk.run.execute import job_of
from risk.run.plan import LARGEST_RUN
from risk.run.programs import kept
from risk.run.simulate import Begun, Job, Layouts, shocks, start
from risk.scenario import Scenario

YEAR = COMMIT_QUARTERS[1] - COMMIT_QUARTERS[0]  # quarters
BEYOND = LARGEST_RUN // TILE
"""First tile of the paths with branches: none of a run's paths has their words."""


class Branching(NamedTuple):
    """What is looked at."""

    name: str  # tells `once` from others
    fields: tuple[str, ...]  # of the outcome at the yearly dates
    once: Callable[[Inputs, Fixed], dict[str, Array]]
    size: int  # of a family; a power of two up to `TILE`
    dates: int


class Branched(NamedTuple):
    """Whole families one after the other, the path first in each; lanes are the last axis."""

    values: dict[str, NDArray]  # of the fields, (dates, n)
    once: dict[str, NDArray]  # equal within a family, (n,)
    kept_by: NDArray  # number of conditions that keep the path, equal within a family, (n,)
    family: NDArray  # (n,)


def branched(scenario: Scenario, branching: Branching, *, paths: int, seed: int) -> Branched:
    """So many paths, rounded up to a whole tile, with their branches.

    A family in which a number that is looked at is not finite is left out.
    """
    job, rows = job_of(scenario, seed, "mc")
    program = _compiled(job, rows, branching, platform())
    tiles = -(-paths * branching.size // TILE)
    parts = [program(job, tile_of(BEYOND + t)) for t in range(tiles)]
    values, once, group = jax.tree.map(
        lambda *leaves: np.concatenate([np.asarray(leaf) for leaf in leaves], axis=-1), *parts
    )
    finite = np.all([np.isfinite(found).all(axis=0) for found in values.values()], axis=0)
    family = np.repeat(np.arange(len(group) // branching.size), branching.size)
    whole = finite.reshape(-1, branching.size).all(axis=1)[family]
    return Branched(*jax.tree.map(lambda leaf: leaf[..., whole], (values, once, group, family)))


def _compiled(job: Job, rows: Layouts, branching: Branching, platform: Platform) -> Compiled:
    program = jax.jit(partial(_trace, rows=rows, branching=branching, platform=platform))
    looked = (branching.name, branching.fields, branching.size, branching.dates)
    what = ("branches", *looked, rows, platform)
    devices = jax.local_devices()[:1]
    try:
        return kept(what, program, (job, tile_of(0)), devices, cache_folder())
    except Unavailable:
        return _compiled(job, rows, branching, platform._replace(native=False))


def _trace(
    job: Job, tile: Tile, *, rows: Layouts, branching: Branching, platform: Platform
) -> tuple:
    tiles, folder = tile[None], cache_folder()
    fused = fusing(platform, TILE, folder)
    leader = partial(_leader, size=branching.size)
    luck, count = job.source, len(rows.draws.normals)
    assert isinstance(luck, Philox)
    words = leader(luck.once(None, tiles))

    def begin() -> tuple[Begun, dict[str, Array]]:
        source = Given(normal(words[:count]), uniform(words[count:]), luck)
        begun = start(job._replace(source=source), rows, None, tiles)
        return begun, branching.once(begun.inputs, begun.fixed)

    begun, once = fused(begin)

    def broad(tree: Any) -> Any:
        return jax.tree.map(lambda leaf: jnp.broadcast_to(leaf, TILE), tree)

    def quarter(state: State, at: tuple[Any, tuple[UInt32[Array, ""], Words]]) -> tuple:
        number, words = at[1]
        after = advance(begun.inputs, begun.fixed, state, shocks(words), _years(number))
        return after, after

    def year(state: State, first: UInt32[Array, ""]) -> tuple[State, Any]:
        def shown() -> dict[str, Array]:
            outcome = evaluate(begun.inputs, begun.fixed, state, _years(first))
            return broad({name: getattr(outcome, name) for name in branching.fields})

        seen = fused(shown)
        numbers = first + jnp.arange(YEAR, dtype=jnp.uint32)
        walk = Walk(
            jax.tree.map(leader, state), quarter, (numbers, numbers), YEAR,
            lambda _: jnp.ones(TILE, bool), begun.group, 1,
            words=lambda part: (part[0], luck.each(tiles, part[1])),
        )  # fmt: skip
        after = march(walk, (lambda states: states) if platform.native else None, folder)
        return jax.tree.map(lambda leaf: leaf[-1], after), seen

    dates = jnp.asarray(COMMIT_QUARTERS[: branching.dates], jnp.uint32)
    return lax.scan(year, broad(begun.state), dates)[1], broad(once), begun.group


def _leader(leaf: Array, *, size: int) -> Array:
    """The first of each family in the place of all."""
    return jnp.repeat(leaf[..., ::size], size, axis=-1)


def _years(quarter: UInt32[Array, ""]) -> Array:
    return quarter.astype(jnp.float32) * DT
