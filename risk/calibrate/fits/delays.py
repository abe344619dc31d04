"""Ground delays: years to power at places whose waits are alike to an unknown degree.

A new place is one more member of the family; it is what the scenario draws.
"""

from collections.abc import Mapping

import numpy as np

from risk.calibrate.evidence import Table
from risk.calibrate.fit import Drawn, Fit, Known, Priors, Seen, likeness, pooled, site

KINDS = {"grid": "schedule.grid_delay", "onsite": "schedule.onsite_delay"}
TOLD = 0.15
"""Standard deviation of the log of a delay as told by a note; a judgement."""


def _prepare(tables: Mapping[str, Table]) -> tuple[Known, Seen]:
    seen = {kind: np.log(tables["delays"].where(kind=kind).column("years")) for kind in KINDS}
    return {kind: np.zeros(len(values)) for kind, values in seen.items()}, seen


def _model(known: Known, priors: Priors, seen: Seen | None) -> None:
    import jax.numpy as jnp
    from numpyro.distributions import Normal

    alike = likeness()
    for kind, key in KINDS.items():
        years = pooled(key, priors, len(known[kind]) + 1, alike)
        site(kind, Normal(jnp.log(years[:-1]), TOLD), seen)


def _synthesise(known: Known, drawn: Drawn, rng: np.random.Generator) -> Seen:
    made = {}
    for kind, key in KINDS.items():
        years = drawn[f"each {key}"][:-1]
        made[kind] = np.log(years * rng.lognormal(0.0, TOLD, years.shape))
    return made


def _statistics(known: Known, seen: Seen) -> Mapping[str, float]:
    """Mean log delay of a kind, and its spread where there are more than two places."""
    return {f"mean {kind} delay, log years": float(seen[kind].mean()) for kind in KINDS} | {
        "spread of grid delays, logs": float(seen["grid"].std())
    }


FIT = Fit(
    name="delays",
    asks="how long a ground site waits for power",
    tables=("delays",),
    informs=tuple(KINDS.values()),
    prepare=_prepare,
    model=_model,
    synthesise=_synthesise,
    statistics=_statistics,
    caution=(
        "The waits of JLL and of single places are in the table and already made the scenario's "
        "own prior: they are used twice, so the interval is too narrow."
    ),
)
