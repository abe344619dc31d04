"""The section of the tail: its title by rule, its marks, and what it says of rights and regret."""

from typing import Any

import pytest

from risk.report.build import build
from risk.report.figures.tail import nice_ticks
from risk.report.reading import Reading
from risk.report.sections.tail import money, with_bracket
from risk.report.words import MINUS, NO_BREAK, words
from tests.report.documents import Document, document, probability

N = 12_000


def amount(value: float, half: float = 4.0) -> dict[str, Any]:
    """An amount in $M with its interval."""
    return {"value": value, "stderr": half / 2, "low": value - half, "high": value + half, "n": N}


def tailed(*, above: float = 0.02, cvar: float = -820.0) -> Document:
    """The synthetic document with a tail and options; invented numbers."""
    dots = [cvar * (1 - k / 98) for k in range(100)]
    tail = {
        "n": N, "dots": dots, "ends": [min(cvar, 0.0), max(dots)], "beyond": [60, 61],
        "above": probability(above, N), "mean": amount(cvar / 2), "p05": amount(cvar * 0.9),
        "cvar": amount(cvar),
    }  # fmt: skip
    waiting = [
        {
            "fleet": fleet, "now": amount(-3000.0), "now_or_never": amount(0.0, 0.01),
            "lower": amount(5.0, 0.5), "upper": amount(12.0, 0.5), "foresight": amount(13.0), "gain": amount(5.0),
            "gain_over_now": amount(5.0), "gap": amount(7.0), "taken": [0.0] * 12 + [0.1, 0.9],
        }
        for fleet in ("orbit", "ground", "either")
    ]  # fmt: skip
    staging = [
        {"fleet": f, "lower": amount(-9.0), "upper": amount(1.0), "gain_over_now": amount(2.0),
         "follows": 0.1}
        for f in ("orbit", "ground", "either")
    ]  # fmt: skip
    abandoning = [
        {"fleet": f, "date": date, "lower": amount(1.0), "upper": amount(2.0), "stopped": 0.1,
         "at_age": [0.1, 0.9]}
        for date in (2026.75, 2035.75)
        for f in ("orbit", "ground")
    ]  # fmt: skip
    share = {"value": 0.0, "stderr": 0.0, "low": 0.0, "high": 0.0, "n": N}
    mix = {
        "level": 0.95,
        "rows": [
            {"reward": r, "risk": w, "share": share, "mean": amount(9.0), "cvar": amount(-9.0)}
            for r, w in ((0.0, 1.0), (1.0, 0.25), (1.0, 1.0))
        ],
    }
    regret = {
        "date": 2035.75,
        "rows": [
            {"choice": name, "value": amount(10.0), "expected": amount(4.0), "q95": amount(20.0),
             "largest": 900.0}
            for name in ("ground", "orbit", "mix", "wait_3")
        ],
        "least": {"expected": "ground", "q95": "ground", "largest": "wait_3"},
    }  # fmt: skip
    one = {
        "n": N, "fresh": N // 2, "kw": 21_000.0, "waiting": waiting, "staging": staging,
        "abandoning": abandoning, "mix": mix, "regret": [regret],
    }  # fmt: skip
    shared = {"capital_musd": 1000.0, "date": 2035.75}
    return document() | {
        "tail": {**shared, "populations": {"conditioned": tail, "prior": tail}},
        "options": {
            **shared, "dates": [2026.75 + k for k in range(13)], "stage": 0.1, "stage_cost": 0.02,
            "learning": 2, "mix": 0.2,
            "populations": {"conditioned": one, "prior": one},
        },
    }  # fmt: skip


def section(made: Document) -> Any:
    """The section of the tail, or None."""
    return next((s for s in build(made).sections if s.id == "tail"), None)


def test_a_document_without_a_tail_has_no_section_and_says_so() -> None:
    assert section(document()) is None
    assert "the tail and rights to decide later" in build(document()).missing
    assert "the tail" not in build(tailed()).missing


@pytest.mark.parametrize(
    ("above", "cvar", "said"),
    [
        (0.02, -820.0, "In 98 of 100 futures ground earns more; in the worst twentieth orbit falls $820M short per $1B"),
        (0.001, -2835.0, "In more than 99 of 100 futures ground earns more; in the worst twentieth orbit falls $2.8B short per $1B"),
        (0.999, 40.0, "In fewer than 1 of 100 futures ground earns more; even in the worst twentieth orbit earns $40M more per $1B"),
    ],
)  # fmt: skip
def test_the_title_says_how_often_and_how_far(above: float, cvar: float, said: str) -> None:
    assert section(tailed(above=above, cvar=cvar)).title == said


@pytest.mark.parametrize("narrow", [False, True])
def test_a_hundred_marks_are_drawn_and_their_shape_says_who_earns_more(narrow: bool) -> None:
    figure = section(tailed()).blocks[0].parts[0]
    picture = str(figure.draw(narrow))
    dots = tailed()["tail"]["populations"]["conditioned"]["dots"]
    assert picture.count("<circle") == sum(value > 0 for value in dots) == 1
    assert picture.count("h-") == 99
    assert "60 paths further left" in picture


def test_the_tables_give_every_right_with_its_interval_and_the_prior() -> None:
    rights, regret = (block.parts[0] for block in section(tailed()).blocks[1:])
    by = {row[0].text: row for row in rights.rows}
    assert by["commit all in 2026"][1].text == f"{MINUS}$3.00B"
    assert by["commit once, by 2038: at least"][1].under[1] == "prior $5.0M"
    assert by["commit in 2026 or never"][1].under[0] == "± < $0.05M".replace(" ", NO_BREAK)
    assert by["stop what was committed in 2026, gain: at least"][3].text == "–"
    assert [row[0].text for row in regret.rows] == [
        "ground",
        "orbit",
        f"20{NO_BREAK}% orbit, the rest ground",
        "wait 3 years, then decide",
    ]


def test_amounts_keep_one_unit_within_a_cell() -> None:
    said = words("en")
    assert money(said, -0.01) == "$0"
    assert money(said, 1_234.0) == "$1.2B"
    assert with_bracket(said, amount(990.0, 20.0)) == ("$0.99B", "$0.97B to $1.01B")


def test_ticks_are_round_and_hold_zero() -> None:
    assert nice_ticks(-3514.0, 0.0) == [-3000.0, -2000.0, -1000.0, 0.0]
    assert nice_ticks(-90.0, 210.0)[0] == -50.0


@pytest.mark.parametrize("language", ["en", "zh-TW"])
def test_every_language_says_all_of_it(language: str) -> None:
    made = build(tailed(), language)
    assert any(s.id == "tail" for s in made.sections)
    assert Reading.of(tailed()).year == 2035
