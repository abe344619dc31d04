"""F6: lines of equal P over launch price and economic life in orbit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from risk.report.figures.canvas import AXIS, NARROW, WIDE, canvas, gridlines, label, panel, ticks
from risk.report.tokens import LIGHT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEVELS = (1, 3, 10, 25, 50, 75, 90)
"""Percent."""
TINTS = {1: "orbit3", 10: "orbit2", 50: "orbit1"}
"""Tint from a level up to the next; none below the first."""
TICKS, TICKS_NARROW = (12, 25, 50, 100, 200, 500, 1000, 3000), (12, 50, 200, 1000)
LABELLED_AT = 0.12  # of the width, from the left


class Spec(NamedTuple):
    """P, (lives, prices), each above 0 and below 1; the central case; labels."""

    prices: tuple[float, ...]  # $/kg
    lives: tuple[float, ...]  # years
    p: tuple[tuple[float, ...], ...]
    centre: tuple[float, float]  # price, life
    labels: dict[str, str]  # x, y, centre
    levels: dict[int, str]  # the lines to draw, percent, and what they are called


def existing(p: tuple[tuple[float, ...], ...]) -> tuple[int, ...]:
    """The levels that lie within the map, percent."""
    flat = [value for row in p for value in row]
    return tuple(level for level in LEVELS if min(flat) < level / 100.0 < max(flat))


def life_map(spec: Spec, narrow: bool) -> Figure:
    """Lines read between the points in log odds; tints from 1, 10 and 50 %."""
    figure = canvas(NARROW if narrow else WIDE, 320 if narrow else 330)
    axes = panel(figure, 36, 30, 16 if narrow else 24, 52)
    x, y = np.log10(spec.prices), np.asarray(spec.lives)
    odds = np.log(np.asarray(spec.p) / (1.0 - np.asarray(spec.p)))
    axes.set_xlim(x[0], x[-1])
    axes.set_ylim(y[0], y[-1])
    at = [
        price for price in (TICKS_NARROW if narrow else TICKS) if x[0] <= math.log10(price) <= x[-1]
    ]
    ticks(axes, "x", [math.log10(price) for price in at], [f"{price:,}" for price in at])
    ticks(axes, "y", list(y), [f"{value:g}" for value in y])
    axes.tick_params(axis="x", pad=12)
    axes.set_xlabel(spec.labels["x"], fontsize=AXIS, color=LIGHT["muted"], labelpad=6)
    label(
        axes, 0, 1, spec.labels["y"], within="axes", up="bottom", shift=(-28, 10), size=AXIS,
        colour="muted", halo=False,
    )  # fmt: skip
    gridlines(axes, list(y))
    _tints(axes, x, y, odds)
    for level, name in spec.levels.items():
        _line(axes, x, y, odds, level, name)
    _centre(axes, spec)
    return figure


def _odds(percent: float) -> float:
    return math.log(percent / (100.0 - percent))


def _tints(axes: Axes, x: np.ndarray, y: np.ndarray, odds: np.ndarray) -> None:
    edges = [*TINTS, 100.0 - 1e-9]
    axes.contourf(
        x, y, odds, levels=[_odds(edge) for edge in edges],
        colors=[LIGHT[name] for name in TINTS.values()], zorder=1,
    )  # fmt: skip


def _line(
    axes: Axes, x: np.ndarray, y: np.ndarray, odds: np.ndarray, level: int, name: str
) -> None:
    drawn = axes.contour(
        x, y, odds, levels=[_odds(level)], colors=[LIGHT["orbit"]], linestyles="solid",
        linewidths=3.0 if level == 50 else 1.4, zorder=3,
    )  # fmt: skip
    points = np.concatenate([part for part in drawn.allsegs[0] if len(part)])
    inside = points[points[:, 1] < y[-1] - 0.04 * (y[-1] - y[0])]
    wanted = x[0] + LABELLED_AT * (x[-1] - x[0])
    best = min(inside if len(inside) else points, key=lambda point: abs(point[0] - wanted))
    label(
        axes, float(best[0]), float(best[1]), name, across="center", up="bottom",
        shift=(0, 3), size=AXIS, colour="orbit", bold=True,
    )  # fmt: skip


def _centre(axes: Axes, spec: Spec) -> None:
    low, high = (math.log10(end) for end in (spec.prices[0], spec.prices[-1]))
    price = min(max(math.log10(spec.centre[0]), low), high)
    years = min(max(spec.centre[1], spec.lives[0]), spec.lives[-1])
    axes.plot(
        price, years, marker="D", markersize=8, color=LIGHT["ink"], markerfacecolor=LIGHT["bg"],
        markeredgewidth=1.8, zorder=6, clip_on=False,
    )  # fmt: skip
    label(axes, price, years, spec.labels["centre"], shift=(10, 0), size=AXIS)
