"""The section of stress cases, its figure, its titles, and the sentence of the decision box."""

from typing import Any

import pytest

from risk import report
from risk.report.build import build
from risk.report.figures.stress import LOWEST, Scale
from risk.report.words import NO_BREAK
from tests.report.documents import Document, document, probability

N = 12_000


def row(key: str, p: float, prior: float, of: tuple[str, ...] = ()) -> Document:
    """One shock with an invented P."""
    named = key != "base"
    return {
        "id": key, "name": f"Shock {key}" if named else "", "date": "from 2027" if named else "",
        "mark": "judgement" if named else "", "source": "a guess" if named else "",
        "stands_for": f"what stands for {key}" if named else "", "of": list(of),
        "chances": {"conditioned": probability(p, N), "prior": probability(prior, N)},
        "changes": {name: {"gained": 0.0, "lost": 0.0} for name in ("conditioned", "prior")},
    }  # fmt: skip


def stressed(base: float = 0.016, **shocks: float) -> Document:
    """The synthetic document with a row without a shock and these shocks; `both` acts together."""
    rows = [row("base", base, min(1.0, 2 * base))]
    rows += [
        row(key, p, min(1.0, 1.5 * p), ("a", "b") if key == "both" else ())
        for key, p in shocks.items()
    ]
    found = {"year": 2035, "comparator": "cost", "paths": 16_384, "seed": 7, "rows": rows}
    return document() | {"stress": found}


def section(made: Document, language: str = "en") -> Any:
    """The section of stress cases, or None."""
    return next((s for s in build(made, language).sections if s.id == "stress"), None)


def test_a_document_without_stress_has_no_section_and_says_so() -> None:
    assert section(document()) is None
    assert "stress cases" in build(document()).missing
    assert "stress cases" not in build(stressed(a=0.02)).missing


def test_the_row_without_a_shock_comes_first_and_the_rest_falls() -> None:
    table = section(stressed(a=0.002, b=0.2, both=0.03)).blocks[0].parts[0].data
    assert [cells[0].text for cells in table.rows] == [
        "No shock", "Shock b", "Shock both", "Shock a",
    ]  # fmt: skip
    assert table.rows[1][0].under == ("what stands for b", "a guess")
    assert [cells[2].text for cells in table.rows] == ["", *[f"○{NO_BREAK}judgement"] * 3]


@pytest.mark.parametrize(
    ("base", "shocks", "title"),
    [
        (0.016, {"a": 0.2, "b": 0.03}, "Only “Shock a” takes orbit above very unlikely: P = 20"),
        (0.016, {"a": 0.2, "b": 0.21}, "Only “Shock b” and “Shock a” take orbit above very unlikely: P = 21"),
        (0.016, {"a": 0.2, "b": 0.21, "c": 0.22}, "No shock lifts orbit above unlikely: the highest P is 22"),
        (0.016, {"a": 0.03, "b": 0.001}, "No shock lifts orbit above very unlikely: the highest P is 3.0"),
        (0.016, {"a": 0.1, "b": 0.001}, "The furthest that a shock takes P is 10.0"),
        (0.8, {"a": 0.3, "b": 0.85}, "Only “Shock a” takes orbit below likely: P = 30"),
        (0.8, {"a": 0.7, "b": 0.85}, "No shock takes orbit below likely: the lowest P is 70"),
    ],
)  # fmt: skip
def test_the_title_names_what_changes_the_term(
    base: float, shocks: dict[str, float], title: str
) -> None:
    assert section(stressed(base, **shocks)).title.startswith(title)


def test_the_box_names_the_single_shock_that_moves_p_furthest() -> None:
    made = build(stressed(a=0.002, b=0.05, both=0.2))
    text = next(f.text for f in made.box.facts if f.name == "What would change it")
    assert f"The largest single stress case is “Shock b”: P ={NO_BREAK}5.0{NO_BREAK}% (" in text
    assert f"prior 7.5{NO_BREAK}%" in text
    assert "Shock both" not in text


def test_the_axis_is_logarithmic_and_in_log_odds_from_one_half() -> None:
    def scale(made: Document) -> Scale:
        return Scale.of(section(made).blocks[0].parts[0].draw.args[0].rows)

    low, high = scale(stressed(a=0.3)), scale(stressed(a=0.6))
    assert (low.low, low.high, low.odds) == (LOWEST, 1.0, False)
    assert low.place(0.01) - low.place(0.001) == pytest.approx(low.place(1.0) - low.place(0.1))
    assert high.odds
    assert high.place(0.5) == pytest.approx(0.5)
    assert scale(stressed(a=0.0005)).low == pytest.approx(1e-4)
    assert low.place(0.0) == 0.0


@pytest.mark.parametrize("shocks", [{"a": 0.0, "b": 0.03}, {"a": 0.7, "b": 1.0}, {"a": 0.0004}])
@pytest.mark.parametrize("narrow", [False, True])
def test_the_figure_is_drawn_where_nothing_or_everything_wins(
    shocks: dict[str, float], narrow: bool
) -> None:
    made = stressed(0.0 if 0.0 in shocks.values() else 0.016, **shocks)
    figure = section(made).blocks[0].parts[0]
    assert figure.draw(narrow).axes
    texts = [one.text for one in figure.draw.args[0].rows]
    assert any(text.startswith("<") for text in texts) == (0.0 in shocks.values())


def test_the_page_holds_the_figure_in_both_languages_and_escapes_names() -> None:
    made = stressed(a=0.03)
    made["stress"]["rows"][1]["name"] = "<b>&amp;"
    page = report.html(made)
    assert 'id="stress"' in page
    assert "<b>&amp;" not in page
    assert report.html(made) == page
    assert "壓力情況" in report.html(made, "zh-TW")
