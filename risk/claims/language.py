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
"""

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from textwrap import shorten
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from risk.claims.functions import FUNCTIONS
from risk.model.constants import QUARTERS, START
from risk.scenario.problems import did_you_mean
from risk.scenario.units import parsed, scale

if TYPE_CHECKING:
    import pint

LONGEST = 1000
"""Characters of an expression."""
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
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        column = (getattr(error, "offset", 1) or 1) - 1
        said = getattr(error, "msg", None) or str(error)
        raise Fault(f"this cannot be read ({said})", min(column, len(text))) from None
    reader = _Reader(names)
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


_COMPARISONS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
}
_SUMS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
}
_PRODUCTS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
}


class _Reader:
    """Walks a parsed expression; what it does not know is a fault."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.fields: set[str] = set()
        self.inputs: set[str] = set()
        self.read_of_paths = 0  # times that a field or an input was named

    def read(self, node: ast.AST) -> Term:
        """The term of a node; one that names no path has to be a finite number or a truth."""
        before = self.read_of_paths
        try:
            term = self._term(node)
            with np.errstate(all="ignore"):
                if self.read_of_paths > before or np.isfinite(term.value(NOTHING)):
                    return term
        except ArithmeticError:
            pass
        raise Fault(f"{_shown(node)} is no finite number", _column(node))

    def _term(self, node: ast.AST) -> Term:
        match node:
            case ast.Constant(value=bool()):
                pass
            case ast.Constant(value=int() | float() as number):
                return _constant(float(number), parsed("1"))
            case ast.Constant(value=str()):
                return self._quantity(node)
            case ast.Name() | ast.Attribute():
                return self._named(node)
            case ast.UnaryOp(op=ast.USub()):
                inner = self._number(node.operand)
                return Term(inner.unit, inner.quarterly, lambda seen: -inner.value(seen))
            case ast.UnaryOp(op=ast.Not()):
                inner = self._truth(node.operand)
                return Term(
                    None,
                    inner.quarterly,
                    lambda seen: seen.arrays.logical_not(inner.value(seen)),
                )
            case ast.BoolOp():
                return self._joined(node)
            case ast.Compare():
                return self._compared(node)
            case ast.BinOp():
                return self._computed(node)
            case ast.Call(func=ast.Name()):
                return self._called(node)
        raise Fault(f"{_shown(node)} is not part of the language", _column(node))

    def _number(self, node: ast.AST) -> Term:
        term = self.read(node)
        if term.unit is None:
            raise Fault("this is true or false; allowed: a number", _column(node))
        return term

    def _truth(self, node: ast.AST) -> Term:
        term = self.read(node)
        if term.unit is not None:
            raise Fault("this is a number; allowed: something true or false", _column(node))
        return term

    def _quantity(self, node: ast.Constant) -> Term:
        try:
            return _constant(*quantity(str(node.value)))
        except ValueError as error:
            raise Fault(str(error), _column(node)) from None

    def _named(self, node: ast.AST) -> Term:
        name = ast.unparse(node)
        if name in self.names.constants:
            return _constant(*quantity(self.names.constants[name]))
        if name in self.names.fields:
            self.fields.add(name)
            self.read_of_paths += 1
            return Term(parsed(self.names.fields[name]), True, lambda seen: seen.fields[name])
        if name in self.names.inputs:
            self.inputs.add(name)
            self.read_of_paths += 1
            return Term(parsed(self.names.inputs[name]), False, lambda seen: seen.inputs(name))
        known = [*self.names.constants, *self.names.fields, *self.names.inputs]
        near = did_you_mean(known, name) or "; allowed: outcomes, inputs, the claim's constants"
        raise Fault(f"there is no {name!r}{near}", _column(node))

    def _joined(self, node: ast.BoolOp) -> Term:
        terms = [self._truth(value) for value in node.values]
        quarterly = any(term.quarterly for term in terms)
        name = "logical_and" if isinstance(node.op, ast.And) else "logical_or"

        def value(seen: Seen) -> Any:
            result = terms[0].value(seen)
            for term in terms[1:]:
                result = getattr(seen.arrays, name)(result, term.value(seen))
            return result

        return Term(None, quarterly, value)

    def _compared(self, node: ast.Compare) -> Term:
        nodes = [node.left, *node.comparators]
        terms = [self._number(n) for n in nodes]
        first, steps = terms[0], []
        for term, at, op in zip(terms[1:], nodes[1:], node.ops, strict=True):
            if type(op) not in _COMPARISONS:
                raise Fault("this is no comparison; allowed: < <= > >=", _column(at))
            steps.append((term, _factor(term, first, at), _COMPARISONS[type(op)]))
        quarterly = any(term.quarterly for term in terms)

        def value(seen: Seen) -> Any:
            left, result = first.value(seen), None
            for term, factor, holds in steps:
                right = term.value(seen) * factor
                found = holds(left, right)
                result = found if result is None else seen.arrays.logical_and(result, found)
                left = right
            return result

        return Term(None, quarterly, value)

    def _computed(self, node: ast.BinOp) -> Term:
        left, right = self._number(node.left), self._number(node.right)
        assert left.unit is not None
        assert right.unit is not None
        quarterly = left.quarterly or right.quarterly
        kind = type(node.op)
        if kind in _SUMS:
            join, factor = _SUMS[kind], _factor(right, left, node.right)
            return Term(
                left.unit,
                quarterly,
                lambda seen: join(left.value(seen), right.value(seen) * factor),
            )
        if kind in _PRODUCTS:
            join = _PRODUCTS[kind]
            unit = left.unit * right.unit if kind is ast.Mult else left.unit / right.unit
            return Term(unit, quarterly, lambda seen: join(left.value(seen), right.value(seen)))
        raise Fault("this operation is not known; allowed: + - * /", _column(node))

    def _called(self, node: ast.Call) -> Term:
        name = node.func.id  # type: ignore[attr-defined]
        if node.keywords:
            raise Fault(f"{name} takes no named arguments", _column(node))
        if name in _SPANS:
            return self._spanned(node, *_SPANS[name])
        if name == "at":
            (inner, by) = self._arguments(node, 1, 1)
            return Term(inner.unit, False, lambda seen: inner.value(seen)[by[0]])
        if name == "lasts":
            return self._lasting(node)
        if name == "rise":
            return self._rising(node)
        if name in FUNCTIONS:
            return self._model(node, name)
        known = ["at", "lasts", "rise", *_SPANS, *FUNCTIONS]
        raise Fault(
            f"there is no function {name!r}; allowed: {', '.join(known)}"
            f"{did_you_mean(known, name)}",
            _column(node),
        )

    def _arguments(self, node: ast.Call, fewest: int, most: int) -> tuple[Term, list[int]]:
        """What goes by quarter, and the quarters that follow it."""
        name = node.func.id  # type: ignore[attr-defined]
        if not 1 + fewest <= len(node.args) <= 1 + most:
            told = f"{fewest}" if fewest == most else f"{fewest} to {most}"
            raise Fault(
                f"{name} takes something by quarter and then {told} quarters", _column(node)
            )
        inner = self.read(node.args[0])
        if not inner.quarterly:
            raise Fault("this does not go by quarter", _column(node.args[0]))
        return inner, [self._quarter(n) for n in node.args[1:]]

    def _quarter(self, node: ast.AST) -> int:
        try:
            return quarter(str(node.value if isinstance(node, ast.Constant) else _shown(node)))
        except ValueError as error:
            raise Fault(str(error), _column(node)) from None

    def _spanned(self, node: ast.Call, fold: str, of_truth: bool) -> Term:
        inner, ends = self._arguments(node, 1, 2)
        first, last = (0, ends[0]) if len(ends) == 1 else ends
        if first > last:
            raise Fault("the span ends before it begins", _column(node.args[1]))
        if (inner.unit is None) != of_truth:
            wanted = "something true or false" if of_truth else "a number"
            raise Fault(f"allowed here: {wanted}", _column(node.args[0]))
        unit = None if fold == "any" else inner.unit or parsed("1")

        def value(seen: Seen) -> Any:
            return getattr(seen.arrays, fold)(inner.value(seen)[first : last + 1], axis=0)

        return Term(unit, False, value)

    def _windowed(self, node: ast.Call, most: Callable[[int], int]) -> tuple[ast.AST, int, int]:
        """Condition or number, length of a window and last quarter; `most` bounds the length."""
        if len(node.args) != 3:
            name = node.func.id  # type: ignore[attr-defined]
            raise Fault(
                f"{name} takes something by quarter, a number of quarters, a quarter",
                _column(node),
            )
        what, window, end = node.args
        length, last = getattr(window, "value", None), self._quarter(end)
        if type(length) is not int or not 1 <= length <= most(last):
            raise Fault(f"allowed: a whole number of quarters, 1 to {most(last)}", _column(window))
        return what, length, last

    def _lasting(self, node: ast.Call) -> Term:
        what, length, last = self._windowed(node, lambda last: QUARTERS - last)
        inner = self._truth(what)
        if not inner.quarterly:
            raise Fault("this does not go by quarter", _column(what))

        def value(seen: Seen) -> Any:
            holds = inner.value(seen)
            run = holds[: last + 1]
            for k in range(1, length):
                run = seen.arrays.logical_and(run, holds[k : k + last + 1])
            return seen.arrays.any(run, axis=0)

        return Term(None, False, value)

    def _rising(self, node: ast.Call) -> Term:
        what, length, last = self._windowed(node, lambda last: last)
        inner = self._number(what)
        if not inner.quarterly:
            raise Fault("this does not go by quarter", _column(what))

        def value(seen: Seen) -> Any:
            x = inner.value(seen)[: last + 1]
            return seen.arrays.max(x[length:] - x[:-length], axis=0)

        return Term(inner.unit, False, value)

    def _model(self, node: ast.Call, name: str) -> Term:
        function = FUNCTIONS[name]
        if len(node.args) != len(function.units):
            raise Fault(
                f"{name} takes {len(function.units)}: {', '.join(function.units)}", _column(node)
            )
        terms = [self._number(n) for n in node.args]
        factors = [
            _converted(term, parsed(unit), n)
            for term, unit, n in zip(terms, function.units, node.args, strict=True)
        ]

        def value(seen: Seen) -> Any:
            given = (t.value(seen) * f for t, f in zip(terms, factors, strict=True))
            return function.compute(seen.arrays, *given)

        return Term(parsed(function.unit), any(t.quarterly for t in terms), value)


