"""A line: capacity by quarters of life left, the exact lag of a life.

All cohorts of a fleet share one hazard law on a path, so a cohort is told from others only by when
it retires. A line holds the capacity alive by quarters of life left and moves one place a quarter:
sums over cohorts are cumulative sums with a lag, and what falls out at its end is what entered a
life ago and survived. Lives are whole quarters, which moves a life by an eighth of a year at most.
"""

import jax.numpy as jnp

from kernels.types import Scalar
from risk.model.constants import DT

type Line = tuple[Scalar, ...]
"""kW alive; place k retires at the end of the k-th quarter from this one."""


def quarters(years: Scalar, places: int) -> Scalar:
    """A life in whole quarters, at least one and at most the line's places."""
    return jnp.clip(jnp.floor(years / DT + 0.5), 1.0, float(places))


def empty(places: int, zero: Scalar) -> Line:
    """A line of nothing."""
    return (zero,) * places


def spread(places: int, life: Scalar, capacity: Scalar) -> Line:
    """A capacity of which an equal part retires in each quarter of a life (in quarters)."""
    part = capacity / life
    return tuple(jnp.where(k < life, part, 0.0) for k in range(places))


def move(line: Line, kept: Scalar | float, life: Scalar, added: Scalar) -> Line:
    """One quarter on: a share is kept, the first place falls out, `added` enters for a life."""
    ahead = (*line[1:], jnp.zeros_like(line[0]))
    return tuple(
        kept * left + jnp.where(life == k + 1.0, added, 0.0) for k, left in enumerate(ahead)
    )


def aged(line: Line, step: Scalar, first: Scalar) -> Scalar:
    """Sum over places weighted by first x step^place, by Horner's rule."""
    total = jnp.zeros_like(line[0])
    for left in reversed(line):
        total = total * step + left
    return total * first


def split(line: Line, places: Scalar) -> tuple[Line, Scalar]:
    """What stays when the first `places` (a real number) are taken out, and how much they held."""
    kept, taken = [], jnp.zeros_like(line[0])
    for k, left in enumerate(line):
        gone = left * jnp.clip(places - k, 0.0, 1.0)
        kept.append(left - gone)
        taken = taken + gone
    return tuple(kept), taken
