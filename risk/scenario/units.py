"""Text such as "400 USD/kg" to a number in the model's unit; the only place that converts."""

import re
from functools import cache
from typing import TYPE_CHECKING

from risk.model.constants import HOURS_PER_YEAR

if TYPE_CHECKING:
    import pint

DIGITS = 12
"""Significant digits kept, so that one number written in two units is one number."""

_QUANTITY = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(\S.*)?")
_TOKEN = r"[^\W\d]\w*|%|1(?=\s*/)|(?:\*\*|\^)\s*-?\d(?:\.\d+)?(?!\s*(?:\*\*|\^|[\d.]))|[*/·()\s]"
_UNIT = re.compile(f"(?:{_TOKEN})*")
_LONGEST_UNIT = 80
_AMBIGUOUS = {"ton": "tonne", "tons": "tonne", "a": "year"}


def convert(given: object, unit: str) -> float:
    """The number in `unit`; raises ValueError with a sentence that says what is allowed.

    A bare number is taken only where `unit` is "1".
    """
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        raise ValueError(f"{given!r} is no amount; allowed: {example(unit)}")
    found = _QUANTITY.fullmatch(str(given).strip())
    if not found:
        raise ValueError(f"{given!r} is not a finite number with a unit; allowed: {example(unit)}")
    number, own_unit = float(found[1]), found[2] or "1"
    if own_unit == "1" and unit != "1":
        raise ValueError(f"{given!r} has no unit; allowed: {example(unit)}")
    value = float(f"{_in(number, own_unit, unit):.{DIGITS}g}") + 0.0
    if abs(value) == float("inf"):
        raise ValueError(f"{given!r} is too large; allowed: a finite number")
    return value


def example(unit: str) -> str:
    """What may be written for an amount in `unit`."""
    if unit == "1":
        return "a number without a unit, or one in percent"
    return f'a number in {unit}, such as "1 {unit}", or in another unit of this dimension'


def _in(number: float, own_unit: str, unit: str) -> float:
    if own_unit == unit:
        return number
    import pint

    try:
        measured = _registry().Quantity(number, _parsed(own_unit))
        return float(measured.to(_parsed(unit)).magnitude)
    except pint.DimensionalityError:
        allowed = example(unit)
    except (pint.PintError, ValueError, ArithmeticError, TypeError):
        allowed = f"a unit that pint knows, here {example(unit)}"
    raise ValueError(f"the unit of '{number:g} {own_unit}' does not fit; allowed: {allowed}")


@cache
def _parsed(text: str) -> "pint.Unit":
    if len(text) > _LONGEST_UNIT or not _UNIT.fullmatch(text):
        raise ValueError(f"{text!r} is no unit")
    for word in re.findall(r"[^\W\d]\w*", text):
        if word in _AMBIGUOUS:
            raise ValueError(f"{word!r} has several meanings")
    return _registry().parse_units("1" + text if text.startswith("/") else text)


@cache
def _registry() -> "pint.UnitRegistry":
    import pint

    known = pint.UnitRegistry(on_redefinition="ignore")
    known.define("USD = [currency]")
    known.define("FLOP = [operation]")
    known.define("rad = 0.01 * gray")  # absorbed dose, not the angle
    known.define(f"year = {HOURS_PER_YEAR} * hour = yr")
    return known
