"""Amounts with units become numbers in the model's unit, or a sentence that says why not."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.inputs import declarations
from risk.model.systems import SystemInputs
from risk.scenario.units import convert

DECLARED = sorted({d.unit for _, d in declarations(SystemInputs)})
TEXTS = st.text(st.sampled_from("12.e-+*/^()% ·µm²kgUSDyearhpW_'\"#\\é\n\0"), max_size=40)


@pytest.mark.parametrize(
    ("written", "unit", "number"),
    [
        ("400 USD/kg", "USD/kg", 400),
        ("0.4 kUSD/kg", "USD/kg", 400),
        ("0.4kUSD / kg", "USD/kg", 400),
        ("0.4 MUSD/tonne", "USD/kg", 400),
        ("1.5e3 MUSD", "GUSD", 1.5),
        ("14 %/year", "1/year", 0.14),
        ("0.14/year", "1/year", 0.14),
        ("-2 percent/year", "1/year", -0.02),
        ("1 /month", "1/year", 12),
        ("30 %", "1", 0.3),
        (0.3, "1", 0.3),
        (3, "1", 3),
        ("0.3", "1", 0.3),
        ("18 month", "year", 1.5),
        ("8760 hour", "year", 1),
        ("365 day", "year", 1),
        ("1 year", "month", 12),
        ("60 degC", "K", 333.15),
        ("60 USD/MWh", "USD/(kW*hour)", 0.06),
        ("2 PFLOP/s/kW", "PFLOP/s/kW", 2),
        ("2 TFLOP/s/W", "PFLOP/s/kW", 2),
        ("2 TFLOP/joule", "PFLOP/s/kW", 2),
        ("50 Gy", "krad", 5),
        ("0.1 year**-0.5", "1/year**0.5", 0.1),
        ("9 W/cm^2", "W/m**2", 90_000),
        ("100 t", "tonne", 100),
        ("0 m", "km", 0),
    ],
)
def test_an_amount_is_converted_to_the_declared_unit(written, unit: str, number: float) -> None:
    assert convert(written, unit) == pytest.approx(number, rel=1e-12, abs=0)


@pytest.mark.parametrize(
    ("written", "unit", "says"),
    [
        ("400", "USD/kg", "has no unit"),
        (400, "USD/kg", "has no unit"),
        ("400 USD", "USD/kg", "another dimension"),
        ("5 %", "1/year", "another dimension"),
        ("400 EUR/kg", "USD/kg", "unknown unit"),
        ("400 $/kg", "USD/kg", "unknown unit"),
        ("1,200 USD/kg", "USD/kg", "unknown unit"),
        ("100 ton", "tonne", "'ton', which has several meanings"),
        ("5 bananas", "1", "unknown unit"),
        ("nan USD/kg", "USD/kg", "not a finite number"),
        ("USD/kg", "USD/kg", "not a finite number"),
        ("", "1", "not a finite number"),
        (math.nan, "1", "not a finite number"),
        (-math.inf, "1", "not a finite number"),
        ("1e999", "1", "too large"),
        (10**400, "1", "too large"),
        ("1e308 GUSD", "MUSD", "too large"),
        (True, "1", "no amount"),
        ([1], "1", "no amount"),
        (None, "1", "no amount"),
        ("2 m**9**9**9", "km", "unknown unit"),
        ("2 " + "(" * 9 + "km" + ")**9" * 9, "km", "unknown unit"),
        ("2 " + "a" * 70 + "!", "km", "unknown unit"),
    ],
)
def test_what_is_no_amount_is_refused_with_what_is_allowed(written, unit: str, says: str) -> None:
    with pytest.raises(ValueError, match=says) as caught:
        convert(written, unit)
    assert "allowed: " in str(caught.value)


@pytest.mark.parametrize("unit", DECLARED)
def test_every_declared_unit_is_known(unit: str) -> None:
    assert convert(f"2.5 ({unit})" if unit != "1" else "250 %", unit) == 2.5


def outcome(written: str, unit: str) -> str:
    """The number in words, or the sentence."""
    try:
        return "finite" if math.isfinite(convert(written, unit)) else "not finite"
    except ValueError as error:
        return str(error)


@given(TEXTS, st.sampled_from(DECLARED))
def test_any_text_is_a_finite_number_or_a_sentence(written: str, unit: str) -> None:
    for text in (written, f"2 {written}"):
        assert re.search("^finite$|allowed: ", outcome(text, unit))


@given(st.integers(-(10**9), 10**9), st.integers(-6, 6))
def test_a_number_in_two_units_is_one_number(digits: int, power: int) -> None:
    assert convert(f"{digits}e{power} kUSD/kg", "USD/kg") == convert(
        f"{digits}e{power + 3} USD/kg", "USD/kg"
    )
