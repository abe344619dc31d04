"""What a platform chooses changes no result."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from kernels.counter import TILE, next_tile, streams, tile_of, words
from kernels.platforms import PLATFORMS, counted, histogram, platform, together
from kernels.reducers import LogBins
from kernels.reducers import histogram as plain


class Outcome(NamedTuple):
    level: Any


def simulate(key: Any, tile: Any) -> tuple[Outcome, Any]:
    numbers = streams(("level",))
    rows = [words(key, tile, numbers, jnp.uint32(step))[0] for step in range(3)]
    level = jnp.stack(rows).astype(jnp.float32) * jnp.float32(2.0**-31)
    return Outcome(level), (rows[0] % jnp.uint32(3)).astype(jnp.int32)


def test_tiles_that_march_together_give_what_each_gives_alone() -> None:
    key, first = jnp.asarray([1, 2], jnp.uint32), tile_of(0xFFFFFFFE)
    outcome, group = jax.jit(together(simulate, 4))(key, first)
    for index in range(4):
        alone, kept = simulate(key, next_tile(first, jnp.uint32(index)))
        mine = slice(index * TILE, (index + 1) * TILE)
        assert np.array_equal(outcome.level[:, mine], alone.level)
        assert np.array_equal(group[mine], kept)


@pytest.mark.parametrize("replicas", [1, 8, 64])
def test_copies_of_a_histogram_add_up_to_the_plain_one(replicas: int) -> None:
    outcome, group = simulate(jnp.asarray([3, 4], jnp.uint32), tile_of(5))
    bins, groups = LogBins(-4, 2), 2
    one = plain(lambda o: o.level, bins, 3, groups)
    many = histogram(lambda o: o.level, bins, 3, groups, replicas)
    expected = one.update(one.update(one.init(), outcome, group), outcome, group)
    got = many.update(many.update(many.init(), outcome, group), outcome, group)
    assert got.dtype == jnp.int32
    assert np.array_equal(got, expected)
    assert int(got.sum()) == 2 * 3 * int((group < groups).sum())


@pytest.mark.parametrize("replicas", [1, 8])
def test_what_is_out_of_range_is_left_out(replicas: int) -> None:
    cell = jnp.asarray([0, 5, 2, 2, 4, 2**31 - 1], jnp.int32)
    assert counted(cell, 5, replicas).tolist() == [1, 0, 2, 0, 1]


def test_the_cpu_keeps_one_tile_and_a_rolled_loop() -> None:
    assert platform() == PLATFORMS["cpu"] == (1, 1, 1)
