"""Steps that are printed and compiled against the same steps by XLA."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from kernels import forms, native, reducers
from kernels.counter import TILE, tile_of
from kernels.paths import Fused, Walk, block
from kernels.platforms import PLATFORMS
from kernels.sobol import crossed
from kernels.transforms import normal, normal_cdf
from risk.model.path import Outcome
from risk.run import program
from risk.run.execute import execute, job_of
from risk.run.plan import Request
from risk.run.programs import kept
from risk.run.simulate import outcomes, shared, simulate
from risk.scenario import load

LANES, STEPS, COUNT = 64, 6, 3
TOLERANCE = 2e-6
"""Relative; a few roundings of float32 apart (exp and log are polynomials of our own)."""

needs_compiler = pytest.mark.skipif(native.missing() is not None, reason="no C++ compiler")


def by_xla(step: Any, state: Any, parts: Any, first: int) -> Any:
    return jax.jit(
        lambda s, p: lax.scan(step, s, jax.tree.map(lambda x: x[first : first + COUNT], p))
    )(state, parts)


def natively(step: Any, state: Any, parts: Any, first: int, used: Any = lambda *kept: kept) -> Any:
    run = jax.jit(lambda s, p, f: native.scan(step, s, p[1], f, COUNT, used))
    return run(state, parts, jnp.int32(first))


def given(values: Any = None) -> tuple[Any, Any]:
    rng = np.random.default_rng(1)
    x = jnp.asarray(rng.normal(size=LANES) if values is None else values, jnp.float32)
    words = jnp.asarray(rng.integers(0, 1 << 32, (STEPS, 2, LANES), dtype=np.uint32))
    return (x, jnp.arange(LANES, dtype=jnp.int32)), (jnp.arange(STEPS, dtype=jnp.uint32), words)


FLOATS: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda x, t: x + t,
    "sub": lambda x, t: t - x,
    "mul": lambda x, t: x * t * 3.0,
    "div": lambda x, t: x / (t + 0.5),
    "reciprocal": lambda x, t: 1.0 / x,
    "neg": lambda x, t: -x,
    "abs": lambda x, t: jnp.abs(x),
    "max": lambda x, t: jnp.maximum(x, t) + jnp.maximum(0.25, x),
    "min": lambda x, t: jnp.minimum(x, t) + jnp.minimum(x, 0.25),
    "clamp": lambda x, t: lax.clamp(jnp.float32(-0.5), x, jnp.float32(0.5)),
    "exp": lambda x, t: jnp.exp(x * 3.0) + jnp.exp(t),
    "log": lambda x, t: jnp.log(jnp.abs(x)),
    "log of one": lambda x, t: jnp.log(1.0 + x * 0.01),
    "sqrt": lambda x, t: jnp.sqrt(jnp.abs(x)),
    "rsqrt": lambda x, t: lax.rsqrt(jnp.abs(x)),
    "square": lambda x, t: jnp.square(x),
    "power": lambda x, t: x**3 + x**-2,
    "floor": lambda x, t: jnp.floor(x * 8.0),
    "select": lambda x, t: jnp.where((x < t) & ~(x > 0.5) | (t > 2.0), x, t),
    "equal": lambda x, t: ((x == t) ^ (x != 1.0)).astype(jnp.float32) + (x >= t) + (x <= t),
    "finite": lambda x, t: jnp.isfinite(x).astype(jnp.float32),
    "truncated": lambda x, t: (x * 100.0).astype(jnp.int32).astype(jnp.float32),
    "bits": lambda x, t: lax.bitcast_convert_type(
        lax.bitcast_convert_type(x, jnp.int32) ^ jnp.int32(1), jnp.float32
    ),
    "called": lambda x, t: jax.jit(lambda y: y * 2.0)(x),
    "barrier": lambda x, t: lax.optimization_barrier(x) + t,
}


@needs_compiler
@pytest.mark.parametrize("everybody", [True, False])
@pytest.mark.parametrize("weight", [1, -1])
def test_histograms_are_those_of_xla(everybody: bool, weight: int) -> None:
    """Two of every step, one of every other; all begin with something in them."""
    rng = np.random.default_rng(4)
    paths, steps, groups = 320, 6, 3
    plain, signed = reducers.LogBins(-3, 4), reducers.LogBins(-2, 3, signed=True, per_octave=16)
    made = [
        reducers.histogram(lambda o: jnp.abs(o), plain, steps, groups),
        reducers.histogram(lambda o: o, signed, steps, groups),
        reducers.histogram(lambda o: o[::2], signed, steps // 2, groups, 2),
    ]
    x = (rng.normal(size=(4, paths)) * 10.0 ** rng.uniform(-3, 3, (4, paths))).astype(np.float32)
    x[0, :4] = 0.0, -0.0, np.inf, -np.inf
    group = jnp.asarray(rng.integers(0, groups + (0 if everybody else 2), paths), jnp.int32)
    people = reducers.People(group, jnp.int32(weight))
    states = [jnp.asarray(rng.integers(0, 9, len(one.init())), jnp.int32) for one in made]
    first = jnp.int32(2)
    wanted = [r.update(s, jnp.asarray(x), people, first) for r, s in zip(made, states, strict=True)]
    told = [one.histogram for one in made]
    got = jax.jit(native.count, static_argnums=2)(
        states,
        [one.value(jnp.asarray(x)) for one in told],
        tuple(one.layout for one in told),
        [first // one.every for one in told],
        group,
        jnp.int32(weight),
    )
    for a, b in zip(got, wanted, strict=True):
        np.testing.assert_array_equal(a, b)


@needs_compiler
@pytest.mark.parametrize("weight", [1, -1])
def test_flags_are_counted_as_by_xla(weight: int) -> None:
    """As many as a word holds; paths of two groups that are out of range are not counted."""
    rng = np.random.default_rng(6)
    paths, steps, groups = 320, 6, 3
    events = rng.random((native.FLAGS_A_WORD, steps, paths)) < 0.3
    word = sum(np.where(event, np.int32(1 << k), 0) for k, event in enumerate(events))
    group = jnp.asarray(rng.integers(0, groups + 2, paths), jnp.int32)
    people = reducers.People(group, jnp.int32(weight))
    made = [reducers.counts(lambda o, e=e: jnp.asarray(e), steps + 2, groups) for e in events]
    before = jnp.asarray(rng.integers(0, 9, (steps + 2, groups)), jnp.int32)
    first = jnp.int32(2)
    wanted = [one.update(before, None, people, first) for one in made]
    counts = [before] * len(made)
    got = jax.jit(native.count_flags)(counts, jnp.asarray(word), first, group, jnp.int32(weight))
    for a, b in zip(got, wanted, strict=True):
        np.testing.assert_array_equal(a, b)


@needs_compiler
def test_more_events_than_a_word_has_bits_are_counted() -> None:
    """And what paths remember is followed, in a block that runs by itself and by XLA."""
    rng = np.random.default_rng(7)
    steps, events = 12, native.FLAGS_A_WORD + 3
    x = jnp.asarray(rng.normal(size=(steps, TILE)), jnp.float32)
    levels = np.linspace(-1.5, 1.5, events)
    made = {
        f"{k}": reducers.counts(lambda o, level=level: o > float(level), steps, 1)
        for k, level in enumerate(levels)
    }
    runs = reducers.Fold(lambda zero: zero, lambda n, seen, at: n + jnp.where(seen > 0, 1, 0))
    made["positive"] = reducers.tally(lambda n: n, steps + 1, 1, runs)

    def simulate(parameters: None, shared: None, tiles: jax.Array, fused: Fused) -> Walk:
        return Walk(
            state=jnp.zeros(TILE),
            step=lambda state, at: (state, at[1]),
            parts=x,
            steps=steps,
            valid=lambda seen: jnp.all(jnp.isfinite(seen), axis=0),
            group=jnp.zeros(TILE, jnp.int32),
            groups=1,
        )

    for native_too in (True, False):
        where = PLATFORMS["cpu"]._replace(native=native_too)
        run = jax.jit(block(lambda *_: None, simulate, made, 1, where))
        with native.recorded():
            lowered = run.lower(None, tile_of(0), jnp.int32(TILE))
        got, _ = lowered.compile()(None, tile_of(0), jnp.int32(TILE))
        for k, level in enumerate(levels):
            wanted = (np.asarray(x) > np.float32(level)).sum(axis=1)
            np.testing.assert_array_equal(got[f"{k}"][:, 0], wanted)
        positive = np.bincount((np.asarray(x) > 0).sum(axis=0), minlength=steps + 1)
        np.testing.assert_array_equal(got["positive"][:, 0], positive)


@needs_compiler
@pytest.mark.parametrize("relays", [True, False])
def test_xla_compiles_what_calls_code_that_is_not_there_yet(
    relays: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or waits for that code, where no relay is left."""
    if not relays:
        monkeypatch.setattr(native, "_PLACES", len(native._RELAYED))
    state = jnp.linspace(0.5, 2.0, LANES)
    parts = jnp.arange(STEPS, dtype=jnp.uint32), jnp.ones((STEPS, LANES))
    factor = 1.5 if relays else 1.25  # code that this process has not met
    step = lambda x, at: (x * factor + at[1], x)  # noqa: E731

    def run(x: Any, part: Any) -> Any:
        used = lambda *kept: kept  # noqa: E731
        return native.scan(step, x, part, jnp.int32(1), COUNT, used, tmp_path)

    wanted = by_xla(step, state, parts, 1)
    with native.recorded() as names:
        lowered = jax.jit(run).lower(state, parts[1])
        native.announced()
        assert (names[0] in native._RELAYED) == relays
        compiled = lowered.compile()
    for a, b in zip(compiled(state, parts[1]), wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=TOLERANCE)


