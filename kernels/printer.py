"""A traced elementwise step as C++ source over lanes of paths (`native.h` has the functions)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jax.extend import core

_SCALARS = {"f": "float", "i": "int32_t", "u": "uint32_t", "b": "bool"}
_LANES = {"f": "vf", "i": "vi", "u": "vu", "b": "mask"}
WIDEST = 16
"""Lanes of the widest register: their number divides that of the paths."""


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


# ---------------------------------------------------------------------------- printing
class Printer:
    """Prints a traced step: an array of the trace is an array of terms, lanes on an axis of 1."""

    def __init__(self, lanes: int, count: int) -> None:
        if lanes % WIDEST:
            raise Unknown(f"{lanes} paths do not fill the registers")
        self.lanes, self.count = lanes, count
        self.lines: dict[tuple[bool, bool], list[str]] = {
            (lane, step): [] for lane in (False, True) for step in (False, True)
        }
        self.known: dict[tuple[str, str], Term] = {}
        self.clock: dict[str, Term] = {}  # numbers of a step that lanes read

    def text(self, traced: Any, states: int, parts: int, read: list[bool]) -> str:
        """The whole source; the handler's name is `walk`."""
        jaxpr = traced.jaxpr
        shapes = [v.aval for v in (*jaxpr.constvars, *jaxpr.invars)]
        fixed = len(jaxpr.constvars)
        terms = [
            self._loaded(number + 1, aval, number - fixed - states >= 0)
            for number, aval in enumerate(shapes)
        ]
        state = terms[fixed : fixed + states]
        for number, term in enumerate(state):
            kind = _kind(shapes[fixed + number].dtype)
            name = Term(f"s{number}", kind, True, True)
            self.lines[True, False].append(f"{_LANES[kind]} {name.text} = {term.item().text};")
            state[number] = np.array([name], object)
        terms[fixed : fixed + states] = state
        out = self._inline(jaxpr, terms[:fixed], terms[fixed:])
        inner, ends, place = self.lines[True, True], [], states
        for number, term in enumerate(out[:states]):
            inner.append(f"const auto n{number} = {self._lane(term.item())};")
        for number in range(states):
            inner.append(f"s{number} = n{number};")
            kind = _SCALARS[_kind(shapes[fixed + number].dtype)]
            ends.append(f"store(result<{kind}>(call, {number}) + lane, s{number});")
        stores = []
        for wanted, term in zip(read, out[states:], strict=True):
            if wanted:
                value = np.broadcast_to(term, (1,)).item()
                if value.kind == "b":
                    raise Unknown("an outcome is a truth value")
                to = f"result<{_SCALARS[value.kind]}>(call, {place}) + s * TOTAL + lane"
                stores.append(f"store({to}, {self._lane(value)});")
                place += 1
        return self._assembled(stores, ends)

    def _assembled(self, stores: list[str], ends: list[str]) -> str:
        declared = " ".join(f"{_SCALARS[t.kind]} {t.text};" for t in self.clock.values())
        names = list(self.clock)
        split = len(self.lines[True, True]) - 2 * len(ends)
        inner = self.lines[True, True]
        lines = [
            '#include "native.h"',
            f"enum {{ TOTAL = {self.lanes}, COUNT = {self.count} }};",
            f"struct shared {{ {declared} }};",
            'extern "C" XLA_FFI_Error *walk(XLA_FFI_CallFrame *call) {',
            "if (asked(call)) return nullptr;",
            "const long first = *operand<int32_t>(call, 0);",
            *self.lines[False, False],
            "shared table[COUNT];",
            "for (long s = 0; s < COUNT; s++) {",
            "const long at = first + s;",
            *self.lines[False, True],
            *(f"table[s].{name} = {name};" for name in names),
            "}",
            "for (long lane = 0; lane < TOTAL; lane += LANES) {",
            *self.lines[True, False],
            "for (long s = 0; s < COUNT; s++) {",
            "const long at = first + s;",
            *(f"const auto {name} = table[s].{name};" for name in names),
            *inner[:split],
            *stores,
            *inner[split:],
            "}",
            *ends,
            "}",
            "return nullptr;",
            "}",
        ]
        return "\n".join(lines) + "\n"

    def _loaded(self, number: int, aval: Any, part: bool) -> np.ndarray:
        """Terms that read an operand; `part` has the steps on its leading axis."""
        lane = bool(aval.shape) and aval.shape[-1] == self.lanes
        kind = _kind(aval.dtype)
        if lane and kind == "b":
            raise Unknown("an operand is a truth value")
        shape = (*aval.shape[:-1], 1) if lane else aval.shape
        rows = int(np.prod(shape, dtype=int))
        terms = np.empty(rows, object)
        start = f"operand<{_SCALARS[kind]}>(call, {number})"
        for row in range(rows):
            place = f"(at * {rows} + {row})" if part else f"{row}"
            if lane:
                text = f"load<{_LANES[kind]}>({start} + {place} * TOTAL + lane)"
            else:
                text = f"{start}[{place}]"
            terms[row] = self._written(kind, text, lane, part)
            if lane and part:
                ahead = f"{start} + {place} * TOTAL + lane + LANES"
                self.lines[True, True].append(f"__builtin_prefetch({ahead});")
        return terms.reshape(shape)

    def _written(self, kind: str, text: str, lane: bool, step: bool) -> Term:
        key = (kind, text)
        if key not in self.known:
            term = Term(f"v{len(self.known)}", kind, lane, step)
            type_ = (_LANES if lane else _SCALARS)[kind]
            self.lines[lane, step].append(f"const {type_} {term.text} = {text};")
            self.known[key] = term
        return self.known[key]

    def _lane(self, term: Term) -> str:
        """The term for every lane."""
        if term.lane:
            return term.text
        if term.step:
            self.clock[term.text] = term
        return f"all({term.text})"

    def _inline(self, jaxpr: Any, consts: list[np.ndarray], given: list[np.ndarray]) -> list[Any]:
        place = dict(zip((*jaxpr.constvars, *jaxpr.invars), (*consts, *given), strict=True))

        def at(atom: Any) -> np.ndarray:
            return _literal(atom) if isinstance(atom, core.Literal) else place[atom]

        for equation in jaxpr.eqns:
            reads, name = [at(v) for v in equation.invars], equation.primitive.name
            inner = equation.params.get("jaxpr", equation.params.get("call_jaxpr"))
            if name == "optimization_barrier":
                results = reads
            elif inner is not None and name in ("jit", "pjit", "closed_call", "custom_jvp_call"):
                held = [_array(np.asarray(c)) for c in inner.consts]
                results = self._inline(inner.jaxpr, held, reads)
            elif name == "broadcast_in_dim":
                results = [self._spread(equation, *reads)]
            elif name in _FOLDS:
                results = [self._folded(equation, *reads)]
            elif name in _SHAPES:
                results = _SHAPES[name](equation, reads)
            elif name in _FORMS or name in ("max", "min"):
                results = [self._elementwise(equation, reads)]
            else:
                raise Unknown(f"the operation {name} is not known")
            place.update(zip(equation.outvars, results, strict=True))
        return [at(v) for v in jaxpr.outvars]

    def _spread(self, equation: Any, terms: np.ndarray) -> np.ndarray:
        given, axes = equation.invars[0].aval.shape, equation.params["broadcast_dimensions"]
        shape = list(equation.outvars[0].aval.shape)
        if given and given[-1] == self.lanes and axes[-1] != len(shape) - 1:
            raise Unknown("the paths leave the last axis")
        whole = [1] * len(shape)
        for axis, size in zip(axes, terms.shape, strict=True):
            whole[axis] = size
        if shape and shape[-1] == self.lanes:
            shape[-1] = 1
        return np.broadcast_to(terms.reshape(whole), shape)

    def _folded(self, equation: Any, terms: np.ndarray) -> np.ndarray:
        axes, rank = equation.params["axes"], len(equation.invars[0].aval.shape)
        if equation.invars[0].aval.shape[-1] == self.lanes and rank - 1 in axes:
            raise Unknown("paths that are put together")
        rows = np.moveaxis(terms, axes, range(len(axes)))
        kept = rows.shape[len(axes) :]
        rows = rows.reshape(-1, *kept)
        result = np.empty(kept, object)
        for place in np.ndindex(kept):
            one = [row[place] for row in rows]
            lane, step = any(t.lane for t in one), any(t.step for t in one)
            text = f" {_FOLDS[equation.primitive.name]} ".join(
                self._lane(t) if lane else t.text for t in one
            )
            result[place] = self._written(one[0].kind, text, lane, step)
        return result

    def _elementwise(self, equation: Any, reads: list[np.ndarray]) -> np.ndarray:
        whole = np.broadcast_arrays(*reads)
        result = np.empty(whole[0].shape, object)
        kind = _kind(equation.outvars[0].aval.dtype)
        for place in np.ndindex(result.shape):
            terms: list[Any] = [x[place] for x in whole]
            lane, step = any(t.lane for t in terms), any(t.step for t in terms)
            texts = [self._lane(t) if lane else t.text for t in terms]
            text = self._form(equation, kind, terms, texts, lane)
            result[place] = self._written(kind, text, lane, step)
        return result

    def _form(
        self, equation: Any, kind: str, terms: list[Term], texts: list[str], lane: bool
    ) -> str:
        name = equation.primitive.name
        if terms[0].kind == "b" and name in ("eq", "ne", "lt", "le", "gt", "ge", "max", "min"):
            raise Unknown(f"the operation {name} of truth values")
        if name in ("max", "min"):
            a, b = texts
            if kind != "f" or not any(t.literal for t in terms):
                return f"{name}_({a}, {b})"
            # The instruction gives its second operand where one is not a number.
            return f"{name}_second({a}, {b})" if terms[0].literal else f"{name}_second({b}, {a})"
        return _FORMS[name](equation, kind, terms, texts, lane)


