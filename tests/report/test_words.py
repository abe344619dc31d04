"""Numbers and terms as text: the checked examples, the thresholds, nothing ever zero."""

import math
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.report.reading import Record
from risk.report.words import NO_BREAK, TERMS, term, words
from tests.report.documents import wilson

WORDS = words("en")
SOURCES = Path(__file__).parents[2] / "risk" / "report"


def record(wins: float, n: int) -> Record:
    """A binomial estimate with its Wilson interval."""
    low, high = wilson(wins, n)
    return Record(wins / n, math.sqrt(wins / n * (1 - wins / n) / n), low, high, n, "1")


def plain(text: str) -> str:
    """Text with ordinary spaces, for reading in a test."""
    return text.replace(NO_BREAK, " ")


@pytest.mark.parametrize(
    ("wins", "n", "expected"),
    [
        (50, 100, "50 % (40 to 60)"),
        (180, 10_000, "1.8 % (1.6 to 2.1)"),
        (3, 100_000, "0.003 % (0.001 to 0.009)"),
        (99_990, 100_000, "99.990 % (99.982 to 99.995)"),
    ],
)
def test_a_probability_has_the_digits_that_its_interval_supports(
    wins: int, n: int, expected: str
) -> None:
    assert plain(WORDS.chance(record(wins, n)).whole) == expected


def test_nothing_seen_and_everything_seen_are_bounds() -> None:
    assert plain(WORDS.chance(record(0, 100_000)).sentence) == "P < 0.004 % (none of 100,000)"
    all_seen = record(100_000, 100_000)
    assert plain(WORDS.chance(all_seen).sentence) == "P > 99.996 % (all of 100,000)"


def test_bounds_that_round_to_the_value_are_said_to_be_closer_than_the_last_digit() -> None:
    close = Record(0.018, 1e-5, 0.01798, 0.01802, 10_000_000, "1")
    assert plain(WORDS.chance(close).whole) == "1.8 % (± < 0.05)"


@given(
    n=st.integers(10, 10_000_000).flatmap(
        lambda n: st.tuples(st.just(n), st.integers(0, n))
    )
)  # fmt: skip
def test_no_probability_is_printed_as_nought_or_as_one_hundred(n: tuple[int, int]) -> None:
    paths, wins = n
    chance = WORDS.chance(record(wins, paths))
    number = chance.number.replace(NO_BREAK, "").lstrip("<>")
    assert 0 < float(number) < 100
    assert f"{NO_BREAK}%" in chance.value
    for bound in re.findall(r"[0-9.]+", chance.bracket.replace(",", "")):
        assert float(bound) > 0


@pytest.mark.parametrize(
    ("probability", "expected"),
    [
        (1.0, "virtually certain"),
        (0.99, "virtually certain"),
        (0.9899, "very likely"),
        (0.90, "very likely"),
        (0.66, "likely"),
        (0.6599, "about as likely as not"),
        (0.33, "about as likely as not"),
        (0.3299, "unlikely"),
        (0.10, "unlikely"),
        (0.0999, "very unlikely"),
        (0.01, "very unlikely"),
        (0.0099, "exceptionally unlikely"),
        (0.0, "exceptionally unlikely"),
    ],
)
def test_each_term_starts_exactly_at_its_threshold(probability: float, expected: str) -> None:
    assert WORDS.say(f"term.{term(probability)}") == expected


def test_an_interval_across_a_threshold_prints_both_terms() -> None:
    across = Record(0.331, 0.002, 0.327, 0.335, 50_000, "1")
    assert WORDS.terms(across) == "unlikely to about as likely as not"
    within = Record(0.34, 0.002, 0.336, 0.344, 50_000, "1")
    assert WORDS.terms(within) == "about as likely as not"


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (0.018, "about 2 in 100"),
        (0.0043, "about 4 in 1,000"),
        (0.00006, "about 1 in 17,000"),
        (0.0007, "about 1 in 1,400"),
    ],
)
def test_a_small_probability_is_told_as_a_natural_frequency(share: float, expected: str) -> None:
    assert WORDS.frequency(Record(share, None, None, None, 1_000_000, "1")) == expected


@pytest.mark.parametrize(
    ("date", "expected"), [(2026.75, "2026Q4"), (2035.75, "2035Q4"), (2039.25, "2039Q2"), (2031.0, "2031Q1")]
)  # fmt: skip
def test_a_decimal_year_is_a_quarter(date: float, expected: str) -> None:
    assert WORDS.quarter(date) == expected


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (1200.0001, "USD/kg", "1,200"),
        (0.0012, "1/yr", "0.0012"),
        (-3.04, "GUSD/yr", "−3.04"),
        (0.5, "1", "0.5"),
        (2028.25, "year", "2028.2"),
        (2.0, "year", "2"),
        (123456.0, "kg", "123,000"),
        (0, "1", "0"),
    ],
)
def test_an_input_is_written_to_three_figures(value: float, unit: str, expected: str) -> None:
    assert WORDS.amount(value, unit) == expected


def test_units_are_written_with_a_dollar_sign_and_true_powers() -> None:
    assert WORDS.unit("kUSD/kW/yr") == "$k/kW-yr"
    assert WORDS.unit("W/m**2/K**4") == "W/m²/K⁴"
    assert WORDS.unit("1") == "–"


def test_an_unknown_string_or_a_missing_slot_is_an_error() -> None:
    with pytest.raises(KeyError, match=r"no\.such"):
        WORDS.say("no.such")
    with pytest.raises(KeyError):
        WORDS.say("number.percent")


def test_every_string_that_the_code_names_is_in_the_catalogue() -> None:
    named = set()
    for path in SOURCES.rglob("*.py"):
        named |= set(re.findall(r'\bsay\(\s*"([a-z_.-]+)"', path.read_text("utf-8")))
    template = (SOURCES / "templates" / "report.html").read_text("utf-8")
    named |= set(re.findall(r"say\(['\"]([a-z_.-]+)['\"]", template))
    assert len(named) > 100
    assert sorted(named - set(WORDS.catalogue)) == []


def test_every_term_has_a_name_and_a_range() -> None:
    for _, name in TERMS:
        assert WORDS.say(f"term.{name}")
        assert WORDS.say(f"range.{name}")


def test_a_space_before_a_percent_sign_never_breaks() -> None:
    loose = [key for key, text in WORDS.catalogue.items() if re.search(r"[0-9}] %", text)]
    assert loose == []
