"""Replays of laws with a closed form: learning, a walk of cost, first passage of a log ratio.

What walks is drawn from the engine's counter-based generator, and crossings are found by the
function that finds them in a run.
"""

import math
from dataclasses import replace

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from kernels.marginals import Constant, Event
from risk.model import chips, launch, metrics
from risk.model.constants import DT, QUARTERS
from risk.validate.case import Given, Quantities, Simulated, only
from risk.validate.counts import draw, mean_of


def laws(given: Given) -> Quantities:
    """Learning by doublings, mean of a walking cost, and first passages below a barrier."""
    return learning(given["learning"]) | walk(given["walk"]) | passages(given["passages"])


def learning(given: Given) -> Quantities:
    """Launch cost after whole doublings of mass, as a share of today's."""
    market = only(
        launch.Launch,
        cost_today=1.0,
        mass_today=given["mass_today_t"],
        learning_rate=given["learning_rate"],
        cadence_growth=0.0,
        floor_cost=0.0,
    )
    slope = launch.slopes(market)
    return {
        f"cost after {k} doublings": float(
            launch.cost(market, slope, jnp.asarray(given["mass_today_t"] * 2.0**k))
        )
        for k in given["doublings"]
    }


def walk(given: Given) -> Quantities:
    """Mean over median of a chip cost that walks, after some years."""
    volatility, paths = given["volatility"], given["paths"]
    fleet = replace(
        only(
            chips.Chips, cost_today=1.0, cost_drift=0.0, cost_walk=volatility, generation_walk=0.0
        ),
        generation_gap=Event(Constant(1.0), 0.0, 0.0),  # of throughput, which is not looked at
    )
    none = jnp.zeros(paths)
    state = chips.begin(fleet, none, none)
    found: Quantities = {}
    for t in range(max(given["years"]) * 4):
        z = jnp.asarray(draw(given["seed"], f"closed.walk.{t}", paths)[1], none.dtype)
        state = chips.renew(fleet, none, state, z, none, none)
        years = (t + 1) * DT
        if years in given["years"]:
            cost = np.asarray(chips.cost(fleet, state, jnp.asarray(years)))
            found[f"walk after {years:g} yr: mean over median"] = mean_of(cost)
    return found


def passages(given: Given) -> Quantities:
    """Share of Brownian log ratios that are below zero at the end of some quarter."""
    paths = given["paths"]
    steps = np.stack(
        [draw(given["seed"], f"closed.passage.{t}", paths)[1] for t in range(QUARTERS)]
    )
    return {
        f"{name}: crossed in 15 yr": _crossed(np.asarray(steps, np.float64), **law)
        for name, law in given["laws"].items()
    }


def _crossed(steps: NDArray[np.float64], start: float, fall: float, volatility: float) -> Simulated:
    log_ratio = start + np.cumsum(volatility * math.sqrt(DT) * steps - fall * DT, axis=0)
    first, _ = metrics.crossing(jnp.asarray(log_ratio < 0.0), 1)
    return mean_of(np.asarray(first < QUARTERS, np.float64))
