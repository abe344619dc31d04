"""Draws of the NumPy rival: inputs through the factor copula, by kind, and events."""

from types import SimpleNamespace as Tree
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from kernels.marginals import (
    NEVER,
    Constant,
    SplitLogit,
    SplitLognormal,
    SplitNormal,
    Triangular,
    Uniform,
)
from risk.run.draw import PATH
from risk.scenario import Scenario

type Array = NDArray[Any]


# -------------------------------------------------------------------------------- drawing inputs
class Sampler:
    """A scenario's inputs, grouped by kind so that a tile takes one call a kind."""

    def __init__(self, scenario: Scenario, dtype: Any) -> None:
        self.dtype: Any = np.dtype(dtype)
        self.fixed: dict[str, float] = {k: float(v) for k, v in scenario.choices.items()}
        self.root = np.linalg.cholesky(scenario.correlation).astype(dtype)
        self.events: dict[str, tuple[Any, float]] = {}
        drawn: dict[str, list[Any]] = {"normal": [], "lognormal": [], "logit": [], "other": []}
        kinds = {SplitNormal: "normal", SplitLognormal: "lognormal", SplitLogit: "logit"}
        for key, prior in scenario.priors.items():
            if key not in PATH:
                continue
            if isinstance(prior.marginal, Constant) and prior.declaration.kind != "event":
                self.fixed[key] = float(prior.marginal.value)
            else:
                drawn[kinds.get(type(prior.marginal), "other")].append(prior)
        order = [prior for kind in drawn.values() for prior in kind]
        self.keys = [prior.key for prior in order]
        loadings = scenario.scale * np.asarray([prior.loadings for prior in order], float)
        common = np.einsum("di,ij,dj->d", loadings, scenario.correlation, loadings)
        self.loadings = np.ascontiguousarray(loadings @ np.linalg.cholesky(scenario.correlation))
        self.loadings = self.loadings.astype(dtype)  # of the factors' independent normals
        self.own = np.sqrt(1 - common).astype(dtype)[:, None]
        stops = np.cumsum([0] + [len(kind) for kind in drawn.values()])
        self.rows = {k: slice(a, b) for k, a, b in zip(drawn, stops, stops[1:], strict=False)}
        self.pieces: dict[str, list[Array]] = {}
        for kind in ("normal", "lognormal", "logit"):
            names = ("centre", "lower", "upper", "low", "high")
            self.pieces[kind] = [
                np.asarray([getattr(p.marginal, n) for p in drawn[kind]], dtype)[:, None]
                for n in names
            ]
        self.other = [prior.marginal for prior in drawn["other"]]
        for i, prior in enumerate(order):
            if prior.declaration.kind == "event":
                self.events[prior.key] = (prior.marginal, float(self.own[i, 0]))

    def draw(self, rng: np.random.Generator, z: Array, factors: Array) -> Tree:
        """One tile's inputs by group; `z` (draws, paths) and `factors` (7, paths) are scratch."""
        rng.standard_normal(dtype=self.dtype, out=z)
        rng.standard_normal(dtype=self.dtype, out=factors)
        z *= self.own
        common = self.loadings @ factors
        for key in self.events:  # an event has noise of its own each time
            z[self.keys.index(key)] = 0
        z += common
        values = dict(self.fixed)
        for key in self.events:
            values[key] = z[self.keys.index(key)].copy()
        for kind, (centre, lower, upper, low, high) in self.pieces.items():
            part = z[self.rows[kind]]
            part *= np.where(part > 0, upper, lower)
            part += centre
            if kind == "lognormal":
                np.exp(part, out=part)
            elif kind == "logit":
                part[:] = 1 / (1 + np.exp(-part))
            np.clip(part, low, high, out=part)
        for row, marginal in zip(z[self.rows["other"]], self.other, strict=True):
            row[:] = _other(marginal, ndtr(row))
        for i, key in enumerate(self.keys):
            if key not in self.events:
                values[key] = z[i]
        made = Tree(**{key.split(".")[0]: Tree() for key in values})
        for key, value in values.items():
            group, name = key.split(".")
            setattr(getattr(made, group), name, value)
        return made


def _other(m: Triangular | Uniform, u: Array) -> Array:
    if isinstance(m, Uniform):
        v = (u - m.zero) / (1 - m.zero)
        return np.where(v < 0, 0, m.low + (m.high - m.low) * v)
    v = np.minimum(u / (1 - m.never), 1)
    width = m.high - m.low
    rising = m.low + np.sqrt(v * (width * (m.mode - m.low)))
    falling = m.high - np.sqrt((1 - v) * (width * (m.high - m.mode)))
    value = np.where(v * width < m.mode - m.low, rising, falling)
    return np.where(u < 1 - m.never, value, NEVER)


def event(marginal: Any, z: Array) -> Array:
    w = marginal.centre + z * np.where(z > 0, marginal.upper, marginal.lower).astype(z.dtype)
    return np.clip(np.exp(w), marginal.low, marginal.high)
