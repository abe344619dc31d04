"""F5: P(orbit cheaper) against the price of launch, with free launch apart from the log axis."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from risk.report.figures.canvas import (
    AXIS,
    LABEL,
    NARROW,
    WIDE,
    canvas,
    label,
    panel,
    percent_axis,
    spread,
    ticks,
)
from risk.report.tokens import LIGHT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TICKS = (12, 25, 50, 100, 200, 500, 1000, 3000)
GAP = 0.42
LINE = 17


class PriceCurves(NamedTuple):
    """Price, P, low and high by population; the year's price zone; the price whose P is told."""

    curves: dict[str, tuple[tuple[float, float, float, float], ...]]
    zone: tuple[float, float] | None
    shown: float
    values: dict[str, dict[float, str]]
    labels: dict[str, str]


def price_curves(spec: PriceCurves, narrow: bool) -> Figure:
    """Both populations with their sampling bands, solid and dashed."""
    figure = canvas(NARROW if narrow else WIDE, 320 if narrow else 340)
    axes = panel(figure, 40, 26, 16 if narrow else 34, 48)
    points = [point for curve in spec.curves.values() for point in curve]
    priced = [point[0] for point in points if point[0] > 0]
    low, high = min(priced), max(priced)
    free = math.log10(low) - GAP * (1.5 if narrow else 1)
    axes.set_xlim(free - 0.08, math.log10(high))
    end = percent_axis(axes, max(max(point[3] for point in points), 1e-6) * 1.12)
    _scale(axes, spec, low, high, free, narrow)
    if spec.zone:
        ends = [math.log10(min(max(end, low), high)) for end in spec.zone]
        axes.axvspan(ends[0], ends[1], color=LIGHT["grid"], linewidth=0, zorder=0.5)
        label(
            axes,
            sum(ends) / 2,
            axes.get_ylim()[1],
            spec.labels["zone"],
            across="center",
            up="bottom",
            shift=(0, 8),
            size=AXIS,
            colour="muted",
            halo=False,
        )
    label(
        axes,
        0,
        1,
        spec.labels["axis_ends"].format(end=f"{end:.10g}"),
        up="bottom",
        shift=(-28, 8),
        size=AXIS,
        colour="muted",
        halo=False,
        within="axes",
    )
    for name in spec.curves:
        _curve(axes, spec, name, free)
    _told(axes, spec, free, narrow)
    return figure


def _scale(
    axes: Axes, spec: PriceCurves, low: float, high: float, free: float, narrow: bool
) -> None:
    """Log ticks with free launch left of a broken base line."""
    at = [value for value in TICKS if low <= value <= high]
    if narrow:
        at = [value for value in at if value in (12, 50, 200, 1000)]
    places = [free, *(math.log10(value) for value in at)]
    ticks(axes, "x", places, [spec.labels["free"], *(f"{value:,}" for value in at)])
    axes.set_xlabel(spec.labels["axis"], fontsize=AXIS, color=LIGHT["muted"], labelpad=6)
    for x in (free + 0.42 * GAP, free + 0.52 * GAP):
        axes.plot(
            [x - 0.015, x + 0.015],
            [-0.018, 0.018],
            color=LIGHT["muted"],
            linewidth=1.2,
            transform=axes.get_xaxis_transform(),
            clip_on=False,
        )
    if low <= spec.shown <= high:
        axes.axvline(math.log10(spec.shown), color=LIGHT["ink"], linewidth=1, zorder=2)


def _curve(axes: Axes, spec: PriceCurves, name: str, free: float) -> None:
    conditioned = name == "conditioned"
    colour = LIGHT["orbit" if conditioned else "prior"]
    priced = np.asarray([point for point in spec.curves[name] if point[0] > 0])
    x = np.log10(priced[:, 0])
    tint = LIGHT["orbit2" if conditioned else "rule"]
    axes.fill_between(x, 100 * priced[:, 2], 100 * priced[:, 3], color=tint, linewidth=0, zorder=3)
    dash = "-" if conditioned else (0, (5, 3))
    axes.plot(
        x,
        100 * priced[:, 1],
        color=colour,
        linestyle=dash,
        linewidth=2.4 if conditioned else 1.6,
        zorder=4,
    )
    for _, value, below, above in (point for point in spec.curves[name] if point[0] == 0):
        axes.plot([free, free], [100 * below, 100 * above], color=colour, linewidth=2, zorder=4)
        axes.plot(
            free,
            100 * value,
            marker="o",
            markersize=8,
            markeredgecolor=colour,
            markerfacecolor=colour if conditioned else LIGHT["bg"],
            markeredgewidth=1.6,
            zorder=5,
        )


def _told(axes: Axes, spec: PriceCurves, free: float, narrow: bool) -> None:
    """Values at free launch and at the told price; the first carries the population's name."""
    for price in (0.0, spec.shown):
        found = [
            (name, 100 * value)
            for name, curve in spec.curves.items()
            for at, value, *_ in curve
            if at == price
        ]
        _values(axes, spec, price, free if price == 0 else math.log10(price), found, narrow)


def _values(
    axes: Axes,
    spec: PriceCurves,
    price: float,
    x: float,
    found: list[tuple[str, float]],
    narrow: bool,
) -> None:
    """The values at one price, above their marks and at least a line of text apart."""
    height = axes.get_window_extent().height
    pixels = height / axes.get_ylim()[1]
    lift = 15 if price == 0 else 10
    wanted = [value * pixels + lift for _, value in found]
    placed = spread(wanted, LINE, LINE / 2, height - LINE / 2)
    for (name, value), there in zip(found, placed, strict=True):
        text = spec.values[name][price]
        label(
            axes,
            x,
            value,
            f"{text} {spec.labels[name]}" if price == 0 else text,
            shift=(-6 if price == 0 else 6, there - value * pixels),
            size=AXIS if narrow else LABEL,
            colour="orbit" if name == "conditioned" else "muted",
            bold=name == "conditioned",
        )
