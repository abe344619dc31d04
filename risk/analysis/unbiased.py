"""EVPPI in the prior by nested simulation of the model: the check of the regression.

An input is x = l . f + own e of independent normals, so what is known of a path is a set of linear
forms A z. Given them, z is fresh + P (z - fresh), P the projection on the rows of A: the law of the
rest of the path given what is known, dependence included. Luck is drawn anew for every inner path.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernels.counter import TILE
from risk.analysis.intervals import Interval
from risk.analysis.margins import commit_place
from risk.analysis.nested import nested
from risk.model.metrics import COMMIT_QUARTERS
from risk.run.look import View
from risk.run.probe import Probe
from risk.scenario import Scenario

FACTORS, INPUTS = "factors", "inputs"
"""Keys of the sets of all common factors and of all uncertain inputs."""
OUTER = 2048
"""Outer draws of a replicate; about seven inner ones each."""
APART = 4.0
"""Combined standard errors by which a lower bound may be above the unbiased value."""


class Disagreement(ArithmeticError):
    """A lower bound above the value that it bounds: no result is given."""


def unbiased(
    scenario: Scenario,
    key: str,
    *,
    year: int,
    scale: float,
    neither: bool,
    seed: int,
    outer: int = OUTER,
) -> Interval:
    """EVPPI of a factor, an input, or a set, over the prior, from `outer` draws a replicate.

    `scale` turns an NPV per kW into the unit of the answer. Raises ValueError for a path that is
    not finite.
    """
    quarter = COMMIT_QUARTERS[commit_place(year)]
    fields = ("npv_orbit", "npv_ground")
    view = View(f"information {quarter}", fields, lambda x, o: {f: o[f][quarter] for f in fields})
    probe = Probe(scenario, view, seed=seed)
    rows = known(probe, key)
    onto = np.linalg.pinv(rows) @ rows
    used = 0

    def inner(size: NDArray, replicate: int) -> NDArray:
        nonlocal used
        rng = np.random.Generator(np.random.Philox(key=np.array([seed, replicate], np.uint64)))
        held = rng.standard_normal((len(onto), len(size)))
        z = rng.standard_normal((len(onto), int(size.sum())))
        z += np.repeat(onto @ held, size, axis=1) - onto @ z
        found = probe(z, rng.random((len(probe.uniforms), z.shape[1])), tile=used)
        used += -(-z.shape[1] // TILE)
        if not found.finite.all():
            raise ValueError(f"{int((~found.finite).sum())} of {z.shape[1]} paths are not finite")
        orbit, ground = (scale * np.asarray(found.values[f], np.float64) for f in fields)
        return np.column_stack([orbit - ground, -ground] if neither else [orbit - ground])

    return nested(inner, outer, seed)


def compared(bound: Interval, value: Interval, key: str) -> dict[str, Any]:
    """Both estimates and how many combined standard errors the bound lies above the value.

    One-sided, because a regression that fits badly is worth less than the truth, never more. Raises
    Disagreement above `APART` of them.
    """
    error = float(np.hypot(bound.stderr, value.stderr))
    above = (bound.value - value.value) / error if error > 0.0 else 0.0
    if above > APART:
        raise Disagreement(
            f"information on {key} is worth {bound.value:.6g} by regression, a lower bound, and "
            f"{value.value:.6g} by nested simulation: {above:.1f} standard errors above it, "
            f"{APART:g} are allowed"
        )
    return {"above": above, "unbiased": {k: float(x) for k, x in value._asdict().items()}}


def known(probe: Probe, key: str) -> NDArray:
    """The linear forms of a path's normals that knowing `key` gives, (forms, normals).

    Each has variance 1: a factor, or an input before its distribution is laid on it.
    """
    rows, place = probe.rows.scenario, {name: k for k, name in enumerate(probe.normals)}
    dependence = probe._job.scenario.dependence
    root = np.asarray(dependence.root, np.float64)
    loadings = np.asarray(dependence.loadings, np.float64) @ root
    own = np.asarray(dependence.own, np.float64)
    common = [place[name] for name in rows.factors]
    forms: dict[str, NDArray] = {}
    for name, row in zip(rows.factors, root, strict=True):
        forms[name] = np.zeros(len(place))
        forms[name][common] = row
    for k, name in enumerate(rows.numbers):
        forms[name] = np.zeros(len(place))
        forms[name][common], forms[name][place[name]] = loadings[k], own[k]
    sets = {FACTORS: rows.factors, INPUTS: rows.numbers}
    group = [name for name in rows.numbers if name.startswith(f"{key}.")]
    chosen = [n for n in sets.get(key, (f"factor.{key}", key, *group)) if n in forms]
    return np.stack([forms[name] for name in chosen])
