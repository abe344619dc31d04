"""The most probable point of an event among independent standard normals (FORM)."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

type Floats = NDArray[np.float64]
type Margin = Callable[[Floats], Floats]
"""Points, (dimensions, n) -> margins, (n,); the event happens at or below zero."""

_ROUNDS = 40
_LENGTHS = 0.5 ** np.arange(6)


class DesignPoint(NamedTuple):
    """The point of the limit surface nearest to the origin, as far as was looked."""

    z: Floats  # (dimensions,)
    beta: float  # its distance; negative where the origin lies in the event
    probability: float  # Phi(-beta): that of the event if the surface were flat
    off: float  # standard deviations that the next full step would have gone
    settled: bool  # whether that, and the margin over its slope, are within what was asked


def design_point(
    margin: Margin,
    dimensions: int,
    *,
    step: float = 0.05,
    within: float = 1e-3,
    start: Floats | None = None,
) -> DesignPoint:
    """Where the margin is zero with the greatest density: HL-RF with a line search.

    Each round steps towards the point of the margin's tangent nearest to the origin, as far as a
    merit function falls most: Rackwitz and Fiessler (1978), Computers and Structures
    9, 489; merit of Zhang and Der Kiureghian (1995), 0.5 |z|^2 + c |g|. Slopes are central
    differences over `step` on each side. `within` is in standard deviations. It finds one point: a surface with several may have a
    nearer one. Raises ValueError where the margin does not change.
    """
    origin = float(margin(np.zeros((dimensions, 1)))[0])
    z = np.zeros(dimensions) if start is None else np.asarray(start, np.float64)
    settled, off = False, np.inf
    for _ in range(_ROUNDS):
        here, slope = _slope(margin, z, step)
        steep = float(slope @ slope)
        if steep <= 0.0:
            raise ValueError("the margin does not change with any input: there is no design point")
        move = (slope @ z - here) / steep * slope - z
        size = float(np.sqrt(steep))
        off = float(np.linalg.norm(move))
        if off <= within and abs(here) <= within * size:
            settled = True
            break
        weight = 2.0 * max(float(np.linalg.norm(z)) / size, 1.0 / size)
        tries = z[:, None] + move[:, None] * _LENGTHS
        merit = 0.5 * (tries**2).sum(0) + weight * np.abs(margin(tries))
        now = 0.5 * float(z @ z) + weight * abs(here)
        best = int(merit.argmin())
        if merit[best] >= now:
            break
        z = tries[:, best]
    beta = float(np.linalg.norm(z)) * (1.0 if origin > 0.0 else -1.0)
    return DesignPoint(z, beta, float(ndtr(-beta)), off, settled)


def _slope(margin: Margin, z: Floats, step: float) -> tuple[float, Floats]:
    """The margin at z and its slope there, from one batch of points."""
    d = len(z)
    aside = step * np.eye(d)
    found = margin(z[:, None] + np.hstack([np.zeros((d, 1)), aside, -aside]))
    return float(found[0]), (found[1 : d + 1] - found[d + 1 :]) / (2.0 * step)
