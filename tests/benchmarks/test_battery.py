"""The statistical battery: its streams are the engine's words, and it can tell good from bad."""

import shutil
from itertools import islice

import jax.numpy as jnp
import numpy as np
import pytest

from benchmarks import bench_battery, word_streams
from benchmarks.bench_battery import CONTROL_TESTS, TOOL, battery, evenness, judge, lines, parse
from kernels.counter import TILE, tile_of, words

TABLE = """\
       diehard_craps|   0|    200000|       3|0.49965926
#=============================================================================#
#                          Values of test p-values                            #
#=============================================================================#
|0.50866850|
|0.59864143|
|0.80210340|
#=============================================================================#

        dab_filltree|  32|  15000000|       1|0.91119340
#=============================================================================#
|0.91119340|
#=============================================================================#
"""
needs_tool = pytest.mark.skipif(shutil.which(TOOL) is None, reason=bench_battery.ABSENT)


def test_a_table_gives_one_p_value_for_its_samples() -> None:
    craps, tree = parse(TABLE)
    assert (craps.test, craps.tuple_size) == ("diehard_craps", 0)
    # P(D_3 > d) = 2 P(D_3+ > d) for d >= 1/2, Birnbaum and Tingey's sum; the largest gap is d.
    d = 0.5086685
    above = (1 - d) ** 3 + 3 * d * (2 / 3 - d) ** 2 * (1 / 3 + d) ** 0
    assert craps.p == pytest.approx(2 * above, rel=1e-6)
    assert tree == ("dab_filltree", 32, 0.9111934)


def test_output_without_a_p_value_is_an_error() -> None:
    with pytest.raises(ValueError, match="printed no p-value"):
        parse("# stdin_input_raw(): Error")


def test_philox_streams_are_the_words_that_the_engine_draws() -> None:
    engine = word_streams.philox_words()
    first = words(engine.key, tile_of(0), engine.once_streams, jnp.uint32(0))
    paths = next(word_streams.along_paths())
    assert np.array_equal(paths[:TILE], first[0])
    count = len(engine.each_streams)
    quarters = next(word_streams.along_draws())
    fifth = words(engine.key, tile_of(0), engine.each_streams, jnp.uint32(4))
    assert np.array_equal(quarters[4 * count : 5 * count], fifth[:, 0])
    consumed = next(word_streams.as_consumed())
    assert np.array_equal(consumed[: first.size], np.asarray(first).ravel())


def test_one_point_across_scrambles_is_the_same_point_of_each_scramble() -> None:
    point = word_streams.POINT
    found = word_streams.one_point(word_streams.sobol_words(), point, jnp.uint32(3))
    tile = word_streams.coordinates(5, point // TILE, 1)
    assert np.array_equal(found[2], tile[:, point % TILE])


def test_every_coordinate_is_even_and_a_moved_point_would_show(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert evenness(1, 1)["uneven"] == 0
    moved = word_streams.coordinates(0, 0, 1).copy()
    moved[7, 3] = moved[7, 4]
    monkeypatch.setattr(bench_battery, "coordinates", lambda *_: moved)
    assert evenness(1, 1)["uneven"] == 1


@needs_tool
def test_the_battery_fails_points_that_are_even_by_design() -> None:
    assert battery(word_streams.along_points(), CONTROL_TESTS[1:2])["failed"] > 0


@needs_tool
def test_a_test_takes_what_it_needs_of_an_endless_stream() -> None:
    chunks = word_streams.along_paths()
    values, taken = judge(CONTROL_TESTS[0], chunks)
    assert len(values) == 1
    assert 0 < taken < 50_000_000
    assert len(list(islice(chunks, 1))) == 1  # the stream goes on


def test_without_the_tool_the_answer_says_what_to_install() -> None:
    kind = {"pairs": 1, "exact": 1, "mean": 0.0, "largest": 0.0, "beyond": 0}
    pairs = {"points": 2048, "cells": 1024, "limit": 1.2, "kinds": {"adjacent": kind}}
    even = {"coordinates": 764, "points": 2048, "uneven": 0}
    told = lines({"streams": {}, "evenness": even, "pairs": [pairs]})
    assert "apt-get install" in told[0]
    assert any("0 is required" in line for line in told)
