"""Reverse stress: which combination of inputs makes orbit win, and which makes it lose."""

from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from scipy.special import ndtr, ndtri
from scipy.stats import qmc

from kernels.counter import TILE
from risk.analysis import scrambles
from risk.analysis.form import DesignPoint, Floats, design_point
from risk.analysis.intervals import Interval
from risk.analysis.margins import commit_place, populations
from risk.analysis.soon import MARGINS
from risk.model.metrics import COMMIT_QUARTERS
from risk.model.path import Inputs
from risk.run.execute import job_of
from risk.run.look import View
from risk.run.probe import Probe
from risk.scenario import Scenario

PATHS, REPLICATES = 65_536, 16
ROWS = 10
FEW = 50
"""Paths below which a median among them is said to be of few."""
STEP = 0.1
"""Half-width of the slopes of the design point, in standard deviations."""
WITHIN = 0.1
"""Standard deviations, over some hundred dimensions, within which it has to settle: costs have
kinks, at which a search by slopes goes to and fro."""


def reverse(
    scenario: Scenario, *, year: int, comparator: str = "cost", paths: int = PATHS, seed: int = 7
) -> dict[str, Any]:
    """The drivers that stand out where orbit wins or loses, and the design point; JSON-ready.

    A row has the conditional median of a factor or input as its standard normal, as a quantile of
    the prior with a 95 % interval over scrambles, and in the input's unit; and the design point. The design point is that of the margin's mean over one tile of luck (quarters
    and what else is drawn once beside the inputs), so that it is a point of inputs alone. Raises
    ValueError for a year or a comparator that is none.
    """
    place = commit_place(year)
    if comparator not in MARGINS:
        raise ValueError(f"the comparator {comparator!r} is given; allowed: {', '.join(MARGINS)}")
    fields, margin = MARGINS[comparator]
    quarter = COMMIT_QUARTERS[place]

    def see(inputs: Inputs, outcome: dict[str, Array]) -> Array:
        del inputs
        return margin(*(outcome[name][quarter] for name in fields))

    probe = Probe(scenario, View(f"reverse {comparator} {year}", fields, see), seed=seed)
    drivers = _Drivers(scenario, probe)
    z, u, replicate = _points(len(probe.normals), len(probe.uniforms), paths, seed)
    seen = probe(z, u)
    wins = seen.finite & (seen.values <= 0.0)
    x = drivers.values(z)
    found = _design(probe, seed)
    at = drivers.values(found.z[:, None])[:, 0]
    groups = {}
    for population, least in populations(scenario).items():
        kept = seen.finite & (seen.kept_by >= least)
        groups[population] = {
            "p": _numbers(
                scrambles.proportion(
                    np.bincount(replicate[kept & wins], minlength=REPLICATES),
                    np.bincount(replicate[kept], minlength=REPLICATES),
                )
            )
            | {"n": int(kept.sum())},
            "win": drivers.group(x, kept & wins, replicate, at),
            "lose": drivers.group(x, kept & ~wins, replicate, at),
        }
    beta = {name: getattr(found, name) for name in ("beta", "probability", "off", "settled")}
    return {
        "year": year,
        "comparator": comparator,
        "paths": len(replicate),
        "seed": seed,
        "design": beta,
        "populations": groups,
    }


