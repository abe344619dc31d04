"""The drawings of the benchmarks, in the house's colours and sizes."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from risk.report.figures.canvas import AXIS, LABEL, WIDE, canvas, gridlines, label, panel, spread
from risk.report.figures.canvas import ticks as set_ticks
from risk.report.figures.themed import standalone
from risk.report.tokens import LIGHT

ROW, LINE = 30, 17
LOOKS = (
    ("orbit", "o", "-"),
    ("ground", "s", "-"),
    ("orbit1", "o", "--"),
    ("prior", "D", "--"),
    ("muted", "^", ":"),
)
"""Colour, mark and dash of the first, second, ... curve."""


class Curve(NamedTuple):
    """Points of a curve: x, y and the ends of its spread."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()


def save(figure: Figure, file: Path, title: str, description: str = "") -> None:
    """Write it as SVG with fixed colours, the same bytes for the same figure."""
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(standalone(figure, file.stem, title, description or title) + b"\n")


def curves(
    found: Sequence[Curve], x_label: str, y_label: str, *, from_zero: bool = False
) -> Figure:
    """Curves over a log axis, named at their right ends; y is log too unless `from_zero`."""
    figure = canvas(WIDE, 380)
    axes = panel(figure, 62, 30, 190, 48)
    axes.set_xscale("log")
    if not from_zero:
        axes.set_yscale("log")
    for curve, (colour, mark, dash) in zip(found, LOOKS, strict=False):
        if len(curve.low):
            axes.vlines(curve.x, curve.low, curve.high, color=LIGHT[colour], linewidth=1, zorder=2)
        axes.plot(
            curve.x,
            curve.y,
            color=LIGHT[colour],
            marker=mark,
            markersize=6,
            linestyle=dash,
            linewidth=2,
            zorder=3,
        )
    if from_zero:
        axes.set_ylim(0, 1.08 * max(max(curve.y) for curve in found))
    _decades(axes, from_zero)
    axes.set_xlabel(x_label, fontsize=AXIS, color=LIGHT["muted"], labelpad=6)
    label(
        axes, 0, 1, y_label, up="bottom", shift=(-50, 10), size=AXIS, colour="muted", within="axes"
    )
    _names(axes, found)
    return figure


def _decades(axes: Axes, from_zero: bool) -> None:
    """A tick a decade, or a few round ones, and the grid."""
    sides = (
        [("x", axes.get_xlim())] if from_zero else [("x", axes.get_xlim()), ("y", axes.get_ylim())]
    )
    for which, (low, high) in sides:
        at = [10.0**k for k in range(-12, 13) if low <= 10.0**k <= high]
        if len(at) < 2:
            at = [
                m * 10.0**k for k in range(-12, 13) for m in (1, 2, 5) if low <= m * 10.0**k <= high
            ]
        set_ticks(axes, which, at, [_plain(value) for value in at])
        if which == "y":
            gridlines(axes, at)
    if from_zero:
        at = [value for value in axes.get_yticks() if value <= axes.get_ylim()[1]]
        set_ticks(axes, "y", at, [_plain(value) for value in at])
        gridlines(axes, at)


def _plain(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == 0 else f"{value:g}"


def _names(axes: Axes, found: Sequence[Curve]) -> None:
    """Names beside the last points, kept apart."""
    height = axes.get_window_extent().height
    ends = [axes.transData.transform((curve.x[-1], curve.y[-1])) for curve in found]
    bottom = axes.get_window_extent().y0
    wanted = [float(end[1] - bottom) for end in ends]
    placed = spread(wanted, LINE, LINE / 2, height - LINE / 2)
    for curve, look, there, here in zip(found, LOOKS, placed, wanted, strict=False):
        colour = "muted" if look[0] in ("prior", "orbit1") else look[0]
        shift = (12, there - here)
        label(axes, curve.x[-1], curve.y[-1], curve.name, shift=shift, size=LABEL, colour=colour)


def parts(values: Mapping[str, float], unit: str) -> Figure:
    """One bar a part, its value at the end, in the order given."""
    figure = canvas(WIDE, 24 + ROW * len(values))
    axes = panel(figure, 215, 8, 80, 16)
    most = max(values.values())
    axes.set_xlim(0, most)
    axes.set_ylim(len(values) - 0.5, -0.5)
    axes.barh(range(len(values)), list(values.values()), height=0.62, color=LIGHT["orbit1"])
    set_ticks(axes, "x", [], [])
    set_ticks(axes, "y", [], [])
    for row, (name, value) in enumerate(values.items()):
        label(axes, 0, row, name, across="right", shift=(-8, 0))
        label(axes, value, row, f"{value:.3g} {unit}", shift=(6, 0), bold=True)
    return figure