def _kind(dtype: Any) -> str:
    kinds = {"float32": "f", "int32": "i", "uint32": "u", "bool": "b"}
    if str(dtype) not in kinds:
        raise Unknown(f"numbers of type {dtype} are not known")
    return kinds[str(dtype)]


def _array(values: np.ndarray) -> np.ndarray:
    terms = np.empty(values.shape, object)
    for place in np.ndindex(values.shape):
        terms[place] = _number(values[place])
    return terms


def _literal(atom: Any) -> np.ndarray:
    return _array(np.asarray(atom.val, atom.aval.dtype))


def _number(value: Any) -> Term:
    kind = _kind(value.dtype)
    if kind == "f":
        text = f"{float(value).hex()}f" if np.isfinite(value) else f"of_bits({value.view('u4')}u)"
    elif kind == "b":
        text = "true" if value else "false"
    else:
        text = f"({_SCALARS[kind]}){int(value)}{'u' if kind == 'u' else 'll'}"
    return Term(text, kind, literal=True)


def _sliced(equation: Any, reads: list[np.ndarray]) -> list[np.ndarray]:
    p, (terms,), shape = equation.params, reads, equation.invars[0].aval.shape
    steps = p["strides"] or (1,) * len(shape)
    where = []
    for axis, (a, b, c) in enumerate(
        zip(p["start_indices"], p["limit_indices"], steps, strict=True)
    ):
        if terms.shape[axis] != shape[axis]:  # the paths
            if (a, b, c) != (0, shape[axis], 1):
                raise Unknown("a slice of the paths")
            where.append(slice(None))
        else:
            where.append(slice(a, b, c))
    return [terms[tuple(where)]]


