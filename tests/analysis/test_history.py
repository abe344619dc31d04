"""What changed since an earlier run: which probabilities moved, and what that can come from."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from risk import report
from risk.analysis.history import KEPT, history
from risk.cli.output import history_of
from risk.report.build import build
from risk.report.words import LANGUAGES
from tests.report.documents import document, forced

Change = dict[str, Any]


def later(**parts: Any) -> dict[str, Any]:
    """The synthetic document as a later run of it, with parts of its run replaced."""
    made = document()
    made["run"] |= {"date": "2026-12-01", **parts}
    return made


def test_a_run_repeated_has_nothing_to_tell_and_keeps_what_the_first_one_told() -> None:
    assert history(document(), document()) is None
    second = later(seed=8)
    second["history"] = history(document(), second)
    assert history(second, copy.deepcopy(second)) == second["history"]


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (lambda made: made["run"].update(seed=8), "sample"),
        (lambda made: made["run"].update(paths=2_000_000), "sample"),
        (lambda made: made["scenario"].update(digest="9" * 64), "inputs"),
        (lambda made: made["run"]["versions"].update(orbitrisk="0.2.0"), "version"),
        (
            lambda made: (
                made["scenario"].update(digest="9" * 64),
                made["run"]["versions"].update(orbitrisk="0.2.0"),
            ),
            "both",
        ),
    ],
)
def test_a_change_is_laid_to_what_differs(change: Any, cause: str) -> None:
    made = later()
    change(made)
    found = history(document(), made)
    assert found is not None
    assert {row["cause"] for row in found["changes"]} == {cause}
    assert not any(row["beyond"] for row in found["changes"])  # the estimates are the same


def test_a_change_has_the_interval_of_two_independent_estimates() -> None:
    before, now = document(), forced(0.05, 0.08)
    now["run"]["seed"] = 8
    found = history(before, now)
    assert found is not None
    row = next(r for r in found["changes"] if (r["comparator"], r["date"]) == ("cost", 2035.75))
    assert row["change"] == row["now"]["value"] - row["before"]["value"]
    variance = row["now"]["stderr"] ** 2 + row["before"]["stderr"] ** 2
    assert row["high"] - row["change"] == pytest.approx(1.959964 * variance**0.5)
    assert row["beyond"]
    assert len(found["changes"]) == 12


def test_inputs_that_moved_came_or_went_are_listed() -> None:
    made = later(seed=8)
    made["inputs"][0]["prior"]["p50"] = 650
    gone = made["inputs"].pop(1)
    found = history(document(), made)
    assert found is not None
    moved, lost = found["inputs"]
    assert (moved["before"]["p50"], moved["now"]["p50"]) == (700, 650)
    assert (lost["key"], lost["now"]) == (gone["key"], None)


def test_the_memory_of_runs_is_a_chain_of_bounded_length() -> None:
    made = document()
    for seed in range(100, 100 + KEPT + 3):
        following = later(seed=seed)
        following["history"] = history(made, following)
        made = following
    runs = made["history"]["runs"]
    assert len(runs) == KEPT
    assert [run["seed"] for run in runs[-2:]] == [100 + KEPT, 100 + KEPT + 1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_says_what_moved_in_both_languages(language: str) -> None:
    now = forced(0.05, 0.08)
    now["scenario"]["digest"] = "9" * 64
    now["history"] = history(document(), now)
    section = next(s for s in build(now, language).sections if s.id == "history")
    assert "12" in section.title
    changes, differing = section.blocks[0].parts
    assert len(changes.rows) == 12
    assert [row[1].text for row in differing.rows] == ["4be1c0d2"]
    assert report.html(now, language).count('id="history"') == 1


def test_without_an_earlier_run_the_page_says_that_the_section_is_absent() -> None:
    made = build(document())
    assert "changes since an earlier run" in made.missing
    assert all(section.id != "history" for section in made.sections)


def test_the_earlier_run_is_read_from_the_output_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (path,) = report.write(document(), tmp_path, ("json",))
    found = history_of(path, later(seed=8))
    assert found is not None
    assert found["since"]["date"] == "2026-11-23"
    assert history_of(tmp_path / "none.json", document()) is None
    path.write_text(json.dumps({"claims": []}), "utf-8")
    assert history_of(path, document()) is None
    path.write_text("half a doc", "utf-8")
    assert history_of(path, document()) is None
    assert capsys.readouterr().err.count("is no earlier report") == 2
