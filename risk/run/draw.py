"""From a scenario to the numbers of one tile: which draw an input takes, and what it becomes."""

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Array, Float

from kernels.copula import Dependence, common_part, dependence, factors
from kernels.counter import Philox
from kernels.marginals import Constant, Event, Marginal
from kernels.paths import once
from kernels.sobol import Sobol
from kernels.transforms import normal, uniform
from kernels.types import Normals, Scalar
from risk.inputs import assemble, declarations
from risk.model.constants import QUARTERS
from risk.model.path import Inputs, Shocks, Starts
from risk.model.world import FleetShocks, FleetStarts, World
from risk.run.dimensions import dimensions

if TYPE_CHECKING:  # a machine that only computes need not read scenario files
    from risk.scenario import Prior, Scenario

PATH = frozenset(key for key, _ in declarations(Inputs))
WORLD = frozenset(key for key, _ in declarations(World))
"""Inputs that a path draws; those of other groups are drawn by who needs them."""
ACCEPT = "conditioning.accept"
"""Uniform that decides which populations keep a path."""


class Given(NamedTuple):
    """Numbers drawn once that are given; those of the quarters come from words."""

    z: Normals  # of `Draws.normals`, (normals, paths)
    u: Float[Array, "uniform path"]  # of `Draws.uniforms`
    words: "Words"

    def shared(self, tile: Any) -> Any:
        """As the words say."""
        return self.words.shared(tile)

    def steps(self, shared: Any, tiles: Any) -> Any:
        """As the words say."""
        return self.words.steps(shared, tiles)

    def each(self, tiles: Any, part: Any) -> Any:
        """As the words say."""
        return self.words.each(tiles, part)


type Words = Philox | Sobol
type Source = Words | Given
"""Where random numbers come from; `once_of` gives what is drawn once, all answer the other calls."""


def once_of(source: Source, shared: Any, tiles: Any, normals: int) -> tuple[Any, Any]:
    """Normals and uniforms that are drawn once per path, a row a name."""
    if isinstance(source, Given):
        return source.z, source.u
    words = source.once(shared, tiles)
    return normal(words[:normals]), uniform(words[normals:])


class Layout(NamedTuple):
    """Which input stands in which row; what a compiled block depends on besides shapes."""

    numbers: tuple[str, ...]  # uncertain inputs, kind by kind
    kinds: tuple[tuple[type, int], ...]  # marginal class and how many rows have it
    events: tuple[str, ...]  # inputs drawn anew at each event
    fixed: tuple[str, ...]
    choices: tuple[str, ...]
    factors: tuple[str, ...]


class Parameters(NamedTuple):
    """A scenario's numbers as the device sees them; no compiled code depends on their values."""

    dependence: Dependence  # numbers, then events
    marginals: tuple[Marginal, ...]  # one stack a kind
    events: tuple[Marginal, ...]
    fixed: Float[Array | np.ndarray, " fixed"]
    choices: Float[Array | np.ndarray, " choice"]


class Names(NamedTuple):
    """Random numbers of a group, by what they become."""

    normals: tuple[str, ...]
    uniforms: tuple[str, ...]

    @classmethod
    def of(cls, tree: type) -> "Names":
        """The declared random numbers of a group."""
        kinds = dict(declarations(tree))
        prefix = tree.__name__.lower()
        normals, uniforms = (
            tuple(f"{prefix}.{k}" for k, d in kinds.items() if d.kind == kind)
            for kind in ("normal", "uniform")
        )
        return cls(normals, uniforms)


STARTS, SHOCKS = Names.of(Starts), Names.of(Shocks)
FLEET_STARTS, FLEET_SHOCKS = Names.of(FleetStarts), Names.of(FleetShocks)


class Draws(NamedTuple):
    """Every random number of a path, in the order in which its words are laid out."""

    normals: tuple[str, ...]  # once per path
    uniforms: tuple[str, ...]  # once per path
    fleets: bool = False  # whether those of the fleets' quarters follow a quarter's own

    @property
    def each(self) -> tuple[str, ...]:
        """Names drawn in every quarter."""
        own = (*SHOCKS.normals, *SHOCKS.uniforms)
        fleets = (*FLEET_SHOCKS.normals, *FLEET_SHOCKS.uniforms)
        return (*own, *fleets) if self.fleets else own

    @property
    def once(self) -> tuple[str, ...]:
        """Names drawn once per path."""
        return self.normals + self.uniforms

    def record(self) -> dict[str, int]:
        """Which words a name takes: its stream is its name, this is its (first) dimension."""
        return dimensions(self.once, self.each, QUARTERS)


