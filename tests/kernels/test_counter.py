"""The generator: known answers, purity, equidistribution, independence."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from kernels.counter import TILE, key_of, next_tile, philox, stream, streams, tile_of, words
from tests.tolerances import FALSE_ALARM

# Random123's kat_vectors: counter, key, answer of philox4x32 with 10 rounds.
KNOWN = [
    ([0] * 4, [0] * 2, [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
    ([0xFFFFFFFF] * 4, [0xFFFFFFFF] * 2, [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
    (
        [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
        [0xA4093822, 0x299F31D0],
        [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1],
    ),
]


def plain_philox(counter: list[int], key: list[int]) -> list[int]:
    """Philox4x32-10 in Python integers."""
    c, k = list(counter), list(key)
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(b >> 32) ^ c[1] ^ k[0], b & 0xFFFFFFFF, (a >> 32) ^ c[3] ^ k[1], a & 0xFFFFFFFF]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return c


def word_of(seed: int, path: int, name: str, step: int) -> int:
    """A path's word straight from its definition."""
    tile, place = divmod(path, TILE)
    lane, call = divmod(place, 512)
    index = tile * 512 + call
    counter = [index & 0xFFFFFFFF, index >> 32, step, stream(name)]
    return plain_philox(counter, [seed & 0xFFFFFFFF, seed >> 32])[lane]


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN)
def test_philox_gives_the_published_words(counter: list, key: list, answer: list) -> None:
    got = philox(
        tuple(jnp.full(3, c, jnp.uint32) for c in counter),
        (jnp.uint32(key[0]), jnp.uint32(key[1])),
    )
    assert [int(word[1]) for word in got] == answer
    assert plain_philox(counter, key) == answer


@pytest.mark.parametrize("seed", [0, 7, 2**40 + 5, 2**64 - 1])
@pytest.mark.parametrize("tile", [0, 3, 2**23 - 1, 2**32 - 1, 2**32, 2**41 + 9])
def test_a_word_is_a_function_of_seed_path_name_and_step(seed: int, tile: int) -> None:
    names = ("launch.cost_today", "shocks.losses")
    got = np.asarray(words(key_of(seed), tile_of(tile), streams(names), jnp.uint32(41)))
    for row, name in enumerate(names):
        for place in (0, 511, 512, 1300, 2047):
            assert got[row, place] == word_of(seed, tile * TILE + place, name, 41)


def test_draws_do_not_move_when_a_name_is_added() -> None:
    few, many = ("a", "b"), ("z", "a", "new", "b")
    key, tile, step = key_of(3), tile_of(5), jnp.uint32(2)
    before = np.asarray(words(key, tile, streams(few), step))
    after = np.asarray(words(key, tile, streams(many), step))
    assert np.array_equal(before, after[[1, 3]])


def test_names_that_share_a_stream_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernels.counter.stream", lambda name: 4)
    with pytest.raises(ValueError, match="a and b share a stream"):
        streams(("a", "b"))


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_seeds_out_of_range_are_refused(seed: int) -> None:
    with pytest.raises(ValueError, match="seed is a whole number"):
        key_of(seed)


def test_tiles_carry_past_32_bits() -> None:
    assert next_tile(tile_of(2**32 - 1), jnp.uint32(2)).tolist() == tile_of(2**32 + 1).tolist()


def sample(seed: int, names: tuple[str, ...], steps: int, tiles: int) -> np.ndarray:
    """Words of shape (names, steps, tiles * TILE)."""
    draw = jax.jit(lambda t, s: words(key_of(seed), t, streams(names), s))
    columns = [
        [np.asarray(draw(tile_of(t), jnp.uint32(s))) for s in range(steps)] for t in range(tiles)
    ]
    return np.concatenate([np.stack(c, axis=1) for c in columns], axis=2)


@pytest.fixture(scope="module")
def drawn() -> np.ndarray:
    return sample(11, ("launch.cost_today", "shocks.losses", "factor.ai_demand"), 8, 64)


@pytest.mark.parametrize("shift", [24, 16, 8, 0])
def test_every_byte_is_equidistributed(drawn: np.ndarray, shift: int) -> None:
    tests = drawn.shape[0] * 4
    for row in drawn:
        tally = np.bincount(((row.ravel() >> shift) & 255).astype(int), minlength=256)
        assert stats.chisquare(tally).pvalue > FALSE_ALARM / tests


def test_pairs_of_draws_steps_and_neighbours_are_independent(drawn: np.ndarray) -> None:
    pairs = [(drawn[i], drawn[j]) for i in range(3) for j in range(i)]
    pairs += [(row[:-1], row[1:]) for row in drawn]
    pairs += [(row[:, :-1], row[:, 1:]) for row in drawn]
    pairs += [(row[:, :-512], row[:, 512:]) for row in drawn]
    pairs += [(drawn[0], sample(12, ("launch.cost_today",), 8, 64)[0])]
    for a, b in pairs:
        cell = (a.ravel() >> 28) * 16 + (b.ravel() >> 28)
        tally = np.bincount(cell.astype(int), minlength=256)
        assert stats.chisquare(tally).pvalue > FALSE_ALARM / len(pairs)


def test_gaps_between_hits_are_geometric(drawn: np.ndarray) -> None:
    hits = np.flatnonzero(drawn[1].ravel() < 2**27)  # 1 in 32
    gaps = np.diff(hits)
    bins = np.minimum(gaps, 150)
    expected = np.append((1 / 32) * (31 / 32) ** np.arange(149), (31 / 32) ** 149) * len(gaps)
    assert stats.chisquare(np.bincount(bins, minlength=151)[1:], expected).pvalue > FALSE_ALARM


def test_a_biased_generator_would_fail() -> None:
    biased = sample(11, ("a",), 8, 64)[0].ravel() | np.uint32(1 << 24) * (
        np.arange(8 * 64 * TILE, dtype=np.uint32) % 50 == 0
    )
    tally = np.bincount((biased >> 24).astype(int), minlength=256)
    assert stats.chisquare(tally).pvalue < FALSE_ALARM
