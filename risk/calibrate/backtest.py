"""Backtests: what the priors would have forecast from what was known then, against what came.

PIT is the share of the forecast below what came: evenly spread on (0, 1) for a forecaster who is
right. CRPS is in logs, so that 0.1 is about a tenth: 0 is a forecast that was certain and right.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from risk.calibrate.evidence import Table
from risk.calibrate.fit import fits, quantile
from risk.calibrate.sample import from_prior, sample
from risk.scenario import Scenario

DRAWS = 2000
MISSED = 0.025
"""A PIT nearer than this to 0 or 1 is a miss: what came is outside the central 95 %."""


@dataclass(frozen=True)
class Backtest:
    """One forecast and what came; percentiles and outcome in `unit`."""

    name: str
    question: str
    known_until: float
    unit: str
    p05: float
    p50: float
    p95: float
    outcome: float
    pit: float
    crps: float
    note: str


def missed(pit: float) -> bool:
    """Whether a forecast of this PIT missed what came."""
    return not MISSED <= pit <= 1.0 - MISSED


def pit(forecast: NDArray[np.float64], outcome: float) -> float:
    """Share of the forecast below the outcome; ties count half."""
    return float((forecast < outcome).mean() + 0.5 * (forecast == outcome).mean())


def crps(forecast: NDArray[np.float64], outcome: float) -> float:
    """Continuous ranked probability score of a sample: E|X - y| - E|X - X'| / 2.

    Gneiting and Raftery (2007), JASA 102, 359; in the unit of the forecast, exact for the sample.
    """
    x = np.sort(forecast)
    weights = 2.0 * np.arange(1, x.size + 1) - x.size - 1.0
    return float(np.abs(x - outcome).mean() - (weights * x).sum() / x.size**2)


def backtests(scenario: Scenario, tables: Mapping[str, Table], seed: int) -> list[Backtest]:
    """All of them, from the scenario's priors."""
    rng = np.random.default_rng(seed)
    flights = _flights(scenario, tables, seed, rng)
    return [
        _cadence(tables, flights),
        _price(scenario, tables, flights, rng),
        *_rents(scenario, tables, seed, rng),
        _delay(scenario, tables, rng),
    ]


def _scored(
    name: str,
    question: str,
    until: float,
    unit: str,
    forecast: NDArray[np.float64],
    outcome: float,
    note: str,
) -> Backtest:
    low, middle, high = (float(q) for q in np.quantile(forecast, (0.05, 0.5, 0.95)))
    logs = np.log(forecast), math.log(outcome)
    scores = pit(forecast, outcome), crps(*logs)
    return Backtest(name, question, until, unit, low, middle, high, outcome, *scores, note)


def _flights(
    scenario: Scenario, tables: Mapping[str, Table], seed: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Falcon's flights in 2016 to 2025 as forecast from those to 2015, (draw, year)."""
    fit = fits()["cadence"]
    then = tables["cadence"].where(vehicle="Falcon").until("year", 2015)
    known, seen = fit.prepare({"cadence": then})
    found = sample(fit, known, fit.priors(scenario), seen, seed=seed)
    years = np.arange(2016, 2026) + 0.5
    wanted = {**known, "vehicle": np.zeros(years.size, int), "seen": np.ones(years.size)}
    wanted["years"] = known["years"][-1] + years - 2015.5
    flat = {name: found.flat(name) for name in found.sites}
    size = len(flat["concentration"])
    return np.stack(
        [
            fit.synthesise(wanted, {n: v[i] for n, v in flat.items()}, rng)["flights"]
            for i in np.linspace(0, size - 1, DRAWS).astype(int)
        ]
    )


def _cadence(tables: Mapping[str, Table], flights: NDArray[np.float64]) -> Backtest:
    came = tables["cadence"].where(vehicle="Falcon", year=2025.0).column("flights")[0]
    note = "the growth prior was set knowing what came"
    last = np.maximum(flights[:, -1], 0.5)  # half a flight for none, which has no logarithm
    return _scored("cadence", "Falcon flights in 2025", 2015.99, "1/year", last, came, note)


def _price(
    scenario: Scenario,
    tables: Mapping[str, Table],
    flights: NDArray[np.float64],
    rng: np.random.Generator,
) -> Backtest:
    """Wright's law for cost, put on the list price of 2013 and on the forecast of flights."""
    rows = tables["prices"]
    per_kg = 1e6 * rows.column("price") / (1e3 * rows.column("payload"))
    dates, last = rows.column("date"), int((rows.column("date") < 2016).sum()) - 1
    counts = tables["cadence"].where(vehicle="Falcon")
    before = counts.until("year", dates[last] - 1).column("flights").sum()
    now = counts.until("year", 2015).column("flights").sum() + flights.sum(1)
    rate = _drawn(scenario, "launch.learning_rate", rng)
    inflation = float(scenario.priors["finance.inflation"].median)
    money = (1.0 + inflation) ** (dates[-1] - dates[last])
    forecast = per_kg[last] * money * (now / before) ** np.log2(1.0 - rate)
    note = (
        "Wright's law in flights, from the list price of 2013 in money of 2026: the law is one of "
        "cost, and the list price kept the margin"
    )
    return _scored(
        "price", "Falcon 9 list price of 2026", dates[last], "USD/kg", forecast, per_kg[-1], note
    )


def _rents(
    scenario: Scenario, tables: Mapping[str, Table], seed: int, rng: np.random.Generator
) -> list[Backtest]:
    """From the rent of 2023 alone; a level that nothing is known of puts the path through it."""
    fit = fits()["rents"]
    known, seen = fit.prepare(tables)
    prior = from_prior(fit, known, fit.priors(scenario), seed=seed, draws=DRAWS)
    paths = np.stack(
        [
            fit.synthesise(known, {n: v[i] for n, v in prior.items()}, rng)["rent"]
            for i in range(DRAWS)
        ]
    )
    rents = np.exp(seen["rent"][0] + paths - paths[:, :1])
    came, date = np.exp(seen["rent"]), float(known["date"][0])
    note = "the volatility prior is the scenario's fixed value within a factor of 2"
    rise, rose = rents[:, -1] / rents[:, -2], float(came[-1] / came[-2])
    return [
        _scored(
            "rent",
            "H100 rent in October 2025",
            date,
            "USD/hour",
            rents[:, -2],
            float(came[-2]),
            note,
        ),
        _scored("rebound", "rent of March 2026 over October 2025", date, "1", rise, rose, note),
    ]


def _delay(scenario: Scenario, tables: Mapping[str, Table], rng: np.random.Generator) -> Backtest:
    """The last median known in 2021, with the scenario's spread about its own median."""
    rows = tables["queues"]
    quoted = rows.until("year", 2021).column("years")[-1]
    prior = scenario.priors["schedule.grid_delay"]
    forecast = quoted * _drawn(scenario, prior.key, rng) / prior.median
    note = (
        "no record of quotes of 2021 was found: the median of plants of 2015 stands for a quote, "
        "and generators for loads"
    )
    return _scored(
        "delay",
        "years in the queue, plants of 2024",
        2021.0,
        "year",
        forecast,
        float(rows.column("years")[-1]),
        note,
    )


def _drawn(scenario: Scenario, key: str, rng: np.random.Generator) -> NDArray[np.float64]:
    z = rng.normal(size=DRAWS)
    return np.asarray(quantile(scenario.priors[key].marginal, z), dtype=np.float64)
