"""Text such as "400 USD/kg" to a number in the model's unit; the only place that converts."""

import math
import re
import tokenize
from functools import cache
from typing import TYPE_CHECKING

from risk.model.constants import HOURS_PER_YEAR

if TYPE_CHECKING:
    import pint

DIGITS = 12
"""Significant digits kept, so that one number written in two units is one number."""

_QUANTITY = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(\S.*)?")
_POWER = r"(?:\*\*|\^)"
_TOKEN = "|".join(
    [
        r"[^\W\d]\w*+",  # a name
        "%",
        r"1(?=\s*/|$)",
        rf"{_POWER}\s*-?\d(?:\.\d+)?(?!\s*(?:{_POWER}|[\d.]))",
        rf"\)(?!\s*{_POWER})",  # no tower of powers, which would take for ever
        r"\((?!\s*\))|[*/·\s]",
    ]
)
_UNIT = re.compile(f"(?:{_TOKEN})*+")
_LONGEST_UNIT = 80
_AMBIGUOUS = {"ton", "tons"}


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
    try:
        value = number if own_unit == unit else _converted(number, own_unit, unit)
    except ValueError as error:
        raise ValueError(f"{given!r} {error}; allowed: {example(unit)}") from None
    if math.isinf(value):
        raise ValueError(f"{given!r} is too large; allowed: a finite number")
    return float(f"{value:.{DIGITS}g}") + 0.0  # no negative zero


def example(unit: str) -> str:
    """What may be written for an amount in `unit`."""
    if unit == "1":
        return "a number without a unit, or one in percent"
    return f'a number in {unit}, such as "2 {unit}", or in another unit of this dimension'


def _converted(number: float, own_unit: str, unit: str) -> float:
    """Raises ValueError with what is wrong with the number's own unit."""
    import pint

    measured = _registry().Quantity(number, parsed(own_unit))
    try:
        return float(measured.to(parsed(unit)).magnitude)
    except (pint.PintError, ArithmeticError):
        raise ValueError("is of another dimension") from None


@cache
def parsed(text: str) -> "pint.Unit":
    """A unit; raises ValueError with what is wrong with it."""
    import pint

    if len(text) > _LONGEST_UNIT or not _UNIT.fullmatch(text):
        raise ValueError("is in an unknown unit")
    for word in re.findall(r"[^\W\d]\w*", text):
        if word in _AMBIGUOUS:
            raise ValueError(f"is in {word!r}, which has several meanings")
    faults = (pint.PintError, ValueError, TypeError, tokenize.TokenError, AssertionError)
    try:
        return _registry().parse_units("1" + text if text.startswith("/") else text)
    except faults:  # what pint raises depends on where its parser loses the thread
        raise ValueError("is in an unknown unit") from None


def scale(text: str) -> "pint.Unit":
    """As `parsed`, but only a unit whose numbers begin at nothing: neither degC nor dB."""
    unit = parsed(text)
    if _registry().Quantity(0.0, unit).to_base_units().magnitude:
        raise ValueError("is in a unit that does not begin at nothing")
    return unit


@cache
def _registry() -> "pint.UnitRegistry":
    import pint

    known = pint.UnitRegistry(on_redefinition="ignore")
    known.define("USD = [currency]")
    known.define("FLOP = [operation]")
    known.define("million = 1e6")
    known.define("rad = 0.01 * gray")  # absorbed dose, not the angle
    known.define(f"year = {HOURS_PER_YEAR} * hour = yr")
    return known
