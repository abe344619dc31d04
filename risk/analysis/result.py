"""A finished analysis: the run, its variants and its estimates, as table, document or DataTree."""

import math
import shlex
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

from kernels.marginals import NEVER, Z95
from risk.analysis import intervals, scrambles
from risk.analysis.bridge import parts
from risk.analysis.drivers import drivers
from risk.analysis.estimates import (
    date_of,
    estimates,
    guarantee_request,
    guaranteed_probabilities,
    printed_half_width,
    size,
    with_loadings,
)
from risk.analysis.ways import SIDES
from risk.estimate import Estimate
from risk.inputs import declarations
from risk.model.constants import QUARTERS
from risk.model.metrics import COMMIT_QUARTERS, LAST_CROSSING, METRICS
from risk.model.systems import SystemInputs
from risk.run.draw import PATH
from risk.run.execute import Run, execute, job_of
from risk.run.merge import State
from risk.run.plan import REPLICATES, options_of, request_of
from risk.run.sample import CURVES, Sample, sample
from risk.scenario import Prior, Scenario

if TYPE_CHECKING:
    import pandas as pd

LOADING_SCALES = (0.0, 0.5, 1.25)
"""Scales of all loadings beside the scenario's own."""
VARIANT_PATHS = 1 << 18
"""Most paths of a run with scaled loadings."""
LARGEST_PRECISION_RUN = 1 << 33
SAMPLE_PATHS = 1 << 15
FUTURES = 5
SHAPE_QUARTERS = (4, 20, 36, 56)  # commit years 2027, 2031, 2035, 2040
_SHAPE_BINS = 16  # fine bins merged into one bar: 8 bars an octave

type Progress = Callable[[int, int, float | None], None]
"""Called with paths done, paths in all, and the headline probability so far."""


@dataclass(frozen=True)
class Result:
    """Everything a report says comes from here."""

    run: Run
    estimates: tuple[Estimate, ...]
    sample: Sample
    drivers: dict[str, Any] | None  # see `risk.analysis.drivers`

    def find(
        self,
        metric: str,
        statistic: str = "probability",
        *,
        date: float | None = None,
        comparator: str | None = None,
        population: str = "conditioned",
    ) -> Estimate:
        """The one estimate with these labels; raises KeyError where there is none."""
        wanted = (metric, statistic, date, comparator, population)
        for e in self.estimates:
            if (e.metric, e.statistic, e.date, e.comparator, e.population) == wanted:
                return e
        raise KeyError(f"no estimate {wanted}")

    def table(self) -> "pd.DataFrame":
        """The tidy table of estimates."""
        import pandas as pd

        return pd.DataFrame([e.record() for e in self.estimates])

    def to_arviz(self) -> Any:
        """DataTree of the first paths: group `posterior` holds the conditioned ones.

        Ratios and cost by quarter and every uncertain input. Chains are the scrambles; paths of
        plain Monte Carlo are independent and dealt in order to four. Group `prior` holds all
        paths. The points of a scramble are no Markov chain: effective sample size, R-hat and MCSE
        of ArviZ do not apply to them.
        """
        import arviz as az

        groups = {
            name: _chains(self.sample, kept) for name, kept in (("posterior", 1), ("prior", 0))
        }
        coords = {"quarter": [date_of(t) for t in range(QUARTERS)]}
        dims = {name: ["quarter"] for name in CURVES}
        return az.from_dict(groups, coords=coords, dims=dims)

    def document(self, command: str | None = None) -> dict[str, Any]:
        """One JSON-ready document: scenario, run, estimates and what figures need beside them."""
        run, scenario = self.run, self.run.scenario
        accepted = {p: size(run, w) for p, w in run.populations.items() if w > 0}
        reproduce = ["orbitrisk", "report", scenario.name]
        reproduce += options_of(run.request)
        return {
            "scenario": _scenario(scenario),
            "run": {
                **run.info,
                "accepted": accepted,
                "gain": gain(self),
                "draws": job_of(scenario, run.request.seed, run.request.sampler)[1].draws.record(),
                "date": date.today().isoformat(),
                "command": command or shlex.join(reproduce),
            },
            "estimates": [e.record() for e in self.estimates],
            "inputs": [
                _input(p, self.sample, tuple(scenario.factors))
                for p in scenario.priors.values()
                if p.key in PATH or p.key.startswith(f"{SIDES[scenario.side].group}.")
            ],
            "drivers": self.drivers,
            "futures": _futures(self.sample),
            "shapes": [s for w in (0, 1) for s in _shapes(run, w)],
            "published": [
                {"name": p.name, "date": float(p.year), "ratio": p.ratio}
                for p in scenario.published
            ],
            "evidence": scenario.evidence,
        }


