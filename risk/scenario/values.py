"""A scenario after loading: frozen values in the model's units, and the digest of their content."""

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kernels.copula import LARGEST_COMMON_SHARE, common_share
from kernels.marginals import (
    NEVER,
    Constant,
    Marginal,
    SplitLogit,
    SplitLognormal,
    SplitNormal,
    Triangular,
    Uniform,
)
from risk.inputs import Declaration
from risk.scenario.problems import Problem, ScenarioError, did_you_mean, one_of
from risk.scenario.units import convert


@dataclass(frozen=True)
class Prior:
    """One input's numbers."""

    key: str
    declaration: Declaration
    shape: str
    numbers: Mapping[str, float]  # as the file gives them, in the declared unit
    marginal: Marginal
    loadings: tuple[float, ...]  # one per factor of the scenario, not yet scaled
    mark: str
    anchors: str | None
    source: str

    @property
    def median(self) -> float:
        """Median of the whole distribution: `NEVER`, or 0, where more than half the mass is."""
        return _MEDIANS[type(self.marginal)](self.marginal)

    def held(self, value: float, source: str) -> "Prior":
        """This input at `value` on every path, its kind of distribution kept.

        What is compiled depends on the kind alone, so that scenarios which hold an input at
        different values share a program.
        """
        limits = {f.name for f in fields(self.marginal)}
        numbers = {"value": value} if isinstance(self.marginal, Constant) else _SAME[self.shape]
        ends, masses = ("value", "low", "mode", "high"), ("never", "zero")
        marks: dict[str, Any] = {name: value for name in ends if name in limits}
        without: dict[str, Any] = {name: 0.0 for name in masses if name in limits}
        return replace(
            self,
            numbers={**dict.fromkeys(numbers, value), **without},
            marginal=replace(self.marginal, **marks, **without),
            source=source,
        )

    def times(self, factor: float, source: str) -> "Prior":
        """This input with every number of its distribution `factor` times as large.

        What the hard bounds forbid is clipped there. Raises ValueError where the kind does not
        allow it: a share whose percentiles would reach 1, a date.
        """
        if self.declaration.unit == "year" and self.numbers.get("low", 0) > _FIRST_DATE:
            raise ValueError("a date cannot be multiplied; set it instead")
        kept = {"never", "zero"}
        numbers = {k: v if k in kept else v * factor for k, v in self.numbers.items()}
        marginal: Marginal
        low, high = self.declaration.low, self.declaration.high
        if isinstance(self.marginal, SplitNormal | SplitLognormal | SplitLogit):
            points = (numbers["p5"], numbers["p50"], numbers["p95"])
            ends = self.marginal.low * factor, self.marginal.high * factor
            marginal = type(self.marginal).through(*points, max(low, ends[0]), min(high, ends[1]))
        else:
            names = [f.name for f in fields(self.marginal) if f.name not in kept]
            scaled = {n: min(max(getattr(self.marginal, n) * factor, low), high) for n in names}
            marginal = replace(self.marginal, **scaled)
        return replace(self, numbers=numbers, marginal=marginal, source=source)

    def fixed(self, value: float, source: str) -> "Prior":
        """This input without uncertainty, at `value` in the declared unit."""
        return replace(
            self,
            shape="fixed",
            numbers={"value": value},
            marginal=Constant(value),
            loadings=(0.0,) * len(self.loadings),
            source=source,
        )


@dataclass(frozen=True)
class Conditioning:
    """What is held about today's like-for-like ratio: a centre and falling widths in logs."""

    centre: float
    log_sd: tuple[float, ...]
    launch_loss: float
    source: str


@dataclass(frozen=True)
class Headline:
    """The comparator and commit year (its Q4) of the one number that stands first."""

    comparator: str
    year: int


@dataclass(frozen=True)
class Published:
    """A published cost ratio, orbit over ground."""

    name: str
    year: int
    ratio: float
    weight: float
    source: str


