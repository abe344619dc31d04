"""F3: the ratio of costs by commit date, as two bands, a median, single futures and the prior."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from risk.report.figures.canvas import (
    AXIS,
    NARROW,
    WIDE,
    canvas,
    gridlines,
    label,
    panel,
    spread,
    thinned,
    ticks,
)
from risk.report.tokens import LIGHT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Line = list[tuple[float, float]]
TICKS = (0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10, 20, 30, 50, 100)


class Fan(NamedTuple):
    """Quantile lines by name, prior lines, single futures, published points, P by year."""

    bands: dict[str, Line]
    prior: dict[str, Line]
    futures: tuple[tuple[tuple[float, ...], tuple[float, ...]], ...]
    published: tuple[tuple[str, float, float], ...]
    chances: dict[int, str]
    labels: dict[str, str]
    median_end: str


def fan(spec: Fan, narrow: bool) -> Figure:
    """Log ratio against date; the published models stand left of the fan."""
    width, height = (NARROW, 420) if narrow else (WIDE, 440)
    figure = canvas(width, height)
    axes = panel(figure, 28 if narrow else 40, 10, 84 if narrow else 92, 66 if narrow else 48)
    dates = [date for date, _ in spec.bands["p50"]]
    start, end = dates[0], dates[-1]
    gutter = 1.3 if narrow else 4.6
    axes.set_xlim(start - (gutter if spec.published else 0.3), end)
    low, high = _limits(spec)
    axes.set_yscale("log")
    axes.set_ylim(low, high)
    at = [value for value in TICKS if low <= value <= high]
    ticks(axes, "y", at, [f"{value:g}" for value in at])
    gridlines(axes, at)
    _bands(axes, spec)
    _futures(axes, spec, low, high)
    _prior(axes, spec)
    _parity(axes, spec, start)
    _published(axes, spec, narrow)
    _right_labels(axes, spec, end, narrow)
    _years(axes, spec, narrow)
    return figure


def _limits(spec: Fan) -> tuple[float, float]:
    """The ticks just beyond the wide band, the prior's lines and the published ratios."""
    lines = [spec.bands["p05"], spec.bands["p95"], *spec.prior.values()]
    values = [value for line in lines for _, value in line] + [one[2] for one in spec.published]
    lowest, highest = min([*values, 1]), max([*values, 1])
    below = [value for value in TICKS if value <= lowest * 0.97]
    above = [value for value in TICKS if value >= highest * 1.03]
    return (below[-1] if below else TICKS[0]), (above[0] if above else TICKS[-1])


def _bands(axes: Axes, spec: Fan) -> None:
    for (lower, upper), fill in ((("p05", "p95"), "orbit3"), (("p25", "p75"), "orbit2")):
        below, above = (np.asarray(spec.bands[name]) for name in (lower, upper))
        axes.fill_between(
            below[:, 0], below[:, 1], above[:, 1], color=LIGHT[fill], linewidth=0, zorder=2
        )
        for edge in (below, above):
            axes.plot(edge[:, 0], edge[:, 1], color=LIGHT["orbit1"], linewidth=0.8, zorder=3)
    median = np.asarray(spec.bands["p50"])
    axes.plot(median[:, 0], median[:, 1], color=LIGHT["orbit"], linewidth=3, zorder=6)


def _futures(axes: Axes, spec: Fan, low: float, high: float) -> None:
    for dates, ratios in spec.futures:
        points = thinned(list(zip(dates, ratios, strict=True)))
        x, y = np.asarray(points).T
        axes.plot(x, np.clip(y, low, high), color=LIGHT["orbit"], linewidth=0.7, zorder=5)


def _prior(axes: Axes, spec: Fan) -> None:
    for line in spec.prior.values():
        if line:
            x, y = np.asarray(line).T
            axes.plot(x, y, color=LIGHT["prior"], linewidth=1.3, linestyle=(0, (5, 3)), zorder=4)


