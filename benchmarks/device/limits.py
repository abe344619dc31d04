"""What the device itself reaches: copies, multiply-adds, logic; the constants of the floor."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from benchmarks.device.timing import Size, rate
from kernels.lanes import UNIT
from kernels.pallas import Shape, Shown, march

CHAINS, LENGTH, STEPS = 4, 32, 60


class Nothing:
    """A source of no words."""

    draws = 0

    def operands(self) -> tuple:
        """None."""
        return ()

    def words(self, *arguments: Any) -> list:
        """None."""
        del arguments
        return []


def _sums(constants: Any, state: Any, words: Any, step: Any) -> Any:
    """Independent chains of multiply-adds."""
    del words, step
    for _ in range(LENGTH):
        state = [x * constants["a"] + constants["b"] for x in state]
    return state, Shown({"high": state[0] > 1.0}, {})


def _logic(constants: Any, state: Any, words: Any, step: Any) -> Any:
    """Independent chains of shifts and exclusive ors."""
    del constants, words, step
    for _ in range(LENGTH):
        state = [x ^ (x << jnp.uint32(1)) for x in state]
    return state, Shown({"high": state[0] > jnp.uint32(9)}, {})


def limits(size: Size) -> Iterator[tuple[str, Any]]:
    """Bytes a second of a copy; multiply-adds and logic operations a second in registers."""
    floats = jnp.ones(size.floats, jnp.float32)
    copy = jax.jit(lambda x: x + 1.0)
    yield "copy_bytes_s", rate(8.0 * size.floats, lambda: copy(floats), size)
    paths = size.batch // UNIT * UNIT
    shape = Shape(interpret=size.interpret)
    constants = {"a": jnp.float32(0.999), "b": jnp.full(paths, 0.001, jnp.float32)}
    for name, body, start in (
        ("multiply_adds_s", _sums, [floats[:paths] + k for k in range(CHAINS)]),
        ("logic_s", _logic, [jnp.arange(paths, dtype=jnp.uint32) + k for k in range(CHAINS)]),
    ):
        call = jax.jit(partial(_march, body, shape))
        work = float(paths) * STEPS * CHAINS * LENGTH
        yield name, rate(work, partial(call, constants, start), size)


def _march(body: Any, shape: Shape, constants: Any, state: Any) -> Any:
    return march(body, constants, state, Nothing(), STEPS, {}, shape)
