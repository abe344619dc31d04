"""F7: drivers in panels that share their rows: P in the outer tenths, share of variance, EVPPI."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, NamedTuple

from risk.report.figures.canvas import (
    AXIS,
    NARROW,
    WIDE,
    canvas,
    label,
    panel,
    round_up_to_nice,
    ticks,
)
from risk.report.tokens import LIGHT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW, ROW_NARROW = 36, 56
TOP, TOP_NARROW, BOTTOM = 40, 44, 30
NAMES, GAP, EDGE = 250, 22, 14
LETTERS, LETTERS_NARROW = 36, 46  # of a name on one line
LETTER = 6.6  # pixels of a panel's head, which goes over two lines on a phone
FEWEST_ROOM = 0.02  # of the axis, left of 0 and right of the last value


class Bar(NamedTuple):
    """A value with its interval."""

    value: float
    low: float
    high: float


class Row(NamedTuple):
    """One driver; P in percent, the share in percent, EVPPI in $M; None where it does not exist."""

    name: str
    lowest: Bar
    highest: Bar
    share: Bar | None
    evppi: Bar | None


class Spec(NamedTuple):
    """Factors first, then inputs; a panel whose numbers no row has is left out."""

    factors: tuple[Row, ...]
    inputs: tuple[Row, ...]
    base: float  # P over all paths, percent
    heads: dict[str, str]  # of the panels "p", "share", "evppi" and the groups "factors", "inputs"

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows from top to bottom."""
        return self.factors + self.inputs


def drivers(spec: Spec, narrow: bool) -> Figure:
    """Hollow: P in the driver's lowest tenth. Filled: in its highest. Line: over all paths."""
    row = ROW_NARROW if narrow else ROW
    top = TOP_NARROW if narrow else TOP
    height = top + row * (len(spec.rows) + 1) + BOTTOM
    width = NARROW if narrow else WIDE
    figure = canvas(width, height)
    shown = [
        name
        for name, rows in (
            ("p", [True]),
            ("share", [r.share for r in spec.rows]),
            ("evppi", [r.evppi for r in spec.rows]),
        )
        if any(rows)
    ]
    left = EDGE if narrow else NAMES
    room = width - left - EDGE - GAP * (len(shown) - 1)
    parts = {"p": 1.6, "share": 1.0, "evppi": 1.0}
    whole = sum(parts[name] for name in shown)
    start = float(left)
    for place, name in enumerate(shown):
        size = room * parts[name] / whole
        axes = panel(figure, start, top, width - start - size, BOTTOM)
        head = spec.heads[name]
        if narrow:
            head = "\n".join(textwrap.wrap(head, int(size / LETTER)))
        _panel(axes, name, head, spec)
        if place == 0:
            axes.set_zorder(1)  # names may reach over the next panel's grid
            _names(axes, spec, narrow)
        start += size + GAP
    return figure


def _lines(spec: Spec) -> list[float]:
    """Heights of the rows; a line is left free between factors and inputs."""
    first = [-float(k) for k in range(len(spec.factors))]
    return first + [-float(len(spec.factors) + 1 + k) for k in range(len(spec.inputs))]


def _panel(axes: Axes, name: str, head: str, spec: Spec) -> None:
    bars = {
        "p": [bar for r in spec.rows for bar in (r.lowest, r.highest)],
        "share": [r.share for r in spec.rows if r.share],
        "evppi": [r.evppi for r in spec.rows if r.evppi],
    }[name]
    end = round_up_to_nice(max(*(bar.high for bar in bars), 1e-6))
    axes.set_xlim(-FEWEST_ROOM * end, end * (1 + FEWEST_ROOM))
    axes.set_ylim(-len(spec.rows) - 0.5, 0.6)
    ticks(axes, "y", [], [])
    at = [0.0, end / 2, end]
    ticks(axes, "x", at, [f"{value:.10g}" for value in at])
    for value in at:
        axes.axvline(value, color=LIGHT["grid"], linewidth=1, zorder=0)
    label(
        axes, 0, 1, head, within="axes", up="bottom", shift=(0, 8), size=AXIS, colour="muted",
        halo=False,
    )  # fmt: skip
    if name == "p":
        axes.axvline(spec.base, color=LIGHT["orbit1"], linewidth=1, zorder=1)
    for line, row in zip(_lines(spec), spec.rows, strict=True):
        if name != "p":
            _mark(axes, line, row.share if name == "share" else row.evppi, filled=True)
            continue
        ends = [row.lowest.value, row.highest.value]
        axes.plot(ends, [line, line], color=LIGHT["orbit3"], linewidth=5, zorder=2)
        _mark(axes, line, row.lowest, filled=False)
        _mark(axes, line, row.highest, filled=True)


def _mark(axes: Axes, line: float, bar: Bar | None, *, filled: bool) -> None:
    if bar is None:
        return
    low = max(bar.low, axes.get_xlim()[0])
    axes.plot([low, bar.high], [line, line], color=LIGHT["orbit1"], linewidth=1.5, zorder=3)
    axes.plot(
        bar.value, line, marker="o", markersize=7, color=LIGHT["orbit"],
        markerfacecolor=LIGHT["orbit" if filled else "bg"], markeredgewidth=1.5, zorder=4,
    )  # fmt: skip


def _names(axes: Axes, spec: Spec, narrow: bool) -> None:
    low, high = axes.get_ylim()
    lines = _lines(spec)
    heads = [("factors", lines[0]), ("inputs", lines[len(spec.factors)])] if spec.inputs else []
    for line, row in zip(lines, spec.rows, strict=True):
        at = (line - low) / (high - low)
        if narrow:
            name = textwrap.shorten(row.name, LETTERS_NARROW, placeholder="…")
            label(axes, 0, at, name, within="axes", up="bottom", shift=(0, 8), size=AXIS)
        else:
            name = "\n".join(textwrap.wrap(row.name, LETTERS)[:2])
            label(
                axes, 0, at, name, within="axes", across="right", shift=(-12, 0), size=AXIS,
                halo=False,
            )  # fmt: skip
    for key, line in heads[1:]:
        at = (line + 1 - low) / (high - low)
        across, shift = ("left", 0) if narrow else ("right", -12)
        label(
            axes, 0, at, spec.heads[key], within="axes", across=across, shift=(shift, 0),
            size=AXIS, bold=True, halo=narrow,
        )  # fmt: skip
