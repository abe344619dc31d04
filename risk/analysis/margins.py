"""By how much orbit wins or loses on each path, for overlays of one scenario on the same paths."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray

from risk.analysis import scrambles
from risk.analysis.intervals import Interval
from risk.model.metrics import COMMIT_QUARTERS
from risk.model.path import Inputs
from risk.run.execute import population_names
from risk.run.look import Seen, View, looks
from risk.run.plan import Request
from risk.scenario import Scenario

FIELDS = ("ratio", "npv_orbit", "npv_ground", "time_ratio", "break_even", "launch_price")
COMPARATORS = ("cost", "value", "time-adjusted")
FIRST_YEAR = 2026
CLOSE = 1e-4
"""Relative distance of two launch prices that single precision may take for each other."""


def _fourth_quarters(inputs: Inputs, outcome: dict[str, Array]) -> dict[str, Array]:
    del inputs
    return {name: outcome[name][COMMIT_QUARTERS, :] for name in FIELDS}


VIEW = View("margins", FIELDS, _fourth_quarters)
"""One view for every date and comparator, so that they share what is compiled."""


class Contradiction(ValueError):
    """Two ways to the same number that disagree, or a curve that turns back: no result is given."""


class Margins(NamedTuple):
    """Every path of one overlay, in the order of its number; NaN where a path is not finite."""

    margin: NDArray[np.float64]  # orbit wins below 0: log ratio, or ground's NPV less orbit's
    break_even: NDArray[np.float64]  # launch price below which orbit wins on cost, $/kg
    kept_by: NDArray  # number of conditions that keep the path
    replicate: NDArray

    def wins(self) -> NDArray[np.bool_]:
        """Whether orbit wins."""
        return self.margin < 0.0


def margins(
    overlays: Sequence[Scenario], request: Request, year: int, comparator: str
) -> Iterator[Margins]:
    """The paths of every overlay for capacity committed in the fourth quarter of `year`.

    Raises ValueError for a year or comparator that is none, and Contradiction where a path's cost
    and its break-even launch price disagree about who wins.
    """
    place = commit_place(year)
    if comparator not in COMPARATORS:
        raise ValueError(
            f"the comparator {comparator!r} is given; allowed: {', '.join(COMPARATORS)}"
        )
    for seen in looks(overlays, request, request.size, VIEW):
        at = {name: np.asarray(seen.values[name][place], np.float64) for name in FIELDS}
        _agree(at)
        yield _whole(seen, _margin(at, comparator), at["break_even"], request)


def commit_place(year: int) -> int:
    """Place of a commit year among the fourth quarters; raises ValueError for another year."""
    last = FIRST_YEAR + len(COMMIT_QUARTERS) - 1
    if not FIRST_YEAR <= year <= last:
        raise ValueError(f"the year {year} is given; allowed: {FIRST_YEAR} to {last}")
    return year - FIRST_YEAR


def _margin(at: dict[str, NDArray], comparator: str) -> NDArray:
    if comparator == "value":
        return at["npv_ground"] - at["npv_orbit"]
    return np.log(at["ratio" if comparator == "cost" else "time_ratio"])


def _agree(at: dict[str, NDArray]) -> None:
    """Raise Contradiction where the price paid is below break-even and orbit yet loses."""
    price, even = at["launch_price"], at["break_even"]
    differ = (at["ratio"] < 1.0) != (price < even)
    close = np.abs(price - even) <= CLOSE * np.maximum(price, np.abs(even))
    near = np.abs(np.log(at["ratio"])) <= CLOSE
    if (wrong := differ & ~close & ~near).any():
        n = int(np.flatnonzero(wrong)[0])
        raise Contradiction(
            f"path {n} pays ${price[n]:.6g}/kg, breaks even at ${even[n]:.6g}/kg and has a cost "
            f"ratio of {at['ratio'][n]:.6g}: break-even and cost disagree about who wins"
        )


def _whole(seen: Seen, margin: NDArray, break_even: NDArray, request: Request) -> Margins:
    """With the paths that are not finite put back, so that paths of all overlays are paired."""
    n = request.size
    found = Margins(
        np.full(n, np.nan),
        np.full(n, np.nan),
        np.full(n, -1),
        np.repeat(np.arange(request.replicates), request.points),
    )
    found.margin[seen.path] = margin
    found.break_even[seen.path] = break_even
    found.kept_by[seen.path] = seen.kept_by
    return found


def share(wins: NDArray, kept: NDArray, replicate: NDArray) -> Interval:
    """P(win) among the paths kept, with its interval over scrambles."""
    count = int(replicate[-1]) + 1
    successes = np.bincount(replicate[kept & wins], minlength=count)
    return scrambles.proportion(successes, np.bincount(replicate[kept], minlength=count))


def populations(scenario: Scenario) -> dict[str, int]:
    """`conditioned` and `prior`, and how many conditions each needs."""
    names = population_names(scenario)
    return {name: names[name] for name in ("conditioned", "prior")}


def chance(found: Margins, kept: int, wins: NDArray | None = None) -> Interval:
    """P(orbit wins) in a population: the paths kept by at least so many conditions."""
    won = found.wins() if wins is None else wins
    return share(won, found.kept_by >= kept, found.replicate)
