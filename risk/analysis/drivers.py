"""What drives the answer: each common factor and input against the decision, on a run's sample.

No path is run for it. Each index is that of the input with what moves along with it, so shares of
dependent inputs overlap and their sum says nothing.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from risk.analysis import scrambles
from risk.analysis.given_data import (
    FEWEST,
    NoVariance,
    Sorted,
    evpi,
    evppi,
    first_order,
    paths_of,
    require_variance,
)
from risk.analysis.information import scaled_gain
from risk.analysis.intervals import Interval
from risk.run.sample import Sample
from risk.scenario import Scenario

TENTHS = 10
INVESTMENT_MUSD = 1000.0
"""Present value of the ground fleet's cost that values of information are given for."""


def drivers(scenario: Scenario, taken: Sample) -> dict[str, Any] | None:
    """Base, value of perfect information and one row a driver, by population; JSON-ready.

    A row has P(orbit wins) in the lowest and highest tenth of the driver by comparator; where
    conditioned also its share of the variance of the log ratio of the headline's commit year, and
    its EVPPI in $M per $1B of ground compute, at present value. Numbers that do not exist are
    None, with the reason beside them. None where a population has too few paths.
    """
    if int((taken.kept_by >= 1).sum()) < FEWEST:
        return None
    names = {"conditioned": 1, "prior": 0}
    found = {name: _population(scenario, taken, kept) for name, kept in names.items()}
    event = scenario.headline
    return {
        "date": event.year + 0.75,
        "comparator": event.comparator,
        "share_of": "time_ratio" if event.comparator == "time-adjusted" else "ratio",
        "populations": found,
    }


def _population(scenario: Scenario, taken: Sample, kept: int) -> dict[str, Any]:
    chosen = np.flatnonzero(taken.kept_by >= kept)
    design = paths_of(taken.replicate[chosen])
    year = scenario.headline.year - 2026
    at = {key: values[year][chosen].astype(np.float64) for key, values in taken.choices.items()}
    wins = {
        "cost": at["ratio"] < 1.0,
        "value": at["npv_orbit"] > at["npv_ground"],
        "time-adjusted": at["time_ratio"] < 1.0,
    }
    ratio = "time_ratio" if scenario.headline.comparator == "time-adjusted" else "ratio"
    y = np.log(at[ratio])
    difference = scaled_gain(at["npv_orbit"], at["npv_ground"], at["sold_ground"], INVESTMENT_MUSD)
    refused = None
    try:
        require_variance(y)
    except NoVariance as error:
        refused = str(error)
    number = np.empty(len(chosen), np.int64)
    number[design.order] = np.repeat(np.arange(len(design.sizes)), design.sizes)
    tenth = len(chosen) // TENTHS
    rows = []
    for kind, key, name, unit, values in candidates(scenario, taken):
        rising = design.rising(values[chosen])
        ends = {"low": rising[:tenth], "high": rising[len(rising) - tenth :]}
        p = {
            comparator: {end: _share(number, won, places) for end, places in ends.items()}
            for comparator, won in wins.items()
        }
        row: dict[str, Any] = {"kind": kind, "key": key, "name": name, "unit": unit, "p": p}
        if kept:
            paths = Sorted.by(design, rising)
            row["share"] = None if refused else _record(first_order(paths, y), len(chosen))
            row["evppi"] = _record(evppi(paths, difference), len(chosen))
        rows.append(row)
    everyone = np.arange(len(chosen))
    return {
        "n": len(chosen),
        "p": {comparator: _share(number, won, everyone) for comparator, won in wins.items()},
        "evpi": _record(evpi(design, difference), len(chosen)),
        "refused": refused,
        "rows": rows,
    }


def candidates(
    scenario: Scenario, taken: Sample
) -> list[tuple[str, str, str, str, NDArray[np.float32]]]:
    """Kind, key, name, unit and values of every common factor, then of every uncertain input."""
    factors = [
        ("factor", key, scenario.factors[key], "", values) for key, values in taken.factors.items()
    ]
    declared = {key: scenario.priors[key].declaration for key in taken.inputs}
    return factors + [
        ("input", key, declared[key].meaning, declared[key].unit, values)
        for key, values in taken.inputs.items()
    ]


def _share(number: NDArray, won: NDArray[np.bool_], among: NDArray[np.int64]) -> dict[str, Any]:
    """Share of paths that are won among some, with its interval over replicates."""
    size = np.bincount(number[among], minlength=number.max() + 1)
    successes = np.bincount(number[among][won[among]], minlength=len(size))
    return _record(scrambles.proportion(successes, size), len(among))


def _record(found: Interval, n: int) -> dict[str, Any]:
    value, stderr, low, high = (float(x) if np.isfinite(x) else None for x in found)
    return {"value": value, "stderr": stderr, "low": low, "high": high, "n": n}
