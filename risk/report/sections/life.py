"""P over launch price and economic life in orbit (F6), a part of what must be true."""

from functools import partial
from typing import Any

from risk.report.figures.life import Spec, existing, life_map
from risk.report.page import Block, Cell, Column, Figure, Table
from risk.report.reading import CONDITIONED, Reading, Record
from risk.report.words import Words


def life_block(reading: Reading, words: Words) -> Block | None:
    """None where the document has no map."""
    found = reading.document.get("map")
    if not found:
        return None
    figure = _figure(reading, words)
    here = _record(found["centre"]["here"][CONDITIONED])
    notes = (
        words.say("life.note_read"),
        words.say("life.note_centre", p=words.chance(here).whole, **_centre(found, words)),
        words.say("life.note_error"),
    )
    return Block((figure,), notes, title=figure.title)


def _record(cell: dict[str, Any]) -> Record:
    return Record(cell["value"], cell["stderr"], cell["low"], cell["high"], cell["n"], "1")


def _centre(found: dict[str, Any], words: Words) -> dict[str, str]:
    centre = found["centre"]
    return {"price": words.price(centre["price"]), "life": words.significant(centre["life"], 2)}


def _grid(found: dict[str, Any]) -> list[list[Record]]:
    """Conditioned P by life, then by price."""
    cells = [_record(cell) for cell in found["cells"] if cell["population"] == CONDITIONED]
    width = len(found["axes"][1]["values"])
    return [cells[start : start + width] for start in range(0, len(cells), width)]


def _figure(reading: Reading, words: Words) -> Figure:
    found = reading.document["map"]
    lives, prices = (tuple(axis["values"]) for axis in found["axes"])
    grid = _grid(found)
    p = tuple(tuple(_within(record) for record in row) for row in grid)
    levels = existing(p)
    told = {"year": found["year"], "paths": words.count(found["paths"]), "seed": found["seed"]}
    centre = found["centre"]
    spec = Spec(
        prices, lives, p, (centre["price"], centre["life"]),
        {name: words.say(f"life.{name}") for name in ("x", "y", "centre")},
        {level: words.say("number.percent", value=level) for level in levels},
    )  # fmt: skip
    half = "" if 50 in levels else words.say("life.no_half")
    ends = {name: words.percent(_record(centre[name][CONDITIONED])) for name in ("cheap", "long")}
    return Figure(
        id="life",
        title=_title(found, words),
        subtitle=words.sentences([words.say("life.subtitle", **told), half]),
        description=words.say(
            "life.described",
            levels=words.listed(spec.levels.values()) or words.say("number.absent"),
            **_centre(found, words),
            **ends,
        ),
        draw=partial(life_map, spec),
        data=_table(grid, lives, prices, words, told),
        provenance=reading.provenance(words, grid[0][0].n, found["paths"]),
    )


def _within(record: Record) -> float:
    """P for reading between points: half a path where none or all win, as log odds need it."""
    half = 0.5 / max(record.n, 1)
    return min(max(record.value or 0.0, half), 1.0 - half)


def _title(found: dict[str, Any], words: Words) -> str:
    """Which of the two alone, taken to its end from the central case, gives the higher P.

    Neither where their sampling intervals overlap.
    """
    cheap, long = (_record(found["centre"][name][CONDITIONED]) for name in ("cheap", "long"))
    slots = {
        "life": words.significant(found["axes"][0]["values"][-1], 3),
        "price": words.price(found["axes"][1]["values"][0]),
        "long": words.percent(long),
        "cheap": words.percent(cheap),
    }
    if (long.low or 0.0) > (cheap.high or 0.0):
        return words.say("life.title_long", **slots)
    if (cheap.low or 0.0) > (long.high or 0.0):
        return words.say("life.title_cheap", **slots)
    return words.say("life.title_plain", year=found["year"])


def _table(
    grid: list[list[Record]],
    lives: tuple[float, ...],
    prices: tuple[float, ...],
    words: Words,
    told: dict[str, Any],
) -> Table:
    years = (words.say("life.column", life=f"{life:g}") for life in lives)
    price = Column(words.say("column.price"))
    columns = (price, *(Column(year, number=True) for year in years))
    rows = tuple(
        (Cell(words.price(price)), *(Cell(words.chance(row[k]).whole) for row in grid))
        for k, price in enumerate(prices)
    )
    return Table(words.say("life.caption", **told), columns, rows)
