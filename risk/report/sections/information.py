"""What it would be worth to know everything, or the result of a study, before the choice."""

from typing import Any

from risk.report.page import Block, Cell, Column, Prose, Section, Table
from risk.report.reading import CONDITIONED, PRIOR, Reading
from risk.report.sections.drivers import amount
from risk.report.words import Words

POPULATIONS = (CONDITIONED, PRIOR)


def information_section(reading: Reading, words: Words) -> Section | None:
    """EVPI and EVSI of the studies, a row each; None where the document has none."""
    found = reading.document.get("information")
    if not found:
        return None
    name = words.say("information.name")
    if found["refused"]:
        refused = Prose((words.say("information.refused", reason=found["refused"]),))
        return Section("information", name, name, (Block((refused,)),))
    rows = _studies(found)
    useful = any(one["net"]["low"] > 0.0 for row in rows for one in row)
    title = words.say("information.title_some" if useful else "information.title_none")
    mean = found["populations"][CONDITIONED]["mean"]["value"]
    ahead = "ground" if mean < 0.0 else "orbit"
    notes = (
        words.say("information.note_choice", year=found["year"]),
        words.say(f"information.note_{ahead}", gain=words.significant(abs(mean), 3)),
        words.say("information.note_bound"),
    )
    return Section("information", name, title, (Block((_table(found, rows, words),), notes),))


def _studies(found: dict[str, Any]) -> list[tuple[dict[str, Any], ...]]:
    """Every study in both populations."""
    both = [found["populations"][name]["studies"] for name in POPULATIONS]
    return list(zip(*both, strict=True))


def _table(found: dict[str, Any], rows: list[tuple[dict[str, Any], ...]], words: Words) -> Table:
    heads = ("known", "conditioned", "prior", "cost")
    columns = tuple(
        Column(words.say(f"information.column_{head}"), number=head != "known") for head in heads
    )
    whole = [_worth(words, found["populations"][name]["evpi"]) for name in POPULATIONS]
    body = [(Cell(words.say("information.everything")), *whole, Cell(words.say("number.no_unit")))]
    for row in rows:
        cost = words.say("drivers.millions", value=words.significant(row[0]["cost"], 3))
        told = [_worth(words, one["evsi"]) for one in row]
        mark = words.say(f"mark.{row[0]['mark']}")
        body.append((Cell(words.named(row[0]["name"])), *told, Cell(cost, (mark,))))
    n = words.count(found["populations"][CONDITIONED]["n"])
    caption = words.say("information.caption", year=found["year"], n=n)
    return Table(caption, columns, tuple(body))


def _worth(words: Words, numbers: dict[str, Any]) -> Cell:
    if numbers["high"] == 0.0:
        return Cell(words.say("drivers.millions", value="0"))
    return Cell(amount(words, numbers, 1.0, "drivers.millions"))
