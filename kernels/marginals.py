"""Marginal distributions, each a frozen dataclass whose quantile function takes a standard normal.

A distribution elicited by its 5, 50 and 95 % percentiles is two-piece: normal on each side of
the median on a linear, log or logit scale, so that all three percentiles are met exactly. Half of
the mass lies on each side; the density jumps at the median. Fields are floats or arrays of one
shape, so that inputs of one kind are drawn together.
"""

from dataclasses import dataclass, fields
from typing import Any, Self, dataclass_transform

import jax
import jax.numpy as jnp
import numpy as np

from kernels.transforms import normal_cdf
from kernels.types import Scalar

Z95 = 1.6448536269514722  # standard normal 95 % quantile
NEVER = 1.0e9  # the value of a date that never comes


@dataclass_transform(frozen_default=True)
def _distribution[T](cls: type[T]) -> type[T]:
    made = dataclass(frozen=True)(cls)
    names = [f.name for f in fields(made)]  # type: ignore[arg-type]
    return jax.tree_util.register_dataclass(made, data_fields=names, meta_fields=[])


def _two_piece(centre: Scalar, lower: Scalar, upper: Scalar, z: Scalar) -> Scalar:
    return centre + z * jnp.where(z > 0, upper, lower)


@_distribution
class Constant:
    """A number without uncertainty."""

    value: Any

    def quantile(self, z: Scalar) -> Scalar:
        """The value, whatever `z`."""
        return self.value + 0.0 * z


@_distribution
class SplitNormal:
    """Two-piece normal, clipped to [low, high]: centre + z * (upper if z > 0 else lower)."""

    centre: Any
    lower: Any
    upper: Any
    low: Any
    high: Any

    @classmethod
    def through(
        cls, p5: float, p50: float, p95: float, low: float = -np.inf, high: float = np.inf
    ) -> Self:
        """Meet three percentiles; raises ValueError unless p5 <= p50 <= p95."""
        _ordered(p5, p50, p95)
        return cls(p50, (p50 - p5) / Z95, (p95 - p50) / Z95, low, high)

    def quantile(self, z: Scalar) -> Scalar:
        """Value at the standard normal `z`."""
        return jnp.clip(_two_piece(self.centre, self.lower, self.upper, z), self.low, self.high)


@_distribution
class SplitLognormal:
    """Two-piece lognormal, clipped to [low, high]; `centre`, `lower`, `upper` in logs."""

    centre: Any
    lower: Any
    upper: Any
    low: Any
    high: Any

    @classmethod
    def through(
        cls, p5: float, p50: float, p95: float, low: float = 0.0, high: float = np.inf
    ) -> Self:
        """Meet three percentiles; raises ValueError unless 0 < p5 <= p50 <= p95."""
        _ordered(p5, p50, p95)
        if p5 <= 0:
            raise ValueError(f"a lognormal needs p5 > 0, got {p5:g}")
        a, b, c = np.log([p5, p50, p95])
        return cls(float(b), float(b - a) / Z95, float(c - b) / Z95, low, high)

    def quantile(self, z: Scalar) -> Scalar:
        """Value at the standard normal `z`."""
        w = _two_piece(self.centre, self.lower, self.upper, z)
        return jnp.clip(jnp.exp(w), self.low, self.high)


@_distribution
class SplitLogit:
    """Two-piece normal on the logit scale, clipped to [low, high]."""

    centre: Any
    lower: Any
    upper: Any
    low: Any
    high: Any

    @classmethod
    def through(
        cls, p5: float, p50: float, p95: float, low: float = 0.0, high: float = 1.0
    ) -> Self:
        """Meet three percentiles; raises ValueError unless 0 < p5 <= p50 <= p95 < 1."""
        _ordered(p5, p50, p95)
        if p5 <= 0 or p95 >= 1:
            raise ValueError(f"a logit needs percentiles between 0 and 1, got {p5:g} and {p95:g}")
        p = np.asarray([p5, p50, p95])
        a, b, c = np.log(p / (1.0 - p))
        return cls(float(b), float(b - a) / Z95, float(c - b) / Z95, low, high)

    def quantile(self, z: Scalar) -> Scalar:
        """Value at the standard normal `z`."""
        w = _two_piece(self.centre, self.lower, self.upper, z)
        return jnp.clip(1.0 / (1.0 + jnp.exp(-w)), self.low, self.high)


