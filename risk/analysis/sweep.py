"""P(orbit wins) over one or two inputs: every point on the same random numbers, one program."""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from kernels.marginals import SplitLogit, SplitLognormal, SplitNormal, Triangular, Uniform
from risk.analysis.margins import Margins, chance, margins, populations
from risk.run.plan import Request
from risk.scenario import Scenario

LAUNCH_PRICE = "launch.price"
"""Not an input: the price paid at the commit date, read off each path's break-even price."""
ROOM = 10.0  # ratio of ends from which an axis is spaced in logs
MOST_POINTS = 400


@dataclass(frozen=True)
class Axis:
    """Inputs that move together through the same values; `launch.price` stands alone."""

    keys: tuple[str, ...]
    values: tuple[float, ...]  # in the declared unit, rising

    @classmethod
    def between(cls, keys: Sequence[str], low: float, high: float, count: int) -> "Axis":
        """So many values, evenly in logs from a ratio of ten on; raises ValueError for no range."""
        if not (math.isfinite(low) and math.isfinite(high) and low < high and count >= 2):
            raise ValueError(
                f"{low:g}:{high:g}:{count} is no range; allowed: low < high, 2 or more"
            )
        logs = low > 0 and high / low >= ROOM
        spaced = np.geomspace if logs else np.linspace
        return cls(tuple(keys), tuple(float(f"{v:.6g}") for v in spaced(low, high, count)))

    @classmethod
    def of(cls, text: str) -> "Axis":
        """From `KEY=low:high:count`, `+` between keys; raises ValueError with what is allowed."""
        keys, _, span = text.partition("=")
        parts = span.split(":")
        try:
            low, high, count = float(parts[0]), float(parts[1]), int(parts[2])
            if len(parts) != 3 or not keys:
                raise IndexError
        except (ValueError, IndexError):
            raise ValueError(
                f"{text!r} is no axis; allowed: KEY=low:high:count, such as "
                "platform.cost_today=10:80:8, and + between keys that move together"
            ) from None
        return cls.between(keys.split("+"), low, high, count)

    @property
    def name(self) -> str:
        """Its keys, joined."""
        return "+".join(self.keys)

    @property
    def logs(self) -> bool:
        """Whether values are spaced in logs, and read between in logs."""
        return self.values[0] > 0 and self.values[-1] / self.values[0] >= ROOM

    def unit(self, scenario: Scenario) -> str:
        """Unit of its values; raises ScenarioError for a key that is none."""
        if self.keys == (LAUNCH_PRICE,):
            return "USD/kg"
        return scenario.with_times(self.keys[0], 1.0).priors[self.keys[0]].declaration.unit

    def hold(self, scenario: Scenario, value: float) -> Scenario:
        """The scenario with these inputs at `value`; raises ScenarioError for a wrong one."""
        unit = self.unit(scenario)
        for key in () if self.keys == (LAUNCH_PRICE,) else self.keys:
            text = str(value) if unit == "1" else f"{value!r} {unit}"
            scenario = scenario.with_held(key, text)
        return scenario


class Cell(NamedTuple):
    """P at one point; `population` says among which paths."""

    at: dict[str, float]
    population: str
    value: float
    stderr: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class Sweep:
    """P(orbit wins) at every point of the axes, in both populations."""

    scenario: Scenario
    request: Request
    axes: tuple[Axis, ...]
    year: int
    comparator: str
    cells: tuple[Cell, ...]

    def record(self) -> dict[str, Any]:
        """JSON-ready: the axes with units and meanings, the cells in the order of the axes."""
        return {
            "year": self.year,
            "comparator": self.comparator,
            "paths": self.request.size,
            "seed": self.request.seed,
            "axes": [axis_record(axis, self.scenario) for axis in self.axes],
            "cells": [cell._asdict() for cell in self.cells],
        }


