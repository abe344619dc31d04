"""Section 3: how the ratio of costs moves (F3), and when it crosses parity (F4)."""

import itertools
from functools import partial
from typing import Any

from risk.report.figures.crossing import Cumulative, Stacks, cumulative, stacks
from risk.report.figures.fan import Fan, fan
from risk.report.page import Block, Cell, Column, Figure, Section, Table
from risk.report.reading import CONDITIONED, PRIOR, Reading, Record
from risk.report.sections.box import crossing_dates
from risk.report.words import Words

BANDS = ("p05", "p25", "p50", "p75", "p95")
PRIOR_LINES = ("p05", "p50", "p95")
COUNT = 100

Series = list[tuple[float, float]]


def crossing_section(reading: Reading, words: Words) -> Section | None:
    """The fan, the crossing dots and the cumulative curve; None without ratios by date."""
    if not _values(reading, "ratio", "p50"):
        return None
    picture = fan_figure(reading, words)
    blocks = [Block((picture,), _fan_notes(reading, words))]
    if reading.crossed_by_horizon:
        dots = dots_figure(reading, words)
        parts = (dots, cumulative_figure(reading, words))
        blocks.append(Block(parts, _dots_notes(reading, words), dots.title))
    return Section("when", words.say("crossing.name"), picture.title, tuple(blocks))


def _values(reading: Reading, metric: str, statistic: str, population: str = CONDITIONED) -> Series:
    series = reading.records.series(metric, "cost", population, statistic)
    return [(date, record.value) for date, record in series if record.value is not None]


def fan_figure(reading: Reading, words: Words) -> Figure:
    """F3, always on the cost comparator."""
    bands = {name: _values(reading, "ratio", name) for name in BANDS}
    prior = {name: _values(reading, "ratio", name, PRIOR) for name in PRIOR_LINES}
    wins = reading.records.series("orbit_wins", "cost")
    years = {int(date): words.chance(record).number for date, record in wins if date % 1 == 0.75}
    futures = reading.document.get("futures") or {"dates": [], "ratio": []}
    names = ("parity", "median", "band_low", "band_high", "prior_line", "published", "cheaper_row")
    ends = _ends(reading, words)
    spec = Fan(
        bands=bands,
        prior=prior,
        futures=tuple((tuple(futures["dates"]), tuple(one)) for one in futures["ratio"]),
        published=tuple((one["name"], one["date"], one["ratio"]) for one in _published(reading)),
        chances=years,
        labels={name: words.say(f"crossing.{name}") for name in names},
        median_end=ends["last"],
    )
    return Figure(
        id="fan",
        title=_fan_title(reading, words, bands["p50"], ends),
        subtitle=words.say("crossing.fan_subtitle"),
        description=words.say("crossing.fan_described", **ends),
        draw=partial(fan, spec),
        data=_fan_table(reading, words),
    )


def _published(reading: Reading) -> list[dict[str, Any]]:
    return list(reading.document.get("published", ()))


def _ends(reading: Reading, words: Words) -> dict[str, str]:
    """First and last fourth quarter of the median, and the wide band at the last, as text."""
    yearly = [point for point in _values(reading, "ratio", "p50") if point[0] % 1 == 0.75]
    (first_date, first), (last_date, last) = yearly[0], yearly[-1]
    low, high = (dict(_values(reading, "ratio", name))[last_date] for name in ("p05", "p95"))
    years = {"first_year": str(int(first_date)), "last_year": str(int(last_date))}
    ratios = {"first": first, "last": last, "low": low, "high": high}
    return years | {name: words.ratio(value) for name, value in ratios.items()}


def _fan_title(reading: Reading, words: Words, median: Series, ends: dict[str, str]) -> str:
    crossed = reading.records.series("crossed", "cost")
    share = (crossed[-1][1].value or 0.0) if crossed else 0.0
    n = round(100 * share)
    if share < 0.5:
        tail = "tail_never" if n == 0 else "tail_not"
        n = 100 - n
    else:
        tail = "tail_always" if n == 100 else "tail_does"
    text = words.say(f"crossing.{tail}", n=n, year=reading.horizon)
    yearly = [value for date, value in median if date % 1 == 0.75]
    slots = {key: ends[key] for key in ("first", "first_year", "last", "last_year")}
    if all(later < sooner for sooner, later in itertools.pairwise(yearly)):
        return words.say("crossing.title_every", tail=text)
    key = "title_falls" if yearly[-1] < yearly[0] else "title_rises"
    return words.say(f"crossing.{key}", tail=text, **slots)


