"""Fleets in a terminal: the two tables of the report's section."""

import textwrap
from typing import Any

from rich.text import Text

from risk.report.page import Table
from risk.report.render.claims import provenance
from risk.report.render.terminal import GAP, grid, plain_ascii
from risk.report.sections.fleets import tables
from risk.report.words import Words, words

WIDTHS = (35, 30)  # of the name, and of what is conditioned with its spread


def lines(document: dict[str, Any], width: int, unicode: bool, language: str = "en") -> Text:
    """Both tables, already broken at `width`; last, paths, seed and scenario."""
    say = words(language)
    text = Text(no_wrap=True, end="")
    outcomes, caps = tables(document, say)
    _compact(text, outcomes, width, say)
    grid(text, caps, width)
    for note in ("judgement", "contracts"):
        text.append(textwrap.fill(say.say(f"fleets.note_{note}"), width) + "\n", "dim")
    text.append(f"\n{provenance(document, say)}\n", "dim")
    return text if unicode else plain_ascii(text)


def _compact(text: Text, table: Table, width: int, say: Words) -> None:
    """One line a row: what is conditioned with what stands under it, and the prior without."""
    text.append(textwrap.fill(table.caption, width) + "\n", "bold")
    _line(text, [column.title for column in table.columns], "dim")
    for name, kept, prior in table.rows:
        inside = [say.say("number.bracket", value=kept.text, bracket=b) for b in kept.under]
        _line(text, [name.text, (inside or [kept.text])[0], prior.text])
    text.append("\n")


def _line(text: Text, cells: list[str], style: str = "") -> None:
    first, second, last = cells
    text.append(GAP.join((first.ljust(WIDTHS[0]), second.ljust(WIDTHS[1]), last)) + "\n", style)
