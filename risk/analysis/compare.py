"""Any set of systems on common random numbers: what each costs, earns, and how often it is best.

A system is the side that its scenario names: an orbital fleet, a ground site, rented compute, or
the three ways to serve machines at the edge. All are compared per unit of compute, sold at one
price: that of the base scenario's market.
"""

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray

from kernels.types import Scalar
from risk.analysis import scrambles
from risk.analysis.estimates import date_of
from risk.analysis.intervals import Interval
from risk.analysis.ways import FIELDS, SIDES, Fields, Way
from risk.estimate import Estimate
from risk.model.metrics import HEADLINE_QUARTERS
from risk.model.path import Inputs
from risk.run.apart import apart
from risk.run.execute import population_names, versions
from risk.run.look import Seen, View, look
from risk.run.plan import REPLICATES, Request, options_of
from risk.scenario import Scenario, load

if TYPE_CHECKING:
    import pandas as pd

MARKET = "base"
"""Scenario whose market sets the price of compute, and whose ratio conditions every system."""
PATHS = 1 << 17
LARGEST = 1 << 21
FEWEST_KEPT = 100  # paths of a population that has quantiles
LEVELS = {"p05": 0.05, "p25": 0.25, "p50": 0.50, "p75": 0.75, "p95": 0.95}
UNITS = {
    "cost": "USD/PFLOP-h",
    "cost_per_kw": "kUSD/kW/yr",
    "value": "kUSD/kW",
    "delay": "yr",
    "end_to_end": "ms",
}
"""Metrics with quantiles; the kW is of the base scenario's frontier chips."""


class System(NamedTuple):
    """One row of the comparison."""

    name: str  # of the scenario; a second one of this name is numbered, a way of serving is added
    scenario: Scenario
    way: str  # of serving the edge, otherwise empty


@dataclass(frozen=True)
class Comparison:
    """Systems side by side; `estimates` of each stand under its name."""

    systems: tuple[System, ...]
    estimates: dict[str, tuple[Estimate, ...]]
    request: Request
    accepted: dict[str, int]
    left_out: int  # paths without a finite number in some system

    def find(
        self,
        system: str,
        metric: str,
        statistic: str = "probability",
        *,
        date: float = 2035.75,
        population: str = "conditioned",
    ) -> Estimate:
        """The one estimate with these labels; raises KeyError where there is none."""
        wanted = (metric, statistic, date, population)
        for e in self.estimates.get(system, ()):
            if (e.metric, e.statistic, e.date, e.population) == wanted:
                return e
        raise KeyError(f"no estimate {wanted} of {system!r}")

    def table(self) -> "pd.DataFrame":
        """The tidy table of estimates."""
        import pandas as pd

        return pd.DataFrame(self.records())

    def records(self) -> list[dict[str, Any]]:
        """Every estimate as a row that names its system."""
        return [
            {"system": name, **e.record()} for name, found in self.estimates.items() for e in found
        ]

    def document(self, command: str | None = None) -> dict[str, Any]:
        """One JSON-ready document: systems, run and estimates."""
        names = dict.fromkeys(one.name for _, one, _ in self.systems)
        again = ["orbitrisk", "compare", *names, *options_of(self.request)]
        return {
            "systems": [
                {
                    "name": name,
                    "scenario": one.name,
                    "title": one.title,
                    "side": one.side,
                    "way": way,
                    "opponent": one.opponent,
                    "digest": one.digest,
                    "source": one.source,
                }
                for name, one, way in self.systems
            ],
            "market": MARKET,
            "year": load(MARKET).headline.year,
            "run": {
                "paths": self.request.size,
                "accepted": self.accepted,
                "invalid": self.left_out,
                "seed": self.request.seed,
                "sampler": self.request.sampler,
                "replicates": self.request.replicates,
                "versions": versions(),
                "date": date.today().isoformat(),
                "command": command or shlex.join(again),
            },
            "estimates": self.records(),
        }


def compare(
    scenarios: Sequence[Scenario | str],
    *,
    paths: int = PATHS,
    seed: int = 0,
    replicates: int = REPLICATES,
    progress: Callable[[str], None] | None = None,
) -> Comparison:
    """Look at every scenario on the same random numbers and compare them path by path.

    Cost is levelised: $ per effective PFLOP-h, and k$ per kW-yr of the base scenario's frontier
    chips. Value is the NPV of such a kW at the base scenario's price of compute. Regret is what a
    system loses, on a path, to the best of those compared; ties count in equal parts. Raises
    ValueError for what cannot be run.
    """
    if paths > LARGEST:
        raise ValueError(f"at most {LARGEST:,} paths are compared, got {paths:,}")
    if not scenarios:
        raise ValueError("no system is given; allowed: one or more")
    request = Request(paths, seed, replicates=replicates)
    chosen = [load(one) if isinstance(one, str) else one for one in scenarios]
    market = load(MARKET)
    seen: dict[str, Seen] = {}
    for one in (market, *chosen):
        if one.digest not in seen:
            if progress is not None:
                progress(one.name)
            seen[one.digest] = look(one, request, request.size, VIEW, [market, *chosen])
    whole = np.zeros(request.size, int)
    for found in seen.values():
        whole[found.path] += 1
    common = np.flatnonzero(whole == len(seen))
    reference = _fields(seen[market.digest], common)
    systems: list[System] = []
    ways: list[Way] = []
    for name, one in zip(_labels(chosen), chosen, strict=True):
        for way in _ways(one, _fields(seen[one.digest], common), reference, request, common):
            ways.append(way)
            systems.append(System(f"{name}/{way.name}" if way.name else name, one, way.name))
    base = seen[market.digest]
    kept = base.kept_by[np.isin(base.path, common)]
    replicate = base.replicate[np.isin(base.path, common)]
    estimates, accepted = _estimates(ways, kept, replicate, market, request)
    return Comparison(
        systems=tuple(systems),
        estimates={s.name: tuple(e) for s, e in zip(systems, estimates, strict=True)},
        request=request,
        accepted=accepted,
        left_out=request.size - len(common),
    )


