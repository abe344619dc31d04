"""What expressions of claims are made of: terms with units, names, faults, quantities, quarters."""

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from textwrap import shorten
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from risk.model.constants import QUARTERS, START
from risk.scenario.units import scale

if TYPE_CHECKING:
    import pint

_QUANTITY = re.compile(r"([+-]?(?:\d[\d,]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([^\d\s].*)?")


class Fault(ValueError):
    """What is wrong with an expression, and at which of its characters."""

    def __init__(self, text: str, column: int) -> None:
        super().__init__(text)
        self.text, self.column = text, column


class Seen(NamedTuple):
    """What an expression is evaluated on; `arrays` is numpy or jax.numpy."""

    arrays: Any
    fields: Mapping[str, Any]  # (quarters, paths)
    inputs: Callable[[str], Any]  # dotted key -> (paths,)
    unclear: bool = False  # what a comparison gives where one side is not a number


NOTHING = Seen(np, {}, dict[str, Any]().__getitem__)
"""What an expression is evaluated on that names no path."""


@dataclass(frozen=True)
class Term:
    """A part of an expression: what it is, and how it is computed."""

    unit: "pint.Unit | None"  # None for a truth
    quarterly: bool
    value: Callable[[Seen], Any]


@dataclass(frozen=True)
class Names:
    """Units of what an expression may name; constants are in the unit that they are given in."""

    fields: Mapping[str, str]
    inputs: Mapping[str, str]
    constants: Mapping[str, str]  # name -> quantity


def quantity(text: str) -> tuple[float, "pint.Unit"]:
    """A number and its unit; raises ValueError for anything else."""
    found = _QUANTITY.fullmatch(text.strip())
    if not found:
        raise ValueError(f'{text!r} is no quantity; allowed: a number and a unit, "200 USD/kg"')
    try:
        unit = scale(found[2] or "1")
    except ValueError as error:
        raise ValueError(f"{text!r} {error}") from None
    return float(found[1].replace(",", "")), unit


def quarter(text: str) -> int:
    """Number of a quarter, 0 being 2026Q4; raises ValueError outside the horizon."""
    found = re.fullmatch(r"(\d{4})Q([1-4])", text)
    number = (int(found[1]) - int(START)) * 4 + int(found[2]) - 4 if found else -1
    if not 0 <= number < QUARTERS:
        last = int(START) + (QUARTERS + 2) // 4
        raise ValueError(f'{text!r} is no quarter; allowed: "2026Q4" to "{last}Q3"')
    return number


def constant(number: float, unit: "pint.Unit") -> Term:
    """The term of a number."""
    return Term(unit, False, lambda seen: number)


def factor(term: Term, like: Term, node: ast.AST) -> float:
    """What turns numbers of one term into the unit of another."""
    assert like.unit is not None
    return converted(term, like.unit, node)


def converted(term: Term, unit: "pint.Unit", node: ast.AST) -> float:
    """What turns numbers of a term into a unit; raises Fault at the node for another dimension."""
    import pint

    assert term.unit is not None
    try:
        return float((1.0 * term.unit).to(unit).magnitude)
    except pint.PintError:
        own = f"is in {term.unit:~}" if f"{term.unit:~}" else "has no unit"
        allowed = f"a unit like {unit:~}" if f"{unit:~}" else "a number without a unit"
        raise Fault(f"this {own}; allowed: {allowed}", column(node)) from None


def column(node: ast.AST) -> int:
    """Where a node begins, in bytes of the text."""
    return getattr(node, "col_offset", 0)


def shown(node: ast.AST) -> str:
    """The text of a node in quotes, cut short."""
    return repr(shorten(ast.unparse(node), 40, placeholder="..."))
