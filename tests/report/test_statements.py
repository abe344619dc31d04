"""What the report says on documents forced to the edges."""

from typing import Any

import pytest

from risk.report.build import build
from risk.report.page import Report
from risk.report.words import NO_BREAK
from tests.report.documents import document, forced


def said(report: Report) -> str:
    """The decision box as one text with ordinary spaces."""
    box = report.box
    facts = [fact.text for fact in box.facts]
    notes = list(box.notes)
    parts = [box.answer, box.second, box.closing, *facts, box.sure, *notes]
    return " ".join(parts).replace(NO_BREAK, " ")


@pytest.mark.parametrize(
    ("conditioned", "prior", "expected"),
    [
        (0.0, 0.0, "exceptionally unlikely to be cheaper for capacity committed in 2035: P < 0.0006 % (none of 765,000)"),
        (0.00006, 0.0004, "exceptionally unlikely to be cheaper for capacity committed in 2035: P = 0.006 %"),
        (0.005, 0.012, "exceptionally unlikely to be cheaper for capacity committed in 2035: P = 0.50 %"),
        (0.33, 0.41, "orbit is unlikely to about as likely as not to be cheaper"),
        (0.85, 0.7, "orbit is likely to be cheaper for capacity committed in 2035: P = 85.0 %"),
        (1.0, 1.0, "orbit is virtually certain to be cheaper for capacity committed in 2035: P > 99.999"),
    ],
)  # fmt: skip
def test_the_answer_names_the_term_and_the_number(
    conditioned: float, prior: float, expected: str
) -> None:
    assert expected in said(build(forced(conditioned, prior)))


def test_a_prior_below_the_conditioned_answer_has_no_ring_and_is_said_to_be_raised() -> None:
    report = build(forced(0.05, 0.02))
    assert all(block.ringed == 0 for block in report.box.dots)
    assert "Heavy ring" not in report.box.dots_key
    assert "2.0 %" in report.box.dots[0].caption.replace(NO_BREAK, " ")
    doubt = next(section for section in report.sections if section.id == "doubt")
    findings = [cell.text for row in doubt.blocks[2].parts[0].rows for cell in row]
    assert any("raises the odds 2.6 times" in text for text in findings)


@pytest.mark.parametrize(
    ("crossing", "expected"),
    [
        (0.0, "Fewer than one in twenty cross by 2041, so no median date exists."),
        (0.06, "94 of 100 futures do not cross by 2041, so no median date exists. One in twenty crosses by 2038Q"),
        (0.93, "Median crossover 2034Q2; 5 to 95 %: 2027Q3 to not by 2041."),
        (1.0, "Median crossover 2033Q4; 5 to 95 %: 2027Q3 to 2040Q1."),
    ],
)  # fmt: skip
def test_by_when_follows_the_share_that_crosses(crossing: float, expected: str) -> None:
    assert expected in said(build(forced(0.05, 0.08, crossing)))


def test_few_accepted_or_few_winning_paths_are_warned_of_in_the_box() -> None:
    few = build(forced(0.05, 0.08, paths=100_000, accepted=1_500)).box.notes
    assert "Only 1.5" in few[0]
    assert "75 winning paths" in few[1]
    assert build(forced(0.05, 0.08)).box.notes == ()
    assert "upper bound" in build(forced(0.0, 0.0)).box.notes[0]


def test_no_price_is_enough_or_the_price_is_given_with_its_interval() -> None:
    assert "No launch price is enough: with free launch P is" in said(build(forced(0.05, 0.08)))
    price = said(build(forced(0.85, 0.7)))
    assert "P reaches 50 % at $240/kg ($236/kg to $244/kg) in 2035." in price


def test_time_is_the_case_for_orbit_only_when_it_lifts_a_cost_that_would_not_do() -> None:
    assert build(forced(0.018, 0.1)).box.closing == ""
    assert build(forced(0.25, 0.3)).box.closing == "Time, not cost, is the case for orbit."
    assert build(forced(0.85, 0.9)).box.closing == ""