@needs_compiler
def test_operations_are_those_of_xla() -> None:
    def step(state: Any, at: Any) -> tuple[Any, Any]:
        x, n = state
        u = (at[1] >> jnp.uint32(8)).astype(jnp.float32) * jnp.float32(2.0**-24)
        seen = {name: f(x, at[0].astype(jnp.float32)) for name, f in FLOATS.items()}
        return (x + u[0] - u[1], n), seen

    state, parts = given()
    expected, got = (run(step, state, parts, 2) for run in (by_xla, natively))
    np.testing.assert_allclose(got[0][0], expected[0][0], rtol=TOLERANCE, atol=1e-7)
    for name in FLOATS:
        np.testing.assert_allclose(
            got[1][name], expected[1][name], rtol=TOLERANCE, atol=1e-7, err_msg=name
        )


@needs_compiler
def test_integers_are_exact() -> None:
    def step(state: Any, at: Any) -> tuple[Any, Any]:
        x, n = state
        w = (at[1][0] ^ at[1][1]) << at[0]
        m = jnp.maximum(n, 5) * 3 - jnp.minimum(n, 9) + (w >> 20).astype(jnp.int32)
        m = jnp.where(m > 7, m >> 1, -m)
        return (x, m & 0xFFFF | 1), (m, ~w, n)

    state, parts = given()
    for a, b in zip(
        jax.tree.leaves(by_xla(step, state, parts, 1)),
        jax.tree.leaves(natively(step, state, parts, 1)),
        strict=True,
    ):
        np.testing.assert_array_equal(a, b)


