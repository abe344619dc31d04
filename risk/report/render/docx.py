"""The report as a Word document: the page's order and strings, figures as pictures with a text."""

import io
import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

from risk.report.fonts import FAMILY, subset
from risk.report.page import (
    Box,
    Code,
    Definitions,
    Figure,
    Part,
    Points,
    Prose,
    Report,
    Table,
)
from risk.report.render.pdf import picture_of, picture_of_dots, png, widths
from risk.report.tokens import LIGHT
from risk.report.words import Words, words

if TYPE_CHECKING:
    from docx.document import Document as Word
    from docx.text.paragraph import Paragraph

LATIN, HAN, MONO = "Segoe UI", FAMILY, "Consolas"
WIDTH_MM, DOTS_MM = 180, 32
FONT_PART = "/word/fonts/font1.odttf"
FONT_TYPE = "application/vnd.openxmlformats-officedocument.obfuscatedFont"
LEFTOVERS = ("thumbnail", "extended-properties", "stylesWithEffects", "customXml")
"""Relations of the library's template: a picture, word counts and styles of another document."""
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def docx(report: Report, date: datetime) -> bytes:
    """The whole report on A4, in the light colours."""
    from docx import Document
    from docx.shared import Pt

    word = Document()
    _page(word, report, date)
    _styles(word, report.language)
    word.add_heading(report.title, 0)
    _small(word, report.lead)
    _small(word, " · ".join(f"{fact.name} {fact.text}" for fact in report.facts))
    _box(word, report.box, words(report.language))
    for number, section in enumerate(report.sections, 1):
        name = words(report.language).say("page.section", number=number, name=section.name)
        kicker = _small(word, name).paragraph_format
        kicker.keep_with_next, kicker.space_before = True, Pt(16)
        word.add_heading(section.title, 1)
        for block in section.blocks:
            if block.title:
                word.add_heading(block.title, 2)
            for place, part in enumerate(block.parts):
                _part(word, part, bool(block.title) and place > 0, report.provenance)
            for note in block.notes:
                _small(word, note)
    if report.missing:
        _small(word, report.missing)
    _small(word, words(report.language).say("page.made_by", version=report.version))
    if report.language != "en":
        _embed(word, "".join(_texts(word)))
    stream = io.BytesIO()
    word.save(stream)
    return stream.getvalue()


def _page(word: "Word", report: Report, date: datetime) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Mm

    section = word.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(15)
    section.top_margin, section.bottom_margin = Mm(16), Mm(18)
    for zoom in word.settings.element.findall(qn("w:zoom")):
        zoom.set(qn("w:percent"), "100")  # the library's template lacks what the schema requires
    foot = section.footer.paragraphs[0]
    foot.text = report.provenance
    facts = word.core_properties
    facts.title, facts.author, facts.comments = report.title, "", ""
    facts.last_modified_by, facts.revision = "", 1
    facts.created = facts.modified = date
    facts.language = report.language
    for relations in (word.part.rels, word.part.package.rels):
        for key in [k for k, one in relations.items() if one.reltype.endswith(LEFTOVERS)]:
            del relations[key]


def _styles(word: "Word", language: str) -> None:
    """Fonts for Latin and Han, sizes in points, colours by role."""
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    sizes = {"Normal": 10, "Title": 16, "Heading 1": 15, "Heading 2": 11.5, "Footer": 8}
    for name, size in sizes.items():
        style: Any = word.styles[name]
        colour = "orbit" if name == "Heading 1" else "muted" if name == "Footer" else "ink"
        style.font.name, style.font.size = LATIN, Pt(size)
        style.font.color.rgb = RGBColor.from_string(LIGHT[colour][1:])
        fonts = style.element.rPr.rFonts
        for key in [key for key in fonts.attrib if key.endswith("Theme")]:
            del fonts.attrib[key]
        fonts.set(qn("w:eastAsia"), HAN)
        fonts.set(qn("w:cs"), LATIN)
    heading: Any = word.styles["Heading 1"]
    heading.paragraph_format.space_before = Pt(2)
    heading.paragraph_format.space_after = Pt(6)
    normal: Any = word.styles["Normal"]
    normal.paragraph_format.space_after = Pt(5)
    title: Any = word.styles["Title"]
    for border in title.element.pPr.findall(qn("w:pBdr")):
        title.element.pPr.remove(border)
    for tongue in word.styles.element.iter(qn("w:lang")):
        tongue.set(qn("w:val"), "en-US")
        tongue.set(qn("w:eastAsia"), "zh-TW" if language == "zh-TW" else "en-US")


