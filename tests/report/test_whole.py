"""The document that stands for a whole report in the tests of every format lacks nothing."""

import ast
from pathlib import Path

import pytest

from risk import report
from risk.report.build import GIVEN, build
from risk.report.figures.themed import drawn, inline
from risk.report.words import LANGUAGES
from tests.report.whole import figures, whole

SECTIONS = Path(report.__file__).parent / "sections"
COMPARED = {"systems"}
"""Figures of a comparison, which no run has."""


def declared() -> set[str]:
    """The id of every `Figure(id=...)` in the sections of a report."""
    calls = [
        node
        for file in SECTIONS.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Figure"
    ]
    named = [{word.arg: word.value for word in call.keywords}["id"] for call in calls]
    return {ast.literal_eval(name) for name in named}


def test_the_whole_document_has_every_figure_that_a_run_can_have() -> None:
    assert {figure.id for figure in figures(build(whole()))} == declared() - COMPARED


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_that_lacks_nothing_does_not_speak_of_what_it_lacks(language: str) -> None:
    assert all(whole()[name] for name in GIVEN)
    assert build(whole(), language).missing == ""


@pytest.mark.parametrize("narrow", [False, True])
def test_a_text_with_two_dollar_signs_is_drawn_as_it_is(narrow: bool) -> None:
    (figure,) = (one for one in figures(build(whole())) if one.id == "drivers")
    picture = inline(drawn(figure, narrow), "drivers", "", "")
    assert all(piece in picture for piece in ("EVPPI, $M", "per $1B"))
