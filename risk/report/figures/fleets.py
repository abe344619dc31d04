"""Capacity by year, in orbit and on the ground, on one logarithmic axis."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from risk.report.figures.canvas import (
    AXIS,
    NARROW,
    WIDE,
    canvas,
    gridlines,
    label,
    panel,
    spread,
    ticks,
)
from risk.report.tokens import LIGHT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DECADES = 7
"""Most decades that are drawn below the highest value."""
MARKS = {"orbit": "o", "ground": "s"}


class Capacity(NamedTuple):
    """Years, and by fleet the 5, 50 and 95 % lines in kW; end labels and ticks as text."""

    years: tuple[int, ...]
    lines: dict[str, tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]]
    ends: dict[str, str]
    ticks: dict[float, str]  # kW -> text; every power of ten


def limits(spec: Capacity) -> tuple[float, float]:
    """Powers of ten around the medians and the upper lines; the lower lines may leave below."""
    drawn = [v for _, *upper in spec.lines.values() for line in upper for v in line if v > 0.0]
    if not drawn:
        return 1.0, 10.0
    high = math.ceil(math.log10(max(drawn)))
    low = max(math.floor(math.log10(min(drawn))), high - DECADES)
    return 10.0 ** min(low, high - 1), 10.0**high


def capacity(spec: Capacity, narrow: bool) -> Figure:
    """Bands 5 to 95 % with edges, medians as lines with a mark; what is below the axis is cut."""
    figure = canvas(NARROW if narrow else WIDE, 300 if narrow else 340)
    axes = panel(figure, 60, 12, 86 if narrow else 130, 36)
    low, high = limits(spec)
    axes.set_yscale("log")
    axes.set_ylim(low, high)
    axes.set_xlim(spec.years[0], spec.years[-1])
    at = [kw for kw in spec.ticks if low <= kw <= high]
    ticks(axes, "y", at, [spec.ticks[kw] for kw in at])
    gridlines(axes, at)
    step = 5 if narrow else 2
    years = [year for year in spec.years if year % step == 0]
    ticks(axes, "x", years, [str(year) for year in years])
    axes.tick_params(axis="x", pad=12)
    for fleet, lines in spec.lines.items():
        _band(axes, fleet, spec.years, np.asarray(lines), low)
    _ends(axes, spec, low, high, narrow)
    return figure


def _band(axes: Axes, fleet: str, years: tuple[int, ...], lines: np.ndarray, low: float) -> None:
    """The tint runs out at the bottom of the axis; lines end where they would leave it."""
    below, middle, above = np.where(lines < low, np.nan, lines)
    order = 2 if fleet == "ground" else 3
    tint, edge = ("orbit3", "orbit1") if fleet == "orbit" else ("ground3", "ground2")
    axes.fill_between(
        years, *np.maximum(lines[[0, 2]], low), color=LIGHT[tint], linewidth=0, zorder=order
    )
    for line in (below, above):
        axes.plot(years, line, color=LIGHT[edge], linewidth=1.2, zorder=4)
    axes.plot(
        years,
        middle,
        color=LIGHT[fleet],
        linewidth=2.6,
        marker=MARKS[fleet],
        markersize=5,
        zorder=6,
    )


def _ends(axes: Axes, spec: Capacity, low: float, high: float, narrow: bool) -> None:
    """Names and values of the medians at their right ends, moved apart where they would touch."""
    room = axes.get_window_extent().height
    decades = math.log10(high / low)
    last = {fleet: max(lines[1][-1], low) for fleet, lines in spec.lines.items()}
    wanted = [room * math.log10(kw / low) / decades for kw in last.values()]
    placed = spread(wanted, 34 if narrow else 18, 8, room)
    for (fleet, kw), here, there in zip(last.items(), wanted, placed, strict=True):
        text = spec.ends[fleet].replace(" ", "\n", 1) if narrow else spec.ends[fleet]
        label(
            axes, axes.get_xlim()[1], kw, text, colour=fleet, shift=(8, there - here), size=AXIS,
            bold=True, halo=False,
        )  # fmt: skip
