"""Whether a fit may be used: the chains agree, are long enough, and the model could have made the data."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from risk.calibrate.fit import Fit, Known, Seen
from risk.calibrate.sample import Posterior

LARGEST_RHAT = 1.01
LEAST_ESS = 400.0
TAIL = 0.01
"""A statistic of the evidence further out than this among replicated data refuses the fit."""
REPLICATED = 1000


@dataclass(frozen=True)
class Health:
    """What ArviZ says of one input's draws."""

    r_hat: float
    ess_bulk: float
    ess_tail: float


@dataclass(frozen=True)
class Verdict:
    """The checks of one fit; `refusals` are sentences, none where it may be used."""

    health: Mapping[str, Health]
    divergences: int
    predictive: Mapping[str, float]  # statistic -> share of replicated data above the evidence
    replicated: Mapping[str, np.ndarray]
    observed: Mapping[str, float]
    refusals: tuple[str, ...]


def verdict(fit: Fit, known: Known, seen: Seen, posterior: Posterior, seed: int) -> Verdict:
    """Check one fit's posterior against the limits of this file."""
    health = {key: health_of(posterior.sites[key]) for key in fit.informs}
    divergences = int(posterior.diverged.sum())
    observed = dict(fit.statistics(known, seen))
    replicated = replicate(fit, known, posterior, seed)
    predictive = {name: tail_share(replicated[name], observed[name]) for name in observed}
    said = []
    for key, h in health.items():
        if not h.r_hat <= LARGEST_RHAT:
            said.append(f"R-hat of {key} is {h.r_hat:.3f}; allowed: at most {LARGEST_RHAT}")
        for name, size in (("bulk", h.ess_bulk), ("tail", h.ess_tail)):
            if not size >= LEAST_ESS:
                said.append(f"{name} ESS of {key} is {size:.0f}; allowed: at least {LEAST_ESS:.0f}")
    if divergences:
        said.append(f"{divergences} transitions diverged; allowed: none")
    for name, share in predictive.items():
        if not TAIL <= share <= 1.0 - TAIL:
            said.append(
                f"{share:.3f} of replicated data exceed the evidence in {name}; "
                f"allowed: {TAIL} to {1.0 - TAIL}"
            )
    refusals = tuple(f"fit {fit.name} is refused: {sentence}" for sentence in said)
    return Verdict(health, divergences, predictive, replicated, observed, refusals)


def health_of(draws: np.ndarray) -> Health:
    """R-hat (rank, folded) and effective sizes of draws (chain, draw)."""
    import arviz as az

    return Health(
        float(az.rhat(draws)),
        float(az.ess(draws, method="bulk")),
        float(az.ess(draws, method="tail", prob=(0.05, 0.95))),
    )


def replicate(
    fit: Fit, known: Known, posterior: Posterior, seed: int, draws: int = REPLICATED
) -> Mapping[str, np.ndarray]:
    """Statistics of data made anew, each from one posterior draw."""
    rng = np.random.default_rng(seed)
    flat = {name: posterior.flat(name) for name in posterior.sites}
    size = len(next(iter(flat.values())))
    rows = []
    for i in np.linspace(0, size - 1, min(draws, size)).astype(int):
        one = {name: values[i] for name, values in flat.items()}
        rows.append(fit.statistics(known, fit.synthesise(known, one, rng)))
    return {name: np.asarray([row[name] for row in rows]) for name in rows[0]}


def tail_share(replicated: np.ndarray, observed: float) -> float:
    """Share of replicated values above the observed one; ties count half."""
    return float((replicated > observed).mean() + 0.5 * (replicated == observed).mean())
