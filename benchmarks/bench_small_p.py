"""What raises the gain for the headline's own small P, cheaper orbit on cost in 2035?

Seven estimators of the prior's P(A) and two of the conditioned one, each from the same paths in
independent replicates: plain paths and scrambled points, the indicator against its expectation over
the idiosyncratic part of today's launch cost (the path wins below its break-even price, so that
expectation is a normal probability), weights against thinning for the conditioning, and a tilt of
the two common factors that orbit needs. A gain is the variance of plain paths with the indicator
over that of the estimator, at equal numbers of paths; the order of dimensions is tried by reversing
the record.
"""

from collections.abc import Callable
from typing import Any
from unittest import mock

import numpy as np

from benchmarks.apart import apart
from benchmarks.bars import digits

QUARTER = 36  # 2035Q4
TILT = {"factor.hardware_maturity": 1.5, "factor.launch_success": 1.2}
"""Standard deviations by which factors are moved; chosen by hand near the mean of winning paths."""
TILES, REPLICATES = 8, 64
PRIOR, CONDITIONED = "prior, indicator", "conditioned, thinned"
BASES = {
    PRIOR: PRIOR,
    "prior, integrated over launch cost": PRIOR,
    "prior, tilted": PRIOR,
    "prior, tilted and integrated": PRIOR,
    CONDITIONED: CONDITIONED,
    "conditioned, weighted": CONDITIONED,
    "conditioned, tilted and weighted": CONDITIONED,
}
"""Estimators, and the one with plain paths that each is held against."""
SAMPLERS = {"plain paths": "mc", "scrambled points": "sobol"}
Found = dict[str, Any]


def run(quick: bool = False) -> Found:
    """Mean and standard deviation of one replicate by sampler and estimator."""
    size = {"tiles": 1, "replicates": 16} if quick else {"tiles": TILES, "replicates": REPLICATES}
    made = {
        name: apart(spreads, sampler=sampler, reverse=False, **size).value
        for name, sampler in SAMPLERS.items()
    }
    name = "scrambled points, dimensions reversed"
    made[name] = apart(spreads, sampler="sobol", reverse=True, **size).value
    return {**size, "samplers": made}


def spreads(sampler: str, reverse: bool, tiles: int, replicates: int) -> dict[str, list[float]]:
    """Mean and standard deviation over replicates, by estimator."""
    import jax

    from kernels.counter import TILE, tile_of
    from kernels.sobol import first_tile
    from risk.run import dimensions
    from risk.run.devices import prepare
    from risk.run.execute import job_of
    from risk.scenario import load

    prepare()
    recorded = dimensions.recorded()
    if reverse:
        order, first = list(recorded.items())[::-1], 0
        recorded = {}
        for key, (_, count) in order:
            recorded[key] = first, count
            first += count
    with mock.patch.object(dimensions, "recorded", return_value=recorded):
        job, rows = job_of(load("base"), 1, sampler)
    plain, tilted = (jax.jit(_estimates(rows, tilt)) for tilt in ({}, TILT))
    found: dict[str, list[float]] = {name: [] for name in BASES}
    for r in range(replicates):
        sums: dict[str, Any] = {}
        for t in range(tiles):
            tile = tile_of(first_tile(r, t * TILE) if sampler != "mc" else r * tiles + t)
            for name, value in {**plain(job, tile), **tilted(job, tile)}.items():
                sums[name] = sums.get(name, 0.0) + np.asarray(value, np.float64)
        for name in BASES:
            found[name].append(float(sums[name][0] / sums[name][1]))
    return {n: [float(np.mean(v)), float(np.std(v, ddof=1))] for n, v in found.items()}


