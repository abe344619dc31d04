"""One calibration: evidence read, fits sampled and checked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kernels.marginals import Z95, Marginal
from risk.calibrate.checks import Verdict, verdict
from risk.calibrate.evidence import Table
from risk.calibrate.fit import Fit, fits, quantile
from risk.calibrate.sample import Posterior, sample
from risk.scenario import Scenario

type Percentiles = tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Fitted:
    """A fit with its draws, its checks, and P5, P50, P95 of each input before and after."""

    fit: Fit
    posterior: Posterior
    verdict: Verdict
    before: Mapping[str, Percentiles]
    after: Mapping[str, Percentiles]
    factors: tuple[str, ...]  # of the scenario, in the order of its loadings
    units: Mapping[str, str]  # of each input


def chosen(names: Sequence[str]) -> list[Fit]:
    """The fits of these names, all where none is given; raises ValueError with what there is."""
    known = fits()
    for name in names:
        if name not in known:
            raise ValueError(f"there is no fit {name!r}; allowed: {', '.join(known)}")
    return [known[name] for name in dict.fromkeys(names)] if names else list(known.values())


def calibrate(
    wanted: Sequence[Fit],
    scenario: Scenario,
    tables: Mapping[str, Table],
    *,
    seed: int,
    told: Callable[[str], None] = lambda name: None,
) -> list[Fitted]:
    """Sample and check each fit; `told` hears the name of the one that is next."""
    found = []
    for fit in wanted:
        told(fit.name)
        known, seen = fit.prepare(tables)
        priors = fit.priors(scenario)
        posterior = sample(fit, known, priors, seen, seed=seed)
        after = {key: _quantiles(posterior.flat(key)) for key in fit.informs}
        before = {key: _percentiles(priors[key]) for key in fit.informs}
        checked = verdict(fit, known, seen, posterior, seed)
        units = {key: scenario.priors[key].declaration.unit for key in fit.informs}
        factors = tuple(scenario.factors)
        found.append(Fitted(fit, posterior, checked, before, after, factors, units))
    return found


def _percentiles(marginal: Marginal) -> Percentiles:
    low, middle, high = np.asarray(quantile(marginal, [-Z95, 0.0, Z95]))
    return float(low), float(middle), float(high)


def _quantiles(draws: np.ndarray) -> Percentiles:
    low, middle, high = np.quantile(draws, (0.05, 0.5, 0.95))
    return float(low), float(middle), float(high)