def test_sampling_error_and_model_uncertainty_are_named_apart() -> None:
    sure = build(document()).box.sure
    assert "Sampling error is ±" in sure
    assert "Model uncertainty is far larger: the prior says" in sure
    assert "Confidence in the model: low, because every percentile drawn is a judgement." in sure
    moves = build(forced(0.33, 0.41)).box.sure
    assert "the interval crosses a threshold: more paths would settle the term" in moves


def test_confidence_leaves_out_a_share_that_it_cannot_compute() -> None:
    made = document()
    made["inputs"][0]["mark"] = "published"
    assert "every percentile drawn is a judgement" not in build(made).box.sure
    doubt = next(section for section in build(made).sections if section.id == "doubt")
    levels = [row[-1].text for row in doubt.blocks[2].parts[0].rows]
    assert levels == ["not computed in this report", "medium", "high"]
    assert "Confidence in the model: medium" in build(made).box.sure


@pytest.mark.parametrize(("anchors", "level"), [("published", "medium"), ("judgement", "low")])
def test_a_fit_is_no_better_than_the_evidence_it_stands_on(anchors: str, level: str) -> None:
    made = document()
    made["inputs"][0] |= {"mark": "fitted", "anchors": anchors}
    assert f"Confidence in the model: {level}" in build(made).box.sure


@pytest.mark.parametrize(
    ("passed", "level"), [(58, "high"), (53, "medium"), (52, "low"), (None, "not computed in this report")]
)  # fmt: skip
def test_replays_lower_the_confidence(passed: int | None, level: str) -> None:
    made = document()
    made["validation"] = None if passed is None else {"passed": passed, "total": 58}
    doubt = next(section for section in build(made).sections if section.id == "doubt")
    assert doubt.blocks[2].parts[0].rows[2][-1].text == level


def test_blocks_in_one_picture_use_the_same_count() -> None:
    def wholes(conditioned: float, prior: float) -> list[int]:
        return [block.whole for block in build(forced(conditioned, prior)).box.dots]

    assert wholes(0.05, 0.1) == [100, 100]
    assert wholes(0.005, 0.012) == [1000, 1000]
    assert wholes(0.0006, 0.001) == [0, 1000]
    assert wholes(0.00006, 0.0004) == [0, 0]
    assert wholes(1.0, 1.0) == [0, 0]


def test_the_mass_that_never_crosses_is_drawn_at_full_size() -> None:
    for crossing, rest in ((0.0, 100), (0.06, 94), (1.0, 0)):
        report = build(forced(0.05, 0.08, crossing))
        section = next(section for section in report.sections if section.id == "when")
        dots = section.blocks[1].parts[0]
        assert f"{rest} in the block not by 2041" in dots.description
        assert dots.text.count("○") == rest


def without(made: dict[str, Any], *metrics: str) -> dict[str, Any]:
    """The document less some metrics."""
    made["estimates"] = [row for row in made["estimates"] if row["metric"] not in metrics]
    return made


def test_a_section_without_its_numbers_is_absent() -> None:
    made = without(document(), "ratio", "lcoc_orbit", "break_even_exists")
    made["estimates"] = [r for r in made["estimates"] if "launch price" not in r["population"]]
    made |= {"shapes": [], "futures": None, "published": [], "inputs": []}
    report = build(made)
    assert [section.id for section in report.sections] == ["headline", "doubt", "run", "glossary"]
    assert [fact.name for fact in report.box.facts] == ["By when"]


def test_a_document_without_its_headline_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"no orbit_wins for comparator 'cost', date 2035\.75"):
        build(without(document(), "orbit_wins"))


def test_conditioning_is_an_opinion_pool_and_never_a_calibration() -> None:
    text = str(build(document())).lower()
    assert "opinion pool" in text
    assert "calibrated" not in text


@pytest.mark.parametrize("comparator", ["value", "time-adjusted"])
def test_another_declared_comparator_carries_the_answer(comparator: str) -> None:
    made = document()
    made["scenario"]["headline"] = {"comparator": comparator, "year": 2040}
    report = build(made)
    assert "committed in 2040" in report.box.answer
    assert report.box.dots[0].title.lower() == comparator
