"""Every part of a Word file and of a workbook is what the standard allows, and no part is unknown."""

import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from lxml import etree

from risk.report.words import LANGUAGES
from tests.report.office import (
    BESIDE,
    BINARY,
    ROOTS,
    VARIABLE,
    XSD,
    Schemas,
    changed,
    schemas,
    types,
)
from tests.report.test_office import kept

FORMS = ("docx", "xlsx")
needs_schemas = pytest.mark.skipif(
    schemas() is None,
    reason=f"{VARIABLE} names no folder with the schemas of ECMA-376, which Ecma gives away",
)


def of_standard() -> Schemas:
    found = schemas()
    assert found is not None
    return found


@pytest.mark.parametrize("name", ["whole", "systems"])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", FORMS)
def test_every_part_is_of_a_type_that_has_a_schema(form: str, language: str, name: str) -> None:
    with zipfile.ZipFile(BytesIO(kept(form, name, language))) as archive:
        found = types({part: archive.read(part) for part in archive.namelist()})
    assert set(found.values()) <= {*ROOTS, *BINARY}


@needs_schemas
@pytest.mark.parametrize("name", ["whole", "systems"])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", FORMS)
def test_every_part_validates_against_the_schemas_of_the_standard(
    form: str, language: str, name: str
) -> None:
    assert of_standard().faults(kept(form, name, language)) == []


BROKEN = {
    "docx": [
        ("[Content_Types].xml", b"<Types ", b"<Types new='1' "),
        ("_rels/.rels", b" Target=", b" Aim="),
        ("docProps/core.xml", b"2026-11-23T12:00:00Z", b"yesterday"),
        ("word/document.xml", b"<w:cantSplit/>", b"<w:cantSplit/><w:tblBorders/>"),
        ("word/styles.xml", b'w:type="paragraph"', b'w:type="sentence"'),
        ("word/settings.xml", b' w:percent="100"', b""),
        ("word/fontTable.xml", b"w:fontKey=", b"w:key="),
        ("word/numbering.xml", b"<w:lvlText ", b"<w:levelText "),
        ("word/footer1.xml", b"<w:p>", b"<w:p><w:p/>"),
        ("word/webSettings.xml", b"<w:webSettings", b"<w:settings"),
        ("word/theme/theme1.xml", b"<a:srgbClr val=", b"<a:srgbClr rgb="),
    ],
    "xlsx": [
        ("xl/workbook.xml", b"sheetId=", b"sheetName="),
        ("xl/worksheets/sheet4.xml", b"<sheetData>", b"<sheetData/><sheetData>"),
        ("xl/sharedStrings.xml", b"<si>", b"<si><si/>"),
        ("xl/styles.xml", b"<fonts", b"<typefaces"),
        ("xl/charts/chart1.xml", b'<c:legendPos val="r"/>', b'<c:legendPos val="side"/>'),
        ("xl/charts/chart2.xml", b"<c:scatterStyle ", b"<c:style "),
        ("xl/drawings/drawing1.xml", b"<xdr:row>", b"<xdr:row>A"),
        ("xl/theme/theme1.xml", b"<a:clrScheme ", b"<a:colours "),
        ("docProps/app.xml", b"<DocSecurity>0", b"<DocSecurity>none"),
        ("xl/_rels/workbook.xml.rels", b" Id=", b" Key="),
    ],
}
DRAWN = [
    (b"<wp:extent cx=", b"<wp:extent width="),
    (b"<pic:blipFill>", b"<pic:blipFill/><pic:blipFill>"),
    (b"<w:body>", b"<w:body><w:body/>"),
]


@needs_schemas
@pytest.mark.parametrize("form", FORMS)
def test_each_part_that_is_broken_on_purpose_is_refused_by_name(form: str) -> None:
    broken = kept(form, "whole", "zh-TW")
    for name, old, new in BROKEN[form]:
        broken = changed(broken, name, old, new)
    found = {fault.partition(":")[0] for fault in of_standard().faults(broken)}
    assert found == {name for name, _, _ in BROKEN[form]}