@dataclass(frozen=True, eq=False)
class Scenario:
    """Everything a run needs besides seed and number of paths."""

    name: str
    title: str
    source: str
    extends: str | None
    side: str  # the fleet that it is about: orbit, ground, rented or edge
    opponent: str | None  # scenario that gives the inputs of the other fleet
    priors: Mapping[str, Prior]
    choices: Mapping[str, int]
    options: Mapping[str, tuple[str, ...]]  # of each choice
    factors: Mapping[str, str]  # name -> meaning
    correlation: NDArray[np.float64]
    scale: float  # of every loading
    conditioning: Conditioning
    headline: Headline
    published: tuple[Published, ...]
    evidence: Mapping[str, Any] | None = None  # what a calibration did, as its file says

    @cached_property
    def digest(self) -> str:
        """SHA-256 of side, numbers, choices and names of factors; texts do not count."""
        text = json.dumps(self._content(), sort_keys=True, allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def option(self, key: str) -> str:
        """The option taken at a choice."""
        return self.options[key][self.choices[key]]

    def with_scale(self, scale: float) -> "Scenario":
        """The scenario with another scale of every loading; raises ScenarioError if too large."""
        changed = replace(self, scale=float(scale))
        if not (math.isfinite(scale) and scale >= 0):
            raise self._refusal("dependence.scale", f"{scale:g} is given; allowed: 0 or more")
        if fault := scale_fault(self.priors, self.correlation, scale):
            raise self._refusal("dependence.scale", fault[1])
        return changed

    def with_fixed(self, key: str, value: float | str) -> "Scenario":
        """The scenario with one input at `value`.

        It is a number in the declared unit, a text with a unit, or an option of a choice. Raises
        ScenarioError for an unknown key or a value that is not allowed.
        """
        if key in self.options:
            return self._chosen(key, value)
        prior, number = self._valued(key, value)
        fixed = prior.fixed(number, f"set to {number:g} {prior.declaration.unit}")
        return replace(self, priors={**self.priors, key: fixed})

    def with_held(self, key: str, value: float | str) -> "Scenario":
        """As `with_fixed`, but the kind of distribution stays, and with it what is compiled."""
        if key in self.options:
            return self._chosen(key, value)
        prior, number = self._valued(key, value)
        held = prior.held(number, f"held at {number:g} {prior.declaration.unit}")
        return replace(self, priors={**self.priors, key: held})

    def with_times(self, key: str, factor: float) -> "Scenario":
        """The scenario with one input's whole distribution multiplied, its kind kept.

        Raises ScenarioError for an unknown key or a factor that cannot be.
        """
        if not (math.isfinite(factor) and factor > 0):
            raise self._refusal(key, f"the factor {factor:g} is given; allowed: above 0")
        try:
            scaled = self._prior(key).times(factor, f"{factor:g} times its prior")
        except ValueError as error:
            raise self._refusal(key, str(error)) from None
        return replace(self, priors={**self.priors, key: scaled})

    def collapsed(self) -> "Scenario":
        """The scenario with every input at its median."""
        priors = {key: p.fixed(p.median, "median of its prior") for key, p in self.priors.items()}
        return replace(self, priors=priors)

    def _chosen(self, key: str, option: float | str) -> "Scenario":
        if option not in self.options[key]:
            raise self._refusal(key, f"{option!r} is given; {one_of(self.options[key], option)}")
        return replace(self, choices={**self.choices, key: self.options[key].index(str(option))})

    def _prior(self, key: str) -> Prior:
        if key not in self.priors:
            names = [*self.priors, *self.options]
            near = did_you_mean(names, key) or "; `orbitrisk schema` lists all"
            raise self._refusal(key, f"no input has this name{near}")
        return self.priors[key]

    def _valued(self, key: str, value: float | str) -> tuple[Prior, float]:
        """An input and the value wanted, in its declared unit."""
        prior = self._prior(key)
        try:
            number = convert(value, prior.declaration.unit if isinstance(value, str) else "1")
            within(number, prior.declaration)
        except ValueError as error:
            raise self._refusal(key, str(error)) from None
        return prior, number

    def _refusal(self, key: str, text: str) -> ScenarioError:
        return ScenarioError([Problem(self.name, None, key, text)])

    def _content(self) -> dict[str, Any]:
        names = list(self.factors)
        held, head = self.conditioning, self.headline
        side = {} if self.side == "orbit" else {"side": self.side}
        return side | {
            "priors": {
                key: [p.shape, dict(p.numbers), dict(zip(names, p.loadings, strict=True))]
                for key, p in self.priors.items()
            },
            "choices": {key: self.option(key) for key in self.choices},
            "factors": names,
            "correlation": self.correlation.tolist(),
            "scale": self.scale,
            "conditioning": [held.centre, held.log_sd, held.launch_loss],
            "headline": [head.comparator, head.year],
            "published": sorted((p.name, p.year, p.ratio, p.weight) for p in self.published),
        }


def within(value: float, declaration: Declaration) -> None:
    """Raise ValueError where a value in the declared unit is outside the declared bounds."""
    d = declaration
    if not d.low <= value <= d.high:
        unit = "" if d.unit == "1" else f" {d.unit}"
        raise ValueError(f"{value:g}{unit} is out of bounds; allowed: {bounds(d)}")


def bounds(declaration: Declaration) -> str:
    """The hard bounds of a declared number in words."""
    low, high = declaration.low, declaration.high
    unit = "" if declaration.unit == "1" else f" {declaration.unit}"
    if math.isinf(low) and math.isinf(high):
        return "any finite number"
    if math.isinf(high):
        return f"{low:g}{unit} or more"
    if math.isinf(low):
        return f"{high:g}{unit} or less"
    return f"{low:g} to {high:g}{unit}"


def scale_fault(
    priors: Mapping[str, Prior], correlation: NDArray[np.float64], scale: float
) -> tuple[str, str] | None:
    """Dotted key and sentence for the input that the factors explain most, where too much.

    The share of an input's variance is scale^2 l' C l.
    """
    shares = common_share(np.asarray([p.loadings for p in priors.values()]), correlation)
    worst = int(shares.argmax())
    if shares[worst] * scale**2 <= LARGEST_COMMON_SHARE:
        return None
    largest = math.floor(1e3 * math.sqrt(LARGEST_COMMON_SHARE / shares[worst])) / 1e3
    others = int((shares * scale**2 > LARGEST_COMMON_SHARE).sum()) - 1
    key = list(priors)[worst]
    return key, (
        f"at scale {scale:g} the factors explain {shares[worst] * scale**2:.3g} of the variance of "
        f"{key}{f', and too much of {others} more inputs' if others else ''}; allowed: at most "
        f"{LARGEST_COMMON_SHARE:g}, so lower its loadings or set dependence.scale to {largest:g} "
        "or less"
    )


def _clipped(x: SplitNormal | SplitLognormal | SplitLogit, median: float) -> float:
    return float(np.clip(median, x.low, x.high))


def _triangular_median(x: Triangular) -> float:
    v = 0.5 / (1.0 - x.never)
    if v >= 1.0:
        return NEVER
    width = x.high - x.low
    if v * width < x.mode - x.low:
        return x.low + math.sqrt(v * width * (x.mode - x.low))
    return x.high - math.sqrt((1.0 - v) * width * (x.high - x.mode))


def _uniform_median(x: Uniform) -> float:
    v = (0.5 - x.zero) / (1.0 - x.zero)
    return 0.0 if v < 0.0 else x.low + (x.high - x.low) * v


_FIRST_DATE = 1900.0  # numbers above it in years are calendar dates
_SAME: dict[str, tuple[str, ...]] = {
    "lognormal": ("p5", "p50", "p95"),
    "normal": ("p5", "p50", "p95"),
    "logit": ("p5", "p50", "p95"),
    "triangular": ("low", "mode", "high"),
    "uniform": ("low", "high"),
}
"""Names of the numbers that give each shape its place."""

_MEDIANS: dict[type, Callable[[Any], float]] = {
    Constant: lambda x: float(x.value),
    SplitNormal: lambda x: _clipped(x, x.centre),
    SplitLognormal: lambda x: _clipped(x, math.exp(x.centre)),
    SplitLogit: lambda x: _clipped(x, 1.0 / (1.0 + math.exp(-x.centre))),
    Triangular: _triangular_median,
    Uniform: _uniform_median,
}