def _estimates(rows: Any, tilt: dict[str, float]) -> Callable[[Any, Any], dict[str, Any]]:
    """Sums of numerator and denominator of a tile, by estimator."""
    import jax.numpy as jnp
    from jax.scipy.special import ndtr

    from risk.model import launch
    from risk.model.constants import DT
    from risk.run import draw, simulate

    place = {name: rows.draws.normals.index(name) for name in tilt}
    number = rows.scenario.numbers.index("launch.cost_today")
    kinds = [kind for kind, count in rows.scenario.kinds for _ in range(count)]
    row = sum(kind is kinds[number] for kind in kinds[:number])
    stack = list(dict.fromkeys(kinds)).index(kinds[number])
    years = QUARTER * DT

    def estimates(job: Any, tile: Any) -> dict[str, Any]:
        drawn: dict[str, Any] = {}

        def moved(p: Any, layout: Any, names: Any, z: Any) -> Any:
            drawn["weight"] = jnp.ones(z.shape[1])
            for name, shift in tilt.items():
                drawn["weight"] *= jnp.exp(-shift * z[place[name]] - shift * shift / 2.0)
                z = z.at[place[name]].add(shift)
            x = original(p, layout, names, z)
            factor = draw.factors(p.dependence, z[: len(layout.factors)])
            drawn["common"] = draw.common_part(p.dependence, factor)[number]
            return x

        original = draw.inputs
        with mock.patch.object(simulate, "inputs", moved):
            outcome, begun = simulate.outcomes(job, rows, simulate.shared(job, tile), tile[None])
        x, weight = begun.inputs.launch, drawn["weight"]
        wins = (outcome.ratio[QUARTER] < 1.0).astype(jnp.float32)
        margin = launch.markup(x, jnp.float32(years))
        learned = outcome.launched_mass[QUARTER] / x.mass_today
        learned = jnp.exp(jnp.log(learned) * begun.fixed.launch.wright)
        most = outcome.break_even[QUARTER]
        marginal = job.scenario.marginals[stack]
        log_cost = jnp.log(jnp.maximum(most / (margin * learned), 1e-30)) - marginal.centre[row, 0]
        spread = jnp.where(log_cost > 0, marginal.upper[row, 0], marginal.lower[row, 0])
        own = job.scenario.dependence.own[number]
        below = ndtr((log_cost / spread - drawn["common"]) / own)
        integrated = jnp.where((most > 0) & (x.floor_cost * margin < most), below, 0.0)
        distance = jnp.log(begun.ratio / job.opinion.centre) / job.opinion.log_sd[0]
        accepted = jnp.exp(-0.5 * distance * distance)
        kept = (begun.group >= 1).astype(jnp.float32)
        everyone = jnp.ones_like(wins)
        if tilt:
            return {
                "prior, tilted": _sums(wins * weight, everyone),
                "prior, tilted and integrated": _sums(integrated * weight, everyone),
                "conditioned, tilted and weighted": _sums(
                    wins * accepted * weight, accepted * weight
                ),
            }
        return {
            PRIOR: _sums(wins, everyone),
            "prior, integrated over launch cost": _sums(integrated, everyone),
            CONDITIONED: _sums(wins * kept, kept),
            "conditioned, weighted": _sums(wins * accepted, accepted),
        }

    return estimates


def _sums(part: Any, whole: Any) -> Any:
    import jax.numpy as jnp

    return jnp.stack([jnp.sum(part), jnp.sum(whole)])


def lines(found: Found) -> list[str]:
    """Estimates, errors and gains; a gain is known to about a third."""
    from kernels.counter import TILE

    known = 100 * np.sqrt(4.0 / (found["replicates"] - 1))
    rows = [
        f"{found['replicates']} replicates of {found['tiles'] * TILE:,} paths; a gain, a ratio of "
        f"two variances, is known to about {known:.0f} %.",
        "",
        "| sampler | estimator | P, % | standard deviation of a replicate, points | gain |",
        "|---|---|---|---|---|",
    ]
    plain = found["samplers"]["plain paths"]
    for sampler, estimators in found["samplers"].items():
        for name, (mean, sd) in estimators.items():
            gain = (plain[BASES[name]][1] / sd) ** 2
            rows.append(
                f"| {sampler} | {name} | {100 * mean:.3f} | {100 * sd:.4f} | {digits(gain)} |"
            )
    return rows