@needs_compiler
def test_what_is_closed_over_is_read_and_what_is_not_used_is_left_out() -> None:
    state, parts = given()
    scale, shift = jnp.linspace(1.0, 2.0, LANES), jnp.float32(0.5)

    def run(f: Any) -> Any:
        def step(s: Any, at: Any) -> tuple[Any, Any]:
            y = s[0] * jnp.exp(scale) + shift
            return (y, s[1]), {"kept": y, "left": y * 2.0}

        return f(step)

    expected = run(lambda step: by_xla(step, state, parts, 0))[1]
    got = run(lambda step: natively(step, state, parts, 0, lambda s, o: (s, o["kept"] * 2.0)))[1]
    np.testing.assert_allclose(got["kept"], expected["kept"], rtol=TOLERANCE)
    assert not np.any(got["left"])


@needs_compiler
def test_a_state_that_nothing_read_depends_on_is_left_alone() -> None:
    state, parts = given()

    def step(s: Any, at: Any) -> tuple[Any, Any]:
        x, n = s
        return (x + n.astype(jnp.float32), n + 1), {"of x": x, "of n": n}

    expected = by_xla(step, state, parts, 0)
    (x, n), seen = natively(step, state, parts, 0, lambda s, o: o["of n"])
    np.testing.assert_array_equal(x, state[0])
    np.testing.assert_array_equal(n, expected[0][1])
    np.testing.assert_array_equal(seen["of n"], expected[1]["of n"])
    (x, n), _ = natively(step, state, parts, 0, lambda s, o: s[0])  # which depends on the other
    np.testing.assert_allclose(x, expected[0][0], rtol=TOLERANCE)
    np.testing.assert_array_equal(n, expected[0][1])


