"""The report as a PDF by Typst: vector figures, embedded fonts, the same bytes on every build."""

import json
import re
from datetime import datetime
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from rich.cells import cell_len

from risk.report.figures.dots import dots
from risk.report.figures.themed import drawn, standalone
from risk.report.fonts import FAMILY, FOLDER
from risk.report.page import (
    Block,
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
from risk.report.tokens import LIGHT
from risk.report.words import words

FALLBACK = "DejaVu Sans"
LONG = re.compile("([!-~]{16})(?=[!-~])")  # a digest or an address, which must break somewhere


@cache
def font_folders() -> tuple[str, ...]:
    """Where the fonts lie: ours, and matplotlib's for characters that ours lacks."""
    import matplotlib

    return str(FOLDER), str(Path(matplotlib.get_data_path()) / "fonts" / "ttf")


def typeset(
    files: dict[str, bytes],
    form: Literal["pdf", "png"],
    date: datetime | None = None,
    ppi: float | None = None,
) -> bytes:
    """What Typst makes of `main.typ` among those files, with no font but ours."""
    import typst

    given: Any = files
    made = typst.compile(
        given,
        format=form,
        font_paths=[Path(folder) for folder in font_folders()],
        ignore_system_fonts=True,
        timestamp=date,
        ppi=ppi,
    )
    assert isinstance(made, bytes)
    return made


def pdf(report: Report, date: datetime) -> bytes:
    """The whole report on A4, in the light colours."""
    source = (resources.files("risk.report") / "templates" / "report.typ").read_bytes()
    content = json.dumps(contents(report, date), ensure_ascii=False).encode()
    return typeset({"main.typ": source, "report.json": content}, "pdf", date)


def png(picture: bytes, dots_per_inch: int = 192) -> bytes:
    """An SVG file as a picture of dots, for formats that take no other."""
    page = '#set page(width: auto, height: auto, margin: 0pt)\n#image("picture.svg")'
    return typeset({"main.typ": page.encode(), "picture.svg": picture}, "png", ppi=dots_per_inch)


def contents(report: Report, date: datetime) -> dict[str, Any]:
    """The report as plain data for the template; every text is data, so nothing is markup."""
    say, box = words(report.language), report.box
    return {
        "language": report.language.partition("-")[0],
        "region": report.language.partition("-")[2] or None,
        "fonts": [FAMILY, FALLBACK],
        "colours": LIGHT,
        "date": [date.year, date.month, date.day],
        "title": report.title,
        "lead": report.lead,
        "facts": [[fact.name, fact.text] for fact in report.facts],
        "box": {
            "question": box.question,
            "answer": box.answer,
            "second": say.sentences((box.second, box.closing)),
            "key": box.key,
            "dots": [_dots(block) for block in box.dots],
            "dots_key": box.dots_key,
            "notes": list(box.notes),
            "facts": [[fact.name, fact.text] for fact in box.facts],
            "sure": [say.say("box.sure"), box.sure],
        },
        "missing": report.missing,
        "provenance": report.provenance,
        "sections": [
            {
                "kicker": say.say("page.section", number=number, name=section.name),
                "title": section.title,
                "blocks": [_block(block, report.provenance) for block in section.blocks],
            }
            for number, section in enumerate(report.sections, 1)
        ],
        "foot": say.say("page.made_by", version=report.version),
    }


def picture_of(figure: Figure) -> bytes:
    """A figure as an SVG file of its wide form."""
    return standalone(drawn(figure, False), figure.id, figure.title, figure.description)


def picture_of_dots(block: Dots) -> bytes | None:
    """A block of marks as an SVG file, None where it is told in words alone."""
    drawing = dots(block)
    return standalone(drawing, block.id, block.title, block.description) if drawing else None


def _dots(block: Dots) -> dict[str, Any]:
    drawing = picture_of_dots(block)
    svg = drawing.decode() if drawing else None
    return {"title": block.title, "svg": svg, "alt": block.description, "caption": block.caption}


def _block(block: Block, provenance: str) -> dict[str, Any]:
    parts = [
        _part(part, number > 0 and bool(block.title), provenance)
        for number, part in enumerate(block.parts)
    ]
    return {"title": block.title, "parts": parts, "notes": list(block.notes)}


def _part(part: Part, named: bool, provenance: str) -> dict[str, Any]:
    match part:
        case Figure():
            return {
                "kind": part.kind,
                "title": part.title if named else "",
                "subtitle": part.subtitle,
                "alt": part.description,
                "provenance": part.provenance or provenance,
                "svg": picture_of(part).decode(),
            }
        case Table():
            return {
                "kind": part.kind,
                "style": part.style,
                "caption": part.caption,
                "columns": [[column.title, column.number] for column in part.columns],
                "widths": widths(part),
                "rows": [[_cell(cell) for cell in row] for row in part.rows],
            }
        case Prose():
            return {"kind": part.kind, "paragraphs": list(part.paragraphs)}
        case Points():
            return {"kind": part.kind, "items": list(part.items)}
        case Code():
            return {"kind": part.kind, "heading": part.heading, "text": part.text}
        case Definitions():
            return {"kind": part.kind, "items": [list(item) for item in part.items]}


def widths(table: Table) -> list[float]:
    """Shares of the page: by the longest word and the amount of text of each column."""
    shares = []
    for place, column in enumerate(table.columns):
        cells = [row[place] for row in table.rows]
        if any(cell.graphic for cell in cells):
            shares.append(14.0)
            continue
        lines = [line for cell in cells for line in (cell.text, *cell.under)] + [column.title]
        lengths = sorted(map(cell_len, lines))
        word = max(cell_len(word) for line in lines for word in line.split(" "))
        usual = lengths[int(0.9 * (len(lengths) - 1))]
        short = max(min(word, 24), min(lengths[-1], 12))
        shares.append(max(short + 2.0, min(usual, 60) ** 0.85))
    return shares


def _cell(cell: Cell) -> dict[str, Any]:
    svg = standalone(cell.graphic, "cell", "", "").decode() if cell.graphic.strip() else None
    text, *under = (LONG.sub("\\1\u200b", line) for line in (cell.text, *cell.under))
    return {"text": text, "under": under, "svg": svg}