def _see(inputs: Inputs, fields: dict[str, Array]) -> tuple[Scalar, dict[str, Array]]:
    """Altitude, and the fields in the commit quarters of the headline table."""
    return inputs.orbit.altitude, {k: v[np.asarray(HEADLINE_QUARTERS)] for k, v in fields.items()}


VIEW = View("compare", FIELDS, _see)


def _fields(seen: Seen, common: NDArray) -> Fields:
    """What was seen of the paths that are finite in every system, in double precision."""
    chosen = np.isin(seen.path, common)
    altitude, values = seen.values
    return Fields(
        altitude=altitude[chosen].astype(np.float64),
        **{name: leaf[:, chosen].astype(np.float64) for name, leaf in values.items()},
    )


def _ways(
    one: Scenario, own: Fields, market: Fields, request: Request, common: NDArray
) -> list[Way]:
    side = SIDES[one.side]
    keys = [key for key in one.priors if key.partition(".")[0] == side.group]
    drawn = apart(one, request, request.size, keys) if keys else {}
    beside = {key.partition(".")[2]: values[common] for key, values in drawn.items()}
    return side.ways(own, market, beside)


def _labels(chosen: Sequence[Scenario]) -> list[str]:
    labels: list[str] = []
    for n, one in enumerate(chosen):
        before = sum(other.name == one.name for other in chosen[:n])
        labels.append(f"{one.name} ({before + 1})" if before else one.name)
    return labels


def shares_of_best(scores: NDArray) -> NDArray:
    """Share of each row (systems) in being lowest; those that tie for it share it equally."""
    lowest = scores == scores.min(axis=0)
    return lowest / lowest.sum(axis=0)


def _estimates(
    ways: Sequence[Way], kept: NDArray, replicate: NDArray, market: Scenario, request: Request
) -> tuple[list[list[Estimate]], dict[str, int]]:
    found: list[list[Estimate]] = [[] for _ in ways]
    widths = population_names(market)
    masks = {population: kept >= width for population, width in widths.items()}
    for place, quarter in enumerate(HEADLINE_QUARTERS):
        cost = np.stack([way.cost_per_kw[place] for way in ways])
        loss = -np.stack([way.value[place] for way in ways])
        scores = {
            ("cheapest", "cost", "probability", "1"): shares_of_best(cost),
            ("best_value", "value", "probability", "1"): shares_of_best(loss),
            ("regret_cost", "cost", "mean", UNITS["cost_per_kw"]): cost - cost.min(axis=0),
            ("regret_value", "value", "mean", UNITS["value"]): loss - loss.min(axis=0),
        }
        for n, way in enumerate(ways):
            rows = {
                name: values for name in UNITS if (values := way.numbers(name, place)) is not None
            }
            order = {name: np.argsort(values, kind="stable") for name, values in rows.items()}
            for population, mask in masks.items():
                at = (date_of(quarter), population)
                for (metric, comparator, statistic, unit), score in scores.items():
                    interval = _mean(score[n], mask, replicate, request, statistic)
                    labels = (metric, comparator, *at, statistic)
                    found[n].append(Estimate(*labels, *interval, int(mask.sum()), unit))
                for name, values in rows.items():
                    ranked = order[name][mask[order[name]]]
                    found[n] += _quantiles(name, at, values[ranked], replicate[ranked], request)
    return found, {p: int(mask.sum()) for p, mask in masks.items() if widths[p] > 0}


def _mean(
    score: NDArray, mask: NDArray, replicate: NDArray, request: Request, statistic: str
) -> Interval:
    """Mean of a score over a population; a share in whole numbers of paths is a probability."""
    sizes = np.bincount(replicate[mask], minlength=request.replicates)
    sums = np.bincount(replicate[mask], score[mask], minlength=request.replicates)
    if statistic != "probability":
        return scrambles.mean(sums, sizes)
    if np.array_equal(sums, np.rint(sums)):
        return scrambles.proportion(sums.astype(np.int64), sizes)
    value, stderr, low, high = scrambles.mean(sums, sizes)
    return Interval(value, stderr, max(0.0, low), min(1.0, high))


def _quantiles(
    name: str, at: tuple[float, str], ordered: NDArray, replicate: NDArray, request: Request
) -> list[Estimate]:
    if len(ordered) < FEWEST_KEPT:
        return []
    sizes = np.bincount(replicate, minlength=request.replicates)
    intervals = scrambles.sorted_quantiles(ordered, replicate, sizes, list(LEVELS.values()))
    return [
        Estimate(name, None, *at, statistic, *interval, len(ordered), UNITS[name])
        for statistic, interval in zip(LEVELS, intervals, strict=True)
    ]