def _small(word: Any, text: str) -> "Paragraph":
    """A paragraph of the second rank: side notes, captions, provenance."""
    from docx.shared import Pt, RGBColor

    paragraph: Paragraph = word.add_paragraph()
    run = paragraph.add_run(text)
    run.font.size = Pt(8.5)
    run.font.color.rgb = RGBColor.from_string(LIGHT["muted"][1:])
    return paragraph


def _box(word: "Word", box: Box, say: Words) -> None:
    from docx.shared import Mm

    _small(word, box.question).paragraph_format.keep_with_next = True
    word.add_heading(box.answer, 1)
    word.add_paragraph(say.sentences((box.second, box.closing)))
    for note in box.notes:
        word.add_paragraph().add_run(note).bold = True
    _small(word, box.key)
    if box.dots:
        cells = word.add_table(rows=1, cols=len(box.dots)).rows[0].cells
        for cell, block in zip(cells, box.dots, strict=True):
            cell.paragraphs[0].add_run(block.title).bold = True
            drawing = picture_of_dots(block)
            if drawing:
                paragraph = cell.add_paragraph()
                shape = paragraph.add_run().add_picture(io.BytesIO(png(drawing)), width=Mm(DOTS_MM))
                _described(shape, block.id, block.description)
            cell.add_paragraph(block.caption)
        _small(word, box.dots_key)
    for name, text in (
        *((fact.name, fact.text) for fact in box.facts),
        (say.say("box.sure"), box.sure),
    ):
        paragraph = word.add_paragraph()
        paragraph.add_run(name).bold = True
        paragraph.add_run(f"  {text}")


def _described(shape: Any, name: str, description: str) -> None:
    """Say in words what a picture shows, for who does not see it."""
    facts = shape._inline.docPr
    facts.set("name", name)
    facts.set("descr", description)


def _part(word: "Word", part: Part, named: bool, provenance: str) -> None:
    from docx.shared import Mm

    match part:
        case Figure():
            if named:
                word.add_heading(part.title, 2)
            _small(word, part.subtitle).paragraph_format.keep_with_next = True
            paragraph = word.add_paragraph()
            paragraph.paragraph_format.keep_with_next = True
            picture = io.BytesIO(png(picture_of(part)))
            shape = paragraph.add_run().add_picture(picture, width=Mm(158))
            _described(shape, part.id, part.description)
            _small(word, part.provenance or provenance)
            _table(word, part.data)
        case Table():
            _table(word, part)
        case Prose():
            for text in part.paragraphs:
                word.add_paragraph(text)
        case Points():
            for item in part.items:
                word.add_paragraph(item, style="List Bullet")
        case Code():
            _small(word, f"{part.heading}:").paragraph_format.keep_with_next = True
            word.add_paragraph().add_run(part.text).font.name = MONO
        case Definitions():
            for term, told in part.items:
                paragraph = word.add_paragraph()
                paragraph.add_run(term).bold = True
                paragraph.add_run(f"  {told}")


