"""F2: from ground's cost to orbit's, step by step, as a horizontal waterfall."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from risk.report.figures.canvas import AXIS, NARROW, WIDE, canvas, label, panel, ticks
from risk.report.tokens import LIGHT

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROW, BAR = 34, 0.56


class Step(NamedTuple):
    """A bar from `start` to `end`; a total starts at 0 and has a `role`."""

    name: str
    start: float
    end: float
    text: str
    role: str = ""


def waterfall(steps: tuple[Step, ...], axis: str, narrow: bool) -> Figure:
    """One row a step, from 0; totals in the colour of their role, steps in a light tint."""
    figure = canvas(NARROW if narrow else WIDE, ROW * len(steps) + 56)
    axes = panel(figure, 122 if narrow else 170, 8, 46 if narrow else 70, 44)
    low = min(0.0, *(min(step.start, step.end) for step in steps))
    high = max(max(step.start, step.end) for step in steps)
    axes.set_xlim(low, high * 1.04)
    axes.set_ylim(len(steps) - 0.45, -0.55)
    ticks(axes, "y", range(len(steps)), [step.name for step in steps])
    axes.tick_params(axis="y", labelsize=AXIS, labelcolor=LIGHT["ink"])
    axes.set_xlabel(axis, fontsize=AXIS, color=LIGHT["muted"])
    axes.axvline(0.0, color=LIGHT["rule"], linewidth=1, zorder=1)
    for row, step in enumerate(steps):
        side = step.role or ("orbit" if step.end >= step.start else "ground")
        fill = LIGHT[step.role] if step.role else LIGHT["orbit3" if side == "orbit" else "ground3"]
        edge = LIGHT["orbit1" if side == "orbit" else "ground"]
        axes.barh(
            row,
            step.end - step.start,
            height=BAR,
            left=step.start,
            color=fill,
            edgecolor=edge,
            linewidth=0 if step.role else 1,
            zorder=3,
        )
        right = max(step.start, step.end)
        label(axes, right, row, step.text, shift=(6, 0), bold=bool(step.role), size=AXIS)
        if row + 1 < len(steps):
            axes.plot(
                [step.end, step.end],
                [row + BAR / 2, row + 1 - BAR / 2],
                color=LIGHT["muted"],
                linewidth=1,
                zorder=2,
            )
    return figure