def simulate(
    scenario: Scenario,
    *,
    paths: int | None = None,
    precision: float | None = None,
    seed: int = 0,
    sampler: str = "sobol",
    replicates: int = REPLICATES,
    guaranteed: bool = False,
    scales: Sequence[float] = LOADING_SCALES,
    whole: bool = True,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> Result:
    """Run a scenario, and again with every loading scaled, on the same random numbers.

    Either `paths` fixes the size, or the run doubles until no half-width of a probability in the
    headline table is above `precision`; stopping there costs an interval 0.3 point of its 95 %
    (`tests/analysis/test_stopping.py`), so nothing is set aside for the looks. `guaranteed` adds
    intervals of the headline table that assume nothing but independent scrambles. What is not
    `whole` has what a summary of the run tells, sooner: no runs with scaled loadings, no quantiles
    of other metrics, no parts of costs. Raises ValueError for what cannot be run.
    """
    scales = scales if whole else ()
    first = request_of(paths, precision, seed, sampler, replicates)
    variant_paths = min(first.paths, VARIANT_PATHS)
    extra = variant_paths * len(scales)
    if guaranteed:
        extra += guarantee_request(first).size
    ahead = first.size  # forecast of the main run's size

    def looked_at() -> tuple[Sample, dict[str, Any] | None]:
        taken = sample(scenario, first, SAMPLE_PATHS)
        return taken, drivers(scenario, taken)

    # Devices need Python now and then only: what it makes of one run, it makes while they are on
    # the next. A doubled run has the same first points.
    beside = ThreadPoolExecutor(2)
    look = cache(lambda: beside.submit(looked_at))

    def told(done: int, state: State) -> None:
        look()  # not before the first block is there: one program is compiled at a time
        if progress is not None:
            progress(done, max(ahead, done) + extra, headline(scenario, state))

    main = execute(scenario, first, progress=told, stop=stop, keep=True)
    while precision is not None and (width := printed_half_width(main)) > precision:
        needed = main.request.size * (width / precision) ** 2
        if needed > LARGEST_PRECISION_RUN:
            raise ValueError(
                f"a precision of {precision:g} needs about {needed:.2g} paths, at most "
                f"{LARGEST_PRECISION_RUN:,} are run: ask for {width:g} or more"
            )
        ahead = main.request.size * 2 ** math.ceil(math.log2(needed / main.request.size))
        doubled = replace(main.request, paths=main.request.size * 2)
        main = execute(scenario, doubled, progress=told, stop=stop, after=main, keep=True)

    def runs_beside() -> list[Estimate]:
        made: list[Estimate] = []
        finished = main.request.size

        def shown(done: int, state: State) -> None:
            if progress is not None:
                progress(finished + done, main.request.size + extra, headline(scenario, main.state))

        for scale in scales:
            scaled = scenario.with_scale(scenario.scale * scale)
            request = replace(main.request, paths=variant_paths)
            variant = execute(scaled, request, progress=shown, stop=stop, wins_only=True)
            made += with_loadings(variant, scale)
            finished += variant_paths
        if guaranteed:
            request = guarantee_request(main.request)
            independent = execute(scenario, request, progress=shown, stop=stop, wins_only=True)
            made += guaranteed_probabilities(independent, main)
        return made

    others = beside.submit(runs_beside)
    found = estimates(main, whole) + others.result()
    taken, causes = look().result()
    beside.shutdown()
    if whole:
        found += _published_ratio(main, taken)
        for population, width in (("prior", 0), ("conditioned", 1)):
            found += parts(taken, population, width)
    return Result(main, tuple(found), taken, causes)


def headline(scenario: Scenario, state: dict[str, Any]) -> float | None:
    """Conditioned probability of the headline so far."""
    event = {"cost": "wins_on_cost", "value": "wins_on_value", "time-adjusted": "wins_on_time"}
    cells = state[f"event.{event[scenario.headline.comparator]}"]
    kept = int(state["population"][:, 1:-1].sum())
    quarter = COMMIT_QUARTERS[scenario.headline.year - 2026]
    return float(cells[:, quarter, 1:].sum()) / kept if kept else None


def gain(result: "Result") -> dict[str, float] | None:
    """Variance of plain Monte Carlo over that of these scrambles, for the headline probability.

    `low` and `high` are its 95 % interval by the chi-square law of a variance; None for plain
    Monte Carlo and where the headline has too few successes for a spread.
    """
    run = result.run
    if run.request.replicates == 1:
        return None
    event = run.scenario.headline
    shown = result.find("orbit_wins", date=event.year + 0.75, comparator=event.comparator)
    p, n, stderr = shown.value, shown.n, shown.stderr
    if not p or not stderr or min(p, 1.0 - p) * n < run.request.replicates:
        return None
    ratio = p * (1.0 - p) / n / stderr**2
    low, high = scrambles.variance_factors(run.request.replicates - 1)
    return {"value": ratio, "low": ratio * low, "high": ratio * high}


def _scenario(s: Scenario) -> dict[str, Any]:
    options = dict(declarations(SystemInputs))
    return {
        "name": s.name,
        "title": s.title,
        "digest": s.digest,
        "source": s.source,
        "extends": s.extends,
        "side": s.side,
        "opponent": s.opponent,
        "headline": {"comparator": s.headline.comparator, "year": s.headline.year},
        "conditioning": {
            "centre": s.conditioning.centre,
            "log_sd": list(s.conditioning.log_sd),
        },
        "horizon": date_of(LAST_CROSSING + 3),
        "choices": {key: options[key].options[k] for key, k in s.choices.items()},
    }


def _input(prior: Prior, taken: Sample, factors: Sequence[str]) -> dict[str, Any]:
    """An input's row: percentiles of its prior, and of the conditioned first paths."""
    points = np.asarray(prior.marginal.quantile(jnp.asarray([-Z95, 0.0, Z95], jnp.float32)))
    kept = taken.inputs.get(prior.key)
    conditioned = None
    if kept is not None:
        kept = kept[taken.kept_by >= 1]
        conditioned = _percentiles(np.quantile(kept, [0.05, 0.5, 0.95], method="inverted_cdf"))
    loadings = zip(factors, prior.loadings, strict=True)
    return {
        "key": prior.key,
        "name": prior.declaration.meaning,
        "unit": prior.declaration.unit,
        "shape": prior.shape,
        "prior": _percentiles(points),
        "conditioned": conditioned,
        "n": None if kept is None else len(kept),
        "mark": prior.mark,
        "anchors": prior.anchors,
        "source": prior.source,
        "factors": {name: value for name, value in loadings if value},
    }


def _percentiles(points: Any) -> dict[str, float | None]:
    """Three percentiles; None where the date never comes."""
    values = [float(x) if x < NEVER / 2 else None for x in np.asarray(points)]
    return dict(zip(("p05", "p50", "p95"), values, strict=True))


def _chains(taken: Sample, kept: int) -> dict[str, Any]:
    """Kept paths with replicates as chains, cut to the shortest; one replicate is dealt to four."""
    mask = taken.kept_by >= kept
    numbers = np.unique(taken.replicate)
    if len(numbers) == 1:
        chosen = np.flatnonzero(mask)
        rows = list(chosen[: len(chosen) // 4 * 4].reshape(4, -1))
    else:
        rows = [np.flatnonzero(mask & (taken.replicate == number)) for number in numbers]
    shortest = min(len(row) for row in rows)
    order = np.stack([row[:shortest] for row in rows])
    return {
        key: np.moveaxis(np.asarray(values)[..., order], (-2, -1), (0, 1))
        for key, values in {**taken.curves, **taken.inputs}.items()
    }


def _futures(taken: Sample) -> dict[str, Any]:
    chosen = np.flatnonzero(taken.kept_by >= 1)[:FUTURES]
    ratio = np.asarray(taken.curves["ratio"])[:, chosen].T
    return {
        "dates": [date_of(t) for t in range(QUARTERS)],
        "ratio": [[float(r) for r in path] for path in ratio],
    }


def _shapes(run: Run, width: int) -> list[dict[str, Any]]:
    from risk.analysis.estimates import histogram

    population = {w: p for p, w in run.populations.items()}[width]
    found = []
    for key in ("lcoc_orbit", "lcoc_ground"):
        edges = METRICS[key].bins.edges()[1:-1][::_SHAPE_BINS]
        for t in SHAPE_QUARTERS:
            tally = histogram(run, key, t, width)
            bars = tally[1:-1].reshape(-1, _SHAPE_BINS).sum(axis=1)
            used = np.flatnonzero(bars)
            if not len(used):
                continue
            first, last = used[0], used[-1] + 1
            share = bars[first:last] / tally.sum()
            found.append(
                {
                    "metric": key,
                    "date": date_of(t),
                    "population": population,
                    "edges": [float(e) for e in edges[first : last + 1]],
                    "share": [float(s) for s in share],
                }
            )
    return found


def _published_ratio(run: Run, taken: Sample) -> list[Estimate]:
    found = []
    for population, width in run.populations.items():
        kept = taken.kept_by >= width
        by_replicate = [
            taken.published_ratio[kept & (taken.replicate == r)]
            for r in range(run.request.replicates)
        ]
        n = int(kept.sum())
        for statistic, p in (("p05", 0.05), ("p50", 0.5), ("p95", 0.95)):
            if n < 100:
                continue
            if len(by_replicate) == 1:
                interval = intervals.sample_quantile(by_replicate[0], p)
            else:
                interval = scrambles.sample_quantile(by_replicate, p)
            found.append(
                Estimate(
                    "published_ratio",
                    "cost",
                    date_of(0),
                    population,
                    statistic,
                    *interval,
                    n,
                    "1",
                )
            )
    return found
