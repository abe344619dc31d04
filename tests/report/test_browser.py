"""The page in a real browser: no sideways scroll, no request, no complaint, nothing clipped."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from risk import report
from risk.report.build import build
from tests.report.documents import document, forced
from tests.report.whole import figures, whole

BROWSER = shutil.which("chromium")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
SIZES = (1280, 640, 390, 320)  # 640 is 1280 at a zoom of 200 %
SMALLEST_TEXT = 12

pytestmark = pytest.mark.skipif(
    BROWSER is None, reason="no chromium on the PATH: install it to test the page in a browser"
)

# Texts whose box reaches beyond the picture that they stand in, or is set too small.
CLIPPED = """() => [...document.querySelectorAll('figure svg')].flatMap(svg => {
    const frame = svg.getBoundingClientRect();
    if (!frame.width) return [];
    return [...svg.querySelectorAll('text')].filter(text => {
        const box = text.getBoundingClientRect();
        return box.left < frame.left - 1 || box.right > frame.right + 1
            || box.top < frame.top - 1 || box.bottom > frame.bottom + 1;
    }).map(text => text.textContent);
})"""
SMALL = """least => [...document.querySelectorAll('body *')].filter(element =>
    [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim())
    && element.getBoundingClientRect().width
    && !element.closest('svg')
    && parseFloat(getComputedStyle(element).fontSize) < least).map(e => e.textContent)"""


# The pictures of each figure that take up room, and whether anything in them does.
SEEN = """() => Object.fromEntries([...document.querySelectorAll('figure')].map(figure =>
    [figure.id, [...figure.querySelectorAll(':scope > div svg')].map(svg => ({
        width: svg.getBoundingClientRect().width,
        ink: [...svg.querySelectorAll('path, circle, text')].some(
            mark => mark.getBoundingClientRect().width > 1)
    }))]))"""

# Pairs of Chinese characters in headings that stand on two lines with nothing to break at.
BROKEN = """() => [...document.querySelectorAll('h1, h2, h3, h4')].flatMap(heading => {
    const found = [], walker = document.createTreeWalker(heading, NodeFilter.SHOW_TEXT);
    for (let node; (node = walker.nextNode());) {
        const top = place => {
            const range = document.createRange();
            range.setStart(node, place); range.setEnd(node, place + 1);
            return range.getBoundingClientRect().top;
        };
        for (let place = 1; place < node.data.length; place++)
            if (/^[\u4e00-\u9fff]{2}$/.test(node.data.slice(place - 1, place + 1))
                && Math.abs(top(place) - top(place - 1)) > 4)
                found.push(node.data);
    }
    return found;
})"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=BROWSER, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    long = document()
    long["scenario"]["title"] = "A-scenario-with-a-name-of-40-characters!"
    made = {"whole": whole(), "name": long, "none": forced(0.0, 0.0), "all": forced(1.0, 1.0)}
    for name, one in made.items():
        (folder / f"{name}.html").write_text(report.html(one), "utf-8")
    (folder / "chinese.html").write_text(report.html(whole(), "zh-TW"), "utf-8")
    return {name: folder / f"{name}.html" for name in (*made, "chinese")}


@pytest.mark.parametrize("width", SIZES)
@pytest.mark.parametrize("name", ["whole", "name", "none", "all", "chinese"])
def test_the_page_opens_without_sideways_scroll_request_or_complaint(
    browser: Any, pages: dict[str, Path], name: str, width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    seen: list[str] = []
    page.on("console", lambda message: seen.append(message.text))
    page.on("pageerror", lambda error: seen.append(str(error)))
    page.on("request", lambda request: seen.append(request.url))
    page.goto(pages[name].as_uri())
    assert seen == [pages[name].as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width != 320:  # there the pictures for a phone are scaled down as a whole
        assert page.evaluate(CLIPPED) == []
    assert page.evaluate(SMALL, SMALLEST_TEXT) == []
    page.close()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", ["whole", "chinese"])
def test_every_figure_is_visible_in_the_form_for_its_width(
    browser: Any, pages: dict[str, Path], name: str, width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(pages[name].as_uri())
    shown = page.evaluate(SEEN)
    assert set(shown) == {f"figure-{figure.id}" for figure in figures(build(whole()))}
    for figure, pictures in shown.items():
        assert [one["ink"] for one in pictures if one["width"]] == [True], figure
        assert [one["width"] <= width for one in pictures if one["width"]] == [True], figure
    page.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_no_chinese_heading_breaks_inside_a_phrase(
    browser: Any, pages: dict[str, Path], width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(pages["chinese"].as_uri())
    broken = page.evaluate(BROKEN)
    assert page.evaluate("document.fonts.check('16px \"Noto Sans TC\"', '軌')")
    assert broken == []
    page.close()


def test_dark_mode_leaves_no_light_ground_and_print_returns_to_light(
    browser: Any, pages: dict[str, Path]
) -> None:
    page = browser.new_page(color_scheme="dark")
    page.goto(pages["whole"].as_uri())
    ground = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(ground) == "rgb(18, 22, 29)"
    page.emulate_media(media="print")
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
    page.close()


def test_the_box_and_the_headline_table_share_the_first_printed_page(
    browser: Any, pages: dict[str, Path]
) -> None:
    page = browser.new_page(viewport={"width": 680, "height": 1000})  # 180 mm at 96 dpi
    page.emulate_media(media="print")
    page.goto(pages["whole"].as_uri())
    end = page.evaluate("document.querySelector('table.large').getBoundingClientRect().bottom")
    assert end <= 263 / 25.4 * 96  # A4 less its margins
    page.close()
