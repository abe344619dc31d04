"""Draws from a fit's posterior and prior: NUTS in float64, seeds fixed, compiled models kept."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from risk.calibrate.fit import Fit, Known, Priors, Seen

CHAINS = 4
WARM_UP = 750
DRAWS = 750
CAREFUL = 0.98
"""Target acceptance of NUTS: small steps, because two-piece priors have a kink at their median."""


@dataclass(frozen=True, eq=False)
class Posterior:
    """Draws of every site, (chain, draw, ...), and which transitions diverged, (chain, draw)."""

    sites: Mapping[str, NDArray[Any]]
    diverged: NDArray[np.bool_]

    def flat(self, name: str) -> NDArray[Any]:
        """All draws of a site, chains one after the other."""
        values = self.sites[name]
        return values.reshape(-1, *values.shape[2:])


@contextmanager
def _double() -> Iterator[None]:
    """Float64, and programs kept from one process to the next."""
    import jax

    from risk.run.devices import prepare

    prepare()
    with jax.enable_x64(True):
        yield


def sample(
    fit: Fit,
    known: Known,
    priors: Priors,
    seen: Seen,
    *,
    seed: int,
    chains: int = CHAINS,
    warm_up: int = WARM_UP,
    draws: int = DRAWS,
) -> Posterior:
    """NUTS on one data set; data sets of one shape share the compiled sampler."""
    one = {name: np.asarray(value)[None] for name, value in seen.items()}
    found, diverged = _sampled(fit, known, priors, one, seed, (chains, warm_up, draws))
    return Posterior({name: values[0] for name, values in found.items()}, diverged[0])


def sample_each(
    fit: Fit,
    known: Known,
    priors: Priors,
    data_sets: Seen,
    *,
    seed: int,
    warm_up: int,
    draws: int,
) -> Mapping[str, NDArray[Any]]:
    """NUTS with one chain on each of many data sets at once: every site, (data set, draw, ...).

    What was seen has the data sets on its leading axis.
    """
    found, _ = _sampled(fit, known, priors, data_sets, seed, (1, warm_up, draws))
    return {name: values[:, 0] for name, values in found.items()}


def _sampled(
    fit: Fit, known: Known, priors: Priors, seen: Seen, seed: int, size: tuple[int, int, int]
) -> tuple[dict[str, NDArray[Any]], NDArray[np.bool_]]:
    """Sites and divergences with the data sets on the leading axis, then chains and draws."""
    import jax

    with _double():
        run = _sampler(fit.name, tuple(priors.items()), *size)
        keys = jax.random.split(jax.random.PRNGKey(seed), len(next(iter(seen.values()))))
        found, diverged = jax.device_get(run(keys, dict(known), dict(seen)))
    return {k: np.asarray(v) for k, v in found.items()}, np.asarray(diverged, bool)


def from_prior(
    fit: Fit, known: Known, priors: Priors, *, seed: int, draws: int
) -> Mapping[str, Any]:
    """Draws of every site before any data, (draw, ...)."""
    import jax
    from numpyro.infer import Predictive

    with _double():
        model = Predictive(fit.model, num_samples=draws)
        found = jax.device_get(model(jax.random.PRNGKey(seed), dict(known), priors, None))
    return {name: np.asarray(value) for name, value in found.items()}


@cache
def _sampler(
    name: str, priors: tuple[tuple[str, Any], ...], chains: int, warm_up: int, draws: int
) -> Any:
    """One compiled program, from keys and data sets to draws: run piecemeal, NUTS would compile
    its start anew for every data set."""
    import jax
    from numpyro.infer import MCMC, NUTS, init_to_median

    from risk.calibrate.fit import fits

    chosen = fits()[name]

    def model(known: Known, seen: Seen) -> None:
        chosen.model(known, dict(priors), seen)

    def run(key: jax.Array, known: Known, seen: Seen) -> tuple[Any, Any]:
        kernel = NUTS(model, target_accept_prob=CAREFUL, init_strategy=init_to_median)
        sampler = MCMC(
            kernel,
            num_warmup=warm_up,
            num_samples=draws,
            num_chains=chains,
            chain_method="vectorized",
            progress_bar=False,
        )
        sampler.run(key, known, seen, extra_fields=("diverging",))
        diverged = sampler.get_extra_fields(group_by_chain=True)["diverging"]
        return sampler.get_samples(group_by_chain=True), diverged

    return jax.jit(jax.vmap(run, (0, None, 0)))
