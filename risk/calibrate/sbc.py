"""Simulation-based calibration: does a fit find what made the data?

Draw inputs from the prior, make data from them, fit: the rank of the truth among the posterior's
draws is uniform if sampler, model and generator agree. Talts et al. (2018), arXiv 1804.06788.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from risk.calibrate.fit import Fit, Known, Priors
from risk.calibrate.sample import from_prior, sample_each


def ranks(
    fit: Fit,
    known: Known,
    priors: Priors,
    *,
    data_sets: int,
    kept: int,
    thin: int,
    warm_up: int,
    seed: int,
) -> Mapping[str, NDArray[np.int64]]:
    """Rank of the truth of each input informed among `kept` draws, (data set,), 0 to `kept`.

    One chain each; only every `thin`-th draw is kept, so that they are nearly independent.
    """
    rng = np.random.default_rng(seed)
    truth = from_prior(fit, known, priors, seed=seed, draws=data_sets)
    made = [
        fit.synthesise(known, {name: values[i] for name, values in truth.items()}, rng)
        for i in range(data_sets)
    ]
    seen = {name: np.stack([np.asarray(data[name]) for data in made]) for name in made[0]}
    size = {"warm_up": warm_up, "draws": kept * thin}
    found = sample_each(fit, known, priors, seen, seed=seed + 1, **size)
    return {
        key: (found[key][:, ::thin] < np.asarray(truth[key])[:, None]).sum(1) for key in fit.informs
    }


def uniformity(rank: NDArray[np.int64], kept: int, bins: int) -> float:
    """P-value of the chi-square test that ranks 0 to `kept` are uniform.

    Raises ValueError unless the kept + 1 ranks divide evenly into the bins.
    """
    from scipy.stats import chisquare

    if (kept + 1) % bins:
        raise ValueError(f"{kept + 1} ranks do not divide into {bins} bins")
    counts = np.bincount(rank * bins // (kept + 1), minlength=bins)
    return float(chisquare(counts).pvalue)
