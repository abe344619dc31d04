"""The language in which a claim says what it claims.

An expression is parsed, checked against names, units and kinds, and turned into functions of
arrays; nothing of it is ever run as Python. Names are fields of the outcome (one number a
quarter), inputs by dotted key (one number a path) and the claim's own constants. Texts in quotes
are quantities, "200 USD/kg", or quarters, "2029Q1".

    at(ratio, "2035Q4") < 1
    lasts(ratio < 1, 4, "2029Q1")          four quarters in a row that start by then
    ever(x, "2028Q1", "2035Q4")            in some quarter of a span
    share(x, "2028Q1", "2035Q4")           part of its quarters
    mean(x, ...), least(x, ...), most(x, ...)
    rise(x, 8, "2030Q4")                   greatest rise over eight quarters that end by then
    sunlit("650 km"), surviving(rate, t)   and what else functions.py holds
"""

import ast
import re
import warnings
from dataclasses import dataclass
from typing import Any

from risk.claims.reader import Reader
from risk.claims.terms import NOTHING, Fault, Names, Term

LONGEST = 1000
"""Characters of an expression."""


@dataclass(frozen=True)
class Expression:
    """A checked expression and what it reads."""

    text: str
    term: Term
    fields: frozenset[str]
    inputs: frozenset[str]


def expression(text: str, names: Names) -> Expression:
    """A checked expression; raises Fault with the character where it goes wrong."""
    if len(text) > LONGEST:
        raise Fault(f"the expression has {len(text)} characters; allowed: {LONGEST}", 0)
    try:
        with warnings.catch_warnings(action="error"):  # "\d" or "1if" would only be a warning
            tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        column = (getattr(error, "offset", 1) or 1) - 1
        said = getattr(error, "msg", None) or str(error)
        raise Fault(f"this cannot be read ({said})", min(column, len(text))) from None
    reader = Reader(names)
    try:
        term = reader.read(tree.body)
    except RecursionError:
        raise Fault("the expression is nested too deeply", 0) from None
    except Fault as fault:  # Python counts bytes
        before = text.encode()[: fault.column].decode(errors="ignore")
        raise Fault(fault.text, len(before)) from None
    return Expression(text, term, frozenset(reader.fields), frozenset(reader.inputs))


def event(text: str, names: Names) -> Expression:
    """An expression that is true or false of a path; raises Fault for any other."""
    found = expression(text, names)
    if found.term.unit is not None:
        raise Fault("this is a number; allowed: something that is true or false", 0)
    if found.term.quarterly:
        raise Fault(
            'this is true or false of each quarter; allowed: at(..., "2035Q4"), lasts(...), '
            "ever(...) around it",
            0,
        )
    return found


def sum_that_holds(text: str, names: Names) -> Expression:
    """An event that names no path, so that it is known before any is drawn; raises Fault."""
    return _pathless(event(text, names))


def pure_number(text: str, names: Names) -> Expression:
    """A number without a unit that names no path; raises Fault for any other."""
    found = _pathless(expression(text, names))
    if found.term.unit is None or not found.term.unit.dimensionless:
        raise Fault("this is no number without a unit", 0)
    return found


def _pathless(found: Expression) -> Expression:
    for name in sorted(found.fields | found.inputs):
        place = re.search(rf"\b{re.escape(name)}\b", found.text)
        raise Fault(
            f"{name} is of a path; allowed: the claim's constants", place.start() if place else 0
        )
    return found


def plainly(found: Expression) -> Any:
    """Value of an expression that names no path: a truth, or a pure number."""
    value = found.term.value(NOTHING)
    unit = found.term.unit
    return bool(value) if unit is None else float((value * unit).to("").magnitude)