def layout(scenario: "Scenario", keys: frozenset[str] = PATH) -> Layout:
    """Rows of these inputs (a path's by default), sorted by kind of distribution, so that each kind
    is evaluated at once."""
    priors = [p for p in scenario.priors.values() if p.key in keys]
    drawn = [p for p in priors if p.declaration.kind == "number"]
    uncertain = [p for p in drawn if not isinstance(p.marginal, Constant)]
    uncertain.sort(key=lambda p: type(p.marginal).__name__)
    kinds: dict[type, int] = {}
    for prior in uncertain:
        kinds[type(prior.marginal)] = kinds.get(type(prior.marginal), 0) + 1
    return Layout(
        numbers=tuple(p.key for p in uncertain),
        kinds=tuple(kinds.items()),
        events=tuple(p.key for p in priors if p.declaration.kind == "event"),
        fixed=tuple(p.key for p in drawn if isinstance(p.marginal, Constant)),
        choices=tuple(k for k in scenario.choices if k in keys),
        factors=tuple(f"factor.{name}" for name in scenario.factors),
    )


def draws(*layouts: Layout, fleets: bool = False) -> Draws:
    """Every number drawn once per path for these layouts; the first one's rows stand together."""
    names = [n for rows in layouts for n in (*rows.factors, *rows.numbers)]
    return Draws(
        tuple(dict.fromkeys((*names, *STARTS.normals))),
        (*STARTS.uniforms, *(FLEET_STARTS.uniforms if fleets else ()), ACCEPT),
        fleets,
    )


@lru_cache(maxsize=8)
def source(drawn: Draws, seed: int, sampler: str) -> Words:
    """Provider of the words of these draws; raises ValueError where it has too few dimensions."""
    if sampler == "mc":
        return Philox.of(seed, drawn.once, drawn.each, QUARTERS)
    nested = sampler == "owen"
    return Sobol.of(seed, drawn.once, drawn.each, QUARTERS, drawn.record(), nested=nested)


def parameters(scenario: "Scenario", rows: Layout) -> Parameters:
    """The scenario's numbers, on the host; raises ValueError for a dependence that cannot be."""
    priors = scenario.priors
    drawn = [priors[key] for key in (*rows.numbers, *rows.events)]
    loadings = np.asarray([p.loadings for p in drawn]).reshape(-1, len(rows.factors))
    stacks, start = [], 0
    for _, count in rows.kinds:
        kind = [priors[key].marginal for key in rows.numbers[start : start + count]]
        stacks.append(jax.tree.map(lambda *v: np.asarray(v, np.float32)[:, None], *kind))
        start += count
    return Parameters(
        dependence=dependence(loadings * scenario.scale, scenario.correlation),
        marginals=tuple(stacks),
        events=tuple(_single(priors[key]) for key in rows.events),
        fixed=np.asarray([_value(priors[key]) for key in rows.fixed], np.float32),
        choices=np.asarray([scenario.choices[key] for key in rows.choices], np.float32),
    )


def common_factors(p: Parameters, rows: Layout, names: tuple[str, ...], z: Normals) -> Normals:
    """Correlated common factors of every path of a tile, (factors, paths); `z` as for `inputs`."""
    return factors(p.dependence, _rows(z, names, rows.factors))


def inputs(p: Parameters, rows: Layout, names: tuple[str, ...], z: Normals) -> dict[str, Any]:
    """Inputs of every path of a tile by key; leaves have shape (paths,) or () where fixed.

    `z` are the independent normals of `names`, shape (names, paths).
    """
    common = common_part(p.dependence, common_factors(p, rows, names, z))
    own = p.dependence.own[:, None]
    count = len(rows.numbers)
    values: dict[str, Any] = {}
    if count:
        x = common[:count] + own[:count] * _rows(z, names, rows.numbers)
        start = 0
        for (_, size), stack in zip(rows.kinds, p.marginals, strict=True):
            kind = stack.quantile(x[start : start + size])
            values |= {key: kind[i] for i, key in enumerate(rows.numbers[start : start + size])}
            start += size
        values = once(values)
    for i, key in enumerate(rows.events):
        values[key] = Event(p.events[i], common[count + i], p.dependence.own[count + i])
    values |= {key: p.fixed[i] for i, key in enumerate(rows.fixed)}
    values |= {key: p.choices[i] for i, key in enumerate(rows.choices)}
    return values


def numbers[T](tree: type[T], names: Names, z: Iterable[Scalar], u: Iterable[Scalar]) -> T:
    """A group of random numbers from its normals and its uniforms, in the order of `names`."""
    rows = {**dict(zip(names.normals, z, strict=True)), **dict(zip(names.uniforms, u, strict=True))}
    return assemble(tree, {key.split(".", 1)[1]: row for key, row in rows.items()})


def _rows(z: Normals, order: tuple[str, ...], wanted: tuple[str, ...]) -> Normals:
    """Rows of these names: a slice where they stand together."""
    places = [order.index(name) for name in wanted]
    if places == list(range(places[0], places[0] + len(places))):
        return z[places[0] : places[0] + len(places)]
    return z[np.asarray(places)]


def _value(prior: "Prior") -> float:
    assert isinstance(prior.marginal, Constant)
    return float(prior.marginal.value)


def _single(prior: "Prior") -> Marginal:
    return jax.tree.map(lambda v: np.asarray(v, np.float32), prior.marginal)
