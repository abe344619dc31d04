"""Section 7 and what the terminal says of claims: every kind, in every format."""

import re

import pytest

from risk import report
from risk.claims.evaluate import contradictions
from risk.claims.load import shipped_claims
from risk.report.build import build
from risk.report.page import Section, Table
from tests.report.documents import document, with_claims

MADE = with_claims()


def section() -> Section:
    return next(s for s in build(MADE).sections if s.id == "claims")


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"</?[a-z][^>]*>", " ", text).replace("\u00a0", " "))


def test_the_title_counts_what_is_supported_and_what_fails() -> None:
    assert section().title == (
        "1 of 3 claims with a probability are supported; 2 of 3 sums and facts fail"
    )


def test_a_row_has_the_claim_its_evidence_both_probabilities_and_the_verdict() -> None:
    table = section().blocks[0].parts[0]
    assert isinstance(table, Table)
    name, strip, chance, prior, verdict = table.rows[1]
    assert (name.text, name.under) == ("E2: Statement E2", ("Evidence: What is known of E2.",))
    assert "P 95.1\u00a0%, prior 93.0\u00a0%" in strip.graphic
    assert chance.text == "95.1\u00a0%"
    assert [flat(line) for line in chance.under] == [
        "± < 0.05",
        "otherwise 12.3 % (12.2 to 12.4)",
    ]
    assert (prior.text, len(prior.under)) == ("93.0\u00a0%", 1)
    assert verdict.text == "well supported"


def test_the_strip_places_both_probabilities_and_a_tick_at_one_half() -> None:
    table = section().blocks[0].parts[0]
    assert isinstance(table, Table)
    row = table.rows[1][1].graphic
    left, right = (float(x) for x in re.search(r"M([\d.]+) [\d.]+H([\d.]+)", row).groups())  # type: ignore[union-attr]
    tick = float(re.search(r"H[\d.]+M([\d.]+) ", row)[1])  # type: ignore[index]
    prior, conditioned = (float(x) for x in re.findall(r'cx="([\d.]+)"', row))
    assert tick == pytest.approx((left + right) / 2, abs=0.1)
    assert (prior - left) / (right - left) == pytest.approx(0.93, abs=0.002)
    assert (conditioned - left) / (right - left) == pytest.approx(0.951, abs=0.002)


@pytest.mark.parametrize("made", [report.html(MADE), report.markdown(MADE)[0]])
def test_every_kind_of_claim_is_told_in_every_format(made: str) -> None:
    text = flat(made)
    for key in ("E1", "E2", "E3", "E4", "E5", "E6", "E8"):
        assert f"{key}: Statement {key}" in text
    for verdict in ("not supported", "does not add up", "adds up", "does not hold"):
        assert verdict in text
    assert "condition never met" in text
    assert "one satellite, kW 1,000; off by 8.33" in text


def test_a_document_without_claims_says_that_the_section_is_missing() -> None:
    bare, full = build(document()), build(MADE)
    assert "claims" not in {s.id for s in bare.sections}
    assert bare.missing != full.missing


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("unicode", [True, False])
def test_the_terminal_tells_every_claim_within_its_width(width: int, unicode: bool) -> None:
    text = report.claims_terminal(MADE, width, unicode).plain
    assert max(map(len, text.splitlines())) <= width
    assert unicode or text.isascii()
    said = flat(text)
    assert "E2 Statement E2. well supported: P = 95.1 %" in said
    assert "prior 93.0 %" in said
    assert "otherwise 12.3 % (12.2 to 12.4)" in said
    assert "E4 Statement E4. does not add up: one satellite, kW 1,000; off by 8.33" in said


def test_a_contradiction_is_one_line_with_what_the_engine_works_out() -> None:
    lines = {c["id"]: report.contradiction(c) for c in contradictions(shipped_claims())}
    assert "1,000; IT power of a million satellites as filed, TW 0.1;" in lines["E3b"]
    assert lines["E24b"] == (
        "does not add up: E24b: SpaceX is already stably profitable: the merged group in 2025 "
        "(operating, $B a year \u22122.6; net \u22124.9)"
    )
    assert not any("\n" in line for line in lines.values())


def test_a_difference_a_review_and_unclear_paths_are_said_in_words() -> None:
    made = with_claims()
    made["claims"][1] |= {
        "difference": {"conditioned": {"value": -0.031, "low": -0.042, "high": 0.012}},
        "review": 0.25,
        "unclear": 12,
    }
    text = flat(report.markdown(made)[0])
    assert "difference −3.1 points (−4.2 to 1.2)" in text
    assert "Review: P is above 25" in text
    assert "12 paths left out" in text
