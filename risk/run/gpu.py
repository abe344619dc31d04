"""The quarters of a path as the GPU's kernel takes them: the model's own functions, one step."""

from collections.abc import Iterable
from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Bool, Int32, UInt32

from kernels.lanes import Source
from kernels.pallas import ONE_EACH, Kept, Shape, Shown, march, span
from kernels.transforms import normal, uniform
from risk.model.constants import DT, QUARTERS
from risk.model.metrics import EVENTS, METRICS
from risk.model.path import Fixed, Inputs, Outcome, Shocks, State, advance, evaluate
from risk.run.draw import SHOCKS, numbers

DRAWS = len(SHOCKS.normals) + len(SHOCKS.uniforms)
"""Words of a quarter: normals, then uniforms."""

FINITE = "finite"
"""The event that every comparison of the quarter is a finite number."""


def shocks(words: tuple[Array, ...]) -> Shocks:
    """The random numbers of one quarter from one word each."""
    count = len(SHOCKS.normals)
    z, u = [normal(w) for w in words[:count]], [uniform(w) for w in words[count:]]
    return numbers(Shocks, SHOCKS, z, u)


def shown(outcome: Outcome, metrics: Iterable[str]) -> Shown:
    """Every event of the registry, and these metrics."""
    fields = (
        outcome.ratio,
        outcome.time_ratio,
        outcome.npv_orbit,
        outcome.npv_ground,
        outcome.break_even,
        outcome.lcoc_orbit,
    )
    finite = jnp.abs(fields[0]) < jnp.inf
    for values in fields[1:]:
        finite &= jnp.abs(values) < jnp.inf
    events = {key: event.happens(outcome) for key, event in EVENTS.items()}
    return Shown(events | {FINITE: finite}, {key: METRICS[key].value(outcome) for key in metrics})


def quarter(
    constants: tuple[Inputs, Fixed],
    state: State,
    words: tuple[Array, ...],
    number: Array,
    metrics: Iterable[str] = (),
) -> tuple[State, Shown]:
    """One quarter of one path: what it shows, and the state after it."""
    inputs, fixed = constants
    years = number.astype(jnp.float32) * jnp.float32(DT)
    outcome = evaluate(inputs, fixed, state, years)
    return advance(inputs, fixed, state, shocks(words), years), shown(outcome, metrics)


def stride(metric: str) -> int:
    """Quarters from one that keeps the metric to the next."""
    kept = METRICS[metric].quarters
    return kept[1] - kept[0]


def quarters(
    begun: Any, source: Source, metrics: Iterable[str] = (), shape: Shape = ONE_EACH
) -> Kept:
    """Events of all quarters, and these metrics at the quarters that keep them, of a begun tile.

    `begun` holds `inputs`, `fixed` and `state` as `simulate.start` gives them.
    """
    names = tuple(metrics)

    def step(constants: Any, state: Any, words: Any, number: Any) -> Any:
        return quarter(constants, state, words, number, names)

    every = {name: stride(name) for name in names}
    return march(step, (begun.inputs, begun.fixed), begun.state, source, QUARTERS, every, shape)


def counts(packed: UInt32[Array, "word path"]) -> Int32[Array, " quarter"]:
    """How many paths show an event by quarter."""
    each = span(QUARTERS)
    places = jnp.arange(each, dtype=jnp.uint32)[:, None]
    rows = [
        jnp.sum(((word[None] >> places) & jnp.uint32(1)).astype(jnp.int32), axis=1)
        for word in packed
    ]
    return jnp.concatenate(rows)


def truths(packed: UInt32[Array, "word path"]) -> Bool[Array, "quarter path"]:
    """Packed bits as truths by quarter."""
    each = span(QUARTERS)
    places = jnp.arange(each, dtype=jnp.uint32)[None, :, None]
    bits = (packed[:, None, :] >> places) & jnp.uint32(1)
    return bits.reshape(QUARTERS, -1) == jnp.uint32(1)
