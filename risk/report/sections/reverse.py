"""The most likely way for orbit to win: conditional medians beside the design point."""

from typing import Any

from risk.report.page import Block, Cell, Column, Table
from risk.report.reading import CONDITIONED, Reading
from risk.report.words import Words

HEADS = ("driver", "median", "design")
MOVED = 0.1
"""Standard deviations by which a median of losing paths has to differ for a table of them."""


def reverse_block(reading: Reading, words: Words) -> Block | None:
    """None where the document has no reverse stress."""
    found = (reading.document.get("stress") or {}).get("reverse")
    if not found:
        return None
    groups, design = found["populations"][CONDITIONED], found["design"]
    won, lost = groups["win"], groups["lose"]
    ways = ["win"] if won["rows"] else []
    if lost["rows"] and abs(lost["rows"][0]["z"]) >= MOVED:
        ways.append("lose")
    notes = [words.say("reverse.note_read")]
    if won.get("few"):
        notes.append(words.say("reverse.few", n=won["n"]))
    if not won["rows"]:
        notes.append(words.say("reverse.none"))
    if lost["rows"]:
        first, n = lost["rows"][0], words.count(lost["n"])
        at = words.say("number.percent", value=f"{100 * first['quantile']:.0f}")
        notes.append(words.say("reverse.lose", n=n, name=first["name"], quantile=at))
    chance = words.significant(100 * design["probability"], 2)
    notes.append(words.say("reverse.design", beta=f"{design['beta']:.2f}", probability=chance))
    if not design["settled"]:
        notes.append(words.say("reverse.unsettled", off=words.significant(design["off"], 2)))
    tables = tuple(_table(groups[way], way, found, words) for way in ways)
    return Block(tables, tuple(notes), title=words.say("reverse.title"))


def _table(group: dict[str, Any], way: str, found: dict[str, Any], words: Words) -> Table:
    columns = tuple(
        Column(words.say(f"reverse.column_{head}"), number=head != "driver") for head in HEADS
    )

    def value(amount: float | None, unit: str) -> str:
        return words.say("number.no_unit") if amount is None else words.amount(amount, unit)

    rows = []
    for row in group["rows"]:
        unit = (words.unit(row["unit"]),) if row["unit"] not in ("", "1") else ()
        ends = {end: f"{100 * row[end]:.0f}" for end in ("low", "high") if row[end] is not None}
        quantile = words.say("number.percent", value=f"{100 * row['quantile']:.0f}")
        if len(ends) == 2:
            bracket = words.say("number.interval", **ends)
            quantile = words.say("number.bracket", value=quantile, bracket=bracket)
        at = words.say("number.percent", value=f"{100 * row['design_quantile']:.0f}")
        design = value(row["design_value"], row["unit"])
        median = value(row["value"], row["unit"])
        rows.append((Cell(row["name"], unit), Cell(median, (quantile,)), Cell(design, (at,))))
    n, paths = words.count(group["n"]), words.count(found["paths"])
    caption = words.say(f"reverse.caption_{way}", n=n, paths=paths, year=found["year"])
    return Table(caption, columns, tuple(rows))
