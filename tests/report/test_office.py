"""PDF, Word and Excel opened again: the numbers of the one stored result, the same bytes twice."""

import dataclasses
import io
import itertools
import re
import zipfile
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from risk.report import _built, name_of
from risk.report.fonts import FAMILY, FILE
from risk.report.formats import FORMATS, Made
from risk.report.page import Figure, Table
from risk.report.words import LANGUAGES
from tests.report.documents import document, forced, with_claims
from tests.report.test_systems import NINE, systems
from tests.report.whole import figures, whole

HOSTILE = "=1+1 <b>&amp; #strong[x] $y$ \\ \u201cquoted\u201d"


def made(given: dict[str, Any], language: str = "en") -> Made:
    """What a renderer is given."""
    return Made(given, _built(given, language), name_of(given))


def only(form: str, given: dict[str, Any], language: str = "en") -> bytes:
    """The one file of a format."""
    (content,) = FORMATS[form](made(given, language)).values()
    return content


@cache
def kept(form: str, name: str, language: str = "en") -> bytes:
    """The same of a document by its name, made once."""
    return only(form, GIVEN[name], language)


def hostile() -> dict[str, Any]:
    """A document whose texts are markup in one format or another."""
    given = with_claims()
    given["scenario"]["title"] = given["scenario"]["source"] = HOSTILE
    given["inputs"][0] |= {"name": HOSTILE, "source": HOSTILE}
    given["claims"][0]["text"] = HOSTILE
    return given


