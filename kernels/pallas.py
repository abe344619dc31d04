"""The quarter loop on a GPU: every step of a path in registers, one path a thread.

The same contract as `kernels.paths.march`, and the same function of one path as its body. Memory
sees what goes in once a path, one number a random word, and what is asked to be shown; state
never leaves the registers. Pallas with the Mosaic GPU back end, `Lane` semantics; interpreted, the
same kernel runs on a CPU.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.experimental import pallas as pl
from jax.experimental.pallas import mosaic_gpu as plm
from jaxtyping import Array, Bool, Float, UInt32

from kernels import staging
from kernels.lanes import UNIT, Source

_BITS = 32


class Shown(NamedTuple):
    """What a step shows of a path: truths, of which a bit is kept, and numbers."""

    events: Mapping[str, Bool[Array, " path"]]
    numbers: Mapping[str, Float[Array, " path"]]


type Step = Callable[[Any, Any, tuple[Array, ...], Array], tuple[Any, Shown]]
"""(constants, state, words, number of the step) -> (state, what is shown), elementwise."""


@dataclass(frozen=True)
class Shape:
    """How paths lie on the device; none of it changes a number."""

    lanes: int = UNIT  # paths that 128 threads carry together: one a thread, or two
    warpgroups: int = 1  # of 128 threads in a block; they cap a thread's registers
    approximate: bool = False  # exp, log, root by the special function unit
    interpret: bool = False  # run on a CPU


ONE_EACH = Shape()


class Kept(NamedTuple):
    """Bits of every event, step 0 lowest, `span(steps)` a word; numbers at the steps asked for."""

    events: dict[str, UInt32[Array, "word path"]]
    numbers: dict[str, Float[Array, "kept path"]]


def span(steps: int) -> int:
    """Steps whose bits share a word: the most up to 32 that divide the steps."""
    return next(n for n in range(min(steps, _BITS), 0, -1) if steps % n == 0)


def march(
    step: Step,
    constants: Any,
    state: Any,
    source: Source,
    steps: int,
    every: Mapping[str, int],
    shape: Shape = ONE_EACH,
) -> Kept:
    """Take every path through all steps.

    `constants` is a tree of arrays with one number a path, or one number in all; `state` of arrays
    with one a path. Of the numbers shown, `every[name]` keeps each so many-th, from step 0 on.
    Raises ValueError where the paths do not fill whole blocks.
    """
    leaves, tree = jax.tree.flatten(constants)
    first, state_tree = jax.tree.flatten(state)
    paths = first[0].shape[0]
    lanes = shape.lanes
    block = lanes * shape.warpgroups
    if paths % block:
        raise ValueError(f"{paths} paths do not fill blocks of {block}: pad them")

    def flat(c: list[Array], s: list[Array], w: list[Array], number: Array) -> Any:
        own, carried = jax.tree.unflatten(tree, c), jax.tree.unflatten(state_tree, s)
        after, shown = step(own, carried, tuple(w), number)
        kept = {k: shown.numbers[k] for k in every}
        return jax.tree.leaves(after), dict(shown.events), kept

    word = jax.ShapeDtypeStruct((lanes,), np.dtype(np.uint32))
    program, out = staging.trace(flat, leaves, first, [word] * source.draws, lanes)
    after, events, numbers = jax.tree.unflatten(jax.tree.structure(out), program.results)
    kernel = _Kernel(program, after, events, numbers, dict(every), steps, shape)
    return kernel(leaves, first, source)


def _quotient(x: Array, y: Array, lanes: int) -> Array:
    """x times the reciprocal of y by the special function unit: two ulp for 2^-126 < |y| < 2^126.

    The compiler's division scales its operands first so that it holds beyond that range, which
    costs four instructions more.
    """
    layout = plm.Layout.WG_STRIDED((lanes,), vec_size=1)
    kind = plm.ShapeDtypeStruct((lanes,), np.dtype(np.float32), layout=layout)

    @plm.inline_mgpu(arg_types=(layout,), return_type=kind)
    def reciprocal(context: Any, y: Any) -> Any:
        del context
        return y._pointwise(y._lift_fast_instr("rcp.approx.ftz.f32"))

    return x * reciprocal(plm.layout_cast(jnp.broadcast_to(y, (lanes,)), layout))


class _Kernel:
    """The loop, its operands in order, and its results."""

    def __init__(
        self,
        program: staging.Program,
        after: list[Any],
        events: dict[str, Any],
        numbers: dict[str, Any],
        every: dict[str, int],
        steps: int,
        shape: Shape,
    ) -> None:
        self.program, self.after, self.events, self.numbers = program, after, events, numbers
        self.every, self.steps, self.shape = every, steps, shape
        always = [numbers[k] for k in numbers if every[k] == 1]
        inputs = (*program.state, *program.words, program.step)
        self.core = staging.plan(program, [*after, *events.values(), *always], inputs)
        done = {w for op in self.core.loop for w in op.writes}
        self.strides = sorted({n for n in every.values() if n > 1})
        self.rare = {
            n: staging.plan(program, [numbers[k] for k in self.of(n)], {*inputs, *done})
            for n in self.strides
        }
        plans = [self.core, *self.rare.values()]
        self.paths = sorted({v for p in plans for v in p.paths})
        self.shared = sorted({v for p in plans for v in p.shared})
        self.clock = sorted({v for p in plans for v in p.clock})

    def of(self, stride: int) -> list[str]:
        """Names of the numbers kept at this stride."""
        return [k for k in self.numbers if self.every[k] == stride]

    def __call__(self, leaves: list[Array], first: list[Array], source: Source) -> Kept:
        plans = [self.core, *self.rare.values()]
        count = first[0].shape[0]
        values = staging.before(self.program, plans, leaves, self.steps, count)
        operands = [
            [values[v] for v in self.paths],
            self.stacked(self.shared, values),
            self.stacked(self.clock, values),
            list(first),
            source.operands(),
        ]
        words = self.steps // span(self.steps)
        out_type = (
            {k: jax.ShapeDtypeStruct((words, count), np.dtype(np.uint32)) for k in self.events},
            {
                k: jax.ShapeDtypeStruct((-(-self.steps // self.every[k]), count), jnp.float32)
                for k in self.numbers
            },
        )
        flat, tree = jax.tree.flatten(operands)
        flat_out, tree_out = jax.tree.flatten(out_type)

        def body(*refs: Any) -> None:
            taken = jax.tree.unflatten(tree, refs[: len(flat)])
            given = jax.tree.unflatten(tree_out, refs[len(flat) :])
            self.block(taken, given, source)

        run = plm.kernel(
            body,
            out_type=flat_out,
            grid=(count // self.shape.lanes // self.shape.warpgroups,),
            grid_names=("block",),
            num_threads=self.shape.warpgroups,
            thread_name="warpgroup",
            compiler_params=plm.CompilerParams(
                approx_math=self.shape.approximate,
                unsafe_no_auto_barriers=True,  # no thread reads what it or another one writes
                lowering_semantics=plm.LoweringSemantics.Lane,
            ),
            interpret=plm.InterpretGPUParams() if self.shape.interpret else None,
        )
        return Kept(*jax.tree.unflatten(tree_out, run(*flat)))

    def stacked(self, numbers: list[int], values: dict[int, Array]) -> dict[str, Array]:
        """Numbers that all paths share, one array a dtype, values along the last axis."""
        found: dict[str, list[Array]] = {}
        for v in numbers:
            found.setdefault(str(self.program.kinds[v].dtype), []).append(values[v])
        return {dtype: jnp.stack(parts, axis=-1) for dtype, parts in found.items()}

    def unstacked(self, numbers: list[int], refs: dict[str, Any], *at: Any) -> dict[int, Array]:
        """The same numbers read back, as scalars."""
        place: dict[str, int] = {}
        found = {}
        for v in numbers:
            dtype = str(self.program.kinds[v].dtype)
            found[v] = refs[dtype][(*at, place.setdefault(dtype, 0))]
            place[dtype] += 1
        return found

    def block(self, taken: list[Any], given: tuple[dict, dict], source: Source) -> None:
        """All steps of the paths of one block."""
        paths, shared, clock, first, operands = taken
        events, numbers = given
        lanes = self.shape.lanes
        layout = plm.Layout.WG_STRIDED((lanes,), vec_size=1)
        group = lax.axis_index("block") * self.shape.warpgroups + lax.axis_index("warpgroup")
        mine = pl.ds(group * lanes, lanes)
        lane = plm.layout_cast(lax.broadcasted_iota(jnp.uint32, (lanes,), 0), layout)
        unit = group * (lanes // UNIT)
        program = self.program

        def laid(x: Array) -> Array:
            return plm.layout_cast(jnp.broadcast_to(x, (lanes,)), layout)

        rules = {} if self.shape.interpret else {"div": lambda x, y: _quotient(x, y, lanes)}
        known = {v: laid(ref[mine]) for v, ref in zip(self.paths, paths, strict=True)}
        known |= self.unstacked(self.shared, shared)
        length = span(self.steps)

        def one(word: Array, place: Array, carry: tuple[list[Array], list[Array]]) -> Any:
            state, bits = carry
            number = word * length + place
            values = known | dict(zip(program.state, state, strict=True))
            values[program.step] = lax.convert_element_type(number, jnp.uint32)
            values |= self.unstacked(self.clock, clock, number)
            drawn = source.words(operands, number, unit, lane, laid)
            values |= dict(zip(program.words, [laid(w) for w in drawn], strict=True))
            staging.run(self.core.loop, values, lanes, rules)

            def read(result: Any) -> Any:
                if isinstance(result, staging.Literal):
                    return result.value
                return values[result]

            def show(stride: int) -> None:
                for k in self.of(stride):
                    row = number if stride == 1 else number // stride
                    numbers[k][row, mine] = laid(read(self.numbers[k]))

            def rare(stride: int) -> None:
                staging.run(self.rare[stride].loop, values, lanes, rules)
                show(stride)

            show(1)
            for stride in self.strides:
                pl.when(number % stride == 0)(partial(rare, stride))
            mask = jnp.uint32(1) << place.astype(jnp.uint32)
            truths = [read(result) for result in self.events.values()]
            bits = [
                laid(b | jnp.where(t, mask, jnp.uint32(0)))
                for b, t in zip(bits, truths, strict=True)
            ]
            return [laid(read(result)) for result in self.after], bits

        def span_of(word: Array, state: list[Array]) -> list[Array]:
            none = [laid(jnp.zeros((lanes,), jnp.uint32)) for _ in self.events]
            state, bits = lax.fori_loop(
                0, length, lambda place, carry: one(word, place, carry), (state, none)
            )
            for k, b in zip(self.events, bits, strict=True):
                events[k][word, mine] = b
            return state

        lax.fori_loop(0, self.steps // length, span_of, [laid(ref[mine]) for ref in first])
