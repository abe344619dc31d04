"""Expressions of claims: what they mean, and where what they cannot mean is marked."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from risk.claims.functions import FUNCTIONS
from risk.claims.language import event, expression, plainly
from risk.claims.terms import Fault, Names, Seen, quarter
from risk.model.constants import QUARTERS

NAMES = Names(
    fields={"ratio": "1", "launch_price": "USD/kg"},
    inputs={"launch.cost_today": "USD/kg", "chips.ground_life": "year"},
    constants={"power": "1 TW", "satellites": "1000000", "smallest": "100 kW"},
)


def falling(start: float, step: float) -> np.ndarray:
    """Two paths of which the second is half of the first."""
    line = start - step * np.arange(QUARTERS)
    return np.stack([line, line / 2.0], axis=1)


SEEN = Seen(
    np,
    {"ratio": falling(3.0, 0.1), "launch_price": falling(1000.0, 10.0)},
    {
        "launch.cost_today": np.array([700.0, 400.0]),
        "chips.ground_life": np.array([5.0, 4.0]),
    }.__getitem__,
)

TRUE_OF = {
    # ratio is below 1 from quarter 21 on the first path, from 11 on the second
    'at(ratio, "2031Q4") < 1': [False, True],
    'at(ratio < 1, "2032Q1")': [True, True],
    'ever(ratio < 1, "2031Q4")': [False, True],
    'ever(ratio < 0.6, "2027Q4", "2029Q3")': [False, False],
    'lasts(ratio < 1, 4, "2029Q3")': [False, True],
    'lasts(ratio > 0.9, 10, "2026Q4")': [True, True],
    'share(ratio < 1, "2026Q4", "2031Q4") > 0.4': [False, True],
    'mean(ratio, "2026Q4", "2027Q2") < 1.46': [False, True],
    'least(launch_price, "2027Q4") < "500 USD/kg"': [False, True],
    'most(launch_price, "2027Q4") <= "0.5 kUSD/kg"': [False, True],
    'rise(0 - ratio, 8, "2030Q4") > 0.5': [True, False],
    'launch.cost_today < "500 USD/kg"': [False, True],
    'launch.cost_today < at(launch_price, "2026Q4")': [True, True],
    'at(launch_price, "2026Q4") < 2 * launch.cost_today': [True, True],
    'not (launch.cost_today < "0.5 USD/g")': [True, False],
    'chips.ground_life >= "54 month" and at(ratio, "2026Q4") > 2': [True, False],
    '"0.4 USD/g" <= launch.cost_today <= "600 USD/kg"': [False, True],
    'power / satellites > "100 kW" or launch.cost_today < "1 USD/kg"': [True, True],
}

FAULTS = {
    "at(ratoi, '2035Q4') < 1": (3, "did you mean 'ratio'"),
    "at(ratio, '2035Q4') < '2 kg'": (22, "this is in kg"),
    "launch.cost_today < 500": (20, "no unit"),
    "ratio < 1": (0, "each quarter"),
    "at(ratio, '2035Q4')": (0, "this is a number"),
    "at(ratio, '2035Q5') < 1": (10, "is no quarter"),
    "at(ratio, '2042Q1') < 1": (10, "is no quarter"),
    "at(launch.cost_today, '2035Q4') < 1": (3, "does not go by quarter"),
    "ever(ratio, '2035Q4')": (5, "true or false"),
    "mean(ratio < 1, '2035Q4') < 1": (5, "a number"),
    "ever(ratio < 1, '2035Q4', '2030Q4')": (16, "ends before it begins"),
    "lasts(ratio < 1, 4, '2041Q3')": (17, "whole number of quarters"),
    "lasts(ratio < 1, 0, '2030Q4')": (17, "whole number of quarters"),
    "at(ratio, '2035Q4') == 1": (23, "no comparison"),
    "at(ratio, '2035Q4') < 1 < (": (26, "cannot be read"),
    "at(ratio, '2035Q4') ** 2 < 1": (0, "operation is not known"),
    "__import__('os').system('true')": (0, "not part of the language"),
    "(lambda: 1)() < 2": (0, "not part of the language"),
    "[1][0] < 2": (0, "not part of the language"),
    "open('x') < 2": (0, "there is no function 'open'"),
    "True": (0, "not part of the language"),
    "at(ratio, '2035Q4') < 1 and 2": (28, "this is a number"),
    "launch.cost_today + chips.ground_life > '1 USD/kg'": (20, "this is in yr"),
    "sunlit('1 kg') > 0.9": (7, "this is in kg"),
    "kardashev('1 W', '1 W') > 0.9": (0, "takes 1"),
    "at(ratio, '2035Q4') < 1 / (2 - 2)": (22, "no finite number"),
    "kardashev('-1 W') > 0.9": (0, "no finite number"),
    "grown('-2 /year', '0.5 year') > 0.9": (0, "no finite number"),
    "at(ratio, '2035\\d') < 1": (10, "cannot be read"),
    "1if ratio else 2 < 1": (0, "cannot be read"),
    "1" + "0" * 400 + " > 2": (0, "no finite number"),
    "at(ratio, '2035Q4') < '1 parsnip'": (22, "'1 parsnip' is in an unknown unit"),
    "'1 degC' < '2 degC'": (0, "does not begin at nothing"),
    "at(ratio, *launch) < 1": (10, "is no quarter"),
    "lasts(ratio < 1, True, '2030Q4')": (17, "whole number of quarters"),
    "'1 kW' < '1 m' or 'é' < unheard": (9, "this is in m"),
    "'1 µm' < '2 µm' and unheard": (20, "there is no 'unheard'"),
    "at(launch_price, '2035Q4') < 1": (29, "has no unit; allowed: a unit like USD / kg"),
}


@pytest.mark.parametrize("text", TRUE_OF)
def test_an_event_is_true_of_the_paths_it_says(text: str) -> None:
    found = event(text, NAMES).term.value(SEEN)
    assert np.broadcast_to(found, 2).tolist() == TRUE_OF[text]


@pytest.mark.parametrize("text", FAULTS)
def test_a_fault_is_named_and_its_place_is_marked(text: str) -> None:
    column, sentence = FAULTS[text]
    with pytest.raises(Fault) as fault:
        event(text, NAMES)
    assert sentence in fault.value.text
    assert fault.value.column - column in (0, 1)  # Python names a place or the one before it


def test_a_long_or_deep_expression_is_refused() -> None:
    with pytest.raises(Fault, match="characters"):
        event("1 + " * 500 + "1 < 2", NAMES)
    with pytest.raises(Fault):
        event("(" * 300 + "1" + ")" * 300 + " < 2", NAMES)


PIECES = [
    *["ratio", "launch_price", "launch.cost_today", "power", "unheard", "'2035Q4'", "'1 kW'"],
    *["'3 parsnips'", "'", "4", "0", "1e999", "True", "at(", "ever(", "lasts(", "rise(", "mean("],
    *["sunlit(", "(", ")", ",", "<", ">=", "==", "and", "not", "+", "-", "*", "/", "**", ".", "["],
    *["lambda:", "if", "else", "x:=", "f''", "\n", "\t", "\\", "é", "#", "\0"],
]


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES)).map(" ".join)))
@example("ratio" + ".a" * 499)
@example("-" * 999 + "1")
def test_whatever_is_written_is_understood_or_refused_within_its_length(text: str) -> None:
    column = 0
    try:
        event(text, NAMES)
    except Fault as fault:
        column = fault.column
    assert 0 <= column <= len(text)


def test_functions_mean_the_same_on_plain_numbers_and_on_paths() -> None:
    given = {"sunlit": (650.0,), "kardashev": (1e12,), "light_time": (3e5,)}
    for name, function in FUNCTIONS.items():
        numbers = given.get(name, (0.1, 4.0))
        plain = function.compute(np, *numbers)
        compiled = jax.jit(lambda *x, f=function: f.compute(jnp, *x))
        assert float(compiled(*map(jnp.float32, numbers))) == pytest.approx(plain, rel=1e-5)


def test_constants_keep_their_units() -> None:
    assert plainly(expression("power / satellites / smallest", NAMES)) == pytest.approx(10.0)
    assert plainly(event('power / satellites > "999 kW"', NAMES)) is True


def test_functions_of_the_engine_and_of_nature() -> None:
    none = Names({}, {}, {})
    known = {
        'sunlit("650 km")': 1.0 - 0.0392,
        'sunlit("1400 km")': 1.0,
        'kardashev("1 TW")': 0.6,
        'light_time("299792.458 km") / "1 s"': 1.0,
        'surviving("10 %/year", "2 year")': 0.81,
        'surviving("200 %/year", "6 month")': 0.0,
        'grown("10 %/year", "2 year")': 1.21,
    }
    for text, value in known.items():
        assert plainly(expression(text, none)) == pytest.approx(value, rel=1e-3)


def test_quarters_count_from_the_fourth_of_2026() -> None:
    assert [quarter(text) for text in ("2026Q4", "2027Q1", "2035Q4", "2041Q3")] == [0, 1, 36, 59]
    for text in ("2026Q3", "2041Q4", "2035", "2035Q0"):
        with pytest.raises(ValueError, match="is no quarter"):
            quarter(text)