@_distribution
class Triangular:
    """Triangular on a share 1 - never of the mass; the rest is `NEVER`."""

    low: Any
    mode: Any
    high: Any
    never: Any

    @classmethod
    def over(cls, low: float, mode: float, high: float, never: float = 0.0) -> Self:
        """Check the corners; raises ValueError unless low <= mode <= high, low < high."""
        if not (low <= mode <= high and low < high):
            raise ValueError(f"a triangle needs low <= mode <= high, got {low:g} {mode:g} {high:g}")
        if not 0 <= never < 1:
            raise ValueError(f"never is a share of at least 0 and below 1, got {never:g}")
        return cls(low, mode, high, never)

    def quantile(self, z: Scalar) -> Scalar:
        """Value at the standard normal `z`."""
        u = normal_cdf(z)
        comes = u < 1.0 - self.never
        v = jnp.where(comes, u / (1.0 - self.never), 0.5)
        width = self.high - self.low
        rising = self.low + jnp.sqrt(v * width * (self.mode - self.low))
        falling = self.high - jnp.sqrt((1.0 - v) * width * (self.high - self.mode))
        value = jnp.where(v * width < self.mode - self.low, rising, falling)
        return jnp.where(comes, value, NEVER)


@_distribution
class Uniform:
    """Uniform on a share 1 - zero of the mass; the rest is 0."""

    low: Any
    high: Any
    zero: Any

    @classmethod
    def over(cls, low: float, high: float, zero: float = 0.0) -> Self:
        """Check the ends; raises ValueError unless low < high and, with an atom, low >= 0."""
        if not low < high:
            raise ValueError(f"a uniform needs low < high, got {low:g} and {high:g}")
        if not 0 <= zero < 1:
            raise ValueError(f"zero is a share of at least 0 and below 1, got {zero:g}")
        if zero > 0 and low < 0:
            raise ValueError(f"a share at zero needs low >= 0, got {low:g}")
        return cls(low, high, zero)

    def quantile(self, z: Scalar) -> Scalar:
        """Value at the standard normal `z`."""
        u = normal_cdf(z)
        v = (u - self.zero) / (1.0 - self.zero)
        return jnp.where(v < 0.0, 0.0, self.low + (self.high - self.low) * jnp.maximum(v, 0.0))


Marginal = Constant | SplitNormal | SplitLognormal | SplitLogit | Triangular | Uniform


@_distribution
class Event:
    """A quantity drawn anew at each event: the path's common part plus the event's own noise."""

    marginal: Any
    common: Any  # what the common factors give to this path
    own: Any  # scale of the event's own standard normal

    def at(self, z: Scalar) -> Scalar:
        """Value at the event's own standard normal `z`."""
        return self.marginal.quantile(self.common + self.own * z)


def mean(marginal: Marginal) -> float:
    """Mean, by integrating the quantile function in float64 over the normal weight."""
    z = np.linspace(-9.0, 9.0, 36001)
    weight = np.exp(-z * z / 2.0) / np.sqrt(2.0 * np.pi) * (z[1] - z[0])
    with jax.enable_x64(True):
        value = np.asarray(marginal.quantile(jnp.asarray(z, jnp.float64)))
    return float((value * weight).sum())


def _ordered(p5: float, p50: float, p95: float) -> None:
    if not p5 <= p50 <= p95:
        raise ValueError(f"percentiles must rise, got {p5:g}, {p50:g}, {p95:g}")
