"""Section 2: what compute costs from orbit and from the ground (F1), and why (F2)."""

from functools import partial

from risk.report.figures.costs import Densities, Row, densities
from risk.report.page import Block, Cell, Column, Figure, Section, Table
from risk.report.reading import CONDITIONED, Reading, Record
from risk.report.sections.bridge import bridge_block
from risk.report.words import Words

YEARS = (2027, 2031, 2035, 2040)
SIDES = ("orbit", "ground")
STATISTICS = {"low": "p05", "middle": "p50", "high": "p95"}


def costs_section(reading: Reading, words: Words) -> Section | None:
    """Both levelised costs by commit year, or None when the document has no densities."""
    rows = [row for year in YEARS if (row := _row(reading, words, year))]
    if not rows:
        return None
    described = words.rows(
        words.say("costs.described_year", year=row.year, orbit=row.labels[0], ground=row.labels[1])
        for row in rows
    )
    labels = {name: words.say(f"costs.{name}") for name in ("axis", "ratio", *SIDES)}
    figure = Figure(
        id="costs",
        title=_title(reading, words),
        subtitle=words.say("costs.subtitle"),
        description=words.say("costs.described", years=described),
        draw=partial(densities, Densities(tuple(rows), labels)),
        data=_table(reading, words, [row.year for row in rows]),
    )
    notes = tuple(words.say(f"costs.note_{name}") for name in ("up", "overlap", "early"))
    blocks = [Block((figure,), notes), bridge_block(reading, words)]
    return Section(
        "costs", words.say("costs.name"), figure.title, tuple(block for block in blocks if block)
    )


def _row(reading: Reading, words: Words, year: int) -> Row | None:
    date = year + 0.75
    shapes = {
        shape["metric"]: (shape["edges"], shape["share"])
        for shape in reading.document.get("shapes", ())
        if shape["population"] == CONDITIONED and abs(shape["date"] - date) < 1e-6
    }
    costs = {side: _quantiles(reading, side, date) for side in SIDES}
    ratio = _ratio(reading, date)
    if len(shapes) < 2 or not all(costs.values()) or not ratio:
        return None
    orbit, ground = costs["orbit"], costs["ground"]
    return Row(
        year=year,
        shapes=(shapes["lcoc_orbit"], shapes["lcoc_ground"]),
        quantiles=(_values(orbit), _values(ground)),
        labels=(words.cost(orbit["middle"]), words.cost(ground["middle"])),
        ratio=words.say("costs.times", ratio=words.ratio(ratio.value or 0.0)),
    )


def _quantiles(reading: Reading, side: str, date: float) -> dict[str, Record]:
    found = {
        name: reading.records.known(f"lcoc_{side}", date, statistic=statistic)
        for name, statistic in STATISTICS.items()
    }
    known = {name: record for name, record in found.items() if record}
    return known if len(known) == len(STATISTICS) else {}


def _values(quantiles: dict[str, Record]) -> tuple[float, float, float]:
    low, middle, high = (quantiles[name].value or 0.0 for name in STATISTICS)
    return low, middle, high


def _ratio(reading: Reading, date: float) -> Record | None:
    return reading.records.known("ratio", date, "cost", statistic="p50")


def _title(reading: Reading, words: Words) -> str:
    now, first = _ratio(reading, reading.date), _ratio(reading, YEARS[0] + 0.75)
    if not now or not first or not now.value or not first.value:
        return words.say("costs.title_plain")
    if 1 / 1.05 <= now.value <= 1.05:
        kind, shown, before = "level", now.value, first.value
    elif now.value > 1:
        kind, shown, before = "dearer", now.value, first.value
    else:
        kind, shown, before = "cheaper", 1 / now.value, 1 / first.value
    if kind == "level" or before < 1:
        change = words.say("costs.from", ratio=words.ratio(first.value), year=YEARS[0])
    elif words.ratio(before) == words.ratio(shown):
        change = words.say("costs.same", year=YEARS[0])
    else:
        way = "down" if shown < before else "up"
        change = words.say(f"costs.{way}", ratio=words.ratio(before), year=YEARS[0])
    slots = {"ratio": words.ratio(shown), "year": reading.year, "change": change}
    return words.say(f"costs.title_{kind}", **slots)


def _table(reading: Reading, words: Words, years: list[int]) -> Table:
    names = [f"{side}_{name}" for side in SIDES for name in STATISTICS]
    columns = [Column(words.say("column.year"))]
    columns += [Column(words.say(f"costs.{name}"), number=True) for name in names]
    columns.append(Column(words.say("costs.ratio_middle"), number=True))
    rows = []
    for year in years:
        costs = [_quantiles(reading, side, year + 0.75) for side in SIDES]
        ratio = _ratio(reading, year + 0.75)
        cells = [Cell(words.cost(found[name])) for found in costs for name in STATISTICS]
        last = Cell(words.ratio(ratio.value or 0.0) if ratio else "")
        rows.append((Cell(str(year)), *cells, last))
    return Table(words.say("costs.caption"), tuple(columns), tuple(rows))