def _unstacked(equation: Any, reads: list[np.ndarray]) -> list[np.ndarray]:
    axis = equation.params["axis"]
    if reads[0].shape[axis] != len(equation.outvars):
        raise Unknown("the paths are unstacked")
    return [np.take(reads[0], k, axis) for k in range(len(equation.outvars))]


def _squeezed(equation: Any, reads: list[np.ndarray]) -> list[np.ndarray]:
    return [np.squeeze(reads[0], equation.params["dimensions"])]


def _expanded(equation: Any, reads: list[np.ndarray]) -> list[np.ndarray]:
    return [np.expand_dims(reads[0], equation.params["dimensions"])]


_SHAPES: dict[str, Callable[[Any, list[np.ndarray]], list[np.ndarray]]] = {
    "slice": _sliced,
    "unstack": _unstacked,
    "squeeze": _squeezed,
    "expand_dims": _expanded,
}


# ---------------------------------------------------------------------------- operations
_FOLDS = {"reduce_and": "&", "reduce_or": "|", "reduce_xor": "^", "reduce_sum": "+"}
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
    old, one, zero = terms[0].kind, _number(_TYPES[kind](1)).text, _number(_TYPES[kind](0)).text
    if old == kind:
        return x[0]
    if kind == "b":
        return f"ne({x[0]}, {x[0]} - {x[0]})"
    if not lane:
        return f"({_SCALARS[kind]}){x[0]}"
    if old == "b":
        return f"choose({x[0]}, all({one}), all({zero}))"
    if "f" not in (old, kind):
        return f"({_LANES[kind]}){x[0]}"
    return f"__builtin_convertvector({x[0]}, {_LANES[kind]})"


def _recast(equation: Any, kind: str, terms: list[Term], x: list[str], lane: bool) -> str:
    if lane:
        return f"({_LANES[kind]}){x[0]}"
    if terms[0].kind == "f":
        return f"({_SCALARS[kind]})bits_of({x[0]})"
    return f"of_bits({x[0]})" if kind == "f" else f"({_SCALARS[kind]}){x[0]}"


def _clamped(equation: Any, kind: str, terms: list[Term], x: list[str], lane: bool) -> str:
    return f"min_({x[2]}, max_({x[0]}, {x[1]}))"


def _signed_only(form: _Form, shift: bool) -> _Form:
    def printed(equation: Any, kind: str, terms: list[Term], x: list[str], lane: bool) -> str:
        if kind != ("u" if shift else "i"):
            raise Unknown(f"the operation {equation.primitive.name} of another type")
        return form(equation, kind, terms, x, lane)

    return printed


_TYPES: dict[str, Any] = {"f": np.float32, "i": np.int32, "u": np.uint32, "b": np.bool_}
_FORMS: dict[str, _Form] = {
    **{k: _infix(s) for k, s in {"add": "+", "sub": "-", "mul": "*"}.items()},
    **{k: _infix(s) for k, s in {"and": "&", "or": "|", "xor": "^"}.items()},
    "shift_left": _infix("<<"),
    "shift_right_logical": _signed_only(_infix(">>"), shift=True),
    "shift_right_arithmetic": _signed_only(_infix(">>"), shift=False),
    **{name: _call(name) for name in ("eq", "ne", "lt", "le", "gt", "ge")},
    **{name: _call(f"{name}_") for name in ("abs", "exp", "log", "sqrt", "floor")},
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
