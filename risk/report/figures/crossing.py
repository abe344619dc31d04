"""F4: crossing dates as 100 dots with the rest in a block of its own, and the cumulative curve."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from xml.sax.saxutils import escape

import numpy as np

from risk.report.figures.canvas import (
    AXIS,
    NARROW,
    WIDE,
    canvas,
    label,
    panel,
    percent_axis,
    spread,
    ticks,
)
from risk.report.figures.themed import svg
from risk.report.tokens import LIGHT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PITCH, RADIUS = 15, 5.6
LOW = 5
TOP, FOOT = 28, 26
LONGEST = 18


class Stacks(NamedTuple):
    """Dots by year, how many stand beyond the horizon, the two labels."""

    years: dict[int, int]
    rest: int
    rest_label: str
    empty_label: str


def stacks(spec: Stacks, narrow: bool) -> str:
    """Dots stacked by year; beside them, or below on a phone, the block that does not cross."""
    tallest = max([*spec.years.values(), 1])
    across = 20 if tallest <= LOW or narrow else 10
    rows_of_rest = -(-spec.rest // across)
    plot_width = (NARROW if narrow else WIDE - across * PITCH - 50) - 8
    if narrow:
        base = TOP + tallest * PITCH
        block = (0.0, base + FOOT + 34)
        height = block[1] + rows_of_rest * PITCH + 4
    else:
        base = TOP + max(tallest, rows_of_rest) * PITCH
        block = (WIDE - across * PITCH, base - rows_of_rest * PITCH)
        height = base + FOOT
    body = _years(spec, narrow, plot_width, base) + _rest(spec, block, across)
    return svg(NARROW if narrow else WIDE, height, body)


def _years(spec: Stacks, narrow: bool, width: float, base: float) -> str:
    step = width / len(spec.years)
    marks, names = [], []
    for place, (year, count) in enumerate(spec.years.items()):
        x = 4 + (place + 0.5) * step
        marks += [(x, base - (level + 0.5) * PITCH) for level in range(count)]
        if year % 5 == 0 if narrow else (len(spec.years) - 1 - place) % 2 == 0:
            names.append(
                f'<text x="{x:.1f}" y="{base + 18:.1f}" text-anchor="middle">{year}</text>'
            )
    axis = f'<path d="M0 {base + 1:.1f}H{width + 8:.1f}" style="stroke:var(--rule);fill:none"/>'
    empty = ""
    if not any(spec.years.values()):
        where = (width / 2, base - 8)
        empty = _text(where[0], where[1], spec.empty_label, "middle", size=13)
    labels = f'<g style="fill:var(--muted);font-size:{AXIS}px" class="axis">{"".join(names)}</g>'
    return axis + labels + circles(marks, RADIUS, "fill:var(--orbit)") + empty


def _rest(spec: Stacks, corner: tuple[float, float], across: int) -> str:
    x, y = corner
    marks = [
        (x + (number % across + 0.5) * PITCH, y + (number // across + 0.5) * PITCH)
        for number in range(spec.rest)
    ]
    ring = "fill:none;stroke:var(--prior);stroke-width:1.2"
    return circles(marks, RADIUS - 0.6, ring) + _text(
        x, y - 10, spec.rest_label, "start", bold=True
    )


def _text(x: float, y: float, text: str, anchor: str, *, size: int = 13, bold: bool = False) -> str:
    weight = ";font-weight:600" if bold else ""
    style = f"font-size:{size}px{weight};fill:var(--ink)"
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {place} style="{style}">{escape(text)}</text>'


def circles(places: list[tuple[float, float]], radius: float, style: str) -> str:
    """Equal circles in one style."""
    marks = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}"/>' for x, y in places)
    return f'<g style="{style}">{marks}</g>' if marks else ""


class Cumulative(NamedTuple):
    """Date, P, low and high of each population; names and end values as text."""

    curves: dict[str, tuple[tuple[float, float, float, float], ...]]
    labels: dict[str, str]
    ends: dict[str, str]


def cumulative(spec: Cumulative, narrow: bool) -> Figure:
    """P of having crossed by each quarter; the axis ends at the next round value and says so."""
    figure = canvas(NARROW if narrow else WIDE, 230 if narrow else 250)
    axes = panel(figure, 44, 28, 92 if narrow else 142, 28)
    points = [point for curve in spec.curves.values() for point in curve]
    end = percent_axis(axes, max(point[3] for point in points) or 1e-6)
    styles = {"prior": ("prior", (0, (5, 3)), 1.6), "conditioned": ("orbit", "-", 2.4)}
    heights = {}
    for name, curve in spec.curves.items():
        if not curve:
            continue
        colour, dash, width = styles[name]
        date, value, low, high = np.asarray(curve).T
        tint = LIGHT["orbit3" if name == "conditioned" else "grid"]
        axes.fill_between(date, 100 * low, 100 * high, color=tint, linewidth=0, zorder=1)
        axes.plot(date, 100 * value, color=LIGHT[colour], linestyle=dash, linewidth=width, zorder=3)
        heights[name] = 100 * value[-1]
    first, last = points[0][0], points[-1][0]
    axes.set_xlim(first, last)
    years = [year for year in range(int(first) + 1, int(last) + 2) if year % 5 == 0 or not narrow]
    shown = [year for year in years if year <= last and (narrow or year % 2 == 0)]
    ticks(axes, "x", shown, [str(year) for year in shown])
    _end_labels(axes, spec, heights, narrow)
    label(
        axes,
        0,
        1,
        spec.labels["axis_ends"].format(end=f"{end:g}"),
        up="bottom",
        shift=(0, 8),
        size=AXIS,
        colour="muted",
        halo=False,
        within="axes",
    )
    return figure


def _end_labels(axes: Axes, spec: Cumulative, heights: dict[str, float], narrow: bool) -> None:
    """Name and end value of each curve, kept apart; in two lines where one is too long."""
    last, end = axes.get_xlim()[1], axes.get_ylim()[1]
    room = axes.get_window_extent().height
    folded = narrow or any(len(spec.labels[n] + spec.ends[n]) > LONGEST for n in heights)
    gap = 34 if folded else 18
    wanted = [height / end * room for height in heights.values()]
    placed = spread(wanted, gap, gap / 2 - 8, room)
    for (name, height), here, there in zip(heights.items(), wanted, placed, strict=True):
        label(
            axes,
            last,
            height,
            f"{spec.labels[name]}{chr(10) if folded else ' '}{spec.ends[name]}",
            colour="orbit" if name == "conditioned" else "muted",
            shift=(6, there - here),
            size=AXIS,
            bold=name == "conditioned",
            halo=False,
        )