def said(part: Any) -> Iterator[str]:
    """Every text of a report that a format without pictures of its own must hold."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, Table):
        shown = part.without_graphics()
        yield from (shown.caption, *(column.title for column in shown.columns))
        for row in shown.rows:
            for cell in row:
                yield from (cell.text, *cell.under)
    elif isinstance(part, Figure):
        yield part.subtitle
        yield from said(part.data)
    elif isinstance(part, tuple):
        for one in part:
            yield from said(one)
    elif dataclasses.is_dataclass(part) and not isinstance(part, type):
        hidden = {"id", "style", "kind", "text", "language", "summary", "contents", "description"}
        for field in dataclasses.fields(part):
            if field.name not in hidden or (field.name == "text" and type(part).__name__ != "Dots"):
                yield from said(getattr(part, field.name))


def bare(text: str) -> str:
    """Text without any space, so that a line break does not matter."""
    return re.sub(r"[\s\u200b\u00ad]+", "", text)


def word_text(content: bytes) -> str:
    """Everything that a Word file says, in order."""
    from docx import Document
    from docx.oxml.ns import qn

    opened = Document(io.BytesIO(content))
    roots = (opened.element, opened.sections[0].footer._element)
    return "".join(text.text or "" for root in roots for text in root.iter(qn("w:t")))


def pdf_text(content: bytes, foot: str = "") -> str:
    """Everything that a PDF says without any space, page after page, less the foot of each."""
    import pypdfium2

    opened = pypdfium2.PdfDocument(content)
    pages = [page.get_textpage() for page in opened]
    number = re.compile(re.escape(bare(foot)) + r"\d+")
    text = "".join(number.sub("", bare(page.get_text_bounded())) for page in pages)
    for page in pages:
        page.close()
    opened.close()
    return re.sub("[\x02\ufffe]", "-", text)  # the reader's signs for a hyphen that ends a line


GIVEN = {
    "whole": whole(),
    "none": forced(0.0, 0.0),
    "half": forced(0.33, 0.41),
    "hostile": hostile(),
    "systems": systems(NINE),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", GIVEN)
def test_a_word_file_says_every_text_of_the_report(name: str, language: str) -> None:
    shown = bare(word_text(kept("docx", name, language)))
    for text in said(made(GIVEN[name], language).report):
        assert bare(text) in shown, text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", GIVEN)
def test_a_pdf_says_the_box_and_every_table_of_the_report(name: str, language: str) -> None:
    report = made(GIVEN[name], language).report
    shown = pdf_text(kept("pdf", name, language), report.provenance)
    details = {text for figure in figures(report) for text in said(figure.data)}
    texts = [text for text in said(report) if text not in details]
    lost = [text for text in texts if bare(text) not in shown]
    assert len(texts) > 50
    assert lost == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_box_and_the_headline_table_share_the_first_page_of_the_pdf(language: str) -> None:
    import pypdfium2

    report = made(GIVEN["whole"], language).report
    opened = pypdfium2.PdfDocument(kept("pdf", "whole", language))
    first = bare(opened[0].get_textpage().get_text_bounded())
    opened.close()
    texts = [*said(report.box), *said(report.sections[0].blocks[0].parts[0])]
    assert [text for text in texts if bare(text) not in first] == []


def workbook(content: bytes) -> Any:
    """A workbook opened again."""
    import openpyxl

    return openpyxl.load_workbook(io.BytesIO(content))


def rows_of(sheet: Any) -> list[dict[str, Any]]:
    """A tidy sheet as records."""
    head, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


@pytest.mark.parametrize("name", GIVEN)
def test_the_workbook_holds_every_estimate_to_the_last_digit(name: str) -> None:
    given = GIVEN[name]
    found = rows_of(workbook(kept("xlsx", name))["estimates"])
    wanted = given["estimates"]
    assert len(found) == len(wanted)
    for row, record in zip(found, wanted, strict=True):
        assert {key: row[key] for key in record} == record


def test_a_number_of_seventeen_digits_survives_the_workbook() -> None:
    given = document()
    given["estimates"][0]["value"] = 0.1 + 0.2
    assert rows_of(workbook(only("xlsx", given))["estimates"])[0]["value"] == 0.30000000000000004


def test_the_workbook_holds_every_input_and_every_claim() -> None:
    book = workbook(kept("xlsx", "whole"))
    inputs = rows_of(book["inputs"])
    assert [row["key"] for row in inputs] == [row["key"] for row in GIVEN["whole"]["inputs"]]
    for row, wanted in zip(inputs, GIVEN["whole"]["inputs"], strict=True):
        for population in ("prior", "conditioned"):
            for name, value in (wanted[population] or {}).items():
                assert row[f"{population}_{name}"] == value
    claims = rows_of(book["claims"])
    assert {row["id"] for row in claims} == {claim["id"] for claim in GIVEN["whole"]["claims"]}
    (one,) = [r for r in claims if (r["id"], r["population"]) == ("E1", "conditioned")]
    assert one["value"] == GIVEN["whole"]["claims"][0]["probability"]["conditioned"]["value"]


def test_the_charts_are_native_and_draw_the_stored_estimates() -> None:
    content = kept("xlsx", "whole")
    sheet = workbook(content)["charts"]
    stored = {row["value"] for row in GIVEN["whole"]["estimates"]}
    stored |= {row["date"] for row in GIVEN["whole"]["estimates"]}
    drawn = [
        cell.value
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, int | float)
    ]
    assert len(drawn) > 500
    assert set(drawn) <= stored
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        charts = [archive.read(n).decode() for n in archive.namelist() if "/charts/chart" in n]
    assert [chart.count("<c:ser>") for chart in charts] == [6, 2, 3]
    for chart in charts:
        assert "124A86" in chart  # the colour of orbit


def test_text_that_looks_like_a_formula_stays_text() -> None:
    for sheet in workbook(kept("xlsx", "hostile")):
        for row in sheet.iter_rows():
            assert all(cell.data_type != "f" for cell in row)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_format_is_the_same_bytes_on_two_builds(form: str, language: str) -> None:
    first, second = (FORMATS[form](made(document(), language)) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("form", ["docx", "xlsx"])
def test_the_only_date_in_an_office_file_is_that_of_the_run(form: str) -> None:
    with zipfile.ZipFile(io.BytesIO(kept(form, "whole"))) as archive:
        assert {part.date_time for part in archive.infolist()} == {(2026, 11, 23, 12, 0, 0)}
        core = archive.read("docProps/core.xml").decode()
    assert set(re.findall(r"\d{4}-\d\d-\d\dT[\d:]+Z", core)) == {"2026-11-23T12:00:00Z"}


@pytest.mark.parametrize("form", ["docx", "xlsx"])
def test_every_part_of_an_office_file_is_well_formed_and_every_relation_is_met(form: str) -> None:
    from xml.etree import ElementTree

    with zipfile.ZipFile(io.BytesIO(kept(form, "whole", "zh-TW"))) as archive:
        names = set(archive.namelist())
        assert len(names) == len(archive.namelist())
        types = archive.read("[Content_Types].xml").decode()
        for name in names:
            if name.endswith((".xml", ".rels")):
                ElementTree.fromstring(archive.read(name))
            assert f'"/{name}"' in types or f'Extension="{name.rpartition(".")[2]}"' in types
            if name.endswith(".rels"):
                folder = name.split("_rels/")[0]
                for part in ElementTree.fromstring(archive.read(name)):
                    target = part.attrib["Target"]
                    if part.attrib.get("TargetMode") == "External":
                        continue
                    at = target[1:] if target.startswith("/") else _joined(folder, target)
                    assert at in names, (name, target)


def _joined(folder: str, target: str) -> str:
    import posixpath

    return posixpath.normpath(posixpath.join(folder, target))


def test_the_settings_of_a_word_file_have_what_the_schema_requires() -> None:
    with zipfile.ZipFile(io.BytesIO(kept("docx", "whole", "zh-TW"))) as archive:
        settings = archive.read("word/settings.xml").decode()
    assert re.search(r'<w:zoom [^>]*w:percent="100"', settings)
    order = [
        settings.find(f"<w:{name}") for name in ("zoom", "embedTrueTypeFonts", "defaultTabStop")
    ]
    assert -1 not in order
    assert order == sorted(order)


def test_every_picture_in_a_word_file_has_its_description() -> None:
    from docx import Document
    from docx.oxml.ns import qn

    report = made(GIVEN["whole"]).report
    wanted = figures(report)
    opened = Document(io.BytesIO(kept("docx", "whole")))
    told = [facts.get("descr") for facts in opened.element.iter(qn("wp:docPr"))]
    assert len(told) == len(wanted) + len(report.box.dots)
    assert {figure.description for figure in wanted} <= set(told)


def test_a_chinese_word_file_embeds_the_font_that_sets_it() -> None:
    from fontTools.ttLib import TTFont

    content = kept("docx", "whole", "zh-TW")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        hidden = archive.read("word/fonts/font1.odttf")
        table = archive.read("word/fontTable.xml").decode()
        assert "embedTrueTypeFonts" in archive.read("word/settings.xml").decode()
    key = re.findall(r'fontKey="\{([0-9A-F-]+)\}"', table)[0].replace("-", "")
    mask = bytes.fromhex(key)[::-1] * 2
    font = bytes(a ^ b for a, b in zip(hidden, mask, strict=False)) + hidden[32:]
    with TTFont(io.BytesIO(font)) as opened:
        assert opened["name"].getBestFamilyName() == FAMILY
        covered = set(map(chr, opened.getBestCmap()))
    han = {one for one in word_text(content) if "\u4e00" <= one <= "\u9fff"}
    assert len(han) > 300
    assert han <= covered
    assert len(font) < FILE.stat().st_size / 4


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_pdf_embeds_every_font_and_has_no_missing_glyph(language: str) -> None:
    content = kept("pdf", "whole", language)
    assert b"NotoSansTC-Regular" in content
    assert "\ufffd" not in pdf_text(content)
    described, files = (len(re.findall(rb"/Font%s" % n, content)) for n in (b"Descriptor", b"File"))
    assert described == 2 * files > 0  # named once where it is used and once where it stands


def test_a_page_of_the_pdf_is_a_picture_with_ink_in_it() -> None:
    import pypdfium2

    opened = pypdfium2.PdfDocument(kept("pdf", "whole", "zh-TW"))
    for page in itertools.islice(opened, 3):
        shades = page.render(scale=0.5).to_pil().convert("L").histogram()
        assert 0.01 < sum(shades[:200]) / sum(shades) < 0.5
        page.close()
    opened.close()
