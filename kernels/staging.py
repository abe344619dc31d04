"""What of a path's step can be computed before the loop: binding times of a traced function.

A step reads constants of the path, its state, random words and the number of the step. What
follows from constants alone is computed once a path, what follows from the step and from numbers
that all paths share once a step, and only the rest is left for the loop. A loop that must live in
the registers of a GPU needs this done by hand, because nothing else does it across a kernel's edge.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array


class Stage(IntEnum):
    """When a value is known."""

    CONSTANT = 0  # before the loop
    CLOCK = 1  # for every step at once, before the loop; one number for all paths
    LOOP = 2


class Operation(NamedTuple):
    """One primitive; `reads` are numbers of values, or literals wrapped as arrays."""

    primitive: Any
    parameters: dict[str, Any]
    reads: tuple[Any, ...]
    writes: tuple[int, ...]


class Kind(NamedTuple):
    """Element type of a value, and whether each path has its own."""

    dtype: np.dtype
    path: bool


class Literal(NamedTuple):
    """A number written in the program."""

    value: Any


@dataclass
class Program:
    """A traced step, every call inlined, in the order of evaluation."""

    operations: list[Operation]
    kinds: list[Kind]
    constants: tuple[int, ...]
    state: tuple[int, ...]
    words: tuple[int, ...]
    step: int
    results: tuple[Any, ...]  # numbers of values, or literals
    stages: list[Stage]

    def defining(self) -> dict[int, Operation]:
        """The operation that writes each value."""
        return {write: op for op in self.operations for write in op.writes}

    def needed(self, results: Iterable[Any], known: set[int]) -> list[Operation]:
        """Operations that lead from `known` values to the results, in order."""
        wanted = {r for r in results if not isinstance(r, Literal)} - known
        kept = []
        for op in reversed(self.operations):
            if wanted.intersection(op.writes):
                kept.append(op)
                wanted.update(r for r in op.reads if not isinstance(r, Literal) and r not in known)
        return kept[::-1]


def trace(
    step: Callable[..., Any],
    constants: Sequence[Any],
    state: Sequence[Any],
    words: Sequence[Any],
    lanes: int,
) -> tuple[Program, Any]:
    """Trace `step(constants, state, words, number)` for `lanes` paths; also the result's tree.

    The first three are flat lists of arrays, of which only the type counts and whether they have
    an axis; barriers are dropped, since each value lives in a register anyway.
    """

    def like(leaf: Any) -> jax.ShapeDtypeStruct:
        shape = (lanes,) if jnp.ndim(leaf) else ()
        return jax.ShapeDtypeStruct(shape, jnp.result_type(leaf))

    groups = tuple([like(leaf) for leaf in group] for group in (constants, state, words))
    number = jax.ShapeDtypeStruct((), jnp.uint32)
    closed, tree = jax.make_jaxpr(step, return_shape=True)(*groups, number)
    operations: list[Operation] = []
    kinds: list[Kind] = []

    def fresh(aval: Any) -> int:
        kinds.append(Kind(np.dtype(aval.dtype), bool(aval.shape)))
        return len(kinds) - 1

    def inline(jaxpr: Any, arguments: Sequence[Any]) -> list[Any]:
        place: dict[Any, Any] = dict(zip(jaxpr.jaxpr.invars, arguments, strict=True))
        for variable, value in zip(jaxpr.jaxpr.constvars, jaxpr.consts, strict=True):
            if np.ndim(value):
                raise ValueError("a step may hold no array: pass it as a constant")
            place[variable] = Literal(np.asarray(value)[()])

        def read(atom: Any) -> Any:
            if hasattr(atom, "val"):
                return Literal(np.asarray(atom.val, atom.aval.dtype)[()])
            return place[atom]

        for equation in jaxpr.jaxpr.eqns:
            reads = [read(atom) for atom in equation.invars]
            name = equation.primitive.name
            if name == "optimization_barrier":
                place.update(zip(equation.outvars, reads, strict=True))
            elif name in ("jit", "pjit"):
                results = inline(equation.params["jaxpr"], reads)
                place.update(zip(equation.outvars, results, strict=True))
            elif name == "convert_element_type" and isinstance(reads[0], Literal):
                dtype = equation.params["new_dtype"]
                place[equation.outvars[0]] = Literal(np.asarray(reads[0].value, dtype)[()])
            else:
                writes = tuple(fresh(variable.aval) for variable in equation.outvars)
                place.update(zip(equation.outvars, writes, strict=True))
                operations.append(
                    Operation(equation.primitive, equation.params, tuple(reads), writes)
                )
        return [read(atom) for atom in jaxpr.jaxpr.outvars]

    inputs = [fresh(variable.aval) for variable in closed.jaxpr.invars]
    results = tuple(inline(closed, inputs))
    a, b, c = (len(group) for group in groups)
    made = Program(
        operations,
        kinds,
        constants=tuple(inputs[:a]),
        state=tuple(inputs[a : a + b]),
        words=tuple(inputs[a + b : a + b + c]),
        step=inputs[-1],
        results=results,
        stages=[],
    )
    made.stages = _stages(made)
    return made, tree


def _stages(program: Program) -> list[Stage]:
    stages = [Stage.LOOP] * len(program.kinds)
    for value in program.constants:
        stages[value] = Stage.CONSTANT
    stages[program.step] = Stage.CLOCK
    for op in program.operations:
        read = [stages[r] for r in op.reads if not isinstance(r, Literal)]
        stage = max(read, default=Stage.CONSTANT)
        if stage is Stage.CLOCK and any(program.kinds[w].path for w in op.writes):
            shared = _spreads(op)
            stage = Stage.CLOCK if shared else Stage.LOOP
        for write in op.writes:
            stages[write] = stage
    return stages


def _spreads(op: Operation) -> bool:
    """Whether the operation only gives every path the same number."""
    return op.primitive is lax.broadcast_in_dim_p


class Plan(NamedTuple):
    """What crosses the loop's edge, by number, and what runs inside, in order."""

    paths: tuple[int, ...]  # constants with one number a path
    shared: tuple[int, ...]  # constants that all paths share
    clock: tuple[int, ...]  # one number a step
    loop: list[Operation]


