"""The discounting mathematics that every cost shares; elementwise, safe at zero."""

import jax.numpy as jnp

from kernels.types import Scalar

# Taylor coefficients of (1 - exp(-y)) / y at 0: (-1)^k / (k + 1)!
_SERIES = (1.0, -1 / 2, 1 / 6, -1 / 24, 1 / 120, -1 / 720, 1 / 5040, -1 / 40320, 1 / 362880)


def mean_decay(y: Scalar) -> Scalar:
    """Mean of exp(-y s) over s in (0, 1): (1 - exp(-y)) / y, and 1 at y = 0.

    A series below |y| = 0.5 (relative error 2e-10), the quotient above: both finite, because
    the back ends that run this have no `expm1`.
    """
    small = jnp.abs(y) < 0.5
    inner = jnp.where(small, y, 0.0)
    series = jnp.full_like(inner, _SERIES[-1])
    for coefficient in _SERIES[-2::-1]:
        series = series * inner + coefficient
    outer = jnp.where(small, 1.0, y)
    return jnp.where(small, series, (1.0 - jnp.exp(-outer)) / outer)


def annuity(rate: Scalar, years: Scalar) -> Scalar:
    """Present value of 1 a year for `years` years, continuously: a(x, T) = (1 - exp(-xT)) / x."""
    return years * mean_decay(rate * years)


def capital_recovery(rate: Scalar, years: Scalar) -> Scalar:
    """Level payment at each year's end that repays 1 in `years` years: r / (1 - (1 + r)^-n).

    The continuous annuity at ln(1 + r), with a year's payments moved to the year's end; 1 / n at 0.
    """
    y = jnp.log1p(rate)
    return (1.0 + rate) * mean_decay(y) / annuity(y, years)


def power(base: Scalar | float, exponent: Scalar) -> Scalar:
    """base ** exponent for a positive base, as exp(exponent log base)."""
    return jnp.exp(exponent * jnp.log(base))
