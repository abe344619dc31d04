"""Every format of the report: self-contained, escaped, deterministic, and all of one record."""

import json
import math
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from risk import report
from risk.report.build import build
from risk.report.figures.themed import inline
from risk.report.tokens import DARK, LIGHT
from risk.report.words import NO_BREAK
from tests.report.documents import document, forced

HOSTILE = "<script>alert('x')</script> & \"quotes\" `code` | [link](http://example.org)"
LARGEST_PAGE, LARGEST_FIGURE = 1_000_000, 60_000
HEX = re.compile(r"#[0-9a-fA-F]{3,8}\b")


class Outline(HTMLParser):
    """Ids, headings, table heads, references and plain text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.references: set[str] = set()
        self.levels: list[int] = []
        self.heads: list[dict[str, str | None]] = []
        self.tables = self.captions = 0
        self.tags: set[str] = set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.add(tag)
        self.ids += [found["id"]] if found.get("id") else []
        for key, value in attrs:
            self.references |= set(re.findall(r"url\(#([^)]+)\)", value or ""))
            if key in ("href", "xlink:href") and (value or "").startswith("#"):
                self.references.add((value or "")[1:])
            if key == "aria-labelledby":
                self.references |= set((value or "").split())
        if re.fullmatch(r"h[1-6]", tag):
            self.levels.append(int(tag[1]))
        self.heads += [found] if tag == "th" else []
        self.tables += tag == "table"
        self.captions += tag == "caption"

    def handle_data(self, data: str) -> None:
        self.text += data + " "


@pytest.fixture(scope="module")
def page() -> str:
    return report.html(document())


@pytest.fixture(scope="module")
def outline(page: str) -> Outline:
    return Outline(page)


def test_the_page_loads_nothing_and_says_so(page: str, outline: Outline) -> None:
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:" in page
    assert outline.tags.isdisjoint({"script", "link", "img", "iframe", "object"})
    addresses = set(re.findall(r"(?:https?:)?//[\w.]+", page))
    assert addresses <= {"http://www.w3.org"}  # the names of the SVG and XLink vocabularies
    assert "@import" not in page


def test_no_colour_has_a_number_outside_the_tokens(page: str) -> None:
    head, _, rest = page.partition("/* end of tokens */")
    assert set(HEX.findall(head)) == {*LIGHT.values(), *DARK.values()}
    anchors = re.sub(r'(?:href|url)=?\(?"?#[\w-]+', "", rest)
    assert HEX.findall(anchors) == []


def test_a_figure_in_a_colour_that_is_no_token_is_refused() -> None:
    from risk.report.figures.canvas import canvas, panel

    drawing = canvas(100, 100)
    panel(drawing, 0, 0, 0, 0).plot([0, 1], [0, 1], color="#1f77b4")
    with pytest.raises(ValueError, match="#1f77b4, which is no token"):
        inline(drawing, "x", "title", "description")


def test_ids_are_unique_and_every_reference_is_met(outline: Outline) -> None:
    assert len(outline.ids) == len(set(outline.ids))
    assert outline.references <= set(outline.ids)


def test_headings_start_at_one_and_skip_no_level(outline: Outline) -> None:
    assert outline.levels.count(1) == 1
    assert outline.levels[0] == 1
    steps = zip(outline.levels, outline.levels[1:], strict=False)
    assert all(after <= before + 1 for before, after in steps)


def test_every_table_has_a_caption_and_every_head_a_scope(outline: Outline) -> None:
    assert outline.tables == outline.captions > 5
    assert {head.get("scope") for head in outline.heads} == {"row", "col"}


def test_the_page_and_its_figures_stay_small(page: str) -> None:
    assert len(page.encode()) < LARGEST_PAGE
    for figure in re.findall(r"<figure.*?<details>", page, re.DOTALL):
        assert len(figure) < LARGEST_FIGURE


def test_two_builds_are_identical_to_the_byte(page: str) -> None:
    assert report.html(document()) == page
    assert report.markdown(document()) == report.markdown(document())


def test_text_of_the_scenario_is_escaped_everywhere() -> None:
    made = document()
    made["scenario"]["title"] = HOSTILE
    made["scenario"]["source"] = HOSTILE
    made["inputs"][0] |= {"name": HOSTILE, "source": HOSTILE, "unit": HOSTILE}
    made["published"][0]["name"] = HOSTILE
    made["run"]["command"] = HOSTILE
    page = report.html(made)
    assert "<script" not in page
    assert Outline(page).text.count("alert('x')") >= 5
    text, pictures = report.markdown(made)
    outside = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    assert not re.search(r"(?<!\\)<script", outside)
    assert "](http" not in outside.replace("\\](http", "")
    assert all(b"<script" not in picture for picture in pictures.values())


def flat(text: str) -> str:
    """Text without the marks of its format, in ordinary spaces."""
    return re.sub(r"\s+", " ", text.replace(NO_BREAK, " ").replace("\\", "").replace("&lt;", "<"))


@pytest.mark.parametrize("made", [document(), forced(0.0, 0.0), forced(0.33, 0.41)])
def test_every_format_prints_the_same_numbers(made: dict[str, object]) -> None:
    page, (text, _) = flat(Outline(report.html(made)).text), report.markdown(made)
    text, shown = flat(text), flat(report.terminal(made).plain)
    model = build(made)
    for sentence in (model.box.answer, model.box.second):
        assert flat(sentence) in page
        assert flat(sentence) in text
        assert flat(sentence) in shown
    assert flat(model.box.sure) in page
    assert flat(model.box.sure) in text
    for row in model.sections[0].blocks[0].parts[0].rows:
        for cell in row[1:]:
            assert flat(cell.text) in page
            assert flat(cell.text) in text
            assert flat(cell.text).removesuffix(" %") in shown


def test_the_data_table_of_every_figure_holds_what_its_description_says() -> None:
    for section in build(document()).sections:
        for block in section.blocks:
            for part in block.parts:
                if part.kind != "figure" or part.id == "crossing":
                    continue
                cells = " ".join(cell.text for row in part.data.rows for cell in row)
                for number in re.findall(r"\d+\.\d+", part.description):
                    assert number in cells, (part.id, number)


def test_the_json_is_the_document(tmp_path: Path) -> None:
    made = document()
    (path,) = report.write(made, tmp_path, ("json",))
    assert json.loads(path.read_text("utf-8")) == made


def test_writing_gives_the_named_files_and_leaves_nothing_else(tmp_path: Path) -> None:
    written = report.write(document(), tmp_path / "new")
    names = [path.relative_to(tmp_path / "new").as_posix() for path in written]
    assert names[:3] == ["spacex_xai.html", "spacex_xai.md", "spacex_xai.json"]
    assert set(names[3:]) >= {"spacex_xai-figures/fan.svg", "spacex_xai-figures/costs.svg"}
    found = {path for path in (tmp_path / "new").rglob("*") if path.is_file()}
    assert found == set(written)
    markdown = written[1].read_text("utf-8")
    for name in names[3:]:
        assert f"]({name})" in markdown


def test_a_failure_while_building_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    report.write(document(), str(tmp_path), ("html",))
    before = (tmp_path / "spacex_xai.html").read_bytes()
    broken = document()
    broken["estimates"] = []
    with pytest.raises(ValueError, match="headline"):
        report.write(broken, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["spacex_xai.html"]
    assert (tmp_path / "spacex_xai.html").read_bytes() == before


def test_a_failure_while_writing_leaves_no_half_written_file(tmp_path: Path) -> None:
    (tmp_path / "spacex_xai-figures").write_text("a file where the folder should be")
    with pytest.raises(OSError, match="spacex_xai-figures"):
        report.write(document(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["spacex_xai-figures"]


def test_an_unknown_format_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="'odt'; there are html, md, json"):
        report.write(document(), Path("unused"), ("odt",))


@pytest.mark.parametrize("width", [64, 80, 120])
@pytest.mark.parametrize("unicode", [True, False])
def test_the_terminal_keeps_to_its_width_and_alphabet(width: int, unicode: bool) -> None:
    for made in (document(), forced(0.0, 0.0), forced(0.33, 0.41)):
        made["scenario"]["title"] = "A scenario with a name of 40 characters!"
        lines = report.terminal(made, width, unicode).plain.splitlines()
        assert max(map(len, lines)) <= width
        assert unicode or "\n".join(lines).isascii()
        assert ("●" in "".join(lines) or "○" in "".join(lines)) is unicode


def linear(channel: int) -> float:
    """One sRGB channel as light."""
    share = channel / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def luminance(colour: str) -> float:
    """The relative luminance of a colour."""
    red, green, blue = (linear(int(colour[place : place + 2], 16)) for place in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    """The WCAG contrast of two colours."""
    dark, light = sorted((luminance(first), luminance(second)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["bg", "panel"])
def test_text_and_marks_stand_out_from_what_they_lie_on(
    tokens: dict[str, str], ground: str
) -> None:
    for name in ("ink", "muted", "orbit", "ground"):
        assert contrast(tokens[name], tokens[ground]) >= 4.5, name
    for name in ("orbit1", "prior"):
        assert contrast(tokens[name], tokens[ground]) >= 3, name


def test_orbit_and_ground_differ_in_grey() -> None:
    assert contrast(LIGHT["orbit"], LIGHT["ground"]) >= 1.8
    assert contrast(DARK["orbit"], DARK["ground"]) >= 1.5


# Dichromats' vision on linear RGB (Machado, Oliveira and Fernandes 2009, severity 1).
SEEN_BY = {
    "protan": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deutan": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritan": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
TO_XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
WHITE = (0.95047, 1.0, 1.08883)


def times(matrix: tuple[tuple[float, ...], ...], vector: list[float]) -> list[float]:
    """A matrix times a vector."""
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def lab(colour: str, eye: str) -> list[float]:
    """CIELAB of a colour as a dichromat sees it."""
    light = [linear(int(colour[place : place + 2], 16)) for place in (1, 3, 5)]
    seen = [min(1.0, max(0.0, channel)) for channel in times(SEEN_BY[eye], light)]
    x, y, z = (
        share ** (1 / 3) if share > 0.008856 else 7.787 * share + 16 / 116
        for share in (a / b for a, b in zip(times(TO_XYZ, seen), WHITE, strict=True))
    )
    return [116 * y - 16, 500 * (x - y), 200 * (y - z)]


@pytest.mark.parametrize("eye", SEEN_BY)
@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_the_roles_stay_apart_for_every_kind_of_colour_blindness(
    tokens: dict[str, str], eye: str
) -> None:
    orbit, ground, prior = (lab(tokens[name], eye) for name in ("orbit", "ground", "prior"))
    # Whole units of distance, as the palette was chosen: the smallest is 29.99, light, tritan.
    assert round(math.dist(orbit, ground)) >= 80
    assert round(math.dist(orbit, prior)) >= 30
