"""Wright's law: cost falls by a share with each doubling of what was made, with scatter about it."""

from collections.abc import Mapping

import numpy as np

from risk.calibrate.evidence import Table
from risk.calibrate.fit import Drawn, Fit, Known, Priors, Seen, drawn, scatter, site

SERIES = {"launch": "launch.learning_rate", "platform": "platform.learning_rate"}
MIDDLE = {"launch": 1500.0, "platform": 30.0}
"""Where the first cost of a series is looked for, within a factor of 5: wide, a judgement."""


def _prepare(tables: Mapping[str, Table]) -> tuple[Known, Seen]:
    known: dict[str, np.ndarray] = {}
    seen: dict[str, np.ndarray] = {}
    for name in SERIES:
        rows = tables["learning"].where(series=name)
        experience = rows.column("experience")
        known[name] = np.log2(experience / experience[0])
        seen[name] = np.log(rows.column("cost"))
    return known, seen


def _model(known: Known, priors: Priors, seen: Seen | None) -> None:
    import jax.numpy as jnp
    import numpyro
    from numpyro.distributions import Normal

    error = scatter("scatter", 0.2)
    for name, key in SERIES.items():
        first = numpyro.sample(f"first {name}", Normal(jnp.log(MIDDLE[name]), 1.0))
        slope = jnp.log1p(-drawn(key, priors))
        site(name, Normal(first + slope * known[name], error), seen)


def _synthesise(known: Known, drawn: Drawn, rng: np.random.Generator) -> Seen:
    made = {}
    for name, key in SERIES.items():
        cost = np.exp(drawn[f"first {name}"]) * (1.0 - drawn[key]) ** known[name]
        made[name] = np.log(cost * rng.lognormal(0.0, drawn["scatter"], cost.shape))
    return made


def _statistics(known: Known, seen: Seen) -> Mapping[str, float]:
    """Fall of the logarithm of cost from the first row to the last."""
    return {f"fall of {name} cost, logs": float(seen[name][0] - seen[name][-1]) for name in SERIES}


FIT = Fit(
    name="learning",
    asks="how far cost falls with each doubling",
    tables=("learning",),
    informs=tuple(SERIES.values()),
    prepare=_prepare,
    model=_model,
    synthesise=_synthesise,
    statistics=_statistics,
    caution=(
        "Starlink's cost per kW and Suncatcher's curve are in the table and already made the scenario's "
        "own prior: they are used twice, so the interval is too narrow."
    ),
)
