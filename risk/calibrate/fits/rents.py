"""Accelerator rents: a falling trend, a cycle that reverts to it, and shortages that come and go.

The market of the model, seen at a few dates. Whether a date fell into a shortage is summed over.
"""

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from risk.calibrate.evidence import Table
from risk.calibrate.fit import Drawn, Fit, Known, Priors, Seen, drawn, quantile, scatter

VOLATILITY = "market.cycle_volatility"
HELD = REVERSION, ENTRY, EXIT, PREMIUM = (
    "market.cycle_reversion",
    "market.shortage_entry",
    "market.shortage_exit",
    "market.shortage_premium",
)
MIDDLE = 2024.5
TOLD = 0.1
"""Standard deviation of the log of a rent as told, a judgement."""


def _prepare(tables: Mapping[str, Table]) -> tuple[Known, Seen]:
    rows = tables["rents"].where(chip="H100")
    return {"date": rows.column("date")}, {"rent": np.log(rows.column("rent"))}


def _model(known: Known, priors: Priors, seen: Seen | None) -> None:
    """The trend falls by 0.25 a year, 90 % between 0.125 and 0.5; the level is about $3 at 2024.5."""
    import jax.numpy as jnp
    import numpyro
    from numpyro.distributions import Normal

    volatility = drawn(VOLATILITY, priors)
    held = {key: numpyro.deterministic(key, quantile(priors[key], 0.0)) for key in HELD}
    decay = scatter("decay", 0.25)
    level = numpyro.sample("level", Normal(jnp.log(3.0), 0.5))
    dates = known["date"]
    shock = numpyro.sample("shock", Normal(0.0, 1.0).expand([len(dates)]).to_event(1))
    still = 1.0 / jnp.sqrt(2.0 * held[REVERSION])
    cycle = [volatility * still * shock[0]]
    for years, z in zip(jnp.diff(dates), shock[1:], strict=True):
        kept = jnp.exp(-held[REVERSION] * years)
        cycle.append(cycle[-1] * kept + volatility * still * jnp.sqrt(1.0 - kept**2) * z)
    calm = level - decay * (dates - MIDDLE) + jnp.stack(cycle)
    numpyro.deterministic("calm", calm)
    if seen is not None:
        numpyro.factor("rent", _log_likelihood(seen["rent"] - calm, jnp.diff(dates), held))


def _log_likelihood(over: Any, years: Any, held: Mapping[str, Any]) -> Any:
    """Log density of rents over the calm ones: a two-state chain, calm or short, summed forwards."""
    import jax.numpy as jnp
    from jax.scipy.special import logsumexp
    from jax.scipy.stats import norm

    rate = held[ENTRY] + held[EXIT]
    share = held[ENTRY] / rate
    start = jnp.stack([1.0 - share, share])
    raised = jnp.stack([0.0 * share, jnp.log1p(held[PREMIUM])])
    each = norm.logpdf(over[:, None] - raised, 0.0, TOLD)
    forward = jnp.log(start) + each[0]
    for i in range(1, over.shape[0]):
        kept = jnp.exp(-rate * years[i - 1])
        moves = kept * jnp.eye(2) + (1.0 - kept) * start
        forward = logsumexp(forward[:, None] + jnp.log(moves), axis=0) + each[i]
    return logsumexp(forward)


def _synthesise(known: Known, drawn: Drawn, rng: np.random.Generator) -> Seen:
    """The market in steps of a hundredth of a year from long before the first date."""
    step, dates = 0.01, known["date"]
    short = rng.random() < drawn[ENTRY] / (drawn[ENTRY] + drawn[EXIT])
    x = rng.normal() * drawn[VOLATILITY] / math.sqrt(2.0 * drawn[REVERSION])
    logs = []
    for last, date in pairwise([dates[0], *dates]):
        steps = round((date - last) / step)
        for z, u in zip(rng.normal(size=steps), rng.random(steps), strict=True):
            x += -drawn[REVERSION] * x * step + drawn[VOLATILITY] * math.sqrt(step) * z
            short ^= u < 1.0 - math.exp(-(drawn[EXIT] if short else drawn[ENTRY]) * step)
        price = drawn["level"] - drawn["decay"] * (date - MIDDLE) + x
        logs.append(price + short * math.log1p(drawn[PREMIUM]) + TOLD * rng.normal())
    return {"rent": np.asarray(logs)}


def _statistics(known: Known, seen: Seen) -> Mapping[str, float]:
    steps = np.diff(seen["rent"])
    return {"largest fall, logs": float(-steps.min()), "largest rise, logs": float(steps.max())}


FIT = Fit(
    name="rents",
    asks="how far rents swing about their trend",
    tables=("rents",),
    informs=(VOLATILITY,),
    prepare=_prepare,
    model=_model,
    synthesise=_synthesise,
    statistics=_statistics,
    loosened={VOLATILITY: 2.0},
    held=HELD,
)
