"""A traced elementwise step as C++ source over lanes of paths (`native.h` has the functions)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from jax.extend import core

from kernels.forms import (
    FOLDS,
    FORMS,
    SCALARS,
    VECTORS,
    Term,
    Unknown,
    array_of,
    bounds_of,
    kind_of,
    literal,
    number,
    within,
)

WIDEST = 16
"""Lanes of the widest register: their number divides that of the paths."""
_TABLE = 256
"""A row of that many numbers that all paths share is a table: paths only take entries from it."""


class Code(NamedTuple):
    """Operations of a trace, between the variables that they read first and those they leave."""

    constants: list[Any]
    arguments: list[Any]
    equations: list[Any]
    results: list[Any]


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
        self.tables: list[tuple[np.ndarray, str, bool]] = []  # where they start; of a step?
        self.products: list[str] = []  # what each step ends with
        self.functions: dict[str, str] = {}  # name by text, of what is called for many rows

    def text(self, code: Code, states: int, read: list[bool], sliced: bool = False) -> str:
        """The whole source; the handler's name is `walk`.

        A step takes `states` states, then its number, then its parts, whose operands hold all
        steps or, where they are `sliced`, those of this call only. What takes no argument is no
        step.
        """
        shapes = [v.aval for v in (*code.constants, *code.arguments)]
        fixed = len(code.constants)
        row = "s" if sliced else "at"
        clock = fixed + states
        crossed = {v for e in code.equations if _crosses(e) for v in e.invars}
        terms = [
            np.array(self._step(), object)
            if n == clock
            else self._kept(n + 1 - (n > clock), v.aval, row if n > clock else None)
            if v in crossed
            else self._loaded(n + 1 - (n > clock), v.aval, row if n > clock else None)
            for n, v in enumerate((*code.constants, *code.arguments))
        ]
        state = terms[fixed : fixed + states]
        for n, term in enumerate(state):
            kind = kind_of(shapes[fixed + n].dtype)
            name = Term(f"s{n}", kind, True, True)
            self.lines[True, False].append(f"{VECTORS[kind]} {name.text} = {term.item().text};")
            state[n] = np.array([name], object)
        terms[fixed : fixed + states] = state
        out = self._inline(code, terms)
        inner, ends, place = self.lines[True, True], [], states
        for n, term in enumerate(out[:states]):
            inner.append(f"const auto n{n} = {self._lane(term.item())};")
        for n in range(states):
            inner.append(f"s{n} = n{n};")
            kind = SCALARS[kind_of(shapes[fixed + n].dtype)]
            ends.append(f"store(result<{kind}>(call, {n}) + lane, s{n});")
        stores = []
        for wanted, term in zip(read, out[states:], strict=True):
            if wanted:
                value = np.broadcast_to(term, (1,)).item()
                if value.kind == "b":
                    raise Unknown("an outcome is a truth value")
                to = f"result<{SCALARS[value.kind]}>(call, {place}) + s * TOTAL + lane"
                stores.append(f"store({to}, {self._lane(value)});")
                place += 1
        return self._assembled(stores, ends, bool(code.arguments))

    def _assembled(self, stores: list[str], ends: list[str], steps: bool) -> str:
        declared = " ".join(f"{SCALARS[t.kind]} {t.text};" for t in self.clock.values())
        names = list(self.clock)
        split = len(self.lines[True, True]) - 2 * len(ends)
        inner = self.lines[True, True]
        lines = [
            *(() if steps else ("#define SHORT",)),
            '#include "native.h"',
            *(text.replace("NAME", name, 1) for text, name in self.functions.items()),
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
            *self.products,
            "}",
            *ends,
            "}",
            "return nullptr;",
            "}",
        ]
        return "\n".join(lines) + "\n"

    def _step(self) -> Term:
        term = self._written("u", "(uint32_t)at", False, True)
        return replace(term, line=(number(np.float32(0)), number(np.float32(1))))

    def _loaded(self, number: int, aval: Any, part: str | None) -> np.ndarray:
        """Terms that read an operand; the steps of a `part` are on its leading axis."""
        lane = bool(aval.shape) and aval.shape[-1] == self.lanes
        kind = kind_of(aval.dtype)
        if lane and kind == "b":
            raise Unknown("an operand is a truth value")
        shape = (*aval.shape[:-1], 1) if lane else aval.shape
        rows = int(np.prod(shape, dtype=int))
        terms = np.empty(rows, object)
        start = f"operand<{SCALARS[kind]}>(call, {number})"
        if aval.ndim == 1 and rows >= _TABLE and not lane and not part:
            self.tables.append((terms, start, False))
            return terms
        for row in range(rows):
            place = f"({part} * {rows} + {row})" if part else f"{row}"
            if lane:
                text = f"load<{VECTORS[kind]}>({start} + {place} * TOTAL + lane)"
            else:
                text = f"{start}[{place}]"
            terms[row] = self._written(kind, text, lane, part is not None)
            if lane and part:
                ahead = f"{start} + {place} * TOTAL + lane + LANES"
                self.lines[True, True].append(f"__builtin_prefetch({ahead});")
        return terms.reshape(shape)

    def _kept(self, number: int, aval: Any, part: str | None) -> np.ndarray:
        """An operand that is read where it lies; terms of it stand for nothing."""
        terms = np.full(aval.shape, None, object)
        start = f"operand<{SCALARS[kind_of(aval.dtype)]}>(call, {number})"
        self.tables.append(
            (terms, f"({start} + {part} * {aval.size})" if part else start, part is not None)
        )
        return terms

    def _table(self, terms: np.ndarray) -> tuple[str, bool]:
        """Where an operand that is read where it lies starts, and whether each step has its own."""
        for known, start, step in self.tables:
            if known is terms:
                return start, step
        raise Unknown("a table that is no operand")

    def _written(self, kind: str, text: str, lane: bool, step: bool) -> Term:
        key = (kind, text)
        if key not in self.known:
            term = Term(f"v{len(self.known)}", kind, lane, step)
            type_ = (VECTORS if lane else SCALARS)[kind]
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

    def _inline(self, code: Code, given: list[np.ndarray]) -> list[Any]:
        place = dict(zip((*code.constants, *code.arguments), given, strict=True))

        def at(atom: Any) -> np.ndarray:
            return literal(atom) if isinstance(atom, core.Literal) else place[atom]

        for equation in code.equations:
            reads, name = [at(v) for v in equation.invars], equation.primitive.name
            if (
                name not in _CALLS
                and name != "gather"
                and any(x.size and x.flat[0] is None for x in reads)
            ):
                raise Unknown(f"the operation {name} of a table")
            inner = equation.params.get("jaxpr", equation.params.get("call_jaxpr"))
            if name == "optimization_barrier":
                results = reads
            elif _crosses(equation):
                results = [self._crossed(*reads)]
            elif name in _CALLS and inner is not None and _by_row(equation, self.lanes):
                results = [self._called(inner.jaxpr, *reads)]
            elif inner is not None and name in _CALLS:
                held = [array_of(np.asarray(c)) for c in inner.consts]
                results = self._inline(code_of(inner.jaxpr), [*held, *reads])
            elif name == "broadcast_in_dim":
                results = [self._spread(equation, *reads)]
            elif name in FOLDS:
                results = [self._folded(equation, *reads)]
            elif name == "gather":
                results = [self._taken(equation, *reads)]
            elif name in _SHAPES:
                results = _SHAPES[name](equation, reads)
            elif name in FORMS or name in ("max", "min"):
                results = [self._elementwise(equation, reads)]
            else:
                raise Unknown(f"the operation {name} is not known")
            place.update(zip(equation.outvars, results, strict=True))
        return [at(v) for v in code.results]

    def _called(self, jaxpr: Any, rows: np.ndarray) -> np.ndarray:
        """A function of one row of paths at a time, printed once and called for each."""
        taken, given = (kind_of(v.aval.dtype) for v in (*jaxpr.invars, *jaxpr.outvars))
        body = Printer(self.lanes, 1)
        row = np.full((1,) * rows.ndim, Term("row", taken, True, False), object)
        result = body._inline(code_of(jaxpr), [row])[0].flat[0]  # all rows are alike
        lines = [*body.lines[False, False], *body.lines[True, False]]
        head = f"SHARED {VECTORS[given]} NAME({VECTORS[taken]} row) {{"
        text = "\n".join((head, *lines, f"return {body._lane(result)};", "}"))
        name = self.functions.setdefault(text, f"f{len(self.functions)}")
        return np.vectorize(
            lambda term: self._written(given, f"{name}({self._lane(term)})", term.lane, term.step),
            otypes=[object],
        )(rows)

    def _spread(self, equation: Any, terms: np.ndarray) -> np.ndarray:
        given, axes = equation.invars[0].aval.shape, equation.params["broadcast_dimensions"]
        shape = list(equation.outvars[0].aval.shape)
        if shape == [self.lanes, 1] and given == (self.lanes,):  # places in a table
            return terms.reshape(1, 1)
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
            text = f" {FOLDS[equation.primitive.name]} ".join(
                self._lane(t) if lane else t.text for t in one
            )
            result[place] = self._written(one[0].kind, text, lane, step)
        return result

    def _taken(self, equation: Any, table: np.ndarray, at: np.ndarray) -> np.ndarray:
        text = f"taken({self._table(table)[0]}, {self._lane(at.item())})"
        return np.array([self._written("f", text, True, at.item().step)], object)

    def _crossed(self, table: np.ndarray, base: np.ndarray) -> np.ndarray:
        """`kernels.sobol.crossed` without its array: a register of entries and one number a row."""
        (entries, step), (numbers, _) = self._table(table), self._table(base)
        (rows, width), each = table.shape, base.shape[1]
        if width % WIDEST:
            raise Unknown(f"a table of {width} points does not fill the registers")
        words = np.empty((rows, 1), object)
        for row in range(rows):
            read = f"load<vu>({entries} + {row * width} + lane % {width})"
            added = f"all({numbers}[{row * each} + lane / {width}])"
            words[row] = self._written("u", f"{read} ^ {added}", True, step)
        return words

    def _elementwise(self, equation: Any, reads: list[np.ndarray]) -> np.ndarray:
        whole = np.broadcast_arrays(*reads)
        result = np.empty(whole[0].shape, object)
        kind = kind_of(equation.outvars[0].aval.dtype)
        for place in np.ndindex(result.shape):
            terms: list[Any] = [x[place] for x in whole]
            lane, step = any(t.lane for t in terms), any(t.step for t in terms)
            texts = [self._lane(t) if lane else t.text for t in terms]
            text = self._form(equation, kind, terms, texts, lane)
            name = equation.primitive.name
            line = self._line(name, kind, terms) if step else None
            bounds = bounds_of(name, kind, [t.bounds for t in terms])
            if name == "exp" and lane and terms[0].line is not None:
                text = self._product(*terms[0].line)
            elif name == "log" and lane and within(terms[0].bounds, 1e-37, 1e38):
                text = f"log_normal({texts[0]})"
            term = self._written(kind, text, lane, step)
            result[place] = replace(term, line=line, bounds=bounds)
        return result

    def _line(self, name: str, kind: str, terms: list[Term]) -> tuple[Term, Term] | None:
        """What stays a straight line in the step."""
        if kind != "f" or not all(t.line is not None or not t.step for t in terms):
            return None
        zero = number(np.float32(0))
        starts, rises = zip(*(t.line or (t, zero) for t in terms), strict=True)
        if name == "convert_element_type":
            return terms[0].line
        if name == "neg":
            return self._of("-{}", starts[0]), self._of("-{}", rises[0])
        if name in ("add", "sub"):
            form = "{} + {}" if name == "add" else "{} - {}"
            return self._of(form, *starts), self._of(form, *rises)
        if name in ("mul", "div") and not terms[1].step:
            form = "{} * {}" if name == "mul" else "quotient({}, {})"
            return self._of(form, starts[0], terms[1]), self._of(form, rises[0], terms[1])
        if name == "mul" and not terms[0].step:
            return self._line(name, kind, terms[::-1])
        return None

    def _of(self, form: str, *terms: Term) -> Term:
        lane = any(t.lane for t in terms)
        text = form.format(*(self._lane(t) if lane else t.text for t in terms))
        return self._written("f", text, lane, False)

    def _product(self, start: Term, rise: Term) -> str:
        """exp of a straight line in the step: one exponential a call, then a product a step."""
        name = f"p{len(self.products)}"
        self.lines[True, False] += [
            f"const vf r{name} = factor({self._lane(rise)});",
            f"vf {name} = factor({self._lane(start)} + {self._lane(rise)} * (float)first);",
        ]
        self.products.append(f"{name} = {name} * r{name};")
        return name

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
        return FORMS[name](equation, kind, terms, texts, lane)


def code_of(jaxpr: Any) -> Code:
    """What a trace has."""
    return Code(jaxpr.constvars, jaxpr.invars, jaxpr.eqns, jaxpr.outvars)


def known(equation: Any, lanes: int) -> bool:
    """Whether this operation can be printed, as far as its name and its shapes say."""
    name = equation.primitive.name
    inner = equation.params.get("jaxpr", equation.params.get("call_jaxpr"))
    if _crosses(equation):
        return True
    if inner is not None:
        return name in _CALLS and all(known(e, lanes) for e in inner.eqns)
    if name == "gather":
        table, at = (v.aval for v in equation.invars)
        return table.ndim == 1 and table.size >= _TABLE and at.shape == (lanes, 1)
    return name in _KNOWN


def _crosses(equation: Any) -> bool:
    """Whether this is a call of `kernels.sobol.crossed`."""
    return equation.primitive.name in _CALLS and equation.params.get("name") == "crossed"


def _by_row(equation: Any, lanes: int) -> bool:
    """Whether a call makes several rows of paths from as many, each from its own."""
    (given, *more), (made, *others) = equation.invars, equation.outvars
    shape, kinds = made.aval.shape, (given.aval.dtype, made.aval.dtype)
    inner = equation.params.get("jaxpr")
    return (
        not (more or others or np.dtype(bool) in kinds)
        and given.aval.shape == shape
        and len(shape) > 1
        and shape[-1] == lanes
        and getattr(inner, "consts", None) == []
        and all(known(e, lanes) and e.primitive.name not in FOLDS for e in inner.jaxpr.eqns)
        and not any(e.primitive.name in _SHAPES for e in inner.jaxpr.eqns)
    )


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


_CALLS = ("jit", "pjit", "closed_call", "custom_jvp_call")
_KNOWN = {
    *("optimization_barrier", "broadcast_in_dim", "max", "min"),
    *FOLDS,
    *_SHAPES,
    *FORMS,
}
