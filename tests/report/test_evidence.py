"""The section on evidence: prior against posterior, and backtests, where a scenario has them."""

import copy

import pytest

from risk.report.build import build
from risk.report.figures.evidence import forecasts
from risk.report.page import Figure, Section, Table
from risk.report.render.markdown import text
from tests.report.documents import Document, document

MADE = {
    "date": "2026-11-26",
    "seed": 7,
    "tables": ["chips.csv, 7 rows, 7a288dce"],
    "backtests": [
        {
            "name": name,
            "question": f"the {name} of 2025",
            "known_until": 2015.5,
            "unit": "USD/kg",
            "forecast": [500.0, 1200.0, 2400.0],
            "outcome": outcome,
            "pit": score,
            "crps": 0.25,
            "note": "a note",
        }
        for name, outcome, score in (("price", 3000.0, 0.99), ("cost", 1100.0, 0.45))
    ],
}


def evident() -> Document:
    """The synthetic document with an input that is fitted to evidence."""
    made = document()
    key = made["inputs"][0]["key"]
    row = {"input": key, "fit": "chips", "before": [0.2, 0.35, 0.5], "after": [0.3, 0.38, 0.47]}
    fitted = [{**row, "r_hat": 1.001, "ess": 900.0, "caution": "used twice."}]
    return made | {"evidence": copy.deepcopy(MADE) | {"fitted": fitted}}


@pytest.fixture
def section() -> Section:
    report = build(evident())
    assert "0.3 / 0.38 / 0.47" in text(report, "pictures")[0]
    return next(found for found in report.sections if found.id == "evidence")


def test_the_section_says_how_many_are_fitted_and_how_many_backtests_missed(
    section: Section,
) -> None:
    assert section.title.startswith("1 inputs are fitted to public data; 1 of 2 backtests")
    tables = [part for block in section.blocks for part in block.parts if isinstance(part, Table)]
    _, after, interval, fit = tables[0].rows[0]
    assert (after.text, after.under) == ("0.3 / 0.38 / 0.47", ("before: 0.2 / 0.35 / 0.5",))
    assert interval.graphic.startswith("<svg")
    assert fit.under == ("R-hat 1.001, 900 effective draws",)
    assert [row[4].text for row in tables[1].rows] == ["0.990", "0.450"]


def test_a_miss_and_a_caution_are_said_in_words(section: Section) -> None:
    notes = [note for block in section.blocks for note in block.notes]
    assert "Caution, fit chips: used twice." in notes
    lost = [note for note in notes if note.startswith("Missed: ")]
    assert len(lost) == 1
    assert "the price of 2025" in lost[0]
    tables = [part for block in section.blocks for part in block.parts if isinstance(part, Table)]
    assert [row[6].text for row in tables[1].rows] == ["missed", "within"]


@pytest.mark.parametrize("narrow", [False, True])
def test_the_figure_draws_each_forecast_over_what_came(section: Section, narrow: bool) -> None:
    figure = next(p for block in section.blocks for p in block.parts if isinstance(p, Figure))
    drawing = figure.draw(narrow)
    assert not isinstance(drawing, str)
    lines = drawing.axes[0].lines
    assert forecasts.__name__ == "forecasts"
    assert [round(10 ** line.get_xdata()[1], 3) for line in lines[1::2]] == [0.8, 2.182]


def test_a_scenario_without_evidence_has_no_such_section() -> None:
    assert all(section.id != "evidence" for section in build(document()).sections)
