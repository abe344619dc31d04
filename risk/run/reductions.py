"""What a run keeps of its paths: a reducer for every metric, event and crossing that is registered."""

from typing import Any

from kernels import reducers
from kernels.paths import SPAN
from kernels.platforms import platform
from risk.model.constants import QUARTERS
from risk.model.metrics import (
    EVENTS,
    HEADLINE_QUARTERS,
    LAST_CROSSING,
    METRICS,
    PRICE_GRID,
    Event,
    cross,
    not_crossed,
    wins_at_prices,
)


def wins_reducers(groups: int) -> dict[str, reducers.Reducer]:
    """The reducers of a variant: populations and who wins, nothing else."""
    made = {"population": reducers.population(groups)}
    for key, event in EVENTS.items():
        if event.name == "orbit_wins":
            made[f"event.{key}"] = reducers.counts(event.happens, QUARTERS, groups)
    return made


def all_reducers(groups: int) -> dict[str, reducers.Reducer]:
    """Every reducer of a run, from the registries of metrics and events."""
    made = wins_reducers(groups)
    for key, event in EVENTS.items():
        made[f"event.{key}"] = reducers.counts(event.happens, QUARTERS, groups)
        if event.name == "orbit_wins":
            followed = _crossing(event)
            made[f"crossing.{key}"] = reducers.tally(
                lambda found: found.first, LAST_CROSSING + 2, groups, followed
            )
            made[f"back.{key}"] = reducers.counts(
                lambda found: found.back[None] > 0, 1, groups, fold=followed
            )
    cells_of_prices = len(HEADLINE_QUARTERS) * len(PRICE_GRID)
    made["prices"] = reducers.counts(
        wins_at_prices, cells_of_prices, groups, keep=lambda o: o.break_even[::SPAN]
    )
    for key, metric in METRICS.items():
        steps = len(metric.quarters)
        every = QUARTERS // steps

        def value(outcome: Any, of: Any = metric.value, every: int = every) -> Any:
            return of(outcome)[::every]

        made[f"histogram.{key}"] = reducers.histogram(
            value, metric.bins, steps, groups, every, platform().replicas
        )
        if metric.moments:
            made[f"moments.{key}"] = reducers.moments(value, steps, groups)
    return made


def _crossing(event: Event) -> reducers.Fold:
    """When a path first crosses, and whether it crosses back."""
    return reducers.Fold(
        not_crossed, lambda before, seen, quarter: cross(before, event.happens(seen), quarter)
    )
