"""The report as Markdown: the same order and strings, figures as SVG files."""

import re

from risk.report.figures.themed import drawn, standalone
from risk.report.page import (
    Box,
    Cell,
    Code,
    Definitions,
    Dots,
    Figure,
    Part,
    Points,
    Prose,
    Report,
    Table,
)
from risk.report.words import Words, words

SPECIAL = re.compile(r"([\\`*_\[\]<>&#|~])")
ROW = 50


def text(report: Report, folder: str) -> tuple[str, dict[str, bytes]]:
    """Markdown, and the figures by their path relative to it."""
    say = words(report.language)
    pictures: dict[str, bytes] = {}
    pieces = [f"# {plain(report.title)}", plain(report.lead)]
    pieces.append(" · ".join(f"{plain(fact.name)}: {plain(fact.text)}" for fact in report.facts))
    pieces += _box(report.box, say)
    pieces.append(plain(report.missing))
    for number, section in enumerate(report.sections, 1):
        pieces.append(f"## {number}. {plain(section.name)}: {plain(section.title)}")
        for block in section.blocks:
            if block.title:
                pieces.append(f"### {plain(block.title)}")
            for part in block.parts:
                pieces += _part(part, report.provenance, folder, pictures)
            pieces += [f"> {plain(note)}" for note in block.notes]
    pieces.append("---")
    pieces.append(plain(say.say("page.made_by", version=report.version)))
    return "\n\n".join(filter(None, pieces)) + "\n", pictures


def plain(given: str) -> str:
    """Text with everything that Markdown would read as markup escaped, on one line."""
    return SPECIAL.sub(r"\\\1", " ".join(given.split("\n")))


def _box(box: Box, say: Words) -> list[str]:
    answer = [f"**{plain(box.answer)}** {plain(box.second)} {plain(box.closing)}".strip()]
    notes = [f"**{plain(note)}**" for note in box.notes]
    facts = [f"**{plain(fact.name)}.** {plain(fact.text)}" for fact in box.facts]
    sure = f"**{plain(say.say('box.sure'))}.** {plain(box.sure)}"
    pieces = [f"## {plain(box.question)}", *answer, *notes, plain(box.key)]
    pieces += [piece for block in box.dots for piece in _dots(block)]
    if any(block.whole == 100 for block in box.dots):
        pieces.append(plain(box.dots_key))
    return [*pieces, *facts, sure]


def _dots(block: Dots) -> list[str]:
    """100 marks as rows of text; a block of 1,000 is told by its caption alone."""
    pieces = [f"{plain(block.title)}: {plain(block.caption)}"]
    if block.whole == 100:
        marks = "●" * block.filled + "◉" * block.ringed
        pieces.append(_rows(marks.ljust(block.whole, "○")))
    return pieces


def _rows(marks: str) -> str:
    lines = [marks[start : start + ROW] for start in range(0, len(marks), ROW)]
    return "\n".join(["```", *lines, "```"])


def _part(part: Part, provenance: str, folder: str, pictures: dict[str, bytes]) -> list[str]:
    match part:
        case Figure():
            path = f"{folder}/{part.id}.svg"
            pictures[path] = standalone(drawn(part, False), part.id, part.title, part.description)
            dots = [_rows(part.text)] if part.text else []
            image = f"![{plain(part.description)}]({path})"
            table = _table(part.data)
            return [
                f"*{plain(part.subtitle)}*",
                image,
                *dots,
                plain(part.provenance or provenance),
                table,
            ]
        case Table():
            return [_table(part)]
        case Prose():
            return [plain(paragraph) for paragraph in part.paragraphs]
        case Points():
            return ["\n".join(f"- {plain(item)}" for item in part.items)]
        case Code():
            return [f"{plain(part.heading)}:", f"```\n{part.text}\n```"]
        case Definitions():
            return ["\n".join(f"- **{plain(term)}**: {plain(told)}" for term, told in part.items)]


def _table(table: Table) -> str:
    """A plain table; columns of small pictures are left out, small lines follow in brackets."""
    shown = table.without_graphics()
    heads = [plain(column.title) for column in shown.columns]
    rules = ["---:" if column.number else "---" for column in shown.columns]
    rows = [[_cell(cell) for cell in row] for row in shown.rows]
    lines = [f"| {' | '.join(cells)} |" for cells in (heads, rules, *rows)]
    return "\n".join([f"*{plain(table.caption)}*", "", *lines])


def _cell(cell: Cell) -> str:
    return "<br>".join(plain(line) for line in (cell.text, *cell.under))
