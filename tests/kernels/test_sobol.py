"""Sobol' points: known directions, exact balance, independent scrambles, variance that falls."""

from itertools import combinations

import jax
import numpy as np
import pytest
from scipy import stats
from scipy.stats import qmc

from kernels import sobol
from kernels.counter import TILE, Philox, tile_of
from kernels.sobol import BITS, DIMENSIONS, POINTS, Sobol, directions, first_tile
from kernels.transforms import normal, uniform
from tests.tolerances import FALSE_ALARM

ONCE = tuple(f"input.{i}" for i in range(40))
EACH = ("shocks.a", "shocks.b")
STEPS = 3
DIMENSION = {name: i for i, name in enumerate(ONCE)} | {"shocks.a": 900, "shocks.b": 40}


def source(seed: int = 3, *, nested: bool = False) -> Sobol:
    return Sobol.of(seed, ONCE, EACH, STEPS, DIMENSION, nested=nested)


@jax.jit
def tile_words(points: Sobol, tile: jax.Array) -> tuple[jax.Array, list[jax.Array]]:
    """Words drawn once, and those of each step."""
    common = points.shared(tile)
    parts = points.steps(common, tile)
    each = [points.each(tile, jax.tree.map(lambda x, t=t: x[t], parts)) for t in range(STEPS)]
    return points.once(common, tile), each


def all_words(points: Sobol, scramble: int, start: int) -> np.ndarray:
    """Words of one tile, rows in the order of the provider's draws."""
    once, each = tile_words(points, tile_of(first_tile(scramble, start)))
    return np.concatenate([once, *each])


def test_unscrambled_points_are_those_of_an_independent_implementation() -> None:
    columns = directions(tuple(range(2048)))
    index = np.arange(1 << 12)
    gray = index ^ (index >> 1)
    points = np.zeros((2048, len(index)), np.uint32)
    for bit in range(12):
        points ^= np.where((gray >> bit) & 1, columns[:, bit, None], 0).astype(np.uint32)
    expected = qmc.Sobol(2048, scramble=False, bits=BITS).random_base2(12)
    assert np.array_equal(points, (expected.T * 2.0**BITS).astype(np.uint32))


def test_the_first_directions_are_the_published_ones() -> None:
    """Dimension 3 has x^2 + x + 1 and m = 1, 3; by hand m_k = 2 m_(k-1) ^ 4 m_(k-2) ^ m_(k-2)."""
    columns = directions((2,))[0, :5]
    assert [int(c) >> (31 - k) for k, c in enumerate(columns)] == [1, 3, 3, 9, 29]


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("where", [(0, 0), (5, 0), (5, TILE * 3), (70000, POINTS - TILE)])
def test_every_power_of_two_of_points_is_balanced_in_every_dimension(
    nested: bool, where: tuple[int, int]
) -> None:
    words = all_words(source(nested=nested), *where)
    for k in range(12):
        cells = (words[:, : 1 << k].astype(np.uint64) >> np.uint64(32 - k)).astype(int)
        assert (np.sort(cells, axis=1) == np.arange(1 << k)).all(), k


@pytest.mark.parametrize("nested", [False, True])
def test_pairs_of_dimensions_fill_a_chessboard(nested: bool) -> None:
    """2^12 points of a pair with quality t leave no cell of 2^(12 - t) equal ones empty or double.

    The directions were chosen for such pairs; t up to 5 is seen here, random points need more.
    """
    points = source(nested=nested)
    words = np.concatenate([all_words(points, 1, 0), all_words(points, 1, TILE)], axis=1)
    for a, b in combinations(range(0, 40, 3), 2):
        cell = (words[a] >> 29).astype(int) * 8 + (words[b] >> 29).astype(int)
        tally = np.bincount(cell, minlength=64)
        assert tally.min() > 0
        assert stats.chisquare(tally).statistic < 63  # its mean for random points


@pytest.mark.parametrize("nested", [False, True])
def test_scrambles_are_independent_of_each_other(nested: bool) -> None:
    """One point over many scrambles is a sample of uniforms."""
    points = source(nested=nested)
    first = np.stack([all_words(points, r, 0)[:, 7] for r in range(512)])
    for column in first.T[::5]:
        assert stats.kstest(column / 2.0**32, "uniform").pvalue > FALSE_ALARM / 10
    rho = np.corrcoef(first.T[::5])
    bound = stats.norm.isf(FALSE_ALARM / 2 / rho.size) / np.sqrt(512)
    assert np.abs(rho - np.eye(len(rho))).max() < bound


