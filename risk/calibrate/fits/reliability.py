"""Launch reliability: loss probability that falls as a power of the attempts, by vehicle family.

The model's own law (a Crow-AMSAA form with an end): mature + (new - mature) (1 + k)^-exponent, k
attempts so far. Starship's flights so far are all counted at its probability of today.
"""

from collections.abc import Mapping

import numpy as np

from risk.calibrate.evidence import Table
from risk.calibrate.fit import Drawn, Fit, Known, Priors, Seen, index, likeness, pooled, site

OURS = "Starship"
MATURE, NEW = "launch.failure_mature", "launch.failure_new"
EXPONENT = "launch.reliability_exponent"
ALONE, GROUPS = 16, 8
LATE = 20
"""From this attempt on a vehicle counts as grown."""


def _prepare(tables: Mapping[str, Table]) -> tuple[Known, Seen]:
    rows = tables["reliability"]
    family, names = index(rows.texts("family"), OURS)
    first, attempts = rows.column("first"), rows.column("attempts")
    groups = [_groups(*block) for block in zip(first, attempts, strict=True)]
    known = {
        "family": family,
        "ours": family == names.index(OURS),
        "first": first,
        "attempts": attempts,
        "before": np.stack([before for before, _ in groups]),
        "share": np.stack([share for _, share in groups]),
        "each": np.zeros(len(names)),
    }
    return known, {"losses": rows.column("losses")}


def _groups(first: float, attempts: float) -> tuple[np.ndarray, np.ndarray]:
    """Mean attempts before the flights of a group, and the share of the block that it holds.

    Early flights stand alone; means of groups of later ones are 1 % off at most.
    """
    edges = np.append(np.arange(ALONE), np.geomspace(ALONE, max(ALONE, attempts), GROUPS + 1))
    edges = np.minimum(np.round(edges), attempts)
    low, high = edges[:-1], edges[1:]
    return first - 1.0 + 0.5 * (low + np.maximum(high - 1.0, low)), (high - low) / attempts


def _model(known: Known, priors: Priors, seen: Seen | None) -> None:
    """Losses of a block are binomial at the mean probability of its flights."""
    import jax.numpy as jnp
    from numpyro.distributions import Binomial

    alike = likeness()
    mature, new, exponent = (
        pooled(key, priors, len(known["each"]), alike)[known["family"]]
        for key in (MATURE, NEW, EXPONENT)
    )
    grown = (1.0 + known["before"]) ** -exponent[:, None]
    grown = jnp.where(known["ours"][:, None], 1.0, grown)
    mean = mature + (jnp.maximum(new, mature) - mature) * (grown * known["share"]).sum(1)
    site("losses", Binomial(known["attempts"].astype(int), mean), seen)


def _synthesise(known: Known, drawn: Drawn, rng: np.random.Generator) -> Seen:
    """Flight by flight."""
    losses = []
    for row, family in enumerate(known["family"]):
        mature, new, exponent = (drawn[f"each {key}"][family] for key in (MATURE, NEW, EXPONENT))
        before = known["first"][row] - 1.0 + np.arange(known["attempts"][row])
        grown = np.ones_like(before) if known["ours"][row] else (1.0 + before) ** -exponent
        chance = mature + (max(new, mature) - mature) * grown
        losses.append((rng.random(before.size) < chance).sum())
    return {"losses": np.asarray(losses, float)}


def _statistics(known: Known, seen: Seen) -> Mapping[str, float]:
    late = known["first"] >= LATE
    return {
        "losses of grown vehicles": float(seen["losses"][late].sum()),
        "losses of young ones": float(seen["losses"][~late].sum()),
    }


FIT = Fit(
    name="reliability",
    asks="how often launches fail, and how fast that falls",
    tables=("reliability",),
    informs=(NEW, MATURE, EXPONENT),
    prepare=_prepare,
    model=_model,
    synthesise=_synthesise,
    statistics=_statistics,
    caution=(
        "Starship's flights, and Falcon's record, are in the table and already made the scenario's "
        "own prior: they are used twice, so the interval is too narrow."
    ),
)
