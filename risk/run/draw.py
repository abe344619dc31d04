"""From a scenario to the numbers of one tile: which draw an input takes, and what it becomes."""

from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, UInt32

from kernels.copula import Dependence, common_part, dependence, factors
from kernels.counter import key_of, streams, words
from kernels.marginals import Constant, Event, Marginal
from kernels.transforms import normal, uniform
from risk.inputs import assemble, declarations
from risk.model.path import Inputs

if TYPE_CHECKING:  # a machine that only computes need not read scenario files
    from risk.scenario import Prior, Scenario

type Words = UInt32[Array, "draw path"]
type Tile = UInt32[Array, " 2"]


class Layout(NamedTuple):
    """Which input stands in which row; what a compiled block depends on besides shapes."""

    numbers: tuple[str, ...]  # uncertain inputs, kind by kind
    kinds: tuple[tuple[type, int], ...]  # marginal class and how many rows have it
    events: tuple[str, ...]  # inputs drawn anew at each event
    fixed: tuple[str, ...]
    choices: tuple[str, ...]


class Parameters(NamedTuple):
    """A scenario's numbers as the device sees them; no compiled code depends on their values."""

    key: UInt32[Array, " 2"]
    factor_streams: UInt32[Array, " factor"]
    number_streams: UInt32[Array, " draw"]
    dependence: Dependence  # numbers, then events
    marginals: tuple[Marginal, ...]  # one stack a kind
    events: tuple[Marginal, ...]
    fixed: Float[Array, " fixed"]
    choices: Float[Array, " choice"]


def layout(scenario: "Scenario") -> Layout:
    """Rows sorted by kind of distribution, so that each kind is evaluated at once."""
    drawn = [p for p in scenario.priors.values() if p.declaration.kind == "number"]
    uncertain = [p for p in drawn if not isinstance(p.marginal, Constant)]
    uncertain.sort(key=lambda p: type(p.marginal).__name__)
    kinds: dict[type, int] = {}
    for prior in uncertain:
        kinds[type(prior.marginal)] = kinds.get(type(prior.marginal), 0) + 1
    return Layout(
        numbers=tuple(p.key for p in uncertain),
        kinds=tuple(kinds.items()),
        events=tuple(p.key for p in scenario.priors.values() if p.declaration.kind == "event"),
        fixed=tuple(p.key for p in drawn if isinstance(p.marginal, Constant)),
        choices=tuple(scenario.choices),
    )


def parameters(scenario: "Scenario", rows: Layout, seed: int) -> Parameters:
    """The scenario's numbers; raises ValueError for a seed or a dependence that cannot be."""
    priors = scenario.priors
    drawn = [priors[key] for key in (*rows.numbers, *rows.events)]
    loadings = np.asarray([p.loadings for p in drawn]) * scenario.scale
    stacks, start = [], 0
    for _, count in rows.kinds:
        kind = [priors[key].marginal for key in rows.numbers[start : start + count]]
        stacks.append(jax.tree.map(lambda *v: jnp.asarray(v, jnp.float32)[:, None], *kind))
        start += count
    return Parameters(
        key=key_of(seed),
        factor_streams=streams(tuple(f"factor.{name}" for name in scenario.factors)),
        number_streams=streams(rows.numbers),
        dependence=dependence(loadings, scenario.correlation),
        marginals=tuple(stacks),
        events=tuple(_single(priors[key]) for key in rows.events),
        fixed=jnp.asarray([_value(priors[key]) for key in rows.fixed], jnp.float32),
        choices=jnp.asarray([scenario.choices[key] for key in rows.choices], jnp.float32),
    )


def inputs(p: Parameters, rows: Layout, tile: Tile) -> Inputs:
    """Every input of every path of a tile; leaves have shape (paths,) or () where fixed."""
    step = jnp.uint32(0)
    factor = factors(p.dependence, normal(words(p.key, tile, p.factor_streams, step)))
    common = common_part(p.dependence, factor)
    own = p.dependence.own[:, None]
    count = len(rows.numbers)
    noise = normal(words(p.key, tile, p.number_streams, step))
    z = common[:count] + own[:count] * noise
    values: dict[str, Any] = {}
    start = 0
    for (_, size), stack in zip(rows.kinds, p.marginals, strict=True):
        x = stack.quantile(z[start : start + size])
        values |= {key: x[i] for i, key in enumerate(rows.numbers[start : start + size])}
        start += size
    values = lax.optimization_barrier(values)
    for i, key in enumerate(rows.events):
        values[key] = Event(p.events[i], common[count + i], p.dependence.own[count + i])
    values |= {key: p.fixed[i] for i, key in enumerate(rows.fixed)}
    values |= {key: p.choices[i] for i, key in enumerate(rows.choices)}
    return assemble(Inputs, values)


class Noise[T](NamedTuple):
    """Random numbers that belong to no input: names by kind, in the order they are drawn."""

    tree: type[T]
    normals: tuple[str, ...]
    uniforms: tuple[str, ...]

    @classmethod
    def of(cls, tree: type[T]) -> "Noise[T]":
        """The declared random numbers of a group."""
        kinds = dict(declarations(tree))
        return cls(
            tree,
            tuple(k for k, d in kinds.items() if d.kind == "normal"),
            tuple(k for k, d in kinds.items() if d.kind == "uniform"),
        )

    def streams(self) -> UInt32[Array, " draw"]:
        """Streams of the normals, then of the uniforms."""
        prefix = self.tree.__name__.lower()
        return streams(tuple(f"{prefix}.{n}" for n in (*self.normals, *self.uniforms)))

    def draw(self, key: UInt32[Array, " 2"], tile: Tile, step: UInt32[Array, ""]) -> T:
        """The numbers of every path of a tile at one step."""
        w = words(key, tile, self.streams(), step)
        count = len(self.normals)
        z, u = normal(w[:count]), uniform(w[count:])
        values = dict(zip(self.normals, z, strict=True)) | dict(zip(self.uniforms, u, strict=True))
        return assemble(self.tree, values)


def _value(prior: "Prior") -> float:
    assert isinstance(prior.marginal, Constant)
    return float(prior.marginal.value)


def _single(prior: "Prior") -> Marginal:
    return jax.tree.map(lambda v: jnp.asarray(v, jnp.float32), prior.marginal)
