"""Capacity and cash: what the fleets reach, what they earn, and whether their sponsor lasts."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from risk.report.figures.fleets import Capacity, capacity
from risk.report.page import Block, Cell, Column, Figure, Section, Table
from risk.report.reading import CONDITIONED, PRIOR, Document, Reading, Record, Records
from risk.report.words import Words

LEVELS = ("p05", "p50", "p95")
YEARS = (2029, 2031, 2035, 2040)
CAPS = ("lift_binds", "licence_binds", "factory_binds", "cash_binds", "nothing_binds")
POWERS = (("GW", 1e6), ("MW", 1e3), ("kW", 1.0))
COMPUTE = (("ZFLOP/s", 1e6), ("EFLOP/s", 1e3), ("PFLOP/s", 1.0))
SCALES = {"kW": POWERS, "PFLOP/s": COMPUTE}


class Row(NamedTuple):
    """A row of the table: what is estimated, how, and at the end of which year."""

    metric: str
    statistic: str  # spread, probability or date
    year: int | None = None


def rows(year: int) -> tuple[Row, ...]:
    """The rows of the table for a headline year."""
    last = YEARS[-1]
    return (
        Row("orbit_capacity", "spread", year),
        Row("orbit_compute", "spread", year),
        Row("ground_capacity", "spread", year),
        Row("ground_compute", "spread", year),
        Row("demand_shortfall", "spread", year),
        Row("tolerant_served", "spread", year),
        Row("interactive_served", "spread", year),
        Row("training_served", "spread", year),
        Row("orbit_realised", "spread", last),
        Row("ground_realised", "spread", last),
        Row("orbit_value", "spread", last),
        Row("ground_value", "spread", last),
        Row("orbit_fleet_pays", "probability", last),
        Row("ground_fleet_pays", "probability", last),
        Row("first_launch", "date"),
        Row("first_launch", "probability", last),
        Row("orbit_payback", "date"),
        Row("orbit_payback", "probability", last),
        Row("ground_payback", "date"),
        Row("ground_payback", "probability", last),
        Row("stranded_chips", "spread", last),
        Row("cash_in_hand", "spread", YEARS[0]),
        Row("group_profit", "spread", YEARS[0]),
        *(Row("raise_failed", "probability", at) for at in YEARS),
        *(Row("sponsor_ruined", "probability", at) for at in YEARS),
    )


def fleets_section(reading: Reading, words: Words) -> Section | None:
    """None where the document has no fleets."""
    if not reading.document.get("fleets"):
        return None
    found = Records.of({"estimates": reading.document["fleets"]})
    counts = [_size(found, population) for population in (CONDITIONED, PRIOR)]
    picture = replace(
        _figure(found, words, reading.year), provenance=reading.provenance(words, *counts)
    )
    sizes = {
        population: words.count(_size(found, population)) for population in (PRIOR, CONDITIONED)
    }

    def notes(*names: str) -> tuple[str, ...]:
        return tuple(words.say(f"fleets.note_{name}", year=YEARS[-1], **sizes) for name in names)

    blocks = (
        Block((picture,), notes("paths", "spread", "axis", "rivals")),
        Block(
            (outcomes(found, words, reading.year),),
            notes("judgement", "contracts", "zero", "end"),
        ),
        Block((caps(found, words),), notes("caps")),
    )
    return Section("fleets", words.say("fleets.name"), picture.title, blocks)


def _size(found: Records, population: str) -> int:
    """Paths on which fleets were rolled forward."""
    record = found.find("deployed", YEARS[-1] + 0.75, None, population)
    return record.n if record else 0


def tables(document: Document, words: Words) -> tuple[Table, Table]:
    """The two tables for a terminal; `document` has a scenario and its fleets."""
    found = Records.of({"estimates": document["fleets"]})
    year = int(document["scenario"]["headline"]["year"])
    return outcomes(found, words, year), caps(found, words)


def outcomes(found: Records, words: Words, year: int) -> Table:
    """What is reached, earned and lost, conditioned and in the prior."""
    columns = (
        Column(words.say("fleets.what")),
        Column(words.say("column.conditioned"), number=True),
        Column(words.say("column.prior"), number=True),
    )
    body = tuple(
        (
            Cell(_named(row, words)),
            *(_cell(found, words, row, population) for population in (CONDITIONED, PRIOR)),
        )
        for row in rows(year)
    )
    return Table(words.say("fleets.caption"), columns, body)


def caps(found: Records, words: Words) -> Table:
    """How often each cap is the one that limits a quarter's launches."""
    columns = (
        Column(words.say("fleets.cap")),
        *(Column(str(year), number=True) for year in YEARS),
    )
    body = tuple(
        (
            Cell(_named(Row(cap, "probability"), words)),
            *(_cell(found, words, Row(cap, "probability", year), CONDITIONED) for year in YEARS),
        )
        for cap in CAPS
    )
    return Table(words.say("fleets.caps_caption"), columns, body)


