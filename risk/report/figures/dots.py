"""Pictures made by hand: probability as equal marks, input intervals as small lines."""

import math
from typing import Any

from risk.report.figures.crossing import circles
from risk.report.figures.themed import svg
from risk.report.page import Dots

PITCH, RADIUS, SIDE = 14.0, 5.2, 10
SQUARE, ACROSS = 3.6, 40
SPARK_WIDTH, SPARK_HEIGHT, EDGE = 120, 20, 3


def dots(block: Dots) -> str:
    """A block of 100 circles, or of 1,000 squares in three tints; empty where nothing is drawn."""
    if not block.whole:
        return ""
    return _circles(block) if block.whole == 100 else _squares(block)


def _circles(block: Dots) -> str:
    places = [
        ((number % SIDE + 0.5) * PITCH, (number // SIDE + 0.5) * PITCH)
        for number in range(block.whole)
    ]
    ringed = block.filled + block.ringed
    body = (
        circles(places[: block.filled], RADIUS, "fill:var(--orbit)")
        + circles(
            places[block.filled : ringed],
            RADIUS - 1,
            "fill:none;stroke:var(--orbit);stroke-width:2",
        )
        + circles(places[ringed:], RADIUS - 0.5, "fill:none;stroke:var(--prior);stroke-width:1")
    )
    return svg(SIDE * PITCH, SIDE * PITCH, body)


def _squares(block: Dots) -> str:
    ringed = block.filled + block.ringed
    tints = (("orbit", 0, block.filled), ("orbit1", block.filled, ringed), ("rule", ringed, 1000))
    body = "".join(
        f'<path style="fill:var(--{name})" d="{_path(first, last)}"/>'
        for name, first, last in tints
        if last > first
    )
    return svg(ACROSS * SQUARE, block.whole / ACROSS * SQUARE, body)


def _path(first: int, last: int) -> str:
    size = SQUARE - 0.8
    return "".join(
        f"M{number % ACROSS * SQUARE:.1f} {number // ACROSS * SQUARE:.1f}h{size:g}v{size:g}h-{size:g}z"
        for number in range(first, last)
    )


def sparkline(prior: dict[str, Any], after: dict[str, Any] | None, said: str) -> str:
    """Prior interval thin above, conditioned interval thick below, a tick at each median."""
    given = [prior, *([after] if after else [])]
    values = [quantiles[name] for quantiles in given for name in ("p05", "p50", "p95")]
    low, high = min(values), max(values)
    logarithmic = low > 0 and high / low > 3

    def place(value: float) -> float:
        if high == low:
            return SPARK_WIDTH / 2
        share = (
            math.log(value / low) / math.log(high / low)
            if logarithmic
            else (value - low) / (high - low)
        )
        return EDGE + share * (SPARK_WIDTH - 2 * EDGE)

    body = ""
    for quantiles, y, width, token in ((prior, 6, 1.4, "prior"), (after, 14, 4, "orbit")):
        if quantiles:
            left, middle, right = (place(quantiles[name]) for name in ("p05", "p50", "p95"))
            line = f"M{left:.1f} {y}H{right:.1f}"
            tick = f"M{middle:.1f} {y - 4.5:g}V{y + 4.5:g}"
            style = f"stroke:var(--{token});fill:none"
            body += f'<path d="{line}" style="{style};stroke-width:{width}"/>'
            body += f'<path d="{tick}" style="{style};stroke-width:2"/>'
    return svg(SPARK_WIDTH, SPARK_HEIGHT, body, said)


STRIP_EDGE = 5.5  # so that a mark at either end lies whole within the picture


def strip(after: float, prior: float, said: str) -> str:
    """Two probabilities from 0 to 1: conditioned filled, prior hollow, a tick at one half."""

    def place(p: float) -> float:
        return STRIP_EDGE + p * (SPARK_WIDTH - 2 * STRIP_EDGE)

    middle = SPARK_HEIGHT / 2
    ends = f"M{place(0):.1f} {middle:g}H{place(1):.1f}"
    half = f"M{place(0.5):.1f} {middle - 4:g}V{middle + 4:g}"
    body = f'<path d="{ends}{half}" style="stroke:var(--rule);fill:none;stroke-width:1.4"/>'
    for p, radius, fill in ((prior, 4.2, "bg"), (after, 3.4, "orbit")):
        body += (
            f'<circle cx="{place(p):.1f}" cy="{middle:g}" r="{radius}" '
            f'style="fill:var(--{fill});stroke:var(--orbit);stroke-width:1.4"/>'
        )
    return svg(SPARK_WIDTH, SPARK_HEIGHT, body, said)
