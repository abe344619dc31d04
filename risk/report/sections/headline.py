"""Section 1: P(orbit beats ground) by commit year and comparator."""

from risk.report.page import Block, Cell, Column, Section, Table
from risk.report.reading import COMPARATORS, PRIOR, Reading
from risk.report.words import Words, round_up

YEARS = (2029, 2031, 2035, 2040)


def headline_section(reading: Reading, words: Words) -> Section:
    """The table that every other number of the report refers back to."""
    notes = tuple(words.say(f"headline.note_{name}") for name in ("cost", "value", "time"))
    return Section(
        id="headline",
        name=words.say("headline.name"),
        title=_title(reading, words),
        blocks=(
            Block(
                parts=(headline_table(reading, words),),
                notes=(
                    *notes,
                    words.say("headline.note_apart"),
                    words.say("headline.note_bracket"),
                ),
            ),
        ),
    )


def headline_table(reading: Reading, words: Words) -> Table:
    """Commit years as rows, comparators as columns."""
    columns = (
        Column(words.say("column.commit")),
        *tuple(Column(words.say(f"column.{name}"), number=True) for name in COMPARATORS),
    )
    rows = tuple(
        (Cell(str(year)), *(_cell(reading, words, year, name) for name in COMPARATORS))
        for year in YEARS
    )
    return Table(words.say("headline.caption"), columns, rows, style="large")


def _cell(reading: Reading, words: Words, year: int, comparator: str) -> Cell:
    record = reading.wins(year + 0.75, comparator)
    if record is None:
        return Cell(words.say("number.no_unit"))
    chance = words.chance(record)
    under = [chance.bracket] if chance.bracket else []
    prior = reading.wins(year + 0.75, comparator, PRIOR)
    if prior:
        under.append(words.say("headline.prior", p=words.percent(prior)))
    return Cell(chance.value, tuple(under))


def _title(reading: Reading, words: Words) -> str:
    """Where P first reaches one half, or the round bound that no cell of the table reaches."""
    cells = [
        (year, name, record)
        for year in YEARS
        for name in COMPARATORS
        if (record := reading.wins(year + 0.75, name)) and record.value is not None
    ]
    if not cells:
        return words.say("headline.title_plain")
    for year, name, record in cells:
        if (record.value or 0.0) >= 0.5:
            comparator = words.say(f"comparator.{name}")
            return words.say("headline.title_half", year=year, comparator=comparator)
    highest = max(record.high or record.value or 0.0 for _, _, record in cells)
    bound = round_up(100 * highest) if highest > 0 else "0"
    if float(bound) > 50:
        year, name, record = max(cells, key=lambda cell: cell[2].value or 0.0)
        return words.say(
            "headline.title_above",
            comparator=words.say(f"comparator.{name}"),
            p=words.percent(record),
            year=year,
        )
    return words.say("headline.title_none", bound=bound, year=max(year for year, _, _ in cells))
