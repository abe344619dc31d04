"""All estimates of a run: probabilities, quantiles, crossover dates, tail and break-even price."""

import math
from collections.abc import Collection, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from kernels.counter import TILE
from risk.analysis import intervals, scrambles
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
from risk.run.plan import Request

GUARANTEE_SCRAMBLES = 4096
"""Scrambles of a run that gives guaranteed intervals; their upper ends lie at least
log(80) / (0.75 x 4096) = 0.14 points above the value."""
QUANTILES = {"p05": 0.05, "p25": 0.25, "p50": 0.50, "p75": 0.75, "p95": 0.95}
PRICE_QUANTILES = {"p10": 0.10, "p50": 0.50, "p90": 0.90}
SUMMED_UP = ("ratio", "time_ratio", "break_even")
"""Metrics of which the summary of a run tells quantiles."""


def date_of(quarter: int) -> float:
    """Decimal year of a quarter: 0 is 2026.75."""
    return START + DT * quarter


def quarter_of(date: float) -> int:
    """Quarter of a decimal year."""
    return round((date - START) / DT)


def estimates(run: Run, whole: bool = True) -> list[Estimate]:
    """Every estimate of a run, population by population; or, not `whole`, those that are summed up.

    They are the probabilities, and quantiles of `SUMMED_UP`.
    """
    found: list[Estimate] = []
    for population, width in run.populations.items():
        found += probabilities(run, population, width, range(QUARTERS))
        found += crossings(run, population, width)
        found += quantiles(run, population, width, METRICS if whole else SUMMED_UP)
        found += tail(run, population, width) if whole else ()
        found += at_prices(run, population, width)
    return found


def size(run: Run, width: int) -> int:
    """Valid paths of a population."""
    return int(sizes(run, width).sum())


def sizes(run: Run, width: int) -> NDArray[np.int64]:
    """Valid paths of a population in each replicate."""
    return run.state["population"][:, width:-1].sum(axis=1)


def share(successes: NDArray[np.int64], of: NDArray[np.int64]) -> Interval:
    """A probability from the successes and paths of each replicate."""
    if len(of) == 1:
        return intervals.proportion(int(successes[0]), int(of[0]))
    return scrambles.proportion(successes, of)


def probabilities(
    run: Run, population: str, width: int, quarters: range | tuple[int, ...]
) -> Iterator[Estimate]:
    """Probability of every event that the run counted, in each quarter."""
    of = sizes(run, width)
    for key, event in EVENTS.items():
        if f"event.{key}" not in run.state:
            continue
        happened = run.state[f"event.{key}"][:, :, width:].sum(axis=2)
        for t in quarters:
            yield _probability(
                event.name, event.comparator, date_of(t), population, happened[:, t], of
            )


def crossings(run: Run, population: str, width: int) -> Iterator[Estimate]:
    """P(first crossing by each quarter), quantiles of its date, P(crossing back)."""
    of = sizes(run, width)
    for key, event in EVENTS.items():
        if event.name != "orbit_wins":
            continue
        cells = run.state[f"crossing.{key}"][:, :, width:].sum(axis=2)
        crossed = np.cumsum(cells[:, :-1], axis=1)
        for t in range(LAST_CROSSING + 1):
            yield _probability(
                "crossed", event.comparator, date_of(t), population, crossed[:, t], of
            )
        for statistic, p in (("p05", 0.05), ("p50", 0.50), ("p95", 0.95)):
            date = _crossing_date(cells, p)
            yield _estimate(
                "crossover_date",
                event.comparator,
                None,
                population,
                statistic,
                date,
                int(of.sum()),
                "yr",
            )
        back = run.state[f"back.{key}"][:, 0, width:].sum(axis=1)
        yield _probability("crosses_back", event.comparator, None, population, back, crossed[:, -1])


def quantiles(
    run: Run, population: str, width: int, keys: Collection[str] = METRICS.keys()
) -> Iterator[Estimate]:
    """Quantiles of metrics at each of their dates."""
    n = size(run, width)
    for key in keys:
        metric = METRICS[key]
        levels = PRICE_QUANTILES if key == "break_even" else QUANTILES
        for row, t in enumerate(metric.quarters):
            found = _quantiles(run, key, row, width, list(levels.values()))
            for statistic, value in zip(levels, found, strict=True):
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
        sums = run.state[f"moments.{key}"][:, :, :, width:].sum(axis=3)
        for row, t in enumerate(metric.quarters):
            fine, coarse = histogram(run, key, row, width), _coarse(run, key, row, width)
            if coarse is None:
                average = intervals.mean(sums[0, 0, row], sums[0, 1, row], n)
                worst = intervals.lower_tail_mean(fine, metric.bins.edges(), 0.05)
            else:
                average = scrambles.mean(sums[:, 0, row], sizes(run, width))
                worst = scrambles.lower_tail_mean(fine, coarse, metric.bins, 0.05)
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
    of = sizes(run, width)
    cells = run.state["prices"][:, :, width:].sum(axis=2)
    for row, t in enumerate(HEADLINE_QUARTERS):
        for column, price in enumerate(PRICE_GRID):
            setting = f"{population}, launch price {price:g} USD/kg"
            won = cells[:, row * len(PRICE_GRID) + column]
            yield _probability("orbit_wins", "cost", date_of(t), setting, won, of)


