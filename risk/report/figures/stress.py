"""F9: P under each shock on one axis, a line from P without a shock to P with it."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING, NamedTuple

from risk.report.figures.canvas import AXIS, LABEL, NARROW, WIDE, canvas, label, panel, ticks
from risk.report.tokens import LIGHT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW, ROW_NARROW = 32, 64
TOP, TOP_NARROW, BOTTOM = 8, 18, 46
NAMES, TEXTS, EDGE = 236, 158, 20  # pixels left and right of the axis; beside a narrow one
LETTERS, LETTERS_NARROW = 35, 44  # of a line of a name
LOWEST, HIGHEST = 0.001, 0.999  # where the axis ends unless a value lies beyond
LOGIT_FROM = 0.5


class Row(NamedTuple):
    """One shock; `bound` where no path wins, so that P is below `value` and has no interval."""

    name: str
    value: float
    low: float
    high: float
    bound: bool
    prior: float  # 0 where no path wins
    text: str


class Spec(NamedTuple):
    """Rows from top to bottom, the one without a shock first."""

    rows: tuple[Row, ...]
    axis: str


class Scale(NamedTuple):
    """From a probability to a place from 0 to 1, logarithmic or in log odds."""

    low: float
    high: float
    odds: bool

    @classmethod
    def of(cls, rows: tuple[Row, ...]) -> Scale:
        """0.1 to 100 %, from a lower power of ten where a shown P needs it; log odds from 50 %."""
        least = min([row.value for row in rows if not row.bound] or [LOWEST])
        low = min(LOWEST, 10.0 ** math.floor(math.log10(least)))
        odds = any(row.value > LOGIT_FROM for row in rows)
        return cls(low, HIGHEST if odds else 1.0, odds)

    def place(self, p: float) -> float:
        """Where P stands; at the edge where it lies beyond."""
        return (self._raw(p) - self._raw(self.low)) / (self._raw(self.high) - self._raw(self.low))

    def _raw(self, p: float) -> float:
        p = min(max(p, self.low), self.high)
        return math.log(p / (1.0 - p)) if self.odds else math.log(p)

    @property
    def ticks(self) -> list[float]:
        """Powers of ten, and in log odds one half and what lies as near to 1."""
        steps = range(round(math.log10(self.low)), 0)
        below = [10.0**k for k in steps]
        return [*below, 0.5, *(1.0 - p for p in below[::-1])] if self.odds else [*below, 1.0]


def stress(spec: Spec, narrow: bool) -> Figure:
    """Filled: conditioned, with its interval; hollow: prior; vertical line: without a shock."""
    row = ROW_NARROW if narrow else ROW
    top = TOP_NARROW if narrow else TOP
    figure = canvas(NARROW if narrow else WIDE, top + row * len(spec.rows) + BOTTOM)
    sides = (EDGE, EDGE) if narrow else (NAMES, TEXTS)
    axes = panel(figure, sides[0], top, sides[1], BOTTOM)
    scale = Scale.of(spec.rows)
    axes.set_xlim(0, 1)
    axes.set_ylim(-len(spec.rows) + 0.5, 0.5)
    _axis(axes, spec, scale)
    base = spec.rows[0]
    for place, one in enumerate(spec.rows):
        _row(axes, -place, one, base, scale)
        _texts(axes, -place, one, narrow=narrow, bold=place == 0)
    return figure


def _axis(axes: Axes, spec: Spec, scale: Scale) -> None:
    at = scale.ticks
    ticks(axes, "y", [], [])
    ticks(axes, "x", [scale.place(p) for p in at], [f"{100 * p:.10g}" for p in at])
    for p in at:
        axes.axvline(scale.place(p), color=LIGHT["grid"], linewidth=1, zorder=0)
    if not spec.rows[0].bound:
        axes.axvline(scale.place(spec.rows[0].value), color=LIGHT["orbit1"], linewidth=1, zorder=1)
    axes.set_xlabel(spec.axis, fontsize=AXIS, color=LIGHT["muted"], labelpad=6)


def _row(axes: Axes, line: float, row: Row, base: Row, scale: Scale) -> None:
    start = scale.place(scale.low if base.bound else base.value)
    at = scale.place(scale.low if row.bound else row.value)
    axes.plot(
        [start, at], [line, line], color=LIGHT["orbit3"], linewidth=6, solid_capstyle="butt",
        zorder=2,
    )  # fmt: skip
    if row.prior > 0.0:
        axes.plot(
            scale.place(row.prior), line, marker="o", markersize=7, zorder=3,
            color=LIGHT["prior"], markerfacecolor=LIGHT["bg"], markeredgewidth=1.4,
        )  # fmt: skip
    if not row.bound:
        ends = [scale.place(row.low), scale.place(row.high)]
        axes.plot(ends, [line, line], color=LIGHT["orbit1"], linewidth=2, zorder=4)
    axes.plot(
        at, line, marker="<" if row.bound else "o", markersize=8, color=LIGHT["orbit"],
        markeredgecolor=LIGHT["bg"], markeredgewidth=1, zorder=5, clip_on=False,
    )  # fmt: skip


def _texts(axes: Axes, line: float, row: Row, *, narrow: bool, bold: bool) -> None:
    low, high = axes.get_ylim()
    at = (line - low) / (high - low)
    if narrow:
        name = textwrap.shorten(row.name, LETTERS_NARROW, placeholder="…")
        label(axes, 0, at, name, within="axes", up="bottom", shift=(0, 26), size=LABEL, bold=bold)
        label(
            axes, 0, at, row.text, within="axes", up="bottom", shift=(0, 9), size=AXIS,
            colour="orbit", bold=True,
        )  # fmt: skip
        return
    name = "\n".join(textwrap.wrap(row.name, LETTERS, break_on_hyphens=False)[:2])
    label(
        axes, 0, at, name, within="axes", across="right", shift=(-14, 0), size=AXIS, bold=bold,
        halo=False,
    )  # fmt: skip
    label(
        axes, 1, at, row.text, within="axes", shift=(14, 0), size=AXIS, colour="orbit", bold=True,
        halo=False,
    )  # fmt: skip
