"""Chips: performance per watt at the date of release, an exponential with scatter about it."""

from collections.abc import Mapping

import numpy as np

from risk.calibrate.evidence import Table
from risk.calibrate.fit import Drawn, Fit, Known, Priors, Seen, drawn, scatter, site

GROWTH = "chips.frontier_growth"
MIDDLE = 2021.0


def _prepare(tables: Mapping[str, Table]) -> tuple[Known, Seen]:
    rows = tables["chips"]
    known = {"years": rows.column("date") - MIDDLE}
    return known, {"per watt": np.log(rows.column("throughput") / rows.column("power"))}


def _model(known: Known, priors: Priors, seen: Seen | None) -> None:
    """The level, TFLOP/s per W at 2021, is looked for about 0.6, within a factor of 5."""
    import jax.numpy as jnp
    import numpyro
    from numpyro.distributions import Normal

    level = numpyro.sample("level", Normal(jnp.log(0.6), 1.0))
    trend = level + jnp.log1p(drawn(GROWTH, priors)) * known["years"]
    site("per watt", Normal(trend, scatter("scatter", 0.3)), seen)


def _synthesise(known: Known, drawn: Drawn, rng: np.random.Generator) -> Seen:
    per_watt = np.exp(drawn["level"]) * (1.0 + drawn[GROWTH]) ** known["years"]
    return {"per watt": np.log(per_watt * rng.lognormal(0.0, drawn["scatter"], per_watt.shape))}


def _statistics(known: Known, seen: Seen) -> Mapping[str, float]:
    """Slope of a straight line through all, and through the later half."""
    years, value = known["years"], seen["per watt"]
    late = years >= np.median(years)
    return {
        "growth, logs a year": float(np.polyfit(years, value, 1)[0]),
        "growth of late, logs a year": float(np.polyfit(years[late], value[late], 1)[0]),
    }


FIT = Fit(
    name="chips",
    asks="how fast performance per watt grows",
    tables=("chips",),
    informs=(GROWTH,),
    prepare=_prepare,
    model=_model,
    synthesise=_synthesise,
    statistics=_statistics,
)
