"""The kernel against the float64 oracle, path by path: counts first, then all the rest."""

import numpy as np
import pytest

from risk.inputs import declarations
from risk.model.constants import QUARTERS
from risk.model.path import Outcome, Shocks, Starts
from risk.scenario import load
from tests import reference
from tests.paths import Walk, drawn, field, values
from tests.tolerances import FLOAT32

PATHS = 300
FLOOR_FLIPS = 0.01
"""Share of paths on which float32 may round one flight count to its neighbour (5 in 10,000 a
quarter's worst case was seen; the bound is for 60 quarters)."""


def event_of(walk: Walk, key: str, path: int):
    """An event's value by its own normal, on one path, in float64."""
    event = field(walk.inputs, key)
    m = event.marginal
    common = float(np.broadcast_to(event.common, (2048,))[path])
    own = float(event.own)

    def at(z: float) -> float:
        e = common + own * z
        spread = float(m.upper) if e > 0 else float(m.lower)
        return float(np.exp(float(m.centre) + e * spread))

    return at


def oracle(walk: Walk, path: int, *, own_counts: bool) -> list[dict[str, float]]:
    starts = {k: float(getattr(walk.starts, k)[path]) for k, _ in declarations(Starts)}
    shocks = [
        {k: float(getattr(walk.shocks, k)[t, path]) for k, _ in declarations(Shocks)}
        for t in range(QUARTERS - 1)
    ]
    flights = None
    if not own_counts:
        f = walk.flights
        flights = [
            (float(f.successes[t, path]), float(f.failures[t, path]), float(f.lost_one[t, path]))
            for t in range(QUARTERS - 1)
        ]
    return reference.path(
        values(walk.inputs, path),
        starts,
        shocks,
        stand_down=event_of(walk, "launch.stand_down", path),
        generation_gap=event_of(walk, "chips.generation_gap", path),
        flights=flights,
    )


@pytest.fixture(scope="module", params=["base", "spacex_xai"])
def walk(request: pytest.FixtureRequest) -> Walk:
    return drawn(load(request.param))


@pytest.fixture(scope="module")
def expected(walk: Walk) -> list[list[dict[str, float]]]:
    """Every quarter of each path, given the kernel's counts of flights."""
    return [oracle(walk, path, own_counts=False) for path in range(PATHS)]


def test_flight_counts_agree_with_the_oracle(walk: Walk) -> None:
    flipped = 0
    for path in range(PATHS):
        quarters = oracle(walk, path, own_counts=True)[: QUARTERS - 1]
        expected = np.array([q["n_ok"] for q in quarters])
        hits = np.array([q["hit"] for q in quarters])
        got = walk.flights.successes[:-1, path]
        flipped += not np.array_equal(expected, got)
        if np.array_equal(expected, got):
            assert np.array_equal(hits, walk.flights.lost_one[:-1, path])
    assert flipped <= FLOOR_FLIPS * PATHS


def test_every_outcome_agrees_with_the_oracle(
    walk: Walk, expected: list[list[dict[str, float]]]
) -> None:
    worst: dict[str, float] = {}
    for path, quarters in enumerate(expected):
        for name in Outcome._fields:
            exact = np.array([q[name] for q in quarters])
            got = np.asarray(getattr(walk.outcome, name)[:, path], np.float64)
            scale = np.abs(exact)
            if name == "break_even":  # a small difference of two large costs
                scale = scale + 1000.0
            if name in ("npv_orbit", "npv_ground"):
                scale = scale + np.array([q["lcoc_ground"] for q in quarters]) * 5.0
            error = float((np.abs(got - exact) / scale).max())
            worst[name] = max(worst.get(name, 0.0), error)
    assert {name: e for name, e in worst.items() if not e <= FLOAT32} == {}


def test_the_sign_of_the_comparison_never_differs(
    walk: Walk, expected: list[list[dict[str, float]]]
) -> None:
    for path, quarters in enumerate(expected):
        ratio = np.array([q["ratio"] for q in quarters])
        assert np.array_equal(ratio < 1.0, walk.outcome.ratio[:, path] < 1.0)
