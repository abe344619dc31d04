"""What each operation of a trace is in the printed code: terms, literals, and one form an operation.

`native.h` has the functions that are called here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

SCALARS = {"f": "float", "i": "int32_t", "u": "uint32_t", "b": "bool"}
VECTORS = {"f": "vf", "i": "vi", "u": "vu", "b": "mask"}


class Unavailable(Exception):
    """This step or this machine cannot do it; the message says why."""


class Unknown(Unavailable):
    """The step has something in it that is not elementwise, or not known."""


@dataclass(frozen=True)
class Term:
    """A value in the printed code: of every lane or one for all, the same in each step or not."""

    text: str
    kind: str  # f, i, u or b
    lane: bool = False
    step: bool = False
    literal: bool = False
    line: "tuple[Term, Term] | None" = None
    """Its value at step 0 and its rise a step, where it is a straight line in the step."""
    bounds: tuple[float, float] | None = None


def kind_of(dtype: Any) -> str:
    """Letter of a type of numbers; raises Unknown for others."""
    kinds = {"float32": "f", "int32": "i", "uint32": "u", "bool": "b"}
    if str(dtype) not in kinds:
        raise Unknown(f"numbers of type {dtype} are not known")
    return kinds[str(dtype)]


def array_of(values: np.ndarray) -> np.ndarray:
    """Literal terms of an array."""
    terms = np.empty(values.shape, object)
    for place in np.ndindex(values.shape):
        terms[place] = number(values[place])
    return terms


def literal(atom: Any) -> np.ndarray:
    """Terms of a literal of the trace."""
    return array_of(np.asarray(atom.val, atom.aval.dtype))


def number(value: Any) -> Term:
    """Literal term of a number."""
    kind = kind_of(value.dtype)
    if kind == "f":
        text = f"{float(value).hex()}f" if np.isfinite(value) else f"of_bits({value.view('u4')}u)"
    elif kind == "b":
        text = "true" if value else "false"
    else:
        text = f"({SCALARS[kind]}){int(value)}{'u' if kind == 'u' else 'll'}"
    bounds = (float(value), float(value)) if np.isfinite(value) else None
    return Term(text, kind, literal=True, bounds=bounds)


FOLDS = {"reduce_and": "&", "reduce_or": "|", "reduce_xor": "^", "reduce_sum": "+"}
type _Form = Callable[[Any, str, list[Term], list[str], bool], str]


def _infix(sign: str) -> _Form:
    return lambda _, __, ___, x, ____: f"{x[0]} {sign} {x[1]}"


def _call(name: str) -> _Form:
    return lambda _, __, ___, x, ____: f"{name}({', '.join(x)})"


def _power(equation: Any, kind: str, terms: list[Term], x: list[str], lane: bool) -> str:
    n = equation.params["y"]
    text = " * ".join([x[0]] * abs(n)) or ("all(1.0f)" if lane else "1.0f")
    return text if n >= 0 else f"quotient({'all(1.0f)' if lane else '1.0f'}, {text})"


def _converted(equation: Any, kind: str, terms: list[Term], x: list[str], lane: bool) -> str:
    old, one, zero = terms[0].kind, number(_TYPES[kind](1)).text, number(_TYPES[kind](0)).text
    if old == kind:
        return x[0]
    if kind == "b":
        return f"ne({x[0]}, {x[0]} - {x[0]})"
    if not lane:
        return f"({SCALARS[kind]}){x[0]}"
    if old == "b":
        return f"choose({x[0]}, all({one}), all({zero}))"
    if "f" not in (old, kind):
        return f"({VECTORS[kind]}){x[0]}"
    return f"__builtin_convertvector({x[0]}, {VECTORS[kind]})"


def _recast(equation: Any, kind: str, terms: list[Term], x: list[str], lane: bool) -> str:
    if lane:
        return f"({VECTORS[kind]}){x[0]}"
    if terms[0].kind == "f":
        return f"({SCALARS[kind]})bits_of({x[0]})"
    return f"of_bits({x[0]})" if kind == "f" else f"({SCALARS[kind]}){x[0]}"


def _clamped(equation: Any, kind: str, terms: list[Term], x: list[str], lane: bool) -> str:
    return f"min_({x[2]}, max_({x[0]}, {x[1]}))"


def _signed_only(form: _Form, shift: bool) -> _Form:
    def printed(equation: Any, kind: str, terms: list[Term], x: list[str], lane: bool) -> str:
        if kind != ("u" if shift else "i"):
            raise Unknown(f"the operation {equation.primitive.name} of another type")
        return form(equation, kind, terms, x, lane)

    return printed


_TYPES: dict[str, Any] = {"f": np.float32, "i": np.int32, "u": np.uint32, "b": np.bool_}
FORMS: dict[str, _Form] = {
    **{k: _infix(s) for k, s in {"add": "+", "sub": "-", "mul": "*"}.items()},
    **{k: _infix(s) for k, s in {"and": "&", "or": "|", "xor": "^"}.items()},
    "shift_left": _infix("<<"),
    "shift_right_logical": _signed_only(_infix(">>"), shift=True),
    "shift_right_arithmetic": _signed_only(_infix(">>"), shift=False),
    **{name: _call(name) for name in ("eq", "ne", "lt", "le", "gt", "ge")},
    **{name: _call(f"{name}_") for name in ("abs", "exp", "log", "log2", "log1p", "sqrt", "floor")},
    "div": _call("quotient"),
    "neg": lambda _, __, ___, x, ____: f"-{x[0]}",
    "not": lambda _, kind, ___, x, ____: f"inverse({x[0]})" if kind == "b" else f"~{x[0]}",
    "square": lambda _, __, ___, x, ____: f"{x[0]} * {x[0]}",
    "rsqrt": lambda _, __, ___, x, lane: (
        f"quotient({'all(1.0f)' if lane else '1.0f'}, sqrt_({x[0]}))"
    ),
    "is_finite": lambda _, __, ___, x, lane: (
        f"lt(abs_({x[0]}), {'all(__builtin_inff())' if lane else '__builtin_inff()'})"
    ),
    "copy": lambda _, __, ___, x, ____: x[0],
    "select_n": lambda _, __, ___, x, ____: f"choose({x[0]}, {x[2]}, {x[1]})",
    "clamp": _clamped,
    "integer_pow": _power,
    "convert_element_type": _converted,
    "bitcast_convert_type": _recast,
}


def bounds_of(
    name: str, kind: str, given: list[tuple[float, float] | None]
) -> tuple[float, float] | None:
    """Between what numbers a result lies, where arguments say so and it cannot overflow."""
    if name == "shift_right_logical" and given[1] is not None:
        return 0.0, float((1 << 32) - 1 >> int(given[1][0]))
    if any(x is None for x in given):
        return None
    (a, b), (c, d) = (*(x for x in given if x is not None), (0.0, 0.0))[:2]
    ends = {
        "convert_element_type": (a, b),
        "neg": (-b, -a),
        "add": (a + c, b + d),
        "sub": (a - d, b - c),
        "mul": (min(a * c, a * d, b * c, b * d), max(a * c, a * d, b * c, b * d)),
    }.get(name)
    largest = {"f": 1e38, "i": 2.0**31 - 1, "u": 2.0**32 - 1}.get(kind, 0.0)
    return ends if within(ends, 0.0 if kind == "u" else -largest, largest) else None


def within(bounds: tuple[float, float] | None, low: float, high: float) -> bool:
    """Whether bounds are known and lie between two numbers."""
    return bounds is not None and low <= bounds[0] and bounds[1] <= high
