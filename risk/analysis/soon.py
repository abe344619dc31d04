"""How likely is it that orbit crosses by an early date: a probability too small to count."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from scipy.special import ndtr

from kernels.counter import TILE
from risk.analysis.estimates import date_of
from risk.analysis.rare import Evaluate, Floats, Margins, Rare, agreed, importance, subset
from risk.model.metrics import RUN_LENGTH
from risk.model.path import Inputs
from risk.run.look import View
from risk.run.probe import Probe
from risk.scenario import Scenario

MARGINS: dict[str, tuple[tuple[str, ...], Callable[..., Array]]] = {
    "cost": (("ratio",), lambda ratio: jnp.log(ratio)),
    "time-adjusted": (("time_ratio",), lambda ratio: jnp.log(ratio)),
    "value": (
        ("npv_orbit", "npv_ground", "lcoc_ground"),
        lambda orbit, ground, cost: (ground - orbit) / cost,
    ),
}
"""Fields of the outcome, and what is below zero where orbit wins."""
TILES = 16
"""Tiles set apart for a batch, so that no two batches meet the same luck."""
POPULATIONS = ("prior", "conditioned")
_PLAIN = 1 << 16  # points for the share of paths that the conditioning keeps


def crossing_by(
    scenario: Scenario,
    comparator: str,
    quarter: int,
    *,
    seed: int,
    told: Callable[[str], None] = lambda text: None,
) -> dict[str, Any]:
    """P that a crossing, four quarters in a row below parity, has begun by `quarter`.

    By importance sampling and by subset simulation, for all paths and for those conditioned, by
    the probability with which each is kept. Raises DisagreementError where the two disagree.
    """
    evaluate, dimensions = _asked(scenario, comparator, quarter, seed)
    everyone = _kept_share(evaluate, dimensions, seed)
    found = {}
    for population in POPULATIONS:
        kept, share = population != "prior", everyone if population != "prior" else 1.0
        asked = evaluate if kept else _unweighted(evaluate)
        told(f"{population}: importance sampling")
        tilted = _over(importance(asked, dimensions, seed=seed), share)
        told(f"{population}: subset simulation")
        layered = _over(subset(asked, dimensions, seed=seed + 1), share)
        found[population] = {
            "importance": tilted._asdict(),
            "subset": layered._asdict(),
            "apart": agreed(tilted, layered),
        }
    return {"comparator": comparator, "date": date_of(quarter), "seed": seed, "found": found}


def _asked(scenario: Scenario, comparator: str, quarter: int, seed: int) -> tuple[Evaluate, int]:
    """The model as a margin of independent normals; uniforms drawn once are normals too."""
    fields, margin = MARGINS[comparator]

    def see(inputs: Inputs, outcome: dict[str, Array]) -> Array:
        below = margin(*(outcome[name] for name in fields))
        last = [below[k : quarter + 1 + k] for k in range(RUN_LENGTH)]
        return jnp.min(jnp.max(jnp.stack(last), axis=0), axis=0)

    probe = Probe(scenario, View(f"soon {comparator} {quarter}", fields, see), seed=seed)
    normals, uniforms = len(probe.normals), len(probe.uniforms) - 1  # the last one accepts
    opinion = scenario.conditioning

    def evaluate(z: Floats, batch: int) -> Margins:
        u = np.vstack([ndtr(z[normals:]), np.full((1, z.shape[1]), 0.5)])
        assert z.shape[1] <= TILES * TILE
        seen = probe(z[:normals], u, tile=batch * TILES)
        off = np.log(seen.published_ratio / opinion.centre) / opinion.log_sd[0]
        weight = np.where(seen.finite, np.exp(-0.5 * off * off), 0.0)
        return Margins(np.where(seen.finite, seen.values, np.inf), weight)

    return evaluate, normals + uniforms


def _kept_share(evaluate: Evaluate, dimensions: int, seed: int) -> float:
    rng = np.random.Generator(np.random.Philox(seed + 2))
    weights = [
        evaluate(rng.standard_normal((dimensions, TILE)), 1 << 17 | k).weight.mean()
        for k in range(_PLAIN // TILE)
    ]
    return float(np.mean(weights))


def _unweighted(evaluate: Evaluate) -> Evaluate:
    def asked(z: Floats, batch: int) -> Margins:
        seen = evaluate(z, batch)
        return Margins(seen.margin, np.ones(z.shape[1]))

    return asked


def _over(found: Rare, share: float) -> Rare:
    """Of the paths that are kept; the share itself is known to a tenth of a percent."""
    value, stderr, low, high = (x / share for x in found[:4])
    return Rare(value, stderr, low, high, found.evaluations)
