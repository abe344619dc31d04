"""The section of stress cases, its figure, its titles, and the sentence of the decision box."""

from typing import Any

import pytest

from risk import report
from risk.report.build import build
from risk.report.figures.stress import LOWEST, Scale
from risk.report.render.markdown import text
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


def test_the_line_under_the_figure_counts_the_paths_of_its_rows() -> None:
    made = stressed(a=0.2)
    said = "n = 12,000 accepted of 16,384 paths"
    assert section(made).blocks[0].parts[0].provenance.startswith(said)
    page = text(build(made), "pictures")[0]
    run = made["run"]
    assert page.count(said) == 1
    assert f"of {run['paths']:,} paths" in page


def test_a_shock_that_the_scenario_cannot_take_is_named_beside_the_figure() -> None:
    made = stressed(a=0.2)
    made["stress"]["left_out"] = [{"id": "b", "name": "Shock b", "reason": "above 1"}]
    said = "Left out, because a number of this scenario cannot take it: Shock b."
    assert said in section(made).blocks[0].notes


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


def reversed_(n: int = 400, lose_z: float = -0.02, settled: bool = True) -> Document:
    """A document with an invented reverse stress."""

    def driver(name: str, value: float | None, z: float) -> Document:
        return {
            "kind": "input", "key": name, "name": name, "unit": "kUSD/kW" if value else "",
            "value": value, "z": z, "quantile": 0.1, "low": 0.08, "high": 0.12,
            "design_z": 0.5, "design_quantile": 0.18, "design_value": value and 18.0,
        }  # fmt: skip

    rows = [driver("platform cost", 14.6, -1.3), driver("maturity", None, 1.7)] if n else []
    groups = {
        "p": probability(0.01, N),
        "win": {"n": n, "few": n < 50, "rows": rows},
        "lose": {"n": 49_000, "few": False, "rows": [driver("chip life", 5.0, lose_z)]},
    }
    design = {"beta": 1.62, "probability": 0.0525, "off": 0.3, "settled": settled}
    made = stressed(a=0.03)
    made["stress"]["reverse"] = {
        "year": 2035, "comparator": "cost", "paths": 65_536, "seed": 7, "design": design,
        "populations": {"conditioned": groups, "prior": groups},
    }  # fmt: skip
    return made


def test_the_way_to_win_is_a_table_with_quantiles_and_the_design_point() -> None:
    block = section(reversed_()).blocks[1]
    assert block.title == "The most likely way for orbit to win"
    (table,) = block.parts
    first, second = ([cell.text for cell in row] for row in table.rows)
    assert first == ["platform cost", "14.6", "18"]
    assert table.rows[0][1].under == (f"10{NO_BREAK}% (8 to 12)",)
    assert table.rows[0][2].under == (f"18{NO_BREAK}%",)
    assert second[1] == "–"
    notes = " ".join(block.notes)
    assert "Where orbit loses (49,000 paths)" in notes
    assert f"= 5.2{NO_BREAK}%" in notes or f"= 5.3{NO_BREAK}%" in notes
    assert "did not settle" not in notes


def test_few_or_no_wins_and_a_search_that_did_not_settle_are_said() -> None:
    few, none, rough = (
        " ".join(section(made).blocks[1].notes)
        for made in (reversed_(20), reversed_(0), reversed_(settled=False))
    )
    assert "Orbit wins on 20 paths only" in few
    assert "there is no median" in none
    assert "did not settle" in rough
    assert len(section(reversed_(lose_z=-0.4)).blocks[1].parts) == 2
    assert section(reversed_(), "zh-TW").blocks[1].parts
