"""F11: the same probability as a span under each doubt, on one log axis."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from risk.report.figures.canvas import (
    AXIS,
    LABEL,
    NARROW,
    WIDE,
    canvas,
    label,
    panel,
    ticks,
)
from risk.report.tokens import LIGHT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FLOOR = 1e-7
ROW, ROW_NARROW = 46, 64


class End(NamedTuple):
    """One end of a span: P, what it is the answer to, P as text; `below` where P is a bound."""

    value: float
    name: str
    text: str
    below: bool = False


class Rung(NamedTuple):
    """One doubt; `between` are the answers inside the span, `note` replaces the end texts."""

    name: str
    low: End
    high: End
    between: tuple[float, ...]
    note: str


class Ladder(NamedTuple):
    """Sampling error first, then the doubts about the model; the headline as a line."""

    rungs: tuple[Rung, ...]
    headline: float
    axis: str


def ladder(spec: Ladder, narrow: bool) -> Figure:
    """One row per doubt; the ends are named on the marks."""
    row = ROW_NARROW if narrow else ROW
    figure = canvas(NARROW if narrow else WIDE, 18 + row * len(spec.rungs) + 46)
    axes = panel(figure, 10 if narrow else 160, 10, 10 if narrow else 20, 46)
    values = [end.value for rung in spec.rungs for end in (rung.low, rung.high)]
    positive = [value for value in [*values, spec.headline] if value > 0] or [FLOOR]
    low, high = _limits(positive, narrow)
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    axes.set_ylim(-len(spec.rungs) + 0.4, 0.55)
    ticks(axes, "y", [], [])
    _scale(axes, low, high, spec.axis)
    if spec.headline > 0:
        axes.axvline(100 * spec.headline, color=LIGHT["orbit1"], linewidth=1, zorder=1)
    for place, rung in enumerate(spec.rungs):
        _rung(axes, -place, rung, low, first=place == 0, narrow=narrow)
    return figure


def _limits(positive: list[float], narrow: bool) -> tuple[float, float]:
    """Limits in percent with room for the names at both ends."""
    low, high = 100 * min(positive), 100 * max(positive)
    decades = max(math.log10(high / low), 0.5)
    room = decades * (0.85 if narrow else 0.30)
    return max(100 * FLOOR, low / 10**room), high * 10**room


def _scale(axes: Axes, low: float, high: float, title: str) -> None:
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    whole = [10.0**exponent for exponent in exponents if low <= 10.0**exponent <= min(high, 100)]
    steps = (1, 3) if high / low > 30 else (1, 2, 3, 5, 7)
    finer = [m * 10.0**exponent for exponent in exponents for m in steps]
    at = whole if len(whole) >= 3 else [v for v in finer if low <= v <= min(high, 100)]
    ticks(axes, "x", at, [f"{value:.10g}" for value in at])
    for value in at:
        axes.axvline(value, color=LIGHT["grid"], linewidth=1, zorder=0)
    axes.set_xlabel(title, fontsize=AXIS, color=LIGHT["muted"], labelpad=6)


def _rung(axes: Axes, line: float, rung: Rung, low: float, *, first: bool, narrow: bool) -> None:
    name = {"bold": first, "halo": False, "size": LABEL, "colour": "ink"}
    if narrow:
        label(axes, low, line, rung.name, up="bottom", shift=(0, 15), **name)  # type: ignore[arg-type]
    else:
        label(axes, low, line, rung.name, across="right", shift=(-12, 0), **name)  # type: ignore[arg-type]
    ends = [max(100 * end.value, low) for end in (rung.low, rung.high)]
    colour = "ink" if first else "orbit"
    axes.plot(
        ends,
        [line, line],
        color=LIGHT[colour if first else "orbit1"],
        linewidth=4 if first else 2.5,
        solid_capstyle="butt",
        zorder=3,
    )
    inner = [100 * value for value in rung.between if 100 * value > low]
    axes.plot(
        inner,
        [line] * len(inner),
        marker="o",
        markersize=5,
        linestyle="none",
        color=LIGHT["orbit1"],
        zorder=4,
    )
    for end, x, across, shift in (
        (rung.low, ends[0], "right", -8),
        (rung.high, ends[1], "left", 8),
    ):
        marker = "<" if end.below else "|" if first else "o"
        axes.plot(
            x,
            line,
            marker=marker,
            markersize=9 if first else 7,
            color=LIGHT[colour],
            markeredgewidth=2 if first else 1,
            zorder=5,
        )
        if rung.note:
            continue
        where = -1 if narrow else 0
        label(
            axes,
            x,
            line,
            f"{end.text}",
            colour="orbit",
            across=across,
            up="bottom",
            shift=(shift, 0 + where),
            size=AXIS,
            bold=True,
        )
        label(
            axes,
            x,
            line,
            end.name,
            colour="muted",
            across=across,
            up="top",
            shift=(shift, -1),
            size=AXIS,
        )
    if rung.note:
        label(axes, ends[1], line, rung.note, across="left", shift=(8, 0), size=AXIS)
