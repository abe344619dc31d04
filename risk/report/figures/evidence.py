"""Backtests: each forecast interval over what came, on one logarithmic axis."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from risk.report.figures.canvas import AXIS, NARROW, WIDE, canvas, label, panel, ticks
from risk.report.tokens import LIGHT

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TICKS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
ROW = 52


class Forecast(NamedTuple):
    """P5, P50 and P95 of a forecast over what came, its question, and its score in words."""

    question: str
    low: float
    middle: float
    high: float
    score: str


def forecasts(tests: tuple[Forecast, ...], axis: str, narrow: bool) -> Figure:
    """One row a forecast; the line at 1 is what came."""
    figure = canvas(NARROW if narrow else WIDE, ROW * len(tests) + 60)
    axes = panel(figure, 12, 12, 16 if narrow else 34, 44)
    ends = [math.log10(end) for test in tests for end in (test.low, test.high)]
    axes.set_xlim(min(*ends, -0.1) - 0.1, max(*ends, 0.1) + 0.1)
    axes.set_ylim(len(tests) - 0.4, -0.6)
    shown = [tick for tick in TICKS if axes.get_xlim()[0] < math.log10(tick) < axes.get_xlim()[1]]
    ticks(axes, "x", [math.log10(tick) for tick in shown], [f"{tick:g}" for tick in shown])
    ticks(axes, "y", [], [])
    axes.set_xlabel(axis, fontsize=AXIS, color=LIGHT["muted"])
    axes.axvline(0.0, color=LIGHT["ink"], linewidth=1, zorder=1)
    for row, test in enumerate(tests):
        low, middle, high = (math.log10(v) for v in (test.low, test.middle, test.high))
        axes.plot([low, high], [row, row], color=LIGHT["orbit"], linewidth=4, zorder=3)
        axes.plot([middle], [row], marker="o", color=LIGHT["orbit"], markersize=8, zorder=4)
        text = test.question if narrow else f"{test.question}, {test.score}"
        label(axes, 0.0, row, text, shift=(6, 17), within="data", size=AXIS)
    return figure
