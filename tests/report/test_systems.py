"""A comparison as a page, as Markdown and in a terminal, and its figure in a browser."""

import json
import math
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from risk import report
from tests.report.test_browser import BROWSER, CLIPPED, FLAGS, SMALL, SMALLEST_TEXT

NINE = (
    ("ground_gcp", "ground", ""),
    ("ground_azure", "ground", ""),
    ("ground_rented", "rented", ""),
    ("spacex_xai", "orbit", ""),
    ("starcloud_40mw", "orbit", ""),
    ("azure_orbital_partners", "orbit", ""),
    ("robots_edge/orbit", "edge", "orbit"),
    ("robots_edge/region", "edge", "region"),
    ("robots_edge/board", "edge", "board"),
)
UNITS = {"cost": 0.1, "cost_per_kw": 8.0, "value": 10.0, "delay": 1.0}
LEVELS = {"p05": -1.64, "p25": -0.67, "p50": 0.0, "p75": 0.67, "p95": 1.64}


def systems(names: tuple[tuple[str, str, str], ...], first: float = 0.97) -> dict[str, Any]:
    """An invented comparison: each system costs a third more than the one before."""
    rows = []
    for n, (name, _, way) in enumerate(names):
        rest = (1 - first) / max(len(names) - 1, 1)
        p = first if n == 0 else rest
        for date in (2029.75, 2031.75, 2035.75, 2040.75):
            for population in ("prior", "conditioned"):
                place = {"system": name, "comparator": None, "date": date, "n": 50_000}
                place |= {"population": population, "stderr": 0.001}
                for metric in ("cheapest", "best_value"):
                    ends = {"low": max(0.0, p - 0.002), "high": min(1.0, p + 0.002)}
                    one = {"metric": metric, "statistic": "probability", "unit": "1"}
                    rows.append(place | one | ends | {"value": p})
                for metric in ("regret_cost", "regret_value"):
                    one = {"metric": metric, "statistic": "mean", "unit": "kUSD/kW"}
                    rows.append(place | one | {"low": n * 2.0, "high": n * 2.2, "value": n * 2.1})
                metrics = UNITS | ({"end_to_end": 60.0} if way else {})
                for metric, middle in metrics.items():
                    for statistic, z in LEVELS.items():
                        value = middle * (4 / 3) ** n * math.exp(0.6 * z)
                        one = {"metric": metric, "statistic": statistic, "unit": ""}
                        rows.append(place | one | {"low": value, "high": value, "value": value})
    return {
        "systems": [
            {
                "name": name, "scenario": name.partition("/")[0], "title": f"Title of {name}",
                "side": side, "way": way, "opponent": None, "source": "a source",
                "digest": name.partition("/")[0].ljust(64, "0"),
            }
            for name, side, way in names
        ],
        "market": "base",
        "year": 2035,
        "run": {
            "paths": 65_536, "accepted": {"conditioned": 50_000}, "invalid": 0, "seed": 7,
            "sampler": "sobol", "replicates": 32, "versions": {"orbitrisk": "0.1.0"},
            "date": "2026-11-26", "command": "orbitrisk compare a b --paths 65536 --seed 7",
        },
        "estimates": rows,
    }  # fmt: skip


def test_the_title_says_which_is_cheapest_how_often() -> None:
    text = report.terminal(systems(NINE)).plain
    assert "ground_gcp is the cheapest of 9 in 97 of 100 futures, committed in 2035" in text


@pytest.mark.parametrize("first", [0.12, 0.9996, 1.0])
def test_a_system_that_is_almost_always_best_is_not_called_always(first: float) -> None:
    text = report.terminal(systems(NINE, first)).plain
    often = re.search(r"in (\d+) of 100 futures", " ".join(text.split()))
    assert often
    assert int(often[1]) == {0.12: 12, 0.9996: 99, 1.0: 100}[first]


def test_the_terminal_keeps_to_80_columns_and_to_ascii_where_asked() -> None:
    text = report.terminal(systems(NINE)).plain
    assert max(map(len, text.splitlines())) <= 80
    assert report.terminal(systems(NINE), unicode=False).plain.isascii()


def test_page_markdown_and_json_are_written_with_the_figure(tmp_path: Path) -> None:
    document = systems(NINE)
    names = {path.relative_to(tmp_path).as_posix() for path in report.write(document, tmp_path)}
    assert names == {
        "systems.html", "systems.md", "systems.json", "systems-figures/systems.svg",
    }  # fmt: skip
    assert json.loads((tmp_path / "systems.json").read_text("utf-8")) == document
    text = (tmp_path / "systems.md").read_text("utf-8")
    assert "cheapest of 9 in 97 of 100 futures" in text.replace("\\", "")


def test_rows_stand_from_the_cheapest_up_whatever_order_was_asked() -> None:
    document = systems(NINE)
    document["systems"].reverse()
    document["estimates"].reverse()
    plain = report.terminal(document).plain
    places = [plain.index(f"\n{name} ") for name, _, _ in NINE]
    assert places == sorted(places)


def test_two_builds_are_the_same_bytes() -> None:
    assert report.html(systems(NINE)) == report.html(systems(NINE))


def test_a_comparison_without_a_number_names_what_is_missing() -> None:
    document = systems(NINE)
    document["estimates"] = [r for r in document["estimates"] if r["metric"] != "regret_cost"]
    with pytest.raises(ValueError, match="no regret_cost \\(mean\\) of"):
        report.html(document)


needs_browser = pytest.mark.skipif(
    BROWSER is None, reason="no chromium on the PATH: install it to test the page in a browser"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield started
        started.close()


@needs_browser
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("count", [1, 9])
def test_the_page_opens_without_sideways_scroll_and_nothing_is_clipped(
    browser: Any, tmp_path: Path, count: int, width: int
) -> None:
    file = tmp_path / "page.html"
    file.write_text(report.html(systems(NINE[:count])), "utf-8")
    page = browser.new_page(viewport={"width": width, "height": 900})
    seen: list[str] = []
    page.on("console", lambda message: seen.append(message.text))
    page.on("request", lambda request: seen.append(request.url))
    page.goto(file.as_uri())
    assert seen == [file.as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(CLIPPED) == []
    assert page.evaluate(SMALL, SMALLEST_TEXT) == []
    page.close()


OVERLAPS = """() => {
    const svg = [...document.querySelectorAll('#figure-systems svg')]
        .find(one => one.getBoundingClientRect().width);
    const boxes = [...svg.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()]);
    const hits = [];
    boxes.forEach(([a, p], i) => boxes.slice(i + 1).forEach(([b, q]) => {
        if (p.left < q.right - 1 && q.left < p.right - 1 && p.top < q.bottom - 3 && q.top < p.bottom - 3)
            hits.push(a + ' | ' + b);
    }));
    return hits;
}"""


@needs_browser
@pytest.mark.parametrize("width", [1280, 390])
def test_no_label_of_the_figure_lies_over_another(browser: Any, tmp_path: Path, width: int) -> None:
    file = tmp_path / "page.html"
    file.write_text(report.html(systems(NINE)), "utf-8")
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(file.as_uri())
    assert page.evaluate(OVERLAPS) == []
    marks = page.evaluate("document.querySelectorAll('#figure-systems svg path').length")
    assert marks > 4 * len(NINE)
    page.close()
