"""A request and its blocks: rounding, refusals, indices past 32 bits, dimensions on record."""

import numpy as np
import pytest

from kernels.counter import TILE
from risk.model.constants import QUARTERS
from risk.run import dimensions as module
from risk.run.dimensions import dimensions, missing, recorded
from risk.run.draw import FLEET_SHOCKS, SHOCKS, draws, layout
from risk.run.plan import LARGEST_RUN, Request, blocks, request_of
from risk.scenario import load, shipped


@pytest.mark.parametrize(
    ("paths", "replicates", "points"),
    [(1, 32, 1), (64, 32, 2), (65, 32, 4), (1_000_000, 32, 1 << 15), (1 << 37, 32, 1 << 32)],
)
def test_paths_are_rounded_up_to_a_power_of_two_a_scramble(
    paths: int, replicates: int, points: int
) -> None:
    request = Request(paths, replicates=replicates)
    assert (request.points, request.size) == (points, points * replicates)
    assert request.size >= paths


def test_plain_monte_carlo_runs_exactly_what_is_asked() -> None:
    request = Request(12_345, sampler="mc")
    assert (request.size, request.replicates) == (12_345, 1)


@pytest.mark.parametrize("request_", [Request(200_000), Request(70_001, sampler="mc")])
@pytest.mark.parametrize("tiles", [1, 3, 16])
def test_blocks_hold_every_path_once(request_: Request, tiles: int) -> None:
    paths = [
        (block.replicate, block.tile * TILE + place)
        for block in blocks(request_, tiles=tiles)
        for place in (0, block.paths - 1)
    ]
    assert sum(b.paths for b in blocks(request_, tiles=tiles)) == request_.size
    assert paths == sorted(set(paths)) or (tiles == 1 and request_.points < TILE)
    assert {r for r, _ in paths} == set(range(request_.replicates))


def test_paths_past_32_bits_have_tiles_of_their_own() -> None:
    last = next(b for b in blocks(Request(1 << 37), tiles=1 << 21) if b.replicate == 31)
    assert last.tile * TILE == 31 << 32
    deep = Request((1 << 33) + 5, sampler="mc")
    *_, end = blocks(deep, done=1 << 33, tiles=16)
    assert (end.tile * TILE, end.paths) == (1 << 33, 5)


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ({"paths": 0}, "must be positive"),
        ({"paths": LARGEST_RUN + 1}, "at most 1,099,511,627,776 paths"),
        ({"paths": (1 << 37) + 1}, "137,438,953,472 paths in 32 scrambles"),
        ({"paths": 9, "seed": -1}, "seed is a whole number"),
        ({"paths": 9, "sampler": "halton"}, "sobol .*owen .*mc .*'halton'"),
        ({"paths": 9, "replicates": 8}, "at least 16 scrambles, got 8"),
    ],
)
def test_what_cannot_be_run_is_refused(what: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Request(**what)


@pytest.mark.parametrize("precision", [0.0, -1.0, 0.5, float("nan")])
def test_a_precision_that_is_no_half_width_is_refused(precision: float) -> None:
    with pytest.raises(ValueError, match=r"half-width between 0 and 0\.5"):
        request_of(None, precision, 0, "sobol", 32)


def test_a_run_has_a_size_or_a_precision() -> None:
    for paths, precision in ((None, None), (5, 0.1)):
        with pytest.raises(ValueError, match="either a number of paths or a precision"):
            request_of(paths, precision, 0, "sobol", 32)


def test_every_draw_of_a_shipped_scenario_has_a_recorded_dimension() -> None:
    assert missing() == [], "run: python -m risk.run.dimensions"


def test_recorded_dimensions_do_not_overlap() -> None:
    taken = [d for first, count in recorded().values() for d in range(first, first + count)]
    assert taken == list(range(len(taken)))
    shocks = {*SHOCKS.normals, *SHOCKS.uniforms, *FLEET_SHOCKS.normals, *FLEET_SHOCKS.uniforms}
    assert {name for name, (_, count) in recorded().items() if count == QUARTERS} == shocks


def test_a_new_draw_takes_new_dimensions_and_moves_none() -> None:
    once = draws(layout(load("base"))).once
    each = (*SHOCKS.normals, *SHOCKS.uniforms)
    before = dimensions(once, each, QUARTERS)
    after = dimensions(("new.input", *once), (*each, "shocks.new"), QUARTERS)
    assert {name: after[name] for name in before} == before
    end = sum(count for _, count in recorded().values())
    assert {after["new.input"], after["shocks.new"]} == {end, end + 1}


def test_scenarios_share_the_words_of_what_they_share() -> None:
    found = {
        name: dimensions(draws(layout(load(name))).once, SHOCKS.normals, QUARTERS)
        for name in shipped()
    }
    for name, of in found.items():
        shared = of.keys() & found["base"].keys()
        assert {k: of[k] for k in shared} == {k: found["base"][k] for k in shared}, name


def test_the_record_would_notice_a_missing_name(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {k: v for k, v in recorded().items() if k != "shocks.losses"}
    monkeypatch.setattr(module, "recorded", lambda: kept)
    assert missing() == [("shocks.losses", QUARTERS)]


def test_seeds_of_every_size_are_taken() -> None:
    assert Request(1, seed=int(np.iinfo(np.uint64).max)).seed == 2**64 - 1