@needs_schemas
@pytest.mark.parametrize(("old", "new"), DRAWN)
def test_a_fault_in_a_text_or_in_a_picture_of_a_word_file_is_seen(old: bytes, new: bytes) -> None:
    given = changed(kept("docx", "whole", "zh-TW"), "word/document.xml", old, new)
    (first, *_) = of_standard().faults(given)
    assert first.startswith("word/document.xml: ")


BOOK = f"""<schema xmlns="{XSD}" targetNamespace="urn:book" elementFormDefault="qualified">
  <element name="book"><complexType><sequence>
    <element name="page" type="int" maxOccurs="2"/>
  </sequence></complexType></element></schema>"""


@pytest.fixture
def book(tmp_path: Path) -> Schemas:
    """A schema of our own, so that what reads files is tested where the standard's is not at hand."""
    (tmp_path / "book.xsd").write_text(BOOK, "utf-8")
    assert "xml" in BESIDE
    return Schemas(tmp_path)


def page(inside: str, marks: str = "") -> bytes:
    """A part in our own schema with markup compatibility."""
    spaces = 'xmlns="urn:book" xmlns:new="urn:new" xmlns:b="urn:book"'
    mc = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    return f'<book {spaces} xmlns:mc="{mc}" {marks}>{inside}</book>'.encode()


@pytest.mark.parametrize(
    ("marks", "inside"),
    [
        ("", "<page>1</page>"),
        ('mc:Ignorable="new" new:colour="red"', "<page>1</page><new:note><page/></new:note>"),
        ("", "<mc:AlternateContent><mc:Choice Requires='b'><page>1</page></mc:Choice>"
             "<mc:Fallback><page>x</page></mc:Fallback></mc:AlternateContent>"),
        ("", "<mc:AlternateContent><mc:Choice Requires='new'><page>x</page></mc:Choice>"
             "<mc:Fallback><page>1</page><page>2</page></mc:Fallback></mc:AlternateContent>"),
        ('mc:MustUnderstand="b"', "<page>1</page>"),
    ],
)  # fmt: skip
def test_what_may_be_ignored_is_and_alternatives_are_chosen(
    book: Schemas, marks: str, inside: str
) -> None:
    assert book._part("a", page(inside, marks), "book") == []


@pytest.mark.parametrize(
    ("marks", "inside", "said"),
    [
        ("", "<page>one</page>", "not a valid value"),
        ("", "<page>1</page><new:note/>", "not expected"),
        ('new:colour="red"', "<page>1</page>", "not allowed"),
        ('mc:Ignorable="b"', "<page>1</page><b:note/>", "not expected"),
        ("", "<mc:AlternateContent><mc:Choice Requires='new'><page>1</page></mc:Choice>"
             "</mc:AlternateContent>", "Missing child"),
        ('mc:MustUnderstand="new"', "<page>1</page>", "must be understood"),
        ('mc:Ignorable="new" mc:ProcessContent="new:note"', "<page>1</page>", "not handled"),
        ("", "<page>1</page>&;", "a:"),
    ],
)  # fmt: skip
def test_what_may_not_be_ignored_is_refused(
    book: Schemas, marks: str, inside: str, said: str
) -> None:
    (fault, *_) = book._part("a", page(inside, marks), "book")
    assert said in fault


def test_a_part_of_an_unknown_type_or_with_another_root_is_refused(book: Schemas) -> None:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(
            "[Content_Types].xml", '<Types><Default Extension="xml" ContentType="x"/></Types>'
        )
        archive.writestr("one.xml", page("<page>1</page>"))
        archive.writestr("two.bin", b"")
    told = book.faults(stream.getvalue())
    assert "one.xml: no schema is known for x" in told
    assert "two.bin: no schema is known for a part without a type" in told
    (fault,) = book._part("a", page("<page>1</page>"), "shelf")
    assert "not with shelf" in fault
    assert etree.fromstring(page("")).tag == "{urn:book}book"