def _named(row: Row, words: Words) -> str:
    key = f"{row.metric}_by" if row.statistic == "probability" else row.metric
    return words.say(f"fleets.{key}", year=row.year)


def _cell(found: Records, words: Words, row: Row, population: str) -> Cell:
    """A spread as median and, under it, 5 to 95 %; a probability with its interval."""
    date = None if row.year is None else row.year + 0.75
    if row.statistic == "probability":
        record = found.known(row.metric, date, None, population)
        if record is None:
            return Cell(words.say("number.absent"))
        told = words.chance(record)
        return Cell(told.value, (told.bracket,) if told.bracket else ())
    records = [found.find(row.metric, date, None, population, level) for level in LEVELS]
    say = _date if row.statistic == "date" else _amount
    low, middle, high = (say(record, words) for record in records)
    spread = () if low == high else (words.say("number.interval", low=low, high=high),)
    return Cell(middle, spread)


def _date(record: Record | None, words: Words) -> str:
    if record is None:
        return words.say("number.absent")
    if record.value is None:
        return words.say("when.not_by", year=YEARS[-1] + 1)
    return words.quarter(record.value)


def _amount(record: Record | None, words: Words) -> str:
    """A quantity to two figures with its unit; a share in percent."""
    if record is None or record.value is None:
        return words.say("number.absent")
    return told(record.value, record.unit, words)


def told(value: float, unit: str, words: Words) -> str:
    """A number and its unit: 13 MW, 4.5 GW, $67B (of a year's flow too), 12 %."""
    if value == 0.0:
        return "0"
    if unit == "1":
        return words.say("number.percent", value=words.significant(100 * value, 2))
    if unit.startswith("GUSD"):
        sign = words.signed("-") if value < 0 else ""
        return words.say("fleets.money", sign=sign, value=words.significant(abs(value), 2))
    scale = SCALES[unit]
    name, size = next((one for one in scale if abs(value) >= one[1]), scale[-1])
    return words.say("fleets.amount", value=words.significant(value / size, 2), unit=name)


def _figure(found: Records, words: Words, year: int) -> Figure:
    series = {
        fleet: [found.series(f"{fleet}_capacity", None, CONDITIONED, level) for level in LEVELS]
        for fleet in ("orbit", "ground")
    }
    years = tuple(int(date) for date, _ in series["orbit"][0])
    lines = {fleet: tuple(map(_values, three)) for fleet, three in series.items()}
    last = {fleet: told(middle[-1], "kW", words) for fleet, (_, middle, _) in lines.items()}
    spec = Capacity(
        years=years,
        lines=lines,  # type: ignore[arg-type]  # three lines each
        ends={fleet: words.say(f"fleets.end_{fleet}", value=kw) for fleet, kw in last.items()},
        ticks={10.0**k: told(10.0**k, "kW", words) for k in range(10)},
    )
    return Figure(
        id="capacity",
        title=_title(found, words, year),
        subtitle=words.say("fleets.subtitle"),
        description=words.say("fleets.described", **last, first=years[0], last=years[-1]),
        draw=partial(capacity, spec),
        data=_yearly(lines, years, words),
    )


def _values(series: Iterable[tuple[float, Record]]) -> tuple[float, ...]:
    return tuple(record.value or 0.0 for _, record in series)


def _title(found: Records, words: Words, year: int) -> str:
    middle = {
        fleet: found.known(f"{fleet}_capacity", year + 0.75, None, CONDITIONED, "p50")
        for fleet in ("orbit", "ground")
    }
    kw = {fleet: record.value or 0.0 if record else 0.0 for fleet, record in middle.items()}
    key = "title" if kw["orbit"] > 0.0 else "title_none"
    said = {fleet: told(value, "kW", words) for fleet, value in kw.items()}
    return words.say(f"fleets.{key}", year=year, **said)


def _yearly(
    lines: dict[str, tuple[tuple[float, ...], ...]], years: tuple[int, ...], words: Words
) -> Table:
    names = [f"{fleet}_{level}" for fleet in lines for level in ("low", "middle", "high")]
    columns = (
        Column(words.say("column.year")),
        *(Column(words.say(f"fleets.{name}"), number=True) for name in names),
    )
    body = tuple(
        (
            Cell(str(year)),
            *(Cell(told(line[k], "kW", words)) for three in lines.values() for line in three),
        )
        for k, year in enumerate(years)
    )
    return Table(words.say("fleets.yearly"), columns, body)