def _fan_table(reading: Reading, words: Words) -> Table:
    conditioned = [("p05", "low"), ("p50", "middle"), ("p95", "high")]
    columns = [Column(words.say("column.year"))]
    columns += [Column(words.say(f"column.{name}"), number=True) for _, name in conditioned]
    columns += [
        Column(words.say(f"crossing.fan_prior_{name}"), number=True) for _, name in conditioned
    ]
    columns.append(Column(words.say("crossing.fan_p"), number=True))
    rows = []
    for date, _ in _values(reading, "ratio", "p50"):
        if date % 1 == 0.75:
            found = [
                reading.records.known("ratio", date, "cost", population, statistic)
                for population in (CONDITIONED, PRIOR)
                for statistic, _ in conditioned
            ]
            cells = [Cell(words.ratio(record.value or 0.0) if record else "") for record in found]
            wins = reading.wins(date, "cost")
            last = Cell(words.chance(wins).whole if wins else "")
            rows.append((Cell(str(int(date))), *cells, last))
    return Table(words.say("crossing.fan_caption"), tuple(columns), tuple(rows))


def _fan_notes(reading: Reading, words: Words) -> tuple[str, ...]:
    notes = [words.say("crossing.fan_note_counts"), words.say("crossing.fan_note_date")]
    items = [
        words.say("crossing.published_item", name=one["name"], ratio=words.ratio(one["ratio"]))
        for one in _published(reading)
    ]
    if items:
        notes.append(words.say("crossing.fan_note_published", list=words.join(items)))
    return tuple(notes)


def crossing_years(crossed: list[tuple[float, Record]]) -> dict[int, int]:
    """How many of 100 equally likely futures cross in each year, from the crossing distribution.

    Dot i stands for the quantile (i + 1/2)/100 and falls in the first quarter by which at least
    that share has crossed.
    """
    years = dict.fromkeys(range(int(crossed[0][0]), int(crossed[-1][0]) + 1), 0)
    for number in range(COUNT):
        share = (number + 0.5) / COUNT
        date = next((date for date, found in crossed if (found.value or 0.0) >= share), None)
        if date is not None:
            years[int(date)] += 1
    return years


def dots_figure(reading: Reading, words: Words) -> Figure:
    """F4a: 100 dots by year of crossing, the rest in a block of their own."""
    crossed = reading.records.series("crossed", reading.comparator)
    years = crossing_years(crossed)
    n = sum(years.values())
    block = words.say("crossing.dots_block", n=COUNT - n, year=reading.horizon)
    chance = words.chance(crossed[-1][1])
    empty = words.say("crossing.dots_none", p=chance.short)
    columns = (
        Column(words.say("column.year")),
        Column(words.say("crossing.dots_futures"), number=True),
        Column(words.say("column.conditioned"), number=True),
        Column(words.say("column.prior"), number=True),
    )
    rows = [_crossed_row(reading, words, year, years[year]) for year in years]
    rows.append(
        (
            Cell(words.say("crossing.dots_rest", year=reading.horizon)),
            Cell(str(COUNT - n)),
            Cell(""),
            Cell(""),
        )
    )
    comparator = words.say(f"comparator.{reading.comparator}")
    return Figure(
        id="crossing",
        title=_dots_title(reading, words, years),
        subtitle=words.say("crossing.dots_subtitle", comparator=comparator),
        description=words.say("crossing.dots_described", n=n, rest=COUNT - n, year=reading.horizon),
        draw=partial(stacks, Stacks(years, COUNT - n, block, empty)),
        data=Table(words.say("crossing.dots_caption"), columns, tuple(rows)),
        text="●" * n + "○" * (COUNT - n),
    )


def _crossed_row(reading: Reading, words: Words, year: int, dots: int) -> tuple[Cell, ...]:
    found = [
        reading.records.known("crossed", year + 0.75, reading.comparator, population)
        for population in (CONDITIONED, PRIOR)
    ]
    chances = [Cell(words.chance(record).whole if record else "") for record in found]
    return Cell(str(year)), Cell(str(dots)), *chances


