"""How a number becomes words: decimals that follow the sampling error, likelihood terms, units."""

import math
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from risk.report.reading import Record

LANGUAGES = ("en", "zh-TW")
NO_BREAK = "\u00a0"
BREAK, MAY_BREAK = "¦", "\u200b"
"""A phrase end in a catalogue, and the space without width that lets a line break there."""
MINUS = "\u2212"
ROOT = re.compile(r"(\w+)\^0\.5")
POWER = re.compile(r"\^(-?\d+)")
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
PERCENT = re.compile(r"(?<=[0-9}]) (?=%)")

# Where a slot has put a letter, a digit or a percent sign right beside a Chinese character.
HAN_MEETS_LATIN = re.compile(
    r"(?<=[\u4e00-\u9fff])(?=[A-Za-z0-9$])|(?<=[A-Za-z0-9%])(?=[\u4e00-\u9fff])"
)

# Lowest probability of each term; a band reaches up to the term above it (IPCC, with exclusive
# bands, so that no probability has two names).
TERMS = (
    (0.99, "virtually_certain"),
    (0.90, "very_likely"),
    (0.66, "likely"),
    (0.33, "as_likely_as_not"),
    (0.10, "unlikely"),
    (0.01, "very_unlikely"),
    (0.00, "exceptionally_unlikely"),
)


def term(probability: float) -> str:
    """Key of the likelihood term of a probability."""
    return next(name for lowest, name in TERMS if probability >= lowest)


def digits_below_point(size: float) -> int:
    """Decimals at which the first significant digit of `size` stands; negative above ten."""
    return -math.floor(math.log10(size) + 1e-9)


def percent_decimals(percent: float, half_width: float) -> int:
    """Decimals of a probability in percent, given half the width of its sampling interval.

    The first uncertain digit is the last one printed, except that 1 to 99 % never has more than
    one decimal and the ends never more than two significant digits of the rarer side.
    """
    wanted = max(0, digits_below_point(half_width)) if half_width > 0 else 99
    if 1 <= percent <= 99:
        return min(wanted, 1)
    rarer = min(percent, 100 - percent)
    first = digits_below_point(rarer)
    return max(first, min(wanted, first + 1))


def round_up(size: float) -> str:
    """A small positive number rounded up to one significant digit, without an exponent."""
    decimals = max(0, digits_below_point(size))
    step = 10.0**-decimals
    return f"{math.ceil(size / step - 1e-9) * step:.{decimals}f}"


@dataclass(frozen=True)
class Chance:
    """A probability as text: the number in percent, what stands in brackets, and both together.

    After a name, `short` is "= 1.8 %" or "< 0.004 %", and `told` the same with its bracket.
    """

    number: str
    bracket: str
    value: str
    whole: str
    short: str
    told: str
    sentence: str


