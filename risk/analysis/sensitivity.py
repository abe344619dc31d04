"""Sensitivity on demand, over the prior: Sobol' indices and Shapley shares of parts of the model.

An input is x_k = l_k . f + own e_k. Taken apart, the factors, the inputs' own parts e_k and luck are
independent, so pick-freeze is exact; taken as inputs x they depend on each other through f, and
their conditional law is Gaussian. Luck is what a path draws besides its inputs: the shocks of its
quarters and where they start from. What is drawn from all paths cannot be conditioned on published
ratios without making every part depend on every other: the numbers are those of the prior.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernels.counter import TILE
from risk.analysis.elasticity import elasticities
from risk.analysis.given_data import require_variance
from risk.analysis.intervals import Interval
from risk.analysis.shapley import shapley
from risk.analysis.sobol_indices import evaluated, halves, indices
from risk.model.metrics import COMMIT_QUARTERS
from risk.run.draw import STARTS
from risk.run.look import View
from risk.run.probe import Probe
from risk.run.slopes import slopes
from risk.scenario import Scenario

REPLICATES = 16
DEFAULT_PATHS = REPLICATES * TILE
ORDERS = {"parts": 1, "inputs": 3}
"""Random orders of the groups, each with its reverse, that a replicate takes; dependent inputs
need more of them."""
MOST_SLOPES = 512
"""Points of a replicate on which slopes are taken; 16 replicates of 256 fill whole tiles."""
FIRST_DATE = 1900.0
"""Inputs in years that are never lower are dates."""
LUCK = "luck"
FACTORS = "factors"
OUTPUTS = ("log_ratio", "orbit_wins")

type Told = Callable[[str], None]


def sensitivity(
    scenario: Scenario, *, paths: int = DEFAULT_PATHS, seed: int = 0, told: Told | None = None
) -> dict[str, Any]:
    """Indices of the log cost ratio and of the event that orbit wins, headline year; JSON-ready.

    `sobol`: first and total order of the factors together, of the inputs' own parts by group of the
    model, and of luck. `parts`: Shapley shares of every factor, own part and luck. `inputs`:
    Shapley shares of whole inputs by group, dependence included, and luck. `elasticities`: of the
    mean and the CVaR of the ratio, see `risk.run.slopes` for what is held. Raises ValueError for
    too few paths and NoVariance for a ratio without one.
    """
    points = -(-paths // REPLICATES)
    points = 1 << (points - 1).bit_length()
    if points < 256:
        raise ValueError(f"a sensitivity takes at least {REPLICATES * 256:,} paths, got {paths:,}")
    model = _Model(scenario, seed)
    told = told or (lambda text: None)
    design = model.design(points)
    sobol_groups = {FACTORS: model.factors(), **model.own_parts(), LUCK: model.luck()}
    told(f"Sobol' indices of {len(sobol_groups)} parts")
    columns = [[int(k) for k in np.flatnonzero(rows.any(axis=0))] for rows in sobol_groups.values()]
    plain, swapped = evaluated(model, design, columns)
    require_variance(plain[:, :, 0].ravel())
    sobol = [
        {
            "part": name,
            **{
                output: {
                    key: _record(found)
                    for key, found in indices(plain[:, :, k], swapped[g][:, :, k])._asdict().items()
                }
                for k, output in enumerate(OUTPUTS)
            },
        }
        for g, name in enumerate(sobol_groups)
    ]
    shares = {}
    for key, groups in (
        ("parts", {**model.each_factor(), **model.own_parts(), LUCK: model.luck()}),
        ("inputs", {**model.whole_inputs(), LUCK: model.luck()}),
    ):
        told(f"Shapley shares of {len(groups)} {key}")
        found = shapley(model, list(groups.values()), design, seed, ORDERS[key])
        shares[key] = [
            {"part": name, **{o: _record(x) for o, x in zip(OUTPUTS, row, strict=True)}}
            for name, row in zip(groups, found, strict=True)
        ]
    told(f"elasticities of {len(model.rows.numbers)} inputs")
    event = scenario.headline
    return {
        "scenario": {"name": scenario.name, "title": scenario.title, "digest": scenario.digest},
        "run": {
            "paths": points * REPLICATES,
            "replicates": REPLICATES,
            "seed": seed,
            "evaluations": model.evaluations,
        },
        "population": "prior",
        "comparator": event.comparator,
        "date": event.year + 0.75,
        "factors": dict(scenario.factors),
        "p": float(plain[:, :, 1].mean()),
        "sobol": sobol,
        "shapley": shares,
        "elasticities": model.elasticities(scenario, design[0]),
    }


class _Model:
    """Log ratio and event at given numbers: (replicate, (numbers, n)) -> (2, n).

    The last number says which of two sets of shocks a path meets, 0 or 1.
    """

    def __init__(self, scenario: Scenario, seed: int) -> None:
        event = scenario.headline
        self.field = "time_ratio" if event.comparator == "time-adjusted" else "ratio"
        fields = {"ratio", self.field} | (
            {"npv_orbit", "npv_ground"} if event.comparator == "value" else set()
        )
        self.quarter = quarter = COMMIT_QUARTERS[event.year - 2026]
        view = View(
            f"sensitivity {quarter}",
            tuple(sorted(fields)),
            lambda x, found: {name: values[quarter] for name, values in found.items()},
        )
        self.value = event.comparator == "value"
        self.seed, self.evaluations = seed, 0
        self.probe = Probe(scenario, view, seed=seed)
        dependence = self.probe._job.scenario.dependence
        self.root = np.asarray(dependence.root, np.float64)
        self.loadings = np.asarray(dependence.loadings, np.float64) @ self.root
        self.own = np.asarray(dependence.own, np.float64)
        self.place = {name: k for k, name in enumerate(self.probe.normals)}
        self.width = len(self.place) + 1
        self.rows = self.probe.rows.scenario

    def design(self, points: int) -> NDArray:
        """Normals of A and B, (2, replicates, numbers, points); 0 and 1 say which shocks."""
        from scipy.special import ndtri

        d = len(self.place) + len(self.probe.uniforms)
        u = halves(d, REPLICATES, points, self.seed)
        self.uniforms = u[:, :, len(self.place) :]
        which = np.broadcast_to(np.arange(2.0)[:, None, None, None], (2, REPLICATES, 1, points))
        return np.concatenate([ndtri(u[:, :, : len(self.place)]), which], axis=2)

    def __call__(self, replicate: int, z: NDArray) -> NDArray:
        which = int(np.round(z[-1, 0]))
        n = z.shape[1]
        tiles = -(-n // TILE)
        found = self.probe(z[:-1], self.uniforms[which, replicate], (2 * replicate + which) * tiles)
        self.evaluations += n
        if not found.finite.all():
            raise ValueError(f"{n - int(found.finite.sum())} of {n} paths are not finite")
        at = {name: np.asarray(values, np.float64) for name, values in found.values.items()}
        wins = at["npv_orbit"] > at["npv_ground"] if self.value else at[self.field] < 1.0
        return np.stack([np.log(at[self.field]), wins.astype(np.float64)])

    def elasticities(self, scenario: Scenario, z: NDArray) -> list[dict[str, Any]]:
        """One row an input: of the mean ratio and of its CVaR; dates have none."""
        points = min(z.shape[-1], MOST_SLOPES)
        normals, u = (
            np.concatenate(list(numbers[..., :points]), axis=1)
            for numbers in (z[:, :-1], self.uniforms[0])
        )
        rows = []
        for one in slopes(scenario, self.field, self.quarter, normals, u, self.seed):
            declared = scenario.priors[one.key].declaration
            if declared.unit == "year" and one.x.min() > FIRST_DATE:
                continue
            mean, tail = elasticities(one.x, one.y, one.slope, REPLICATES)
            row = {"key": one.key, "name": declared.meaning}
            rows.append({**row, "mean": _record(mean), "tail": _record(tail)})
        return rows

    def _unit(self, names: list[str]) -> NDArray:
        return np.eye(self.width)[[self.place[name] for name in names]]

    def factors(self) -> NDArray:
        """Rows of all factors together."""
        return self._unit(list(self.rows.factors))

    def each_factor(self) -> dict[str, NDArray]:
        """One row a factor: correlated, so that a factor knows something of the others."""
        first = [self.place[name] for name in self.rows.factors]
        rows = np.zeros((len(first), self.width))
        rows[:, first] = self.root
        names = (name.removeprefix("factor.") for name in self.rows.factors)
        return {name: rows[k : k + 1] for k, name in enumerate(names)}

    def own_parts(self) -> dict[str, NDArray]:
        """Own parts of the inputs by group of the model."""
        return {
            f"{group}, own part": self._unit(keys)
            for group, keys in _by_group(self.rows.numbers).items()
        }

    def whole_inputs(self) -> dict[str, NDArray]:
        """Inputs by group of the model; of one drawn anew at each event, what the path knows."""
        drawn = (*self.rows.numbers, *self.rows.events)
        first = [self.place[name] for name in self.rows.factors]
        rows = np.zeros((len(drawn), self.width))
        rows[:, first] = self.loadings
        for k, key in enumerate(self.rows.numbers):
            rows[k, self.place[key]] = self.own[k]
        row = dict(zip(drawn, rows, strict=True))
        known = {
            group: [k for k in keys if row[k].any()] for group, keys in _by_group(drawn).items()
        }
        return {group: np.stack([row[k] for k in keys]) for group, keys in known.items() if keys}

    def luck(self) -> NDArray:
        """Shocks of the quarters and the numbers that they start from."""
        starts = [name for name in STARTS.normals if name in self.place]
        return np.concatenate([self._unit(starts), np.eye(self.width)[-1:]])


def _by_group(keys: tuple[str, ...]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for key in sorted(keys):
        groups.setdefault(key.split(".")[0], []).append(key)
    return groups


def _record(found: Interval) -> dict[str, float]:
    return {key: float(x) for key, x in found._asdict().items()}
