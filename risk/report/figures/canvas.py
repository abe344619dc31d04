"""A drawing measured in CSS pixels, with the few marks and labels that the figures share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from risk.report.tokens import LIGHT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

WIDE, NARROW = 720, 342
LABEL, AXIS = 13, 12
DOTS_PER_INCH = 72
POINTS_PER_CURVE = 80


def canvas(width: int, height: int) -> Figure:
    """An empty transparent figure in which one unit is one pixel."""
    from matplotlib.figure import Figure

    size = (width / DOTS_PER_INCH, height / DOTS_PER_INCH)
    figure = Figure(figsize=size, dpi=DOTS_PER_INCH)
    figure.patch.set_visible(False)
    return figure


def panel(figure: Figure, left: float, top: float, right: float, bottom: float) -> Axes:
    """Axes without a frame between margins in pixels."""
    width, height = figure.get_size_inches() * DOTS_PER_INCH
    box = (
        left / width,
        bottom / height,
        (width - left - right) / width,
        (height - top - bottom) / height,
    )
    axes = figure.add_axes(box)
    axes.patch.set_visible(False)
    axes.set_prop_cycle(color=[LIGHT["ink"]])
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.tick_params(length=0, labelsize=AXIS, labelcolor=LIGHT["muted"], pad=6)
    axes.minorticks_off()
    return axes


def ticks(axes: Axes, which: str, at: Sequence[float], labels: Sequence[str]) -> None:
    """Ticks at these values only, with these labels."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_ticks(list(at), labels=list(labels))
    axis.set_ticks([], minor=True)


def gridlines(axes: Axes, at: Sequence[float]) -> None:
    """Horizontal lines where a height is read."""
    for value in at:
        axes.axhline(value, color=LIGHT["grid"], linewidth=1, zorder=0)


def label(
    axes: Axes,
    x: float,
    y: float,
    text: str,
    *,
    colour: str = "ink",
    across: str = "left",
    up: str = "center",
    shift: tuple[float, float] = (0, 0),
    size: float = LABEL,
    bold: bool = False,
    halo: bool = True,
    within: str = "data",
) -> Text:
    """Text on a mark, moved by pixels; `within="axes"` places it by the fraction of the panel."""
    written = axes.annotate(
        text,
        (x, y),
        xycoords="data" if within == "data" else "axes fraction",
        xytext=shift,
        textcoords="offset pixels",
        ha=across,
        va=up,
        fontsize=size,
        color=LIGHT[colour],
        fontweight="bold" if bold else "normal",
        annotation_clip=False,
        zorder=9,
    )
    if halo:
        written.set_gid("halo")
    return written


def round_up_to_nice(value: float) -> float:
    """The next of 1, 2, 5, 10 times a power of ten at or above `value`."""
    step = 10.0 ** math.floor(math.log10(value))
    return next(m * step for m in (1, 2, 5, 10) if m * step >= value * (1 - 1e-9))


def percent_axis(axes: Axes, highest: float) -> float:
    """Y from 0 to the next round value in percent, with its grid; gives that value."""
    end = min(100.0, round_up_to_nice(max(100 * highest, 1e-4)))
    count = 4 if end / 4 == round(end / 4, 9) and str(end)[0] in "2" else 5
    at = [end * step / count for step in range(count + 1)]
    axes.set_ylim(0, end)
    names = [f"{value:.10g}" for value in at]
    ticks(axes, "y", at, names)
    gridlines(axes, at)
    _widen(axes, 12 + 8 * max(len(name) for name in names))
    return end


def _widen(axes: Axes, left: float) -> None:
    """Give the left margin at least so many pixels."""
    width = axes.figure.get_size_inches()[0] * DOTS_PER_INCH  # type: ignore[union-attr]
    box = axes.get_position()
    start = max(box.x0, left / width)
    axes.set_position((start, box.y0, box.x1 - start, box.height))


def thinned(points: Sequence[Sequence[float]]) -> list[Sequence[float]]:
    """At most so many points of a curve, always with its last one."""
    step = max(1, math.ceil(len(points) / POINTS_PER_CURVE))
    kept = list(points[::step])
    return kept if not points or kept[-1] is points[-1] else [*kept, points[-1]]


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Positions as near as possible to the wanted ones, in the same order, `gap` apart."""
    order = sorted(range(len(wanted)), key=lambda place: wanted[place])
    placed: list[float] = []
    for place in order:
        placed.append(max(wanted[place], placed[-1] + gap if placed else low))
    top = high
    for number in reversed(range(len(placed))):
        placed[number] = min(placed[number], top)
        top = placed[number] - gap
    result = [0.0] * len(wanted)
    for place, position in zip(order, placed, strict=True):
        result[place] = position
    return result
