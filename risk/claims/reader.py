"""Walks a parsed expression of a claim and makes terms of it; what it does not know is a fault."""

import ast
from collections.abc import Callable
from typing import Any

import numpy as np

from risk.claims.functions import FUNCTIONS
from risk.claims.terms import (
    NOTHING,
    Fault,
    Names,
    Seen,
    Term,
    column,
    constant,
    converted,
    factor,
    quantity,
    quarter,
    shown,
)
from risk.model.constants import QUARTERS
from risk.scenario.problems import did_you_mean
from risk.scenario.units import parsed

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


class Reader:
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
        raise Fault(f"{shown(node)} is no finite number", column(node))

    def _term(self, node: ast.AST) -> Term:
        match node:
            case ast.Constant(value=bool()):
                pass
            case ast.Constant(value=int() | float() as number):
                return constant(float(number), parsed("1"))
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
        raise Fault(f"{shown(node)} is not part of the language", column(node))

    def _number(self, node: ast.AST) -> Term:
        term = self.read(node)
        if term.unit is None:
            raise Fault("this is true or false; allowed: a number", column(node))
        return term

    def _truth(self, node: ast.AST) -> Term:
        term = self.read(node)
        if term.unit is not None:
            raise Fault("this is a number; allowed: something true or false", column(node))
        return term

    def _quantity(self, node: ast.Constant) -> Term:
        try:
            return constant(*quantity(str(node.value)))
        except ValueError as error:
            raise Fault(str(error), column(node)) from None

    def _named(self, node: ast.AST) -> Term:
        name = ast.unparse(node)
        if name in self.names.constants:
            return constant(*quantity(self.names.constants[name]))
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
        raise Fault(f"there is no {name!r}{near}", column(node))

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
                raise Fault("this is no comparison; allowed: < <= > >=", column(at))
            steps.append((term, factor(term, first, at), _COMPARISONS[type(op)]))
        quarterly = any(term.quarterly for term in terms)

        def value(seen: Seen) -> Any:
            left, result = first.value(seen), None
            for term, scaling, holds in steps:
                right = term.value(seen) * scaling
                found = holds(left, right)
                if seen.unclear:
                    lost = seen.arrays.isnan(left) | seen.arrays.isnan(right)
                    found = seen.arrays.logical_or(found, lost)
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
            join, scaling = _SUMS[kind], factor(right, left, node.right)
            return Term(
                left.unit,
                quarterly,
                lambda seen: join(left.value(seen), right.value(seen) * scaling),
            )
        if kind in _PRODUCTS:
            join = _PRODUCTS[kind]
            unit = left.unit * right.unit if kind is ast.Mult else left.unit / right.unit
            return Term(unit, quarterly, lambda seen: join(left.value(seen), right.value(seen)))
        raise Fault("this operation is not known; allowed: + - * /", column(node))

    def _called(self, node: ast.Call) -> Term:
        name = node.func.id  # type: ignore[attr-defined]
        if node.keywords:
            raise Fault(f"{name} takes no named arguments", column(node))
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
            column(node),
        )

    def _arguments(self, node: ast.Call, fewest: int, most: int) -> tuple[Term, list[int]]:
        """What goes by quarter, and the quarters that follow it."""
        name = node.func.id  # type: ignore[attr-defined]
        if not 1 + fewest <= len(node.args) <= 1 + most:
            told = f"{fewest}" if fewest == most else f"{fewest} to {most}"
            raise Fault(f"{name} takes something by quarter and then {told} quarters", column(node))
        inner = self.read(node.args[0])
        if not inner.quarterly:
            raise Fault("this does not go by quarter", column(node.args[0]))
        return inner, [self._quarter(n) for n in node.args[1:]]

    def _quarter(self, node: ast.AST) -> int:
        try:
            return quarter(str(node.value if isinstance(node, ast.Constant) else shown(node)))
        except ValueError as error:
            raise Fault(str(error), column(node)) from None

    def _spanned(self, node: ast.Call, fold: str, of_truth: bool) -> Term:
        inner, ends = self._arguments(node, 1, 2)
        first, last = (0, ends[0]) if len(ends) == 1 else ends
        if first > last:
            raise Fault("the span ends before it begins", column(node.args[1]))
        if (inner.unit is None) != of_truth:
            wanted = "something true or false" if of_truth else "a number"
            raise Fault(f"allowed here: {wanted}", column(node.args[0]))
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
                column(node),
            )
        what, window, end = node.args
        length, last = getattr(window, "value", None), self._quarter(end)
        if type(length) is not int or not 1 <= length <= most(last):
            raise Fault(f"allowed: a whole number of quarters, 1 to {most(last)}", column(window))
        return what, length, last

    def _lasting(self, node: ast.Call) -> Term:
        what, length, last = self._windowed(node, lambda last: QUARTERS - last)
        inner = self._truth(what)
        if not inner.quarterly:
            raise Fault("this does not go by quarter", column(what))

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
            raise Fault("this does not go by quarter", column(what))

        def value(seen: Seen) -> Any:
            x = inner.value(seen)[: last + 1]
            return seen.arrays.max(x[length:] - x[:-length], axis=0)

        return Term(inner.unit, False, value)

    def _model(self, node: ast.Call, name: str) -> Term:
        function = FUNCTIONS[name]
        if len(node.args) != len(function.units):
            raise Fault(
                f"{name} takes {len(function.units)}: {', '.join(function.units)}", column(node)
            )
        terms = [self._number(n) for n in node.args]
        factors = [
            converted(term, parsed(unit), n)
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
