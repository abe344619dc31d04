"""A finished analysis: the run, its variants and its estimates, as table, document or DataTree."""

import shlex
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import jax.numpy as jnp
import numpy as np

from kernels.marginals import NEVER, Z95
from risk.analysis import intervals
from risk.analysis.estimates import date_of, estimates, size, with_loadings
from risk.estimate import Estimate
from risk.inputs import declarations
from risk.model.constants import QUARTERS
from risk.model.metrics import COMMIT_QUARTERS, LAST_CROSSING, METRICS
from risk.model.path import Inputs
from risk.run.execute import Run, execute
from risk.run.plan import Request
from risk.run.sample import CURVES, Sample, sample
from risk.scenario import Prior, Scenario

if TYPE_CHECKING:
    import pandas as pd

LOADING_SCALES = (0.0, 0.5, 1.25)
"""Scales of all loadings beside the scenario's own."""
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

        Ratios and cost by quarter and every uncertain input; paths are independent, so they are
        dealt in order to four chains. Group `prior` holds all paths.
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
        reproduce += ["--paths", str(run.request.paths), "--seed", str(run.request.seed)]
        return {
            "scenario": _scenario(scenario),
            "run": {
                **run.info,
                "accepted": accepted,
                "date": date.today().isoformat(),
                "command": command or shlex.join(reproduce),
            },
            "estimates": [e.record() for e in self.estimates],
            "inputs": [
                _input(p, self.sample, tuple(scenario.factors)) for p in scenario.priors.values()
            ],
            "futures": _futures(self.sample),
            "shapes": [s for w in (0, 1) for s in _shapes(run, w)],
            "published": [
                {"name": p.name, "date": float(p.year), "ratio": p.ratio}
                for p in scenario.published
            ],
        }


def simulate(
    scenario: Scenario,
    *,
    paths: int,
    seed: int = 0,
    scales: Sequence[float] = LOADING_SCALES,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> Result:
    """Run a scenario, and again with every loading scaled, on the same random numbers."""
    request = Request(paths, seed)
    total = paths * (1 + len(scales))
    finished = 0

    def report(done: int, state: dict[str, Any]) -> None:
        if progress is not None:
            progress(finished + done, total, headline(scenario, state))

    main = execute(scenario, request, progress=report, stop=stop)
    found = estimates(main)
    for scale in scales:
        finished += paths
        scaled = scenario.with_scale(scenario.scale * scale)
        variant = execute(scaled, request, progress=report, stop=stop, wins_only=True)
        found += with_loadings(variant, scale)
    taken = sample(scenario, seed, min(paths, SAMPLE_PATHS))
    found += _published_ratio(main, taken)
    return Result(main, tuple(found), taken)


def headline(scenario: Scenario, state: dict[str, Any]) -> float | None:
    """Conditioned probability of the headline so far."""
    event = {"cost": "wins_on_cost", "value": "wins_on_value", "time-adjusted": "wins_on_time"}
    cells = state[f"event.{event[scenario.headline.comparator]}"]
    kept = int(state["population"][1:-1].sum())
    quarter = COMMIT_QUARTERS[scenario.headline.year - 2026]
    return float(cells[quarter, 1:].sum()) / kept if kept else None


def _scenario(s: Scenario) -> dict[str, Any]:
    options = dict(declarations(Inputs))
    return {
        "name": s.name,
        "title": s.title,
        "digest": s.digest,
        "source": s.source,
        "extends": s.extends,
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
    mask = taken.kept_by >= kept
    count = int(mask.sum()) // 4 * 4

    def deal(values: Any) -> Any:
        chosen = np.asarray(values)[..., mask][..., :count]
        return np.moveaxis(chosen, -1, 0).reshape(4, count // 4, *chosen.shape[:-1])

    return {k: deal(v) for k, v in {**taken.curves, **taken.inputs}.items()}


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
        values = np.sort(taken.published_ratio[taken.kept_by >= width])
        n = len(values)
        for statistic, p in (("p05", 0.05), ("p50", 0.5), ("p95", 0.95)):
            if n < 100:
                continue
            first, last = intervals.ranks(n, p)
            low, high = float(values[first - 1]), float(values[min(last, n) - 1])
            value = float(np.quantile(values, p))
            stderr = (high - low) / (2 * intervals.Z)
            found.append(
                Estimate(
                    "published_ratio",
                    "cost",
                    date_of(0),
                    population,
                    statistic,
                    value,
                    stderr,
                    low,
                    high,
                    n,
                    "1",
                )
            )
    return found