_SPANS = {
    "ever": ("any", True),
    "share": ("mean", True),
    "mean": ("mean", False),
    "least": ("min", False),
    "most": ("max", False),
}


def _constant(number: float, unit: "pint.Unit") -> Term:
    return Term(unit, False, lambda seen: number)


def _factor(term: Term, like: Term, node: ast.AST) -> float:
    """What turns numbers of one term into the unit of another."""
    assert like.unit is not None
    return _converted(term, like.unit, node)


def _converted(term: Term, unit: "pint.Unit", node: ast.AST) -> float:
    import pint

    assert term.unit is not None
    try:
        return float((1.0 * term.unit).to(unit).magnitude)
    except pint.PintError:
        own = f"is in {term.unit:~}" if f"{term.unit:~}" else "has no unit"
        allowed = f"a unit like {unit:~}" if f"{unit:~}" else "a number without a unit"
        raise Fault(f"this {own}; allowed: {allowed}", _column(node)) from None


def _column(node: ast.AST) -> int:
    return getattr(node, "col_offset", 0)


def _shown(node: ast.AST) -> str:
    return repr(shorten(ast.unparse(node), 40, placeholder="..."))


def plainly(found: Expression) -> Any:
    """Value of an expression that names no path: a truth, or a pure number."""
    value = found.term.value(NOTHING)
    unit = found.term.unit
    return bool(value) if unit is None else float((value * unit).to("").magnitude)
