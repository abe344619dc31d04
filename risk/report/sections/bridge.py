"""The cost bridge from ground to orbit (F2), a block of the section on costs."""

from functools import partial

from risk.report.figures.bridge import Step, waterfall
from risk.report.page import Block, Cell, Column, Figure, Table
from risk.report.reading import CONDITIONED, PRIOR, Reading, Record
from risk.report.words import Words

STEPS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "chips": (("part_chips_orbit",), ("part_chips_ground",)),
    "building": ((), ("part_building_ground",)),
    "power": ((), ("part_power_ground",)),
    "running": (("part_running_orbit",), ("part_running_ground",)),
    "platform": (("part_platform_orbit",), ()),
    "launch": (("part_launch_orbit",), ()),
}
"""Parts of orbit that a step adds, and parts of ground that it takes away."""


def bridge_block(reading: Reading, words: Words) -> Block | None:
    """Means in the headline's year, or None where the document has no parts of the costs."""
    ends = [_mean(reading, f"lcoc_{side}") for side in ("ground", "orbit")]
    changes = {name: _change(reading, *parts) for name, parts in STEPS.items()}
    if not all(ends) or any(change is None for change in changes.values()):
        return None
    ground, orbit = (record.value or 0.0 for record in ends if record)
    known = {name: change for name, change in changes.items() if change is not None}
    steps = [Step(words.say("bridge.ground"), 0.0, ground, _money(ground, words), "ground")]
    at = ground
    for name, change in known.items():
        shown = words.signed(f"{'+' if change >= 0 else '-'}{_money(abs(change), words)}")
        steps.append(Step(words.say(f"bridge.{name}"), at, at + change, shown))
        at += change
    steps.append(Step(words.say("bridge.orbit"), 0.0, orbit, _money(orbit, words), "orbit"))
    slots = {"year": reading.year, "n": words.count(ends[0].n if ends[0] else 0)}
    figure = Figure(
        id="bridge",
        title=_title(known, words),
        subtitle=words.say("bridge.subtitle", **slots),
        description=words.say(
            "bridge.described", steps="; ".join(f"{step.name} {step.text}" for step in steps)
        ),
        draw=partial(waterfall, tuple(steps), words.say("bridge.axis")),
        data=_table(reading, words),
        provenance=_counted(reading, words),
    )
    notes = tuple(words.say(f"bridge.note_{name}") for name in ("means", "parts"))
    return Block((figure,), notes, figure.title)


def _mean(reading: Reading, metric: str, population: str = CONDITIONED) -> Record | None:
    return reading.records.known(metric, reading.date, None, population, "mean")


def _counted(reading: Reading, words: Words) -> str:
    """The paths of the sample that the means are of."""
    kept, drawn = (_mean(reading, "lcoc_ground", name) for name in (CONDITIONED, PRIOR))
    return reading.provenance(words, kept.n if kept else None, drawn.n if drawn else None)


def _change(reading: Reading, added: tuple[str, ...], saved: tuple[str, ...]) -> float | None:
    found = [
        (_mean(reading, name), sign) for names, sign in ((added, 1), (saved, -1)) for name in names
    ]
    if any(record is None for record, _ in found):
        return None
    return sum(sign * (record.value or 0.0) for record, sign in found if record)


def _money(value: float, words: Words) -> str:
    return f"{value:.1f}"


def _title(changes: dict[str, float], words: Words) -> str:
    """The two largest steps up against what building and power save."""
    saved = -(changes["building"] + changes["power"])
    up = sorted((name for name, change in changes.items() if change > 0), key=lambda n: -changes[n])
    if len(up) < 2 or saved <= 0:
        return words.say("bridge.title_plain")
    first, second = up[:2]
    pair = [words.say(f"bridge.in_title_{name}") for name in (first, second)]
    more = changes[first] + changes[second] > saved
    which = "bridge.title_eaten" if more else "bridge.title_kept"
    text = words.say(which, first=pair[0], second=pair[1])
    return text[:1].upper() + text[1:]


def _table(reading: Reading, words: Words) -> Table:
    names = [
        *(("ground", "lcoc_ground"), ("orbit", "lcoc_orbit")),
        *(
            (f"of_{name.removeprefix('part_')}", name)
            for parts in STEPS.values()
            for side in parts
            for name in side
        ),
    ]
    rows = []
    for key, metric in names:
        record = _mean(reading, metric)
        assert record is not None
        values = [record.value, record.low, record.high]
        cells = [Cell(words.significant_fixed(v or 0.0, 3)) for v in values]
        rows.append((Cell(words.say(f"bridge.{key}")), *cells))
    columns = [Column(words.say("bridge.part"))]
    columns += [
        Column(words.say(f"bridge.{name}"), number=True) for name in ("mean", "low", "high")
    ]
    return Table(words.say("bridge.caption", year=reading.year), tuple(columns), tuple(rows))
