"""The whole curve P(orbit wins | input) from one set of paths, and the input for a wanted P.

On a path whose cost is monotone in the input there is one value at which orbit and ground cost the
same. The distribution of that value over paths is the curve. For the price of launch the model
gives it in closed form; for any other input it is read off a grid on common random numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from risk.analysis import scrambles
from risk.analysis.intervals import Interval
from risk.analysis.margins import Contradiction, Margins, margins, populations, share
from risk.analysis.sweep import LAUNCH_PRICE, Axis, Cell, axis_record, refuse
from risk.model.metrics import PRICE_GRID
from risk.run.plan import Request
from risk.scenario import Scenario

WANTED = (0.1, 0.5, 0.9)
ROUNDING = 2e-5
"""Change of a margin, of the largest one or of 1, that single precision may make by itself."""


@dataclass(frozen=True)
class BreakEven:
    """The curve, the values for P = 10, 50 and 90 %, and the points in between that were run."""

    scenario: Scenario
    request: Request
    axis: Axis
    year: int
    comparator: str
    falling: bool  # whether P falls as the input rises
    curve: tuple[Cell, ...]
    values: tuple[dict[str, Any], ...]

    def record(self) -> dict[str, Any]:
        """JSON-ready; a value that does not exist is None."""
        return {
            "year": self.year,
            "comparator": self.comparator,
            "paths": self.request.size,
            "seed": self.request.seed,
            "input": axis_record(self.axis, self.scenario),
            "falling": self.falling,
            "curve": [cell._asdict() for cell in self.curve],
            "values": list(self.values),
        }


def break_even(
    scenario: Scenario, axis: Axis, request: Request, *, year: int, comparator: str = "cost"
) -> BreakEven:
    """The curve of one axis; see `sweep` for what it raises.

    Raises Contradiction, and gives nothing, where P is not monotone path by path.
    """
    refuse([axis], comparator)
    if axis.keys == (LAUNCH_PRICE,):
        (paths,) = margins([scenario], request, year, comparator)
        axis = Axis((LAUNCH_PRICE,), PRICE_GRID)
        even, falling = paths.break_even, True
    else:
        overlays = [axis.hold(scenario, value) for value in axis.values]
        found = list(margins(overlays, request, year, comparator))
        paths = _common(found)
        even, falling = solved(axis, np.stack([one.margin for one in found]))
    curve, values = [], []
    for population, least in populations(scenario).items():
        kept = (paths.kept_by >= least) & ~np.isnan(even)
        n, which = int(kept.sum()), paths.replicate
        for value in axis.values:
            wins = even > value if falling else even < value
            at = {axis.name: value}
            curve.append(Cell(at, population, *share(wins, kept, which), n))
        for p in WANTED:
            interval = value_for(even[kept], which[kept], p, falling)
            exists = axis.keys != (LAUNCH_PRICE,) or interval.value > 0.0
            ends = [float(v) if exists and np.isfinite(v) else None for v in interval]
            named = dict(zip(Interval._fields, ends, strict=True))
            values.append({"probability": p, "population": population, **named, "n": n})
    return BreakEven(
        scenario, request, axis, year, comparator, falling, tuple(curve), tuple(values)
    )


def _common(found: Sequence[Margins]) -> Margins:
    """Which populations keep each path; a path that is lost at one point is lost at all."""
    return found[0]._replace(kept_by=np.min([one.kept_by for one in found], axis=0))


def solved(axis: Axis, margin: NDArray[np.float64]) -> tuple[NDArray[np.float64], bool]:
    """Where each path's margin crosses 0, and whether it rises with the input.

    `margin` has the shape (values, paths). Between two values the margin is taken as linear, in
    logs of the input where the axis is spaced so. A path that never crosses is at plus or minus
    infinity, on the side on which it always wins or loses. Raises Contradiction for a path that
    turns back.
    """
    rising = _rises(axis, margin)
    x = np.log(axis.values) if axis.logs else np.asarray(axis.values)
    if not rising:
        x, margin = -x[::-1], margin[::-1]
    count = (margin < 0.0).sum(axis=0)
    below = np.clip(count - 1, 0, len(x) - 2)
    pick = np.arange(margin.shape[1])
    low, high = margin[below, pick], margin[below + 1, pick]
    between = (count > 0) & (count < len(x))
    part = np.divide(-low, high - low, out=np.zeros_like(low), where=between)
    at = x[below] + (x[below + 1] - x[below]) * part
    at = np.where(rising, at, -at)
    even = np.exp(at) if axis.logs else at
    never, always = (-np.inf, np.inf) if rising else (np.inf, -np.inf)
    even = np.where(count == 0, never, np.where(count == len(x), always, even))
    return np.where(np.isnan(margin).any(axis=0), np.nan, even), rising


def _rises(axis: Axis, margin: NDArray) -> bool:
    """The one direction in which all paths go; raises Contradiction where one turns back."""
    step = np.diff(margin, axis=0)
    rising = bool(np.nanmean(margin[-1] - margin[0]) >= 0.0)
    slack = ROUNDING * max(1.0, float(np.nanmax(np.abs(margin))))
    back = (step < -slack) if rising else (step > slack)
    if back.any():
        place, path = (int(v[0]) for v in np.nonzero(back))
        turned = int(back.any(axis=0).sum())
        raise Contradiction(
            f"P is not monotone in {axis.name}: on {turned} of {margin.shape[1]} paths orbit's "
            f"margin turns back, first between {axis.values[place]:g} and "
            f"{axis.values[place + 1]:g} on path {path}. There is no single break-even value: "
            "use `orbitrisk sweep`"
        )
    return rising


def value_for(
    even: NDArray[np.float64], replicate: NDArray, probability: float, falling: bool
) -> Interval:
    """The input at which P(orbit wins) is `probability`; infinite where there is none.

    The interval inverts the t interval of the curve over scrambles.
    """
    level = 1.0 - probability if falling else probability
    samples = [even[replicate == r] for r in range(int(replicate[-1]) + 1)]
    with np.errstate(invalid="ignore"):
        return scrambles.sample_quantile(samples, level)
