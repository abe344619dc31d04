"""The most likely way for orbit to win: conditional medians beside the design point."""

from typing import Any

from risk.report.page import Block, Cell, Column, Table
from risk.report.reading import CONDITIONED, Reading
from risk.report.words import Words

HEADS = ("driver", "median", "quantile", "interval", "design", "design_quantile")


def reverse_block(reading: Reading, words: Words) -> Block | None:
    """None where the document has no reverse stress."""
    found = (reading.document.get("stress") or {}).get("reverse")
    if not found:
        return None
    groups, design = found["populations"][CONDITIONED], found["design"]
    ways = [way for way in ("win", "lose") if groups[way]["rows"]]
    notes = [words.say("reverse.note_read")]
    if groups["win"].get("few"):
        notes.append(words.say("reverse.few", n=groups["win"]["n"]))
    if not groups["win"]["rows"]:
        notes.append(words.say("reverse.none"))
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

    def share(quantile: float) -> str:
        return words.say("number.percent", value=f"{100 * quantile:.0f}")

    rows = []
    for row in group["rows"]:
        unit = (words.unit(row["unit"]),) if row["unit"] not in ("", "1") else ()
        between = words.say("number.absent")
        if row["low"] is not None:
            ends = (words.signed(f"{row[end]:.2f}") for end in ("low", "high"))
            between = words.say("number.interval", **dict(zip(("low", "high"), ends, strict=True)))
        rows.append(
            (
                Cell(row["name"], unit),
                Cell(value(row["value"], row["unit"])),
                Cell(share(row["quantile"])),
                Cell(between),
                Cell(value(row["design_value"], row["unit"])),
                Cell(share(row["design_quantile"])),
            )
        )
    n, paths = words.count(group["n"]), words.count(found["paths"])
    caption = words.say(f"reverse.caption_{way}", n=n, paths=paths, year=found["year"])
    return Table(caption, columns, tuple(rows))
