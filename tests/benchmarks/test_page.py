"""The page is what the committed results and the hand-written notes make."""

import json
from pathlib import Path

import pytest

from benchmarks import page
from benchmarks.bars import Bar, digits, table
from benchmarks.registry import names, question

RESULTS = page.results()


def test_the_page_is_what_results_and_notes_make() -> None:
    notes = page.NOTES.read_text("utf-8")
    fresh = page.page(RESULTS, notes)
    assert page.PAGE.read_text("utf-8") == fresh, "python -m benchmarks --render renews it"


def test_the_readme_carries_the_committed_figures_of_speed_and_their_commands() -> None:
    text = page.FRONT.read_text("utf-8")
    assert page.START in text
    assert page.with_speed(text, RESULTS) == text, "python -m benchmarks --render renews it"


def test_a_text_without_the_marks_stays_as_it_is() -> None:
    assert page.with_speed("# Something else\n", RESULTS) == "# Something else\n"


def test_every_note_belongs_to_a_question() -> None:
    asked = {*names(), *names("gpu")}
    assert set(page.paragraphs(page.NOTES.read_text("utf-8"))) <= asked


@pytest.mark.parametrize("name", RESULTS)
def test_committed_results_say_where_when_and_of_what_they_are(name: str) -> None:
    machine = RESULTS[name]["machine"]
    assert {"processor", "cores", "python", "jax", "numpy", "commit", "date"} <= machine.keys()
    assert page.command(name, RESULTS[name]) in page.stamp(name, RESULTS[name])


@pytest.mark.parametrize("name", RESULTS)
def test_committed_results_render_in_every_form(name: str, tmp_path: Path) -> None:
    module, found = question(name), RESULTS[name]["found"]
    assert all(isinstance(line, str) for line in module.lines(found))
    for bar in module.bars(found) if hasattr(module, "bars") else ():
        assert bar.name in "\n".join(module.lines(found))
    if hasattr(module, "compare"):
        assert all(value > 0 for value in module.compare(found).values())
    if hasattr(module, "figure"):
        module.figure(found, tmp_path)
        drawn = {file.name for file in tmp_path.iterdir()}
        assert drawn
        assert drawn <= {file.name for file in page.FIGURES.iterdir()}
        assert all(file.startswith(name) for file in drawn)


def test_results_of_one_question_leave_the_others_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {"memory": RESULTS["memory"], "float": RESULTS["float"]}
    for place in ("RESULTS", "PAGE", "FIGURES", "FRONT"):
        monkeypatch.setattr(page, place, tmp_path / place.lower())
    page.RESULTS.write_text(json.dumps(before), "utf-8")
    page.keep("memory", {**before["memory"], "seconds": 1.0})
    after = json.loads(page.RESULTS.read_text("utf-8"))
    assert after["float"] == before["float"]
    assert after["memory"]["seconds"] == 1.0
    assert "## Does memory grow" in page.PAGE.read_text("utf-8")


def test_a_bar_is_met_not_met_or_not_measured() -> None:
    bars = [
        Bar("a", 5.0, 5.0, "×"),
        Bar("b", 6.1, 6.0, " s", at_least=False),
        Bar("c", None, 1.0),
    ]
    assert [bar.met for bar in bars] == [True, False, None]
    assert [row.split("|")[4].strip() for row in table(bars)[2:]] == ["met", "NOT met", ""]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (1234567.0, "1,230,000"), (0.0123456, "0.0123"), (12.0, "12"), (3e-6, "3e-06")],
)
def test_a_number_has_about_three_digits(value: float, text: str) -> None:
    assert digits(value) == text
