"""Paths at given normals: what estimators that choose their own points ask the model.

The numbers that a path draws once are given; those of its quarters come from the words of a tile,
so that two calls with one tile differ by what was given alone.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.stages import Compiled
from numpy.typing import ArrayLike, NDArray

from kernels.counter import TILE, tile_of
from kernels.platforms import Platform, platform
from risk.run.draw import Given, Words
from risk.run.execute import job_of
from risk.run.look import View, compiled
from risk.scenario import Scenario


class Probed(NamedTuple):
    """Paths in the order of their normals, those that are not finite among them."""

    values: Any  # as the view makes them; the last axis are the paths
    published_ratio: NDArray  # like-for-like ratio of the base scenario, (n,)
    kept_by: NDArray  # number of conditions that keep the path, (n,)
    factors: NDArray  # common factors, correlated, (factors, n)
    finite: NDArray  # (n,)


class Probe:
    """The paths of one scenario; scenarios `beside` each other share a compiled program.

    `normals` and `uniforms` name the rows of what is given: factors, uncertain inputs' own parts,
    starts; then the uniforms drawn once, of which the last decides which conditions keep a path.
    The uniforms are the middle of their range where none are given.
    """

    def __init__(
        self,
        scenario: Scenario,
        view: View,
        *,
        seed: int = 0,
        sampler: str = "mc",
        beside: Sequence[Scenario] = (),
        on: Platform | None = None,
    ) -> None:
        self.scenario, self.view = scenario, view
        self._job, self.rows = job_of(scenario, seed, sampler, beside, view.fleets)
        self._words: Words = self._job.source  # type: ignore[assignment]
        self._platform = on or platform()
        self._program: Compiled | None = None
        self.normals = self.rows.draws.normals
        self.uniforms = self.rows.draws.uniforms

    def __call__(self, z: ArrayLike, u: ArrayLike | None = None, tile: int = 0) -> Probed:
        """Values at `z`, shape (normals, n), and `u`, shape (uniforms, n).

        Quarters of path i are those of path i from tile `tile` on. Raises ValueError for a shape
        that does not fit.
        """
        z = np.asarray(z, np.float32)
        n = z.shape[-1]
        u = np.full((len(self.uniforms), n), 0.5) if u is None else np.asarray(u)
        for what, rows, names in (("z", z, self.normals), ("u", u, self.uniforms)):
            if rows.shape != (len(names), n):
                raise ValueError(
                    f"{what} has the shape {rows.shape}; allowed: {(len(names), n)}, a row for each of {', '.join(names)}"
                )
        size = -(-n // TILE)
        pad = ((0, 0), (0, size * TILE - n))
        z, u = np.pad(z, pad), np.pad(u.astype(np.float32), pad, constant_values=0.5)
        parts = []
        for t in range(size):
            lanes = slice(t * TILE, (t + 1) * TILE)
            job = self._job._replace(
                source=Given(jnp.asarray(z[:, lanes]), jnp.asarray(u[:, lanes]), self._words)
            )
            if self._program is None:
                self._program = compiled(job, self.rows, self.view, self._platform)
            found = self._program(job, tile_of(tile + t))
            parts.append(jax.tree.map(np.asarray, found))
        whole = jax.tree.map(lambda *p: np.concatenate(p, axis=-1)[..., :n], *parts)
        return Probed(*whole)
