"""The discounting mathematics that every cost shares; elementwise, safe at zero."""

import jax.numpy as jnp
import numpy as np

from kernels.types import Scalar

# Taylor coefficients of (1 - exp(-y)) / y at 0: (-1)^k / (k + 1)!
_SERIES = (1.0, -1 / 2, 1 / 6, -1 / 24, 1 / 120, -1 / 720)
_SMALL = 0.125  # below it the series, whose relative error is then 8e-10
_LOG_2 = float(np.log(2.0))
_TINY = 1e-30  # keeps the quotient finite where the series takes its place


def discount(rate: Scalar, years: Scalar | float) -> Scalar:
    """Present value of 1 after `years` years: exp(-xT)."""
    return jnp.exp(-rate * years)


def span(rate: Scalar, years: Scalar | float, start: Scalar | float, end: Scalar) -> Scalar:
    """Present value of 1 a year for `years` years, over which the discount factor falls from
    `start` to `end`: (start - end) / x, where end = start exp(-xT).

    The caller gives the factors because costs share them: exponentials are what a path's time
    goes into. Where |xT| is small the difference would cancel, so a series takes its place.
    """
    y = rate * years
    series = y * _SERIES[-1] + _SERIES[-2]
    for coefficient in _SERIES[-3::-1]:
        series = series * y + coefficient
    inverse = 1.0 / (rate + _TINY)
    return jnp.where(jnp.abs(y) < _SMALL, start * years * series, (start - end) * inverse)


def annuity(rate: Scalar, years: Scalar) -> Scalar:
    """Present value of 1 a year for `years` years, continuously: a(x, T) = (1 - exp(-xT)) / x."""
    return span(rate, years, 1.0, discount(rate, years))


def mean_decay(y: Scalar) -> Scalar:
    """Mean of exp(-y s) over s in (0, 1): (1 - exp(-y)) / y, and 1 at y = 0."""
    return span(y, 1.0, 1.0, jnp.exp(-y))


def capital_recovery(rate: Scalar, years: Scalar) -> Scalar:
    """Level payment at each year's end that repays 1 in `years` years: r / (1 - (1 + r)^-n).

    The continuous annuity at ln(1 + r), with a year's payments moved to the year's end; 1 / n at 0.
    """
    y = jnp.log1p(rate)
    return (1.0 + rate) * mean_decay(y) / annuity(y, years)


def power(base: Scalar | float, exponent: Scalar) -> Scalar:
    """base ** exponent for a positive base, as exp(exponent log base)."""
    return jnp.exp(exponent * jnp.log(base))


def halved(years: Scalar, half_life: Scalar) -> Scalar:
    """What is left after `years` of what halves every `half_life`: 2^(-t / h)."""
    return jnp.exp(-_LOG_2 / half_life * years)


def continuous_fall(share: Scalar) -> Scalar:
    """Rate of log change, per year, of what falls by a share a year: log(1 - share)."""
    return jnp.log1p(-share)
