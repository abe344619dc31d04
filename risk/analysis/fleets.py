"""Fleets in numbers: capacity, service, cash, dates and ruin by year, with intervals."""

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray

from risk.analysis import intervals, scrambles
from risk.analysis.estimates import date_of, share
from risk.analysis.intervals import Interval
from risk.estimate import Estimate
from risk.model.constants import DT, QUARTERS, START
from risk.model.fleet_metrics import FLEET_METRICS, FleetMetric
from risk.model.metrics import COMMIT_QUARTERS
from risk.model.path import Inputs
from risk.run.execute import population_names
from risk.run.look import View, look
from risk.run.plan import Request
from risk.scenario import Scenario

FLEET_PATHS = 1 << 16
"""Most paths of a run whose fleets are rolled forward for its report."""
LEVELS = {"p05": 0.05, "p50": 0.50, "p95": 0.95}
FEWEST_KEPT = 100  # paths of a population that has quantiles


def fleets(scenario: Scenario, request: Request, paths: int = FLEET_PATHS) -> list[Estimate]:
    """Every fleet metric by year in prior and conditioned, on the first `paths` of the request.

    A date that is not reached by the end of the horizon has no quantile, and is in no P(by a year).
    """
    seen = look(scenario, request, paths, VIEW)
    populations = {
        name: np.flatnonzero(seen.kept_by >= width)
        for name, width in population_names(scenario).items()
        if width < 2
    }
    found: list[Estimate] = []
    for key, metric in FLEET_METRICS.items():
        values = np.asarray(seen.values[key])
        for name, kept in populations.items():
            part = _Part(metric, name, seen.replicate[kept], request.replicates)
            found += part.estimates(values[..., kept])
    return found


def _see(inputs: Inputs, fields: dict[str, Array]) -> dict[str, Array]:
    """Every metric; those by quarter in the fourth quarters."""
    rows = np.asarray(COMMIT_QUARTERS)
    found = {key: metric.value(fields) for key, metric in FLEET_METRICS.items()}
    return {
        key: value if FLEET_METRICS[key].kind == "date" else value[rows]
        for key, value in found.items()
    }


VIEW = View(
    "fleets",
    tuple(sorted({field for metric in FLEET_METRICS.values() for field in metric.fields})),
    _see,
    fleets=True,
)


class _Part:
    """One metric in one population; its paths stand scramble after scramble."""

    def __init__(
        self, metric: FleetMetric, population: str, replicate: NDArray[np.int64], replicates: int
    ) -> None:
        self.metric, self.population = metric, population
        self.replicate = replicate
        self.sizes = np.bincount(replicate, minlength=replicates)
        self.turn = np.arange(len(replicate)) - (np.cumsum(self.sizes) - self.sizes)[replicate]

    def estimates(self, values: NDArray) -> Iterator[Estimate]:
        """Rows of `values` are fourth quarters; a date has one row of quarters."""
        if self.metric.kind == "date":
            for t in COMMIT_QUARTERS:
                yield self._chance(date_of(t), values <= t)
            yield from self._quantiles(None, _dates(values))
            return
        for t, row in zip(COMMIT_QUARTERS, values, strict=True):
            if self.metric.kind == "chance":
                yield self._chance(date_of(t), row)
            else:
                yield from self._quantiles(date_of(t), row.astype(np.float64))

    def _chance(self, date: float, happens: NDArray[np.bool_]) -> Estimate:
        wins = np.bincount(self.replicate[happens], minlength=len(self.sizes))
        return self._estimate(date, "probability", share(wins, self.sizes), "1")

    def _quantiles(self, date: float | None, values: NDArray) -> Iterator[Estimate]:
        if len(values) < FEWEST_KEPT:
            return
        order = np.lexsort((self.turn, values))  # scrambles take turns where values tie
        ordered, replicate = values[order], self.replicate[order]
        levels = list(LEVELS.values())
        if len(self.sizes) == 1:
            found: Sequence[Interval] = [intervals.sample_quantile(ordered, p) for p in levels]
        else:
            with np.errstate(invalid="ignore"):  # ends of an interval at dates that do not come
                found = scrambles.sorted_quantiles(ordered, replicate, self.sizes, levels)
        for statistic, interval in zip(LEVELS, found, strict=True):
            yield self._estimate(date, statistic, interval, self.metric.unit)

    def _estimate(
        self, date: float | None, statistic: str, interval: Interval, unit: str
    ) -> Estimate:
        value, stderr, low, high = (float(x) if np.isfinite(x) else None for x in interval)
        name, n = self.metric.name, int(self.sizes.sum())
        return Estimate(
            name, None, date, self.population, statistic, value, stderr, low, high, n, unit
        )


def _dates(quarters: NDArray[np.int32]) -> NDArray[np.float64]:
    """Decimal years; infinite where the quarter does not come."""
    return np.where(quarters < QUARTERS, START + DT * quarters, np.inf)