class _Drivers:
    """Factors and uncertain inputs as dependent standard normals, from independent ones."""

    def __init__(self, scenario: Scenario, probe: Probe) -> None:
        self.scenario = scenario
        rows = probe.rows.scenario
        self.factors, self.inputs = rows.factors, rows.numbers
        self.of = [probe.normals.index(name) for name in (*rows.factors, *rows.numbers)]
        copula = job_of(scenario, 0, "mc")[0].scenario.dependence
        self.root = np.asarray(copula.root, np.float64)
        self.loadings = np.asarray(copula.loadings, np.float64)[: len(rows.numbers)]
        self.own = np.asarray(copula.own, np.float64)[: len(rows.numbers)]

    def values(self, z: Floats) -> Floats:
        """(normals, n) -> (factors and inputs, n)."""
        k = len(self.factors)
        mine = z[self.of]
        factor = self.root @ mine[:k]
        return np.vstack([factor, self.loadings @ factor + self.own[:, None] * mine[k:]])

    def group(self, x: Floats, chosen: Any, replicate: Any, at: Floats) -> dict[str, Any]:
        """The drivers whose median among the chosen lies furthest from that of the prior."""
        n = int(chosen.sum())
        if not n:
            return {"n": 0, "rows": []}
        medians = np.median(x[:, chosen], axis=1)
        order = np.argsort(-np.abs(medians))[:ROWS]
        sets = [chosen & (replicate == r) for r in range(REPLICATES)]
        sets = [one for one in sets if one.any()]
        rows = []
        for k in order:
            known = len(sets) > 1
            middle = float(medians[k])
            interval = scrambles.sample_quantile([x[k, s] for s in sets], 0.5) if known else None
            rows.append(
                {
                    **self._named(int(k), middle),
                    "z": middle,
                    "quantile": float(ndtr(middle)),
                    "low": float(ndtr(interval.low)) if interval else None,
                    "high": float(ndtr(interval.high)) if interval else None,
                    "design_z": float(at[k]),
                    "design_quantile": float(ndtr(at[k])),
                    "design_value": self._value(int(k), float(at[k])),
                }
            )
        return {"n": n, "few": n < FEW, "rows": rows}

    def _named(self, k: int, z: float) -> dict[str, Any]:
        if k < len(self.factors):
            key = self.factors[k]
            name = self.scenario.factors[key.removeprefix("factor.")]
            return {"kind": "factor", "key": key, "name": name, "unit": "", "value": None}
        key = self.inputs[k - len(self.factors)]
        declared = self.scenario.priors[key].declaration
        about = {"kind": "input", "key": key, "name": declared.meaning, "unit": declared.unit}
        return about | {"value": self._value(k, z)}

    def _value(self, k: int, z: float) -> float | None:
        """What an input is at a standard normal; None for a factor, which has no unit."""
        if k < len(self.factors):
            return None
        marginal = self.scenario.priors[self.inputs[k - len(self.factors)]].marginal
        return float(marginal.quantile(jnp.float32(z)))


def _points(normals: int, uniforms: int, paths: int, seed: int) -> tuple[Floats, Floats, Any]:
    """Scrambled Sobol' points, one scramble after the other, and which scramble each is of."""
    each = 1 << max(0, (max(paths, REPLICATES) // REPLICATES - 1).bit_length())
    width = normals + uniforms
    seeds = np.random.SeedSequence(seed).spawn(REPLICATES)
    parts = [
        qmc.Sobol(width, scramble=True, rng=np.random.default_rng(s)).random(each) for s in seeds
    ]
    points = np.vstack(parts).T
    points = np.clip(points, 1e-9, 1.0 - 1e-9)
    return ndtri(points[:normals]), points[normals:], np.repeat(np.arange(REPLICATES), each)


def _design(probe: Probe, seed: int) -> DesignPoint:
    """Of the margin's mean over a tile of luck, the same luck at every point."""
    starts = [name.startswith("starts.") for name in probe.normals]
    fixed = np.array(starts, dtype=np.bool_)
    rng = np.random.default_rng(seed)
    luck = rng.standard_normal((int(fixed.sum()), TILE))
    u = rng.random((len(probe.uniforms), TILE))
    z = np.empty((len(fixed), TILE))
    z[fixed] = luck

    def margin(points: Floats) -> Floats:
        found = np.empty(points.shape[1])
        for k, point in enumerate(points.T):
            z[~fixed] = point[:, None]
            seen = probe(z, u)
            found[k] = seen.values[seen.finite].mean()
        return found

    made = design_point(margin, int((~fixed).sum()), step=STEP, within=WITHIN)
    whole = np.zeros(len(fixed))
    whole[~fixed] = made.z
    return made._replace(z=whole)


def _numbers(found: Interval) -> dict[str, float]:
    return {name: float(value) for name, value in found._asdict().items()}
