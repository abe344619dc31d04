"""What a fit is: a model of some evidence whose priors are the base scenario's own.

An input's prior enters as its quantile function at a standard normal, so that what the scenario
holds is what the fit starts from, whatever the distribution, and thin data leave it as it was.
"""

import importlib
import math
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernels.marginals import Constant, Marginal, SplitLognormal
from risk.calibrate.evidence import Table
from risk.scenario import Scenario

type Known = Mapping[str, NDArray[Any]]
"""What an observation is conditional on: dates, exposures, who it is about."""

type Seen = Mapping[str, NDArray[np.float64]]
"""Observations by site; rows of the evidence in their order."""

type Drawn = Mapping[str, NDArray[np.float64]]
"""One draw of every site of a model."""

type Priors = Mapping[str, Marginal]


@dataclass(frozen=True)
class Fit:
    """One model of some evidence.

    `model(known, priors, seen)` is a numpyro model; each input that it informs is a deterministic
    site named by its key. `synthesise(known, drawn, rng)` makes observations from one draw in plain
    NumPy, independently of the model's likelihood. `statistics(known, seen)` are what replicated
    data must show as often as the evidence does.
    """

    name: str
    asks: str
    tables: tuple[str, ...]
    informs: tuple[str, ...]
    prepare: Callable[[Mapping[str, Table]], tuple[Known, Seen]]
    model: Callable[[Known, Priors, Seen | None], None]
    synthesise: Callable[[Known, Drawn, np.random.Generator], Seen]
    statistics: Callable[[Known, Seen], Mapping[str, float]]
    loosened: Mapping[str, float] = field(default_factory=dict)
    """Inputs that the scenario fixes: P95 over P50, and P50 over P5, of the prior put there."""
    caution: str = ""
    """In what its posterior is not to be trusted: a sentence, or nothing."""
    held: tuple[str, ...] = ()
    """Inputs that the model needs and takes as the scenario has them."""

    def priors(self, scenario: Scenario) -> Priors:
        """The scenario's own distribution of each input informed or held."""
        found: dict[str, Marginal] = {}
        for key in self.informs:
            marginal = scenario.priors[key].marginal
            if isinstance(marginal, Constant):
                middle = float(marginal.value)
                by = self.loosened[key]
                marginal = SplitLognormal.through(middle / by, middle, middle * by)
            found[key] = marginal
        return found | {key: scenario.priors[key].marginal for key in self.held}


@cache
def fits() -> Mapping[str, Fit]:
    """Every fit by its name: one file in `fits/` each, whose `FIT` it is."""
    package = importlib.import_module("risk.calibrate.fits")
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    found = [importlib.import_module(f"{package.__name__}.{name}").FIT for name in names]
    return {fit.name: fit for fit in found}


def quantile(marginal: Marginal, z: Any) -> Any:
    """Value of a marginal at standard normals, scalar or array."""
    import jax.numpy as jnp

    return marginal.quantile(jnp.asarray(z))


def drawn(key: str, priors: Priors) -> Any:
    """One input, drawn from its prior."""
    import numpyro
    from numpyro.distributions import Normal

    z = numpyro.sample(f"z {key}", Normal(0.0, 1.0))
    return numpyro.deterministic(key, quantile(priors[key], z))


def pooled(key: str, priors: Priors, members: int, alike: Any) -> Any:
    """An input of several members of one family; the last is the scenario's, named by its key.

    Each has the input's prior; the normals behind any two have the correlation `alike`, so that
    what one shows is believed of another to that degree. Array over members.
    """
    import jax.numpy as jnp
    import numpyro
    from numpyro.distributions import Normal

    common = numpyro.sample(f"common {key}", Normal(0.0, 1.0))
    own = numpyro.sample(f"own {key}", Normal(0.0, 1.0).expand([members]).to_event(1))
    z = jnp.sqrt(alike) * common + jnp.sqrt(1.0 - alike) * own
    values = numpyro.deterministic(f"each {key}", quantile(priors[key], z))
    numpyro.deterministic(key, values[-1])
    return values


def likeness() -> Any:
    """How far members of a family share what they are: Beta(2, 2), a judgement."""
    import numpyro
    from numpyro.distributions import Beta

    return numpyro.sample("alike", Beta(2.0, 2.0))


def scatter(name: str, middle: float, by: float = 2.0) -> Any:
    """A positive nuisance: lognormal with median `middle`, 90 % within a factor `by` of it."""
    import numpyro
    from numpyro.distributions import LogNormal

    return numpyro.sample(name, LogNormal(math.log(middle), math.log(by) / 1.6449))


def site(name: str, distribution: Any, seen: Seen | None) -> None:
    """Observations: conditioned on where given, else free."""
    import numpyro

    numpyro.sample(name, distribution, obs=None if seen is None else seen[name])


def index(texts: Sequence[str], last: str | None = None) -> tuple[NDArray[Any], list[str]]:
    """Each text's number, in alphabetical order but with `last` at the end; and the names."""
    names = sorted(set(texts) - {last}) + ([last] if last else [])
    return np.asarray([names.index(text) for text in texts]), names