@dataclass(frozen=True)
class Words:
    """One language: its catalogue of strings, its names of data, its way of writing numbers."""

    language: str
    catalogue: dict[str, str]
    names: dict[str, str] = field(default_factory=dict)

    def say(self, key: str, **slots: object) -> str:
        """The string of a key with its slots filled; an unknown key or slot is an error."""
        if key not in self.catalogue:
            raise KeyError(f"no string {key!r} in the catalogue {self.language!r}")
        text = self.catalogue[key].format(**slots)
        return HAN_MEETS_LATIN.sub(" ", text) if self.language == "zh-TW" else text

    def named(self, name: str) -> str:
        """What this language calls what a data file names; the file's own name where it has none."""
        return self.names.get(name, name)

    def every(self, prefix: str) -> list[str]:
        """The strings whose keys start with `prefix` and a point, in the order of the file."""
        return [text for key, text in self.catalogue.items() if key.startswith(prefix + ".")]

    def chance(self, record: Record) -> Chance:
        """A probability with its sampling interval; never "0.00 %", never "P = 0"."""
        assert record.value is not None
        if record.value <= 0 or record.value >= 1:
            return self._one_sided(record)
        percent = 100 * record.value
        low = 100 * (record.value if record.low is None else record.low)
        high = 100 * (record.value if record.high is None else record.high)
        decimals = percent_decimals(percent, (high - low) / 2)
        number = f"{percent:.{decimals}f}"
        bounds = [self._bound(bound, decimals) for bound in (low, high)]
        if record.low is None or record.high is None:
            bracket = ""
        elif bounds == [number, number]:
            bracket = self.say("number.tight", half=f"{0.5 * 10.0**-decimals:.{decimals + 1}f}")
        else:
            bracket = self.say("number.interval", low=bounds[0], high=bounds[1])
        return self._chance("=", number, bracket)

    def _one_sided(self, record: Record) -> Chance:
        """What is said when the event was seen on no path, or on every path."""
        none = (record.value or 0) <= 0
        gap = (record.high or 0.0) if none else 1 - (1.0 if record.low is None else record.low)
        if gap <= 0:  # no interval was given: three in n bounds a count of none at 95 %
            gap = min(1.0, 3.0 / max(record.n, 1))
        edge = round_up(100 * gap)
        if not none:
            edge = f"{100 - float(edge):.{len(edge.partition('.')[2])}f}"
        key = "number.none_of" if none else "number.all_of"
        return self._chance("<" if none else ">", edge, self.say(key, n=self.count(record.n)))

    def _bound(self, percent: float, decimals: int) -> str:
        """A bound of an interval; one that rounds to 0 or 100 is said to lie beyond the last digit."""
        text = f"{percent:.{decimals}f}"
        step = f"{10.0**-decimals:.{decimals}f}"
        if decimals and float(text) == 0:
            return "<" + NO_BREAK + step
        if decimals and float(text) == 100:
            return ">" + NO_BREAK + f"{100 - float(step):.{decimals}f}"
        return text

    def _chance(self, sign: str, number: str, bracket: str) -> Chance:
        shown = number if sign == "=" else sign + NO_BREAK + number
        value = self.say("number.percent", value=shown)
        whole = self.say("number.bracket", value=value, bracket=bracket) if bracket else value
        equal = f"={NO_BREAK}" if sign == "=" else ""
        told = f"{equal}{whole}"
        short = f"{equal}{value}"
        return Chance(shown, bracket, value, whole, short, told, f"P{NO_BREAK}{told}")

    def terms(self, record: Record) -> str:
        """The likelihood term, or both terms when the sampling interval crosses a threshold."""
        assert record.value is not None
        low, high = (
            term(record.value if bound is None else bound) for bound in (record.low, record.high)
        )
        names = [self.say(f"term.{name}") for name in (low, high)]
        return names[0] if low == high else self.say("term.between", low=names[0], high=names[1])

    def frequency(self, record: Record) -> str:
        """A probability as a natural frequency: "about 2 in 100", "about 1 in 17,000"."""
        assert record.value is not None
        if record.value <= 0:
            return self.say("number.never_in", n=self.count(record.n))
        if record.value >= 1:
            return self.say("number.always_in", n=self.count(record.n))
        for least, whole in ((0.01, 100), (0.001, 1000)):
            if record.value >= least:
                part = round(record.value * whole)
                return self.say("number.frequency", part=part, whole=self.count(whole))
        odds = 1 / record.value
        step = 10 ** (math.floor(math.log10(odds)) - 1)
        return self.say("number.frequency", part=1, whole=self.count(round(odds / step) * step))

    def percent(self, record: Record) -> str:
        """A probability without its interval, for a value that stands beside the main one."""
        return self.chance(record).value

    def points(self, record: Record) -> str:
        """Half the width of a probability's sampling interval with its sign, in percentage points."""
        low, high = record.low or 0.0, 1.0 if record.high is None else record.high
        if record.value in (0, 1):
            return "<" + NO_BREAK + round_up(100 * (high - low))
        half = 50 * (high - low)
        return f"±{half:.{max(0, digits_below_point(half))}f}" if half > 0 else "±0"

    def count(self, number: float) -> str:
        """A whole number with its thousands marked."""
        return self.signed(f"{number:,.0f}")

    def ratio(self, value: float) -> str:
        """A cost ratio, with one decimal."""
        return f"{value:.1f}"

    def quarter(self, date: float) -> str:
        """A decimal year as a quarter: 2035.75 is 2035Q4."""
        quarters = math.floor(4 * date + 1e-6)
        return self.say("number.quarter", year=quarters // 4, quarter=quarters % 4 + 1)

    def significant(self, value: float, figures: int = 3) -> str:
        """A number to so many significant figures, thousands marked, no exponent, no idle zeros."""
        if value == 0:
            return "0"
        decimals = figures - 1 - math.floor(math.log10(abs(value)) + 1e-12)
        rounded = round(value, decimals)
        text = f"{rounded:,.{max(0, decimals)}f}"
        return self.signed(text.rstrip("0").rstrip(".") if "." in text else text)

    def amount(self, value: float, unit: str) -> str:
        """An input's value; calendar years keep their four digits together."""
        if 1900 < value < 2200 and re.search(r"\b(year|date)\b", unit):
            return f"{value:.1f}".removesuffix(".0")
        return self.significant(value)

    def price(self, value: float) -> str:
        """A launch price in dollars per kilogram."""
        return self.say("number.per_kg", value=self.significant(value))

    def cost(self, record: Record) -> str:
        """A levelised cost in thousand dollars, two or three figures by its standard error."""
        assert record.value is not None
        exact = record.stderr is None or record.stderr < 0.005 * abs(record.value)
        return self.significant_fixed(record.value, 3 if exact else 2)

    def significant_fixed(self, value: float, figures: int) -> str:
        """As `significant`, but zeros at the end stay, so that columns align."""
        if value == 0:
            return "0"
        decimals = max(0, figures - 1 - math.floor(math.log10(abs(value)) + 1e-12))
        return self.signed(f"{value:,.{decimals}f}")

    def unit(self, unit: str) -> str:
        """A unit as the reader writes it: dollars as $, none as a dash."""
        if unit in ("", "1"):
            return self.say("number.no_unit")
        for name, sign in (("kUSD", "$k"), ("MUSD", "$M"), ("GUSD", "$B"), ("USD", "$")):
            unit = unit.replace(name, sign)
        unit = unit.replace("/kW/yr", "/kW-yr").replace("/kW/year", "/kW-year").replace("**", "^")
        unit = ROOT.sub(r"√\1", unit)
        return POWER.sub(lambda match: match[1].translate(SUPERSCRIPT), unit)

    def listed(self, items: Iterable[str]) -> str:
        """Items one after the other, without a last "and"."""
        return self.say("number.comma").join(items)

    def rows(self, items: Iterable[str]) -> str:
        """Items that hold commas of their own, one after the other."""
        return self.say("number.semicolon").join(items)

    def sentences(self, items: Iterable[str]) -> str:
        """Whole sentences in one paragraph; empty ones are left out."""
        return self.say("number.gap").join(filter(None, items))

    def join(self, items: list[str]) -> str:
        """Items as a list inside a sentence."""
        if len(items) < 2:
            return "".join(items)
        return self.say("number.list", most=self.listed(items[:-1]), last=items[-1])

    @staticmethod
    def signed(text: str) -> str:
        """The same number with a true minus sign."""
        return text.replace("-", MINUS)


def flatten(tree: dict[str, object], prefix: str = "") -> dict[str, str]:
    """Nested tables of strings as one table with dotted keys, in the order of the file."""
    flat: dict[str, str] = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            flat |= flatten(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = str(value)
    return flat


@cache
def words(language: str = "en") -> Words:
    """The catalogue and the number formats of a language."""
    strings = flatten(_text(f"{language}.toml"))
    shown = {key: PERCENT.sub(NO_BREAK, text) for key, text in strings.items()}
    catalogue = {key: text.replace(BREAK, MAY_BREAK) for key, text in shown.items()}
    given = {} if language == "en" else _text(f"names.{language}.toml")
    return Words(language, catalogue, {k: v for part in given.values() for k, v in part.items()})


def _text(name: str) -> dict[str, Any]:
    """A file of strings."""
    source = resources.files("risk.report") / "text" / name
    return tomllib.loads(source.read_text("utf-8"))