def _table(word: "Word", table: Table) -> None:
    """Words left, numbers right, the head repeated on every page, a rule under each row."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm, Pt, RGBColor

    shown = table.without_graphics()
    caption = _small(word, shown.caption)
    caption.paragraph_format.keep_with_next = True
    heads = [[column.title] for column in shown.columns]
    rows = [heads, *([[cell.text, *cell.under] for cell in row] for row in shown.rows)]
    made = word.add_table(rows=len(rows), cols=len(shown.columns))
    _ruled(made)
    made.autofit = False
    shares = widths(shown)
    for column, share in zip(made.columns, shares, strict=True):
        column.width = Mm(WIDTH_MM * share / sum(shares))
    size = Pt(7.5 if len(shown.columns) > 6 else 8.5)
    for number, (given, row) in enumerate(zip(rows, made.rows, strict=True)):
        cells = zip(shown.columns, given, row.cells, made.columns, strict=True)
        for column, lines, cell, place in cells:
            cell.width = place.width
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(0)
            if column.number:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            for step, line in enumerate(lines):
                run = paragraph.add_run(line)
                run.font.size = Pt(12) if table.style == "large" and number and not step else size
                if step:
                    run.font.color.rgb = RGBColor.from_string(LIGHT["muted"][1:])
                if step < len(lines) - 1:
                    run.add_break()
                run.bold = number == 0
    _small(word, "").paragraph_format.space_after = Pt(2)


def _ruled(table: Any) -> None:
    """Horizontal rules only; no row is split, and the first one returns on the next page."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    borders = OxmlElement("w:tblBorders")
    for side in ("bottom", "insideH"):
        line = OxmlElement(f"w:{side}")
        for key, value in (("val", "single"), ("sz", "4"), ("space", "0")):
            line.set(qn(f"w:{key}"), value)
        line.set(qn("w:color"), LIGHT["rule"][1:])
        borders.append(line)
    layout = table._tbl.tblPr.find(qn("w:tblLayout"))
    look = table._tbl.tblPr.find(qn("w:tblLook"))
    (look if layout is None else layout).addprevious(borders)
    for number, row in enumerate(table.rows):
        facts = row._tr.get_or_add_trPr()
        facts.append(OxmlElement("w:cantSplit"))
        if number == 0:
            facts.append(OxmlElement("w:tblHeader"))


def _texts(word: "Word") -> list[str]:
    """Every text of the document, its foot too."""
    from docx.oxml.ns import qn

    roots = (word.element, word.sections[0].footer._element)
    return [text.text or "" for root in roots for text in root.iter(qn("w:t"))]


def _embed(word: "Word", text: str) -> None:
    """Put the characters used into the file as an obfuscated font (ECMA-376 part 1, 17.8.1)."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part as Package
    from docx.oxml import OxmlElement, parse_xml
    from docx.oxml.ns import qn

    font = subset(text)
    key = uuid.uuid5(uuid.NAMESPACE_OID, FAMILY)
    mask = bytes.fromhex(key.hex)[::-1] * 2
    hidden = bytes(a ^ b for a, b in zip(font, mask, strict=False)) + font[len(mask) :]
    fonts = word.part.part_related_by(RELATIONSHIP_TYPE.FONT_TABLE)
    package = word.part.package
    part = Package(PackURI(FONT_PART), FONT_TYPE, hidden, package)
    table: Any = parse_xml(fonts.blob)
    entry, regular = OxmlElement("w:font"), OxmlElement("w:embedRegular")
    entry.set(qn("w:name"), HAN)
    regular.set(qn("r:id"), fonts.relate_to(part, f"{RELATIONS}/font"))
    regular.set(qn("w:fontKey"), f"{{{str(key).upper()}}}")
    entry.append(regular)
    table.append(entry)
    fonts._blob = _written(table)
    embed: Any = OxmlElement("w:embedTrueTypeFonts")
    settings = word.settings.element
    before = ("w:writeProtection", "w:view", "w:zoom")
    ahead = [child for name in before for child in settings.findall(qn(name))]
    settings.insert(len(ahead), embed)


def _written(element: Any) -> bytes:
    from lxml import etree

    return bytes(etree.tostring(element, encoding="UTF-8", xml_declaration=True, standalone=True))
