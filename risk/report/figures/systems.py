"""F10: systems by cost on one log axis, with how often each is cheapest and what that is worth."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from risk.report.figures.canvas import AXIS, NARROW, WIDE, canvas, label, panel, ticks
from risk.report.tokens import LIGHT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW, ROW_NARROW = 38, 66
TOP, BOTTOM = 44, 44
NAMES, CHANCES, REGRETS, DELAYS = 176, 92, 62, 62  # widths of the columns of the wide picture
GAP = 16
MOST_TICKS = {False: 7, True: 5}


class Row(NamedTuple):
    """One system: its cost at 5, 25, 50, 75 and 95 %, and the rest as number or text."""

    name: str
    ground: bool  # drawn as a square in the colour of the ground, otherwise as orbit's circle
    cost: tuple[float, ...]
    cheapest: float
    chance: str
    regret: str
    delay: str


class Spec(NamedTuple):
    """Systems from the cheapest median down, and the heads of the columns."""

    rows: tuple[Row, ...]
    cost: str
    cheapest: str
    regret: str
    delay: str
    lines: tuple[str, ...]  # what the narrow picture says under each name


def systems(spec: Spec, narrow: bool) -> Figure:
    """One row a system: thin line 5 to 95 %, thick 25 to 75 %, mark at the median."""
    height = (ROW_NARROW if narrow else ROW) * len(spec.rows)
    top = 12 if narrow else TOP
    figure = canvas(NARROW if narrow else WIDE, height + top + BOTTOM)
    right = 10 if narrow else CHANCES + REGRETS + DELAYS + 2 * GAP
    axes = panel(figure, 10 if narrow else NAMES, top, right, BOTTOM)
    _scale(axes, spec, narrow)
    for place, row in enumerate(spec.rows):
        _costs(axes, -place, row)
        if narrow:
            _over(axes, -place, row.name, spec.lines[place])
        else:
            label(
                axes, 0, _height(axes, -place), row.name, within="axes", across="right",
                shift=(-10, 0), halo=False,
            )  # fmt: skip
    if not narrow:
        _columns(figure, spec)
    return figure


def _height(axes: Axes, line: float) -> float:
    low, high = axes.get_ylim()
    return (line - low) / (high - low)


def _scale(axes: Axes, spec: Spec, narrow: bool) -> None:
    ends = [value for row in spec.rows for value in (row.cost[0], row.cost[-1])]
    low, high = min(ends) / 1.12, max(ends) * 1.12
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    axes.set_ylim(-len(spec.rows) + 0.5, 0.5)
    ticks(axes, "y", [], [])
    at = _round_numbers(low, high, MOST_TICKS[narrow])
    ticks(axes, "x", at, [f"{value:.10g}" for value in at])
    for value in at:
        axes.axvline(value, color=LIGHT["grid"], linewidth=1, zorder=0)
    axes.set_xlabel(spec.cost, fontsize=AXIS, color=LIGHT["muted"], labelpad=6)


def _round_numbers(low: float, high: float, most: int) -> list[float]:
    """Powers of ten with as many steps between them as there is room for."""
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found: list[float] = []
    for steps in ((1, 2, 5), (1, 3), (1,)):
        found = [m * 10.0**e for e in exponents for m in steps if low <= m * 10.0**e <= high]
        if len(found) <= most:
            break
    return found


def _costs(axes: Axes, line: float, row: Row) -> None:
    lowest, low, middle, high, highest = row.cost
    role = "ground" if row.ground else "orbit"
    thick = "ground" if row.ground else "orbit1"
    axes.plot([lowest, highest], [line, line], color=LIGHT[thick], linewidth=1.5, zorder=3)
    axes.plot(
        [low, high], [line, line], color=LIGHT[thick], linewidth=6, solid_capstyle="butt", zorder=4
    )
    axes.plot(
        middle, line, marker="s" if row.ground else "o", markersize=9, color=LIGHT[role],
        markeredgecolor=LIGHT["bg"], markeredgewidth=1.5, zorder=5,
    )  # fmt: skip


def _over(axes: Axes, line: float, name: str, told: str) -> None:
    """Name, and the other numbers, above the line of a narrow row."""
    place = _height(axes, line)
    label(axes, 0, place, name, within="axes", up="bottom", shift=(0, 24), bold=True)
    label(axes, 0, place, told, within="axes", up="bottom", shift=(0, 8), size=AXIS, colour="muted")


def _columns(figure: Figure, spec: Spec) -> None:
    """P(cheapest) as bars with their numbers; regret and delay as numbers."""
    left = WIDE - CHANCES - REGRETS - DELAYS - GAP
    bars = panel(figure, left, TOP, WIDE - left - CHANCES, BOTTOM)
    for place, row in enumerate(spec.rows):
        role = "ground2" if row.ground else "orbit2"
        bars.barh(-place - 0.36, row.cheapest, height=0.14, color=LIGHT[role], align="edge")
        label(bars, 0, -place, row.chance, halo=False)
    bars.set_xlim(0, 1)
    bars.set_ylim(-len(spec.rows) + 0.5, 0.5)
    for which in ("x", "y"):
        ticks(bars, which, [], [])
    texts = [row.regret for row in spec.rows], [row.delay for row in spec.rows]
    ends = (CHANCES + REGRETS, CHANCES + REGRETS + DELAYS)
    for end, column in zip(ends, texts, strict=True):
        for place, text in enumerate(column):
            label(
                bars, end / CHANCES, _height(bars, -place), text, within="axes", across="right",
                halo=False,
            )  # fmt: skip
    heads = ((0.0, "left", spec.cheapest), (ends[0] / CHANCES, "right", spec.regret))
    for x, across, text in (*heads, (ends[1] / CHANCES, "right", spec.delay)):
        label(
            bars, x, 1, text, within="axes", across=across, up="bottom", shift=(0, 4), size=AXIS,
            colour="muted", halo=False,
        )  # fmt: skip