def test_seeds_scrambles_and_names_move_every_word() -> None:
    base = all_words(source(), 0, 0)
    for other in (
        all_words(source(4), 0, 0),
        all_words(source(), 1, 0),
        all_words(
            Sobol.of(
                3,
                tuple(f"x{n}" for n in ONCE),
                EACH,
                STEPS,
                {f"x{n}": i for i, n in enumerate(ONCE)} | DIMENSION,
            ),
            0,
            0,
        )[: len(ONCE)],
    ):
        same = base[: len(other)] == other
        assert same.mean() < 1e-3


def test_a_draw_does_not_move_when_another_is_added() -> None:
    few = Sobol.of(3, ONCE[:5], EACH, STEPS, DIMENSION)
    assert np.array_equal(all_words(few, 2, TILE)[:5], all_words(source(), 2, TILE)[:5])
    assert np.array_equal(all_words(few, 2, TILE)[5:], all_words(source(), 2, TILE)[len(ONCE) :])


def test_tiles_of_one_scramble_share_its_table() -> None:
    points = source()
    common = points.shared(tile_of(first_tile(9, 0)))
    for start in (0, 5 * TILE):
        tile = tile_of(first_tile(9, start))
        assert np.array_equal(points.once(common, tile), all_words(points, 9, start)[: len(ONCE)])


def smooth(z: np.ndarray) -> np.ndarray:
    return np.exp(0.2 * z.sum(axis=0) / np.sqrt(len(z)))


def spread(points: Sobol | Philox, size: int, scrambles: int = 16) -> float:
    """Variance over scrambles of a smooth mean."""
    found = []
    for r in range(scrambles):
        tiles = [
            np.asarray(tile_words(points, tile_of(first_tile(r, t * TILE)))[0])
            for t in range(-(-size // TILE))
        ]
        z = normal(np.concatenate(tiles, axis=1)[:8, :size])
        found.append(smooth(np.asarray(z)).mean())
    return float(np.var(found, ddof=1))


@pytest.mark.parametrize("nested", [False, True])
def test_the_variance_over_scrambles_falls_faster_than_one_over_n(nested: bool) -> None:
    """Plain points: 64 times the points, a 64th of the variance; these: far less."""
    points = source(nested=nested)
    few, many = spread(points, 128), spread(points, 8192)
    assert many < few / 64 / 8
    z = np.asarray(normal(all_words(points, 0, 0)[:8]))
    assert many < np.var(smooth(z)) / 8192 / 30


def test_the_two_scrambles_agree_on_a_mean() -> None:
    both = []
    for nested in (False, True):
        means = [
            smooth(np.asarray(normal(all_words(source(nested=nested), r, 0)[:8]))).mean()
            for r in range(16)
        ]
        both.append((np.mean(means), np.std(means, ddof=1) / 4))
    (a, ea), (b, eb) = both
    assert abs(a - b) < stats.norm.isf(FALSE_ALARM / 2) * np.hypot(ea, eb)
    assert abs(a - np.exp(0.02)) < 1e-4


def test_words_become_uniforms_and_normals_of_the_right_law() -> None:
    words = np.concatenate([all_words(source(), r, 0)[0] for r in range(32)])
    assert np.asarray(uniform(words)).mean() == pytest.approx(0.5, abs=1e-4)
    assert np.asarray(normal(words)).std() == pytest.approx(1.0, abs=1e-3)


def test_more_dimensions_than_there_are_directions_are_refused_by_number() -> None:
    with pytest.raises(ValueError, match=r"4,100 dimensions are asked for.*4,096"):
        Sobol.of(3, ("a",), (), 0, {"a": 4099})
    assert directions((DIMENSIONS - 1,)).shape == (1, BITS)


def test_points_beyond_a_scramble_are_refused() -> None:
    with pytest.raises(ValueError, match="4,294,967,296 points"):
        first_tile(0, POINTS)


def test_scrambles_are_numbered_across_both_words_of_a_tile() -> None:
    for number in (0, 1, 2**11 - 1, 2**11, 2**31 + 5):
        for point in (0, POINTS - TILE):
            assert int(sobol.scramble_of(tile_of(first_tile(number, point)))) == number
