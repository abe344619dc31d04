"""All estimates of a run: probabilities, quantiles, crossover dates, tail and break-even price."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from risk.analysis import intervals
from risk.analysis.intervals import Interval
from risk.estimate import Estimate
from risk.model.constants import DT, QUARTERS, START
from risk.model.metrics import (
    COMMIT_QUARTERS,
    EVENTS,
    HEADLINE_QUARTERS,
    LAST_CROSSING,
    METRICS,
    PRICE_GRID,
)
from risk.run.execute import Run

QUANTILES = {"p05": 0.05, "p25": 0.25, "p50": 0.50, "p75": 0.75, "p95": 0.95}
PRICE_QUANTILES = {"p10": 0.10, "p50": 0.50, "p90": 0.90}


def date_of(quarter: int) -> float:
    """Decimal year of a quarter: 0 is 2026.75."""
    return START + DT * quarter


def estimates(run: Run) -> list[Estimate]:
    """Every estimate of a run, population by population."""
    found: list[Estimate] = []
    for population, width in run.populations.items():
        found += probabilities(run, population, width, range(QUARTERS))
        found += crossings(run, population, width)
        found += quantiles(run, population, width)
        found += tail(run, population, width)
        found += at_prices(run, population, width)
    return found


def size(run: Run, width: int) -> int:
    """Valid paths of a population."""
    return int(run.state["population"][width:-1].sum())


def probabilities(
    run: Run, population: str, width: int, quarters: range | tuple[int, ...]
) -> Iterator[Estimate]:
    """Probability of every event that the run counted, in each quarter."""
    n = size(run, width)
    for key, event in EVENTS.items():
        if f"event.{key}" not in run.state:
            continue
        happened = run.state[f"event.{key}"][:, width:].sum(axis=1)
        for t in quarters:
            share = intervals.proportion(int(happened[t]), n)
            yield _estimate(
                event.name, event.comparator, date_of(t), population, "probability", share, n, "1"
            )


def crossings(run: Run, population: str, width: int) -> Iterator[Estimate]:
    """P(first crossing by each quarter), quantiles of its date, P(crossing back)."""
    n = size(run, width)
    for key, event in EVENTS.items():
        if event.name != "orbit_wins":
            continue
        cells = run.state[f"crossing.{key}"][:, width:].sum(axis=1)
        back = int(run.state[f"back.{key}"][0, width:].sum())
        crossed = np.cumsum(cells[:-1])
        for t in range(LAST_CROSSING + 1):
            share = intervals.proportion(int(crossed[t]), n)
            yield _estimate(
                "crossed", event.comparator, date_of(t), population, "probability", share, n, "1"
            )
        for statistic, p in (("p05", 0.05), ("p50", 0.50), ("p95", 0.95)):
            date = _crossing_date(cells, p)
            yield _estimate(
                "crossover_date", event.comparator, None, population, statistic, date, n, "yr"
            )
        total = int(crossed[-1])
        share = intervals.proportion(back, total)
        yield _estimate(
            "crosses_back", event.comparator, None, population, "probability", share, total, "1"
        )


def quantiles(run: Run, population: str, width: int) -> Iterator[Estimate]:
    """Quantiles of every metric at each of its dates."""
    n = size(run, width)
    for key, metric in METRICS.items():
        levels = PRICE_QUANTILES if key == "break_even" else QUANTILES
        edges = metric.bins.edges()
        for row, t in enumerate(metric.quarters):
            tally = histogram(run, key, row, width)
            for statistic, p in levels.items():
                value = intervals.quantile(tally, edges, p)
                yield _estimate(
                    metric.name,
                    metric.comparator,
                    date_of(t),
                    population,
                    statistic,
                    value,
                    n,
                    metric.unit,
                )


def tail(run: Run, population: str, width: int) -> Iterator[Estimate]:
    """Mean and mean of the worst twentieth of metrics that keep moments."""
    n = size(run, width)
    for key, metric in METRICS.items():
        if not metric.moments:
            continue
        sums = run.state[f"moments.{key}"][:, :, width:].sum(axis=2)
        for row, t in enumerate(metric.quarters):
            average = intervals.mean(sums[0, row], sums[1, row], n)
            worst = intervals.lower_tail_mean(
                histogram(run, key, row, width), metric.bins.edges(), 0.05
            )
            for statistic, value in (("mean", average), ("cvar95", worst)):
                yield _estimate(
                    metric.name,
                    metric.comparator,
                    date_of(t),
                    population,
                    statistic,
                    value,
                    n,
                    metric.unit,
                )


def at_prices(run: Run, population: str, width: int) -> Iterator[Estimate]:
    """P(orbit wins on cost) at each launch price of the grid, 0 being free launch."""
    n = size(run, width)
    cells = run.state["prices"][:, width:].sum(axis=1)
    for row, t in enumerate(HEADLINE_QUARTERS):
        for column, price in enumerate(PRICE_GRID):
            share = intervals.proportion(int(cells[row * len(PRICE_GRID) + column]), n)
            setting = f"{population}, launch price {price:g} USD/kg"
            yield _estimate("orbit_wins", "cost", date_of(t), setting, "probability", share, n, "1")


def with_loadings(run: Run, scale: float) -> Iterator[Estimate]:
    """Probabilities of a run whose loadings were scaled, at commit years, named as such."""
    for population, width in run.populations.items():
        if width < 2:
            setting = f"{population}, loadings x {scale:g}"
            yield from probabilities(run, setting, width, COMMIT_QUARTERS)


def histogram(run: Run, key: str, row: int, width: int) -> NDArray[np.int64]:
    """Counts of a metric at its row-th date in a population, by bin."""
    metric = METRICS[key]
    groups = len(run.state["population"]) - 1
    shape = (len(metric.quarters), groups, metric.bins.count)
    cells: NDArray[np.int64] = run.state[f"histogram.{key}"].reshape(shape)
    return cells[row, width:].sum(axis=0)


def _crossing_date(cells: NDArray[np.int64], p: float) -> Interval:
    """Quantile of the crossing date; infinite where it is not reached by the horizon."""
    n = int(cells.sum())
    if n == 0:
        return Interval(np.nan, np.nan, np.nan, np.nan)
    cumulative = np.cumsum(cells)
    dates = np.append([date_of(t) for t in range(LAST_CROSSING + 1)], np.inf)
    low, high = intervals.ranks(n, p)

    def at(rank: float) -> float:
        return float(dates[min(int(np.searchsorted(cumulative, rank)), len(dates) - 1)])

    return Interval(at(p * n), np.nan, at(max(low, 1)), at(high) if high <= n else np.inf)


def _estimate(
    metric: str,
    comparator: str | None,
    date: float | None,
    population: str,
    statistic: str,
    found: Interval,
    n: int,
    unit: str,
) -> Estimate:
    value, stderr, low, high = (float(x) if np.isfinite(x) else None for x in found)
    return Estimate(
        metric, comparator, date, population, statistic, value, stderr, low, high, n, unit
    )
