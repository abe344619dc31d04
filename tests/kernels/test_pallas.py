"""The loop as a GPU kernel, interpreted on the CPU, against the plain loop over the same function."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from kernels.counter import TILE, key_of, next_tile, streams, tile_of, words
from kernels.lanes import UNIT, Philox, Sobol, Source, sobol
from kernels.pallas import Kept, Shape, Shown, march, span
from kernels.sobol import Sobol as ScrambledPoints
from kernels.sobol import first_tile
from kernels.transforms import normal

STEPS = 12
DRAWS = 2
PATHS = 2 * UNIT
INTERPRETED = Shape(interpret=True)


def toy(constants: dict, state: tuple, words: tuple, step: Any) -> tuple[tuple, Shown]:
    """A growing quantity and a counter: every kind of operand and of result occurs."""
    level, count = state
    years = step.astype(jnp.float32) * jnp.float32(0.25)
    rate = jnp.log1p(constants["rate"])  # no lowering in the loop: must be done before it
    drift = jnp.exp(-constants["fall"] * years)  # one number a step
    level = level * jnp.exp(rate * 0.25 + 0.1 * normal(words[0])) + drift
    count = jnp.where(words[1] < jnp.uint32(1 << 30), count + 1.0, count)
    bonus = jnp.where(constants["chosen"] > 0.5, constants["bonus"], 0.0)
    shown = Shown(
        {"high": level > 2.0, "twice": count >= 2.0}, {"level": level, "worth": level + bonus}
    )
    return (level, count), shown


def case(paths: int = PATHS, seed: int = 0) -> tuple[dict, tuple]:
    rng = np.random.default_rng(seed)
    own = {k: jnp.asarray(rng.random(paths), jnp.float32) for k in ("rate", "bonus", "chosen")}
    start = (jnp.ones(paths, jnp.float32), jnp.zeros(paths, jnp.float32))
    return own | {"fall": jnp.float32(0.3), "unused": jnp.ones(paths)}, start


def tables(paths: int, draws: int, steps: int, lanes: int = UNIT, seed: int = 1) -> Sobol:
    """Random words in the shape of Sobol' tables: the kernel cannot tell."""
    rng = np.random.default_rng(seed)
    size = draws * steps

    def random(*shape: int) -> Any:
        return jnp.asarray(rng.integers(0, 1 << 32, shape, dtype=np.uint32))

    return Sobol(random(paths // lanes, size), random(size, lanes), draws)


def words_of(source: Sobol, step: Any) -> tuple:
    rows = [step * source.draws + k for k in range(source.draws)]
    return tuple((source.base[:, r][:, None] ^ source.table[r][None]).reshape(-1) for r in rows)


def plain(constants: dict, state: tuple, words: Any, steps: int) -> Shown:
    """The same by a plain loop, every step shown."""

    def one(state: tuple, step: Any) -> tuple[tuple, Shown]:
        return toy(constants, state, words(step), step)

    return jax.jit(lambda: lax.scan(one, state, jnp.arange(steps, dtype=jnp.uint32))[1])()


def bits(words: Any, steps: int) -> np.ndarray:
    """Packed events as truths, (steps, paths)."""
    packed, each = np.asarray(words), span(steps)
    return np.stack([(packed[t // each] >> np.uint32(t % each)) & 1 for t in range(steps)]) == 1


def assert_equal(got: Kept, expected: Shown, every: dict[str, int], steps: int) -> None:
    for name, truth in expected.events.items():
        assert np.array_equal(bits(got.events[name], steps), np.asarray(truth)), name
    for name, stride in every.items():
        assert got.numbers[name].shape[0] == -(-steps // stride)
        wanted = np.asarray(expected.numbers[name])[::stride]
        np.testing.assert_allclose(got.numbers[name], wanted, rtol=1e-5, err_msg=name)


@pytest.mark.parametrize(
    "shape",
    [
        INTERPRETED,
        Shape(lanes=2 * UNIT, interpret=True),
        Shape(warpgroups=2, interpret=True),
    ],
    ids=["one path a thread", "two paths a thread", "two warpgroups"],
)
def test_the_kernel_is_the_plain_loop(shape: Shape) -> None:
    constants, state = case()
    source = tables(PATHS, DRAWS, STEPS, shape.lanes)
    every = {"level": 1, "worth": 4}
    got = jax.jit(lambda c, s, b, t: march(toy, c, s, Sobol(b, t, DRAWS), STEPS, every, shape))(
        constants, state, source.base, source.table
    )
    expected = plain(constants, state, lambda step: words_of(source, step), STEPS)
    assert_equal(got, expected, every, STEPS)


def test_philox_in_the_kernel_gives_the_words_of_the_counter() -> None:
    names = ("one", "two", "three")
    key, first, numbers = key_of(7), tile_of(3), streams(names)

    def keep(constants: Any, state: Any, drawn: tuple, step: Any) -> tuple[Any, Shown]:
        del constants, step
        low = [(w & jnp.uint32(0xFFFF)).astype(jnp.float32) for w in drawn]
        high = [(w >> jnp.uint32(16)).astype(jnp.float32) for w in drawn]
        halves = {
            f"{n}.{k}": x
            for k, part in (("low", low), ("high", high))
            for n, x in zip(names, part, strict=True)
        }
        return state, Shown({}, halves)

    every = {f"{n}.{k}": 1 for n in names for k in ("low", "high")}
    source: Source = Philox(key, first, numbers)
    got = march(keep, (), (jnp.zeros(TILE),), source, 2, every, INTERPRETED)
    for step in range(2):
        expected = np.asarray(words(key, first, numbers, jnp.uint32(step)))
        for row, name in zip(expected, names, strict=True):
            assert np.array_equal(got.numbers[f"{name}.low"][step], row & 0xFFFF)
            assert np.array_equal(got.numbers[f"{name}.high"][step], row >> 16)


@pytest.mark.parametrize("width", [UNIT, 4 * UNIT])
def test_rows_of_points_become_tables_of_a_block(width: int) -> None:
    names = ("first", "second", "third")
    points = ScrambledPoints.of(3, (), names, 2, dict(zip(names, (0, 2, 4), strict=True)))
    tile = tile_of(first_tile(1, 0))
    tiles = next_tile(tile, jnp.arange(2, dtype=jnp.uint32))
    parts = points.steps(points.shared(tile), tiles)
    table, base = (x.reshape(-1, x.shape[-1]) for x in parts[:2])
    got = sobol(table, base, 3, width)
    for step in range(2):
        expected = points.each(tiles, tuple(part[step] for part in parts))
        assert np.array_equal(np.stack(words_of(got, step)), expected)


def test_paths_that_do_not_fill_a_block_are_refused() -> None:
    constants, state = case(PATHS + 1)
    with pytest.raises(ValueError, match="do not fill blocks of 128"):
        march(toy, constants, state, tables(PATHS, DRAWS, STEPS), STEPS, {}, INTERPRETED)


@pytest.mark.parametrize(("steps", "expected"), [(60, 30), (12, 12), (64, 32), (1, 1), (37, 1)])
def test_bits_fill_whole_words(steps: int, expected: int) -> None:
    assert span(steps) == expected