def plan(program: Program, results: Iterable[Any], known: Iterable[int] = ()) -> Plan:
    """What the loop computes to reach `results` when it already has `known`.

    A number given to every path, and a truth value, are made again inside from what they are
    made of: neither is worth a register or a load.
    """
    defining, given = program.defining(), set(known)
    inside: set[int] = set()
    edge: set[int] = set()
    waiting = [r for r in results if not isinstance(r, Literal)]
    while waiting:
        value = waiting.pop()
        if value in given or value in edge or value in inside:
            continue
        op = defining.get(value)
        remade = op is not None and (_spreads(op) or program.kinds[value].dtype == np.bool_)
        clock_path = program.stages[value] is Stage.CLOCK and program.kinds[value].path
        if op is not None and (program.stages[value] is Stage.LOOP or remade or clock_path):
            inside.update(op.writes)
            waiting += [r for r in op.reads if not isinstance(r, Literal)]
        elif program.stages[value] is not Stage.LOOP:
            edge.add(value)
    by_stage: dict[tuple[Stage, bool], list[int]] = {}
    for value in sorted(edge - {program.step}):
        by_stage.setdefault((program.stages[value], program.kinds[value].path), []).append(value)
    return Plan(
        paths=tuple(by_stage.get((Stage.CONSTANT, True), ())),
        shared=tuple(by_stage.get((Stage.CONSTANT, False), ())),
        clock=tuple(by_stage.get((Stage.CLOCK, False), ())),
        loop=[op for op in program.operations if inside.intersection(op.writes)],
    )


def run(
    operations: Iterable[Operation],
    values: dict[int, Any],
    lanes: int,
    rules: Mapping[str, Callable[..., Array]] = MappingProxyType({}),
) -> None:
    """Evaluate operations in place, `lanes` paths wide; `rules` replace primitives by name."""
    for op in operations:
        reads = [r.value if isinstance(r, Literal) else values[r] for r in op.reads]
        if _spreads(op):
            written = [jnp.broadcast_to(reads[0], (lanes,) if op.parameters["shape"] else ())]
        elif op.primitive.name in rules:
            written = [rules[op.primitive.name](*reads)]
        else:
            parameters = op.primitive.get_bind_params(op.parameters)
            made = op.primitive.bind(*reads, **parameters)
            written = made if op.primitive.multiple_results else [made]
        values.update(zip(op.writes, written, strict=True))


def before(
    program: Program, plans: Sequence[Plan], constants: Sequence[Array], steps: int, lanes: int
) -> dict[int, Array]:
    """Values at the edge of all plans: constants as they are, clock values with a step axis."""
    values: dict[int, Any] = dict(zip(program.constants, constants, strict=True))
    early = sorted({v for p in plans for v in (*p.paths, *p.shared)})
    clock = sorted({v for p in plans for v in p.clock})
    known = set(values)
    run(program.needed(early, known), values, lanes)
    needed = program.needed(clock, known | {program.step})

    def at(number: Array) -> list[Array]:
        mine = dict(values) | {program.step: number}
        run(needed, mine, lanes)
        return [mine[v] for v in clock]

    tables = jax.vmap(at)(jnp.arange(steps, dtype=jnp.uint32)) if clock else []
    return {v: values[v] for v in early} | dict(zip(clock, tables, strict=True))