def axis_record(axis: Axis, scenario: Scenario) -> dict[str, Any]:
    """JSON-ready: keys, unit, meaning, values and the middle of the input's own prior."""
    middle, meaning = None, "price paid for launch at the commit date"
    if axis.keys != (LAUNCH_PRICE,):
        priors = [scenario.priors[key] for key in axis.keys]
        meaning = " and ".join(prior.declaration.meaning for prior in priors)
        middle = priors[0].median if len(priors) == 1 else None
    return {
        "keys": list(axis.keys),
        "unit": axis.unit(scenario),
        "meaning": meaning,
        "values": list(axis.values),
        "middle": middle,
    }


def default_axis(scenario: Scenario, key: str, count: int) -> Axis:
    """The range of an input's prior from 0.1 to 99.9 %; a fixed one from a quarter to four times.

    Raises ScenarioError for a key that is none and ValueError where there is no such range.
    """
    if key == LAUNCH_PRICE:
        return Axis.between((key,), 10.0, 3000.0, count)
    prior = scenario.with_times(key, 1.0).priors[key]
    marginal = prior.marginal
    if isinstance(marginal, SplitNormal | SplitLognormal | SplitLogit):
        low, high = (float(marginal.quantile(jnp.float32(z))) for z in (-3.09, 3.09))
    elif isinstance(marginal, Triangular | Uniform):
        low, high = float(marginal.low), float(marginal.high)
    else:
        limits = prior.declaration
        low, high = max(limits.low, prior.median / 4), min(limits.high, prior.median * 4)
    if not low < high:
        raise ValueError(f"{key} is fixed at {low:g}: say from where to where it may go")
    return Axis.between((key,), low, high, count)


def sweep(
    scenario: Scenario,
    axes: Sequence[Axis],
    request: Request,
    *,
    year: int,
    comparator: str = "cost",
) -> Sweep:
    """P at every point of one or two axes.

    Raises ValueError for axes, a year or a comparator that cannot be, ScenarioError for an input,
    Contradiction where the paths contradict themselves.
    """
    refuse(axes, comparator)
    held = [axis for axis in axes if axis.keys != (LAUNCH_PRICE,)]
    prices = next((axis.values for axis in axes if axis.keys == (LAUNCH_PRICE,)), None)
    points = list(itertools.product(*(axis.values for axis in held)))
    overlays = []
    for point in points:
        one = scenario
        for axis, value in zip(held, point, strict=True):
            one = axis.hold(one, value)
        overlays.append(one)
    found = []
    for point, paths in zip(points, margins(overlays, request, year, comparator), strict=True):
        at = {axis.name: value for axis, value in zip(held, point, strict=True)}
        found += list(_cells(scenario, paths, at, prices))
    return Sweep(scenario, request, tuple(axes), year, comparator, tuple(found))


def refuse(axes: Sequence[Axis], comparator: str) -> None:
    """Raise ValueError for axes that cannot be swept."""
    names = [key for axis in axes for key in axis.keys]
    if not 1 <= len(axes) <= 2 or len(set(names)) < len(names):
        raise ValueError(f"{', '.join(names)} cannot be swept; allowed: one or two axes, each once")
    if LAUNCH_PRICE in names and comparator != "cost":
        raise ValueError(
            f"{LAUNCH_PRICE} is read off the break-even price on cost; for {comparator} vary "
            "launch.cost_today"
        )
    points = math.prod(len(axis.values) for axis in axes if axis.keys != (LAUNCH_PRICE,))
    if points > MOST_POINTS:
        raise ValueError(f"{points} points are asked for; allowed: up to {MOST_POINTS}")


def _cells(
    scenario: Scenario, paths: Margins, at: dict[str, float], prices: Sequence[float] | None
) -> Iterator[Cell]:
    for price in prices or (None,):
        wins = paths.wins() if price is None else paths.break_even > price
        place = at if price is None else {**at, LAUNCH_PRICE: price}
        for population, kept in populations(scenario).items():
            n = int((paths.kept_by >= kept).sum())
            yield Cell(place, population, *chance(paths, kept, wins), n)