def _parity(axes: Axes, spec: Fan, start: float) -> None:
    axes.axhline(1, color=LIGHT["ink"], linewidth=1.6, zorder=7)
    label(axes, start, 1, spec.labels["parity"], up="top", shift=(2, -4), bold=True)


def _published(axes: Axes, spec: Fan, narrow: bool) -> None:
    if not spec.published:
        return
    points = sorted(spec.published, key=lambda one: one[2])
    for _, date, ratio in points:
        axes.plot(
            date,
            ratio,
            marker="D",
            markersize=7,
            markerfacecolor=LIGHT["bg"],
            markeredgecolor=LIGHT["ink"],
            markeredgewidth=1.3,
            zorder=8,
        )
    if narrow:
        return
    low, high = axes.get_ylim()
    pixels = axes.get_window_extent().height / math.log(high / low)
    wanted = [pixels * math.log(ratio / low) for _, _, ratio in points]
    placed = spread(wanted, 16, 8, pixels * math.log(high / low) - 8)
    for (name, date, ratio), here, there in zip(points, wanted, placed, strict=True):
        label(
            axes,
            date,
            ratio,
            name,
            colour="muted",
            size=AXIS,
            across="right",
            shift=(-9, there - here),
            halo=False,
        )


def _right_labels(axes: Axes, spec: Fan, end: float, narrow: bool) -> None:
    """Names of the lines at their right ends, moved apart where they would touch."""
    names = {"p05": "band_low", "p50": "median", "p95": "band_high"}
    entries = [(spec.bands[key][-1][1], spec.labels[name], "orbit") for key, name in names.items()]
    entries[1] = (entries[1][0], f"{spec.labels['median']} {spec.median_end}", "orbit")
    if spec.prior["p95"]:
        entries.append(
            (
                spec.prior["p95"][-1][1],
                f"{spec.labels['prior_line']} {spec.labels['band_high']}",
                "muted",
            )
        )
    if spec.prior["p05"]:
        entries.append(
            (
                spec.prior["p05"][-1][1],
                f"{spec.labels['prior_line']} {spec.labels['band_low']}",
                "muted",
            )
        )
    low, high = axes.get_ylim()
    pixels = axes.get_window_extent().height / math.log(high / low)
    wanted = [pixels * math.log(max(value, low) / low) for value, _, _ in entries]
    placed = spread(wanted, 16, 0, pixels * math.log(high / low))
    for (value, text, colour), here, there in zip(entries, wanted, placed, strict=True):
        label(
            axes,
            end,
            max(value, low),
            text,
            colour=colour,
            shift=(6, there - here),
            size=AXIS if narrow else 13,
            bold=text.startswith(spec.labels["median"]),
            halo=False,
        )


def _years(axes: Axes, spec: Fan, narrow: bool) -> None:
    """Years under the axis, and under them P(orbit cheaper) of that year."""
    years = [year for year in spec.chances if year + 0.75 >= axes.get_xlim()[0] + 0.4]
    shown = [year for year in years if year % (5 if narrow else 2) == 0]
    ticks(axes, "x", [year + 0.75 for year in shown], [str(year) for year in shown])
    for year in shown:
        chance = spec.chances[year].replace("\u00a0", "")
        _under(axes, year + 0.75, chance, "center")
    _under(axes, axes.get_xlim()[0], spec.labels["cheaper_row"], "left", narrow)


def _under(axes: Axes, x: float, text: str, across: str, lower: bool = False) -> None:
    """Text below the years, at a date."""
    axes.annotate(
        text,
        (x, 0),
        xycoords=axes.get_xaxis_transform(),
        xytext=(-34 if across == "left" and not lower else 0, -44 if lower else -26),
        textcoords="offset pixels",
        ha=across,
        va="top",
        fontsize=AXIS,
        color=LIGHT["orbit" if across == "center" else "muted"],
        annotation_clip=False,
    )
