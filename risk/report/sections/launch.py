"""Section 4: P against the price of launch (F5), and against price and life (F6)."""

from functools import partial

from risk.report.figures.launch import PriceCurves, price_curves
from risk.report.page import Block, Cell, Column, Figure, Section, Table
from risk.report.reading import CONDITIONED, PRIOR, Priced, Reading, Record
from risk.report.sections.box import price_for_half
from risk.report.sections.life import life_block
from risk.report.words import Words

SHOWN = 200.0
PERCENTS = (10, 50, 90)


def launch_section(reading: Reading, words: Words) -> Section | None:
    """P by launch price in the headline year, or in the nearest year that was computed."""
    dates = reading.records.priced_dates()
    if not dates:
        return None
    date = min(dates, key=lambda other: (abs(other - reading.date), other))
    curves = {name: reading.records.priced(name, date) for name in (CONDITIONED, PRIOR)}
    figure = _figure(reading, words, date, {name: c for name, c in curves.items() if c})
    block = Block((figure,), _notes(reading, words, date))
    blocks = (block, *filter(None, [life_block(reading, words)]))
    return Section("launch", words.say("launch.name"), figure.title, blocks)


def _figure(reading: Reading, words: Words, date: float, curves: dict[str, list[Priced]]) -> Figure:
    year = int(date)
    zone = [
        record.value
        for statistic in ("p05", "p95")
        if (record := reading.records.known("launch_price", date, statistic=statistic))
        and record.value
    ]
    spec = PriceCurves(
        curves={
            name: tuple(
                (found.price, found.record.value or 0.0, *_bounds(found.record)) for found in curve
            )
            for name, curve in curves.items()
        },
        zone=(zone[0], zone[1]) if len(zone) == 2 else None,
        shown=SHOWN,
        values={
            name: {found.price: words.percent(found.record) for found in curve}
            for name, curve in curves.items()
        },
        labels={
            "axis": words.say("launch.axis"),
            "free": words.say("launch.free"),
            "axis_ends": words.say("launch.axis_ends", end="{end}"),
            "zone": words.say("launch.zone", year=year),
            **{name: words.say(f"population.{name}") for name in (CONDITIONED, PRIOR)},
        },
    )
    return Figure(
        id="launch-price",
        title=_title(reading, words, date),
        subtitle=words.say("launch.subtitle", year=year),
        description=_description(words, spec.values),
        draw=partial(price_curves, spec),
        data=_table(words, year, curves),
    )


def _bounds(record: Record) -> tuple[float, float]:
    value = record.value or 0.0
    low = value if record.low is None else record.low
    return low, value if record.high is None else record.high


def _title(reading: Reading, words: Words, date: float) -> str:
    half = price_for_half(reading) if date == reading.date else None
    if half and half.value is not None:
        price = words.price(half.value)
        return words.say("launch.title_half", price=price, year=int(date))
    free = reading.records.known("break_even_exists", date)
    if free and free.value is not None and free.value < 0.5:
        return words.say("launch.title_free", p=words.percent(free))
    return words.say("launch.title_plain", year=int(date))


def _description(words: Words, values: dict[str, dict[float, str]]) -> str:
    conditioned, prior = values[CONDITIONED], values.get(PRIOR, {})
    absent = words.say("number.absent")
    free = conditioned.get(0.0, absent)
    if SHOWN not in conditioned or SHOWN not in prior or 0.0 not in prior:
        return words.say("launch.described_free", free=free)
    return words.say(
        "launch.described",
        free=free,
        at=conditioned[SHOWN],
        prior_free=prior[0.0],
        prior_at=prior[SHOWN],
    )


def _table(words: Words, year: int, curves: dict[str, list[Priced]]) -> Table:
    prices = sorted({found.price for curve in curves.values() for found in curve})
    records = {name: {f.price: f.record for f in curve} for name, curve in curves.items()}
    columns = [Column(words.say("column.price"))]
    columns += [Column(words.say(f"column.{name}"), number=True) for name in curves]
    rows = tuple(
        (
            Cell(words.price(price) if price else words.say("launch.free")),
            *(
                Cell(words.chance(found[price]).whole if price in found else "")
                for found in records.values()
            ),
        )
        for price in prices
    )
    return Table(words.say("launch.caption", year=year), tuple(columns), rows)


def _notes(reading: Reading, words: Words, date: float) -> tuple[str, ...]:
    notes = [_price_note(reading, words, date)]
    expected = {
        slot: reading.records.known("launch_price", date, statistic=statistic)
        for slot, statistic in {"low": "p05", "middle": "p50", "high": "p95"}.items()
    }
    if all(expected.values()):
        prices = {slot: words.price(r.value or 0.0) for slot, r in expected.items() if r}
        notes.append(words.say("launch.note_expected", year=int(date), **prices))
    return (*notes, words.say("launch.note_free"), words.say("launch.note_not"))


def _price_note(reading: Reading, words: Words, date: float) -> str:
    """The launch prices for 10, 50 and 90 %, or once that none of them exists."""
    found = {
        name: [price_at(reading, date, name, percent, words) for percent in PERCENTS]
        for name in (CONDITIONED, PRIOR)
    }
    percents = words.join([str(percent) for percent in PERCENTS])
    if {price for prices in found.values() for price in prices} == {words.say("number.absent")}:
        return words.say("launch.note_price_none", percents=percents)
    price, prior = (words.join(prices) for prices in found.values())
    return words.say("launch.note_price", percents=percents, price=price, prior=prior)


def price_at(reading: Reading, date: float, population: str, percent: int, words: Words) -> str:
    """The launch price at which P is so many percent, or that there is none.

    P falls as the price rises, so of the two outer prices the higher one belongs to 10 %; a price
    that does not exist counts as below all others.
    """
    names = ("p50",) if percent == 50 else ("p10", "p90")
    found = [
        record.value
        for name in names
        if (
            record := reading.records.known(
                "break_even_launch_price", date, population=population, statistic=name
            )
        )
        and record.value is not None
    ]
    if len(found) < len(names) and percent != 10:
        return words.say("number.absent")
    if not found:
        return words.say("number.absent")
    return words.price(min(found) if percent == 90 else max(found))
