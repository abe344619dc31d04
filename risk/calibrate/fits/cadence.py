"""Launch cadence: yearly flights that grow by a factor, by vehicle, with more scatter than chance."""

from collections.abc import Mapping

import numpy as np

from risk.calibrate.evidence import Table
from risk.calibrate.fit import (
    Drawn,
    Fit,
    Known,
    Priors,
    Seen,
    drawn,
    index,
    likeness,
    pooled,
    scatter,
    site,
)

OURS = "Starship"
GROWTH, TODAY = "launch.cadence_growth", "launch.flights_today"
START = 2026.75
OTHERS = 2010.5
"""Date at which the level of any other vehicle is a free number."""


def _prepare(tables: Mapping[str, Table]) -> tuple[Known, Seen]:
    rows = tables["cadence"]
    vehicle, names = index(rows.texts("vehicle"), OURS)
    ours = vehicle == names.index(OURS)
    middle = rows.column("year") + 0.5 * rows.column("seen")
    known = {
        "vehicle": vehicle,
        "years": middle - np.where(ours, START, OTHERS),
        "seen": rows.column("seen"),
        "each": np.zeros(len(names)),
    }
    return known, {"flights": rows.column("flights")}


def _model(known: Known, priors: Priors, seen: Seen | None) -> None:
    """Negative binomial about an exponential; level of other vehicles about 3 a year at first."""
    import jax.numpy as jnp
    import numpyro
    from numpyro.distributions import LogNormal, NegativeBinomial2

    each = len(known["each"])
    growth = pooled(GROWTH, priors, each, likeness())
    today = drawn(TODAY, priors)
    other = numpyro.sample(
        "other level", LogNormal(jnp.log(3.0), 0.7).expand([each - 1]).to_event(1)
    )
    level = jnp.append(other, today)
    width = scatter("concentration", 10.0, 5.0)
    mean = level[known["vehicle"]] * (1.0 + growth[known["vehicle"]]) ** known["years"]
    site("flights", NegativeBinomial2(mean * known["seen"], width), seen)


def _synthesise(known: Known, drawn: Drawn, rng: np.random.Generator) -> Seen:
    """A Poisson count about a gamma rate."""
    level = np.append(drawn["other level"], drawn[TODAY])[known["vehicle"]]
    mean = level * (1.0 + drawn[f"each {GROWTH}"][known["vehicle"]]) ** known["years"]
    width = drawn["concentration"]
    rate = mean * known["seen"] * rng.gamma(width, 1.0 / width, size=mean.shape)
    return {"flights": rng.poisson(rate).astype(float)}


def _statistics(known: Known, seen: Seen) -> Mapping[str, float]:
    other = known["vehicle"] != len(known["each"]) - 1
    return {
        "flights of other vehicles": float(seen["flights"][other].sum()),
        "largest year over the one before": float(
            np.max((seen["flights"][other][1:] + 1) / (seen["flights"][other][:-1] + 1))
        ),
        "flights of Starship": float(seen["flights"][~other].sum()),
    }


FIT = Fit(
    name="cadence",
    asks="how fast flights a year grow",
    tables=("cadence",),
    informs=(GROWTH, TODAY),
    prepare=_prepare,
    model=_model,
    synthesise=_synthesise,
    statistics=_statistics,
    caution=(
        "Starship's flights, and Falcon's cadence, are in the table and already made the scenario's "
        "own prior: they are used twice, so the interval is too narrow."
    ),
)