@needs_compiler
def test_powers_of_time_are_products() -> None:
    state, parts = given()
    rate, start = jnp.linspace(-3.0, 3.0, LANES), jnp.linspace(0.0, 2.0, LANES)
    forms: dict[str, Any] = {
        "rate": lambda t: jnp.exp(rate * t),
        "fall": lambda t: jnp.exp(-(t * 0.25) * rate),
        "dated": lambda t: jnp.exp(-rate * (start - (2026.75 + t * 0.25)) / 7.0),
        "not a line": lambda t: jnp.exp(-rate * t * t * 0.01),
        "of all paths": lambda t: rate * jnp.exp(-0.3 * t),
    }

    def step(s: Any, at: Any) -> tuple[Any, Any]:
        t = at[0].astype(jnp.float32)
        return s, {name: form(t) for name, form in forms.items()}

    for first in (0, 3):
        got, expected = (f(step, state, parts, first)[1] for f in (natively, by_xla))
        for name in forms:
            np.testing.assert_allclose(got[name], expected[name], rtol=2e-5, err_msg=name)


@needs_compiler
@pytest.mark.parametrize("nested", [False, True])
def test_words_of_two_tables_are_read_in_place(nested: bool) -> None:
    rng = np.random.default_rng(4)
    table, base = (
        jnp.asarray(rng.integers(0, 1 << 32, (STEPS, 2, size), dtype=np.uint32)) for size in (16, 4)
    )
    numbers = jnp.arange(STEPS, dtype=jnp.uint32)

    def step(state: Any, at: Any) -> tuple[Any, Any]:
        words = crossed(*at[1])
        if nested:
            words = words * jnp.uint32(0x9E3779B9)
        half = (words >> jnp.uint32(8)).astype(jnp.int32)
        return state + half[0], half[1]

    state = jnp.zeros(LANES, jnp.int32)
    expected = by_xla(step, state, (numbers, (table, base)), 2)
    got = natively(step, state, (numbers, (table, base)), 2)
    assert all(jax.tree.leaves(jax.tree.map(np.array_equal, got, expected)))


@needs_compiler
def test_what_is_not_of_paths_or_not_known_is_left_to_xla() -> None:
    x = given()[0][0]
    table = jnp.sqrt(jnp.arange(300.0))
    word = jnp.arange(LANES, dtype=jnp.uint32) * jnp.uint32(2654435761)

    def function() -> Any:
        shifted = jnp.roll(x, 1)  # not known
        place = jnp.clip((jnp.abs(x) * 100.0).astype(jnp.int32), 0, 298)
        total = jnp.sum(table)  # not of paths
        return {
            "taken": table[place] + total,
            "rolled": shifted * jnp.log1p(jnp.abs(x)) + jnp.log2(2.0 + x),
            "normal": normal(word),
            "below": jnp.stack([normal_cdf(x), normal_cdf(-x)]).sum(axis=0),
            "total": total,
            "rows": (jnp.abs(x)[None] > jnp.asarray([0.1, 1.0])[:, None]).sum(0, dtype=jnp.int32),
        }

    got = jax.jit(lambda: native.call(function, LANES))()
    expected = jax.jit(function)()
    for name, values in expected.items():
        np.testing.assert_allclose(got[name], values, rtol=TOLERANCE, atol=1e-6, err_msg=name)


