"""F1: both levelised costs by commit year, as mirrored densities on one log axis."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from risk.report.figures.canvas import AXIS, LABEL, NARROW, WIDE, canvas, label, panel, ticks
from risk.report.tokens import LIGHT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Shape = tuple[list[float], list[float]]
Quantiles = tuple[float, float, float]
NICE = (0.5, 1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300, 500, 1000)
HEIGHT, BAR, GAP = 0.40, 5, 0.055


class Row(NamedTuple):
    """One commit year: densities, 5-50-95 % and labels of orbit and ground, median ratio."""

    year: int
    shapes: tuple[Shape, Shape]
    quantiles: tuple[Quantiles, Quantiles]
    labels: tuple[str, str]
    ratio: str


class Densities(NamedTuple):
    """All rows, and the words on the picture."""

    rows: tuple[Row, ...]
    labels: dict[str, str]


def densities(spec: Densities, narrow: bool) -> Figure:
    """Orbit above the line of each year, ground below it."""
    width = NARROW if narrow else WIDE
    figure = canvas(width, 46 + 101 * len(spec.rows))
    axes = panel(figure, 40 if narrow else 52, 26, 50 if narrow else 70, 40)
    edges = [q for row in spec.rows for quantiles in row.quantiles for q in quantiles]
    low, high = min(edges) / 1.35, max(edges) * 1.35
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    axes.set_ylim(-len(spec.rows) + 0.5, 0.5)
    at = [value for value in NICE if low < value < high]
    if narrow:
        at = [value for value in at if str(value)[0] in "15" or value in (2, 20)]
    ticks(axes, "x", at, [f"{value:g}" for value in at])
    ticks(axes, "y", [-place for place in range(len(spec.rows))], [str(r.year) for r in spec.rows])
    for text in axes.get_yticklabels():
        text.set_fontsize(LABEL)
        text.set_color(LIGHT["ink"])
    for value in at:
        axes.axvline(value, color=LIGHT["grid"], linewidth=1, zorder=0)
    for place, row in enumerate(spec.rows):
        _row(axes, -place, row, spec.labels, first=place == 0)
        label(axes, high, -place, row.ratio, shift=(12, 0), bold=True, halo=False)
    label(
        axes,
        1,
        1,
        spec.labels["ratio"],
        shift=(12, 6),
        up="bottom",
        size=AXIS,
        colour="muted",
        halo=False,
        within="axes",
    )
    axes.set_xlabel(spec.labels["axis"], fontsize=AXIS, color=LIGHT["muted"], labelpad=6)
    return figure


def _row(axes: Axes, line: float, row: Row, words: dict[str, str], *, first: bool) -> None:
    axes.axhline(line, color=LIGHT["rule"], linewidth=1, zorder=1)
    tallest = max(max(_heights(shape)) for shape in row.shapes)
    for side, (name, sign) in enumerate((("orbit", 1), ("ground", -1))):
        edges, _ = row.shapes[side]
        heights = [HEIGHT * height / tallest for height in _heights(row.shapes[side])]
        low, middle, high = row.quantiles[side]
        light = "orbit3" if name == "orbit" else "ground3"
        edge = "orbit1" if name == "orbit" else "ground2"
        x, y = _outline(edges, heights)
        axes.fill_between(x, line, line + sign * y, color=LIGHT[light], linewidth=0, zorder=2)
        axes.plot(x, line + sign * y, color=LIGHT[edge], linewidth=1, zorder=3)
        bar = line + sign * GAP
        axes.plot(
            [low, high],
            [bar, bar],
            color=LIGHT[name],
            linewidth=BAR,
            solid_capstyle="butt",
            zorder=4,
        )
        axes.plot(
            [middle, middle],
            [line, line + sign * 0.17],
            color=LIGHT[name],
            linewidth=3,
            solid_capstyle="butt",
            zorder=5,
        )
        text = row.labels[side] if not first else f"{words[name]} {row.labels[side]}"
        label(
            axes,
            middle,
            line + sign * 0.17,
            text,
            colour=name,
            across="center",
            up="bottom" if sign > 0 else "top",
            shift=(0, sign * 1),
            bold=True,
        )


def _heights(shape: Shape) -> list[float]:
    """Density per unit of log cost, lightly smoothed so that single bins do not show."""
    edges, shares = shape
    widths = [math.log(b / a) for a, b in itertools.pairwise(edges)]
    raw = [share / width for share, width in zip(shares, widths, strict=True)]
    padded = [0.0, *raw, 0.0]
    return [
        0.25 * padded[place] + 0.5 * padded[place + 1] + 0.25 * padded[place + 2]
        for place in range(len(raw))
    ]


def _outline(edges: list[float], heights: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """Bin middles and heights where the density can be seen, about 60 points of it."""
    middles = np.sqrt(np.asarray(edges[:-1]) * np.asarray(edges[1:]))
    y = np.asarray(heights)
    seen = np.flatnonzero(y > 0.004 * HEIGHT)
    if not len(seen):
        return middles, y
    first, last = max(0, seen[0] - 1), min(len(y), seen[-1] + 2)
    x, y = middles[first:last], y[first:last]
    if len(x) <= 60:
        return x, y
    even = np.geomspace(x[0], x[-1], 60)
    return even, np.interp(np.log(even), np.log(x), y)