def with_loadings(run: Run, scale: float) -> Iterator[Estimate]:
    """Probabilities of a run whose loadings were scaled, at commit years, named as such."""
    for population, width in run.populations.items():
        if width < 2:
            setting = f"{population}, loadings x {scale:g}"
            yield from probabilities(run, setting, width, COMMIT_QUARTERS)


def printed_half_width(run: Run) -> float:
    """Largest half-width of a probability in the headline table; infinite without a path."""
    return max(
        (e.high - e.low) / 2.0 if e.high is not None and e.low is not None else math.inf
        for e in _headline_table(run)
    )


def guarantee_request(request: Request) -> Request:
    """Many scrambles of one tile each, with a seed of their own."""
    seed = (request.seed + (1 << 63)) % (1 << 64)
    return Request(GUARANTEE_SCRAMBLES * TILE, seed, "sobol", GUARANTEE_SCRAMBLES)


def guaranteed_probabilities(run: Run, known: Run) -> Iterator[Estimate]:
    """The headline table again with intervals that assume nothing but independent scrambles.

    `run` answers `guarantee_request`; what `known`, an independent run, found steers the bets.
    """
    before = {(e.population, e.comparator, e.date): e.value for e in _headline_table(known)}
    for e in _headline_table(run):
        width = run.populations[e.population]
        key = next(
            k for k, v in EVENTS.items() if (v.name, v.comparator) == (e.metric, e.comparator)
        )
        assert e.date is not None
        won = run.state[f"event.{key}"][:, quarter_of(e.date), width:].sum(axis=1) / TILE
        guess = before[e.population, e.comparator, e.date] or 0.0
        found = scrambles.guaranteed_ratio(won, sizes(run, width) / TILE, guess)
        yield replace(
            e, statistic="probability_guaranteed", value=found.value, low=found.low, high=found.high
        )


def _headline_table(run: Run) -> Iterator[Estimate]:
    for population, width in run.populations.items():
        if width < 2:
            found = probabilities(run, population, width, HEADLINE_QUARTERS)
            yield from (e for e in found if e.metric == "orbit_wins")


def histogram(run: Run, key: str, row: int, width: int) -> NDArray[np.int64]:
    """Counts of a metric at its row-th date in a population, by bin."""
    metric = METRICS[key]
    shape = (len(metric.quarters), groups(run), metric.bins.count)
    cells: NDArray[np.int64] = run.state[f"histogram.{key}"].reshape(shape)
    return cells[row, width:].sum(axis=0)


def groups(run: Run) -> int:
    """Populations, of which each is part of the one before."""
    return run.state["population"].shape[1] - 1


def _coarse(run: Run, key: str, row: int, width: int) -> NDArray[np.int64] | None:
    """The same by replicate in coarse bins; None where paths are independent."""
    cells = run.state.get(f"coarse.{key}")
    if cells is None:
        return None
    shape = (len(cells), len(METRICS[key].quarters), groups(run), METRICS[key].bins.coarse.count)
    return cells.reshape(shape)[:, row, width:].sum(axis=1)


def _quantiles(run: Run, key: str, row: int, width: int, levels: list[float]) -> list[Interval]:
    fine, coarse = histogram(run, key, row, width), _coarse(run, key, row, width)
    bins = METRICS[key].bins
    if coarse is not None:
        return scrambles.quantiles(fine, coarse, bins, levels)
    edges = bins.edges()
    return [intervals.quantile(fine, edges, p) for p in levels]


def _crossing_date(cells: NDArray[np.int64], p: float) -> Interval:
    """Quantile of the crossing date; infinite where it is not reached by the horizon."""
    n = int(cells.sum())
    if n == 0:
        return Interval(np.nan, np.nan, np.nan, np.nan)
    dates = np.append([date_of(t) for t in range(LAST_CROSSING + 1)], np.inf)
    if len(cells) > 1:
        below = np.cumsum(cells, axis=1)
        rising, error = scrambles.ratio_error(below, below[:, -1])
        half = scrambles.student(len(cells) - 1) * error
        value, low, high = (
            float(dates[min(int(np.argmax(c >= p)), len(dates) - 1)] if (c >= p).any() else np.inf)
            for c in (rising, rising + half, rising - half)
        )
        return Interval(value, np.nan, low, high)
    cumulative = np.cumsum(cells[0])
    first, last = intervals.ranks(n, p)

    def at(rank: float) -> float:
        return float(dates[min(int(np.searchsorted(cumulative, rank)), len(dates) - 1)])

    return Interval(at(p * n), np.nan, at(max(first, 1)), at(last) if last <= n else np.inf)


def _probability(
    metric: str,
    comparator: str | None,
    date: float | None,
    population: str,
    successes: NDArray[np.int64],
    of: NDArray[np.int64],
) -> Estimate:
    found, n = share(successes, of), int(of.sum())
    return _estimate(metric, comparator, date, population, "probability", found, n, "1")


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