@needs_compiler
def test_what_is_not_finite_stays_so() -> None:
    values = np.tile([np.nan, np.inf, -np.inf, 0.0, 1.0, -1.0, 1e30, 88.0], LANES // 8)
    names = ("add", "mul", "div", "exp", "log", "max", "min", "sqrt", "finite", "reciprocal")

    def step(state: Any, at: Any) -> tuple[Any, Any]:
        t = at[0].astype(jnp.float32)
        return state, {name: FLOATS[name](state[0], t) for name in names}

    state, parts = given(values)
    expected, got = (run(step, state, parts, 0)[1] for run in (by_xla, natively))
    for name in names:
        a, b = np.asarray(got[name]), np.asarray(expected[name])
        np.testing.assert_array_equal(np.isfinite(a), np.isfinite(b), err_msg=name)
        np.testing.assert_array_equal(np.isnan(a), np.isnan(b), err_msg=name)


@needs_compiler
def test_an_unknown_operation_is_named() -> None:
    state, parts = given()
    with pytest.raises(native.Unavailable, match="cumsum"):
        natively(lambda s, at: (s, jnp.cumsum(s[0])), state, parts, 0)


@needs_compiler
@pytest.mark.parametrize("name", ["base", "spacex_xai"])
def test_outcomes_of_a_tile_are_those_of_xla(name: str) -> None:
    job, rows = job_of(load(name), 7, "sobol")
    where = tile_of(3)

    def printed(job: Any) -> Outcome:
        common = shared(job, where)
        walk = simulate(job, rows, common, where[None])
        first = jnp.int32(0)
        return native.scan(walk.drawn, walk.state, walk.parts, first, 60, lambda _, o: o)[1]

    def by_steps(job: Any) -> Outcome:
        return outcomes(job, rows, shared(job, where), where[None])[0]

    got, expected = jax.jit(printed)(job), jax.jit(by_steps)(job)
    flown = np.abs(np.asarray(got.launched_mass) / np.maximum(expected.launched_mass, 1.0) - 1.0)
    flipped = np.any(flown > 1e-4, axis=0)  # a flight count that was rounded to its neighbour
    assert flipped.mean() < 0.01
    scales = {"break_even": 1000.0, "npv_orbit": None, "npv_ground": None}
    for field in Outcome._fields:
        a, b = (np.asarray(getattr(o, field), np.float64)[:, ~flipped] for o in (got, expected))
        scale = np.abs(b) + (scales.get(field) or 0.0)
        if field.startswith("npv"):
            scale = scale + 5.0 * np.asarray(expected.lcoc_ground)[:, ~flipped]
        assert np.max(np.abs(a - b) / np.maximum(scale, 1e-6)) < 2e-5, field


@needs_compiler
@pytest.mark.parametrize(
    "sampler", ["sobol", *(pytest.param(s, marks=pytest.mark.slow) for s in ("mc", "owen"))]
)
def test_wins_are_those_of_xla(sampler: str, monkeypatch: pytest.MonkeyPatch) -> None:
    request = Request(1 << 15, 3, sampler)
    runs = {}
    for kernel, told in (("native", "1"), ("xla", "0")):
        monkeypatch.setenv("ORBITRISK_NATIVE", told)
        runs[kernel] = execute(load("base"), request, wins_only=True)
        assert runs[kernel].info["kernel"] == kernel
        assert runs[kernel].info["notes"] == []
    for name, state in runs["native"].state.items():
        flips = np.abs(state - runs["xla"].state[name]).sum()
        assert flips <= 1e-5 * request.size * 60, name


def test_without_a_compiler_xla_takes_the_steps_and_it_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(native, "_compiler", lambda: None)
    run = execute(load("base"), Request(1 << 13, 3), wins_only=True)
    assert run.info["kernel"] == "xla"
    assert len(run.info["notes"]) == 1
    assert "no C++ compiler" in run.info["notes"][0]


def _kept_unless_native(what: Any, run: Any, arguments: Any, devices: Any, folder: Any) -> Any:
    """What is kept of the native program was printed with every operation."""
    return kept(what, run, arguments, devices, None if what[2].native else folder)


@needs_compiler
def test_a_step_that_cannot_be_printed_is_left_to_xla(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(forms.FORMS, "sqrt")
    monkeypatch.setattr(program, "_COMPILED", {})
    monkeypatch.setattr(program, "kept", _kept_unless_native)
    monkeypatch.setenv("ORBITRISK_NATIVE", "1")
    run = execute(load("base"), Request(1 << 13, 3), wins_only=True)
    assert run.info["kernel"] == "xla"
    assert len(run.info["notes"]) == 1
    assert "sqrt" in run.info["notes"][0]
