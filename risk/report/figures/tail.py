"""F8: the difference in NPV as 100 equally likely futures on a linear axis, with its tail named."""

import math
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple
from xml.sax.saxutils import escape

from risk.report.figures.canvas import AXIS, LABEL, NARROW, WIDE, round_up_to_nice
from risk.report.figures.crossing import circles
from risk.report.figures.themed import svg

PITCH, PITCH_NARROW = 13.0, 8.0
EDGE = 16
HEAD, LINE, FOOT = 8, 20, 58
LETTER, TICK_LETTER = 7.2, 8.6  # pixels, at most: of a name and of an amount

type Place = Callable[[float], float]


class Tail(NamedTuple):
    """Money in any one unit; the axis goes from the first to the second of `ends`, 0 within it."""

    values: tuple[float, ...]
    ends: tuple[float, float]
    marks: tuple[tuple[float, str], ...]  # places named above the dots, zero among them
    ticks: tuple[tuple[float, str], ...]
    beyond: tuple[str, str]  # what lies outside the axis, said at its ends


def tail(spec: Tail, narrow: bool) -> str:
    """Circles where orbit earns more, squares where the ground does, stacked by place."""
    width, pitch = (NARROW, PITCH_NARROW) if narrow else (WIDE, PITCH)
    low, high = spec.ends

    def place(value: float) -> float:
        return EDGE + (min(max(value, low), high) - low) / (high - low) * (width - 2 * EDGE)

    stacks: Counter[int] = Counter()
    taken: list[tuple[int, bool, int]] = []
    for value in spec.values:
        bin_ = int(place(value) // pitch)
        taken.append((bin_, value > 0.0, stacks[bin_]))
        stacks[bin_] += 1
    names = HEAD + LINE * len(spec.marks)
    base = names + pitch * max(stacks.values()) + 6
    spots = [
        ((bin_ + 0.5) * pitch, base - (level + 0.5) * pitch, above) for bin_, above, level in taken
    ]
    body = _marks(spec, place, base, width)
    body += circles([(x, y) for x, y, above in spots if above], pitch * 0.4, "fill:var(--orbit)")
    body += _squares([(x, y) for x, y, above in spots if not above], pitch * 0.72)
    body += f'<path d="M0 {base + 1:.1f}H{width}" style="stroke:var(--rule);fill:none"/>'
    body += _axis(spec, place, base, width, narrow)
    return svg(width, base + FOOT, body)


def nice_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round places from `low` to `high`, zero among them."""
    step = round_up_to_nice((high - low) / most)
    return [step * k for k in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _squares(places: list[tuple[float, float]], side: float) -> str:
    path = "".join(
        f"M{x - side / 2:.1f} {y - side / 2:.1f}h{side:.1f}v{side:.1f}h-{side:.1f}z"
        for x, y in places
    )
    return f'<path style="fill:var(--ground)" d="{path}"/>' if path else ""


def _marks(spec: Tail, place: Place, base: float, width: int) -> str:
    """A line down from each name, the names on lines of their own."""
    body = ""
    for number, (value, name) in enumerate(spec.marks):
        x, y = place(value), HEAD + LINE * number + 12
        colour = "ink" if value == 0.0 else "muted"
        body += (
            f'<path d="M{x:.1f} {y + 4:.1f}V{base:.1f}" '
            f'style="stroke:var(--{colour});stroke-width:1.2;fill:none"/>'
        )
        right = x + LETTER * len(name) > width
        anchor, shift = ("end", -4) if right else ("start", 4)
        at = max(x + shift, LETTER * len(name)) if right else x + shift
        body += _text(at, y + 6, name, anchor, LABEL, "ink")
    return body


def _axis(spec: Tail, place: Place, base: float, width: int, narrow: bool) -> str:
    body = ""
    for value, name in spec.ticks[:: 2 if narrow and len(spec.ticks) > 5 else 1]:
        half = TICK_LETTER * len(name) / 2
        x = min(max(place(value), half), width - half)
        body += _text(x, base + 19, name, "middle", AXIS, "muted")
    body += _text(0, base + 40, spec.beyond[0], "start", AXIS, "muted")
    down = 54 if narrow else 40
    return body + _text(width, base + down, spec.beyond[1], "end", AXIS, "muted")


def _text(x: float, y: float, text: str, anchor: str, size: int, colour: str) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="halo" '
        f'style="font-size:{size}px;fill:var(--{colour})">{escape(text)}</text>'
    )
