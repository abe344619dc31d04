"""Satellites: losses on arrival and a constant hazard afterwards.

Fleets differ, so what each record shows is off from ours by a lognormal factor.
"""

from collections.abc import Mapping

import numpy as np

from risk.calibrate.evidence import Table
from risk.calibrate.fit import Drawn, Fit, Known, Priors, Seen, drawn, site

INFANT, HAZARD = "reliability.infant_loss", "reliability.satellite_hazard"
APART = 0.5
"""Standard deviation of the log of a fleet's infant loss or hazard over ours; a judgement."""
TOLD = 0.2
"""Standard deviation of the log of a hazard read from a survival curve; a judgement."""


def _prepare(tables: Mapping[str, Table]) -> tuple[Known, Seen]:
    """The largest count of each fleet holds the earlier ones; a curve gives a hazard an interval."""
    counts = tables["satellites"]
    last = counts.where(fleet="Starlink", date=counts.where(fleet="Starlink").column("date").max())
    curve = tables["survival"]
    age, survival = curve.column("age"), curve.column("survival")
    mean = -np.log(survival[-1] / survival[0]) / (age[-1] - age[0])
    known = {"launched": last.column("launched"), "age": last.column("mean_age")}
    return known, {"failed": last.column("failed"), "hazard": np.log([mean])}


def _model(known: Known, priors: Priors, seen: Seen | None) -> None:
    import jax.numpy as jnp
    import numpyro
    from numpyro.distributions import Binomial, Normal

    infant, hazard = drawn(INFANT, priors), drawn(HAZARD, priors)
    off = [numpyro.sample(f"off {n}", Normal(0.0, 1.0)) for n in ("infant", "early", "curve")]
    dead = jnp.minimum(infant * jnp.exp(APART * off[0]), 0.9)
    gone = 1.0 - (1.0 - dead) * jnp.exp(-hazard * jnp.exp(APART * off[1]) * known["age"])
    site("failed", Binomial(known["launched"].astype(int), gone), seen)
    told = jnp.log(hazard) + APART * off[2]
    site("hazard", Normal(told * jnp.ones(1), TOLD), seen)


def _synthesise(known: Known, drawn: Drawn, rng: np.random.Generator) -> Seen:
    """Satellite by satellite."""
    factor = {n: np.exp(APART * drawn[f"off {n}"]) for n in ("infant", "early", "curve")}
    failed = []
    for launched, age in zip(known["launched"], known["age"], strict=True):
        infant = min(0.9, float(drawn[INFANT] * factor["infant"]))
        dead = rng.random(int(launched)) < infant
        life = rng.exponential(1.0 / (drawn[HAZARD] * factor["early"]), int(launched))
        failed.append((dead | (life < float(age))).sum())
    told = drawn[HAZARD] * factor["curve"] * rng.lognormal(0.0, TOLD, 1)
    return {"failed": np.asarray(failed, float), "hazard": np.log(told)}


def _statistics(known: Known, seen: Seen) -> Mapping[str, float]:
    return {
        "satellites failed": float(seen["failed"].sum()),
        "hazard, log of 1/year": float(seen["hazard"].sum()),
    }


FIT = Fit(
    name="satellites",
    asks="how many satellites are lost on arrival and later",
    tables=("satellites", "survival"),
    informs=(INFANT, HAZARD),
    prepare=_prepare,
    model=_model,
    synthesise=_synthesise,
    statistics=_statistics,
    caution=(
        "Starlink's losses of 2020 are in the table and already made the scenario's "
        "own prior: they are used twice, so the interval is too narrow."
    ),
)