def _dots_title(reading: Reading, words: Words, years: dict[int, int]) -> str:
    """How many cross, and the round year after or before which most of them do."""
    n, end = sum(years.values()), reading.horizon
    if n in (0, COUNT):
        return words.say(f"crossing.dots_title_{'none' if n == 0 else 'all'}", year=end)
    if n == 1:
        return words.say("crossing.dots_title_one", year=end)
    for split in (2035, 2030):
        if sum(count for year, count in years.items() if year > split) > n / 2:
            return words.say("crossing.dots_title_after", n=n, year=end, after=split)
    return words.say("crossing.dots_title_before", n=n, year=end, before=2031)


def _dots_notes(reading: Reading, words: Words) -> tuple[str, ...]:
    dates, never = crossing_dates(reading, words), words.say("when.not_by", year=reading.horizon)
    exists = dates["median"] != never
    key = "median_exists" if exists else "median_absent"
    notes = [words.say(f"crossing.{key}", **dates)]
    if not exists:
        notes.append(words.say("crossing.dots_note_date", year=reading.horizon))
    last = words.quarter(reading.horizon - 0.25)
    notes.append(words.say("crossing.dots_note_confirmed", last=last))
    back, before = (
        reading.records.known("crosses_back", None, reading.comparator, population)
        for population in (CONDITIONED, PRIOR)
    )
    if back and before:
        said = {"p": words.chance(back).whole, "prior": words.percent(before)}
        notes.append(words.say("crossing.dots_note_back_prior", **said))
    elif back:
        notes.append(words.say("crossing.dots_note_back", p=words.chance(back).whole))
    end = reading.horizon - 0.25
    value, time = (
        reading.records.known("crossed", end, name) for name in ("value", "time-adjusted")
    )
    if reading.comparator == "cost" and value and time:
        said = {"value": words.chance(value).whole, "time": words.chance(time).whole}
        notes.append(words.say("crossing.other_comparators", year=reading.horizon, **said))
    return tuple(notes)


def cumulative_figure(reading: Reading, words: Words) -> Figure:
    """F4b: the chance of having crossed, by quarter, prior and conditioned."""
    curves = {
        name: tuple(
            (date, record.value or 0.0, record.low or 0.0, record.high or 0.0)
            for date, record in reading.records.series("crossed", reading.comparator, name)
        )
        for name in (CONDITIONED, PRIOR)
    }
    found = [
        reading.records.known("crossed", reading.horizon - 0.25, reading.comparator, name)
        for name in curves
    ]
    ends = [words.percent(record) if record else "" for record in found]
    labels = {name: words.say(f"population.{name}") for name in curves}
    spec = Cumulative(
        curves=curves,
        labels=labels | {"axis_ends": words.say("crossing.axis_ends", end="{end}")},
        ends=dict(zip(curves, ends, strict=True)),
    )
    comparator = words.say(f"comparator.{reading.comparator}")
    columns = tuple(
        Column(words.say(f"column.{name}"), number=name != "year")
        for name in ("year", CONDITIONED, PRIOR)
    )
    rows = tuple(
        (Cell(str(int(date))), *_crossed_row(reading, words, int(date), 0)[2:])
        for date, *_ in curves[CONDITIONED]
        if date % 1 == 0.75
    )
    return Figure(
        id="cumulative",
        title=_cumulative_title(reading, words, ends[0]),
        subtitle=words.say("crossing.cumulative_subtitle", comparator=comparator),
        description=words.say(
            "crossing.cumulative_described", value=ends[0], prior=ends[1], year=reading.horizon
        ),
        draw=partial(cumulative, spec),
        data=Table(words.say("crossing.cumulative_caption"), columns, rows),
    )


def _cumulative_title(reading: Reading, words: Words, last: str) -> str:
    """P at the headline's year and at the last that can be confirmed."""
    end = reading.horizon - 1
    first = reading.records.known("crossed", reading.date, reading.comparator)
    if first is None or reading.year >= end:
        return words.say("crossing.cumulative_one", last=last, end=end)
    said = words.percent(first)
    if said == last:
        return words.say("crossing.cumulative_one", last=last, end=end)
    return words.say("crossing.cumulative_title", first=said, year=reading.year, last=last, end=end)
