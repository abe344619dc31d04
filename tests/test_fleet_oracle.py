"""Fleets against the oracle that follows every cohort by its age; mass and money on every path."""

import jax
import numpy as np
import pytest

from risk.inputs import declarations
from risk.model.constants import QUARTERS
from risk.model.world import FleetOutcome, FleetShocks
from risk.scenario import load
from tests import reference_fleet
from tests.fleets import Rolled, burst_of, double, drawn, rolled, values

PATHS = 200
SUMS = 1e-6
"""Relative to the largest value on the path, in double precision: what sums with a lag may differ
from cohorts followed one by one. Sunlight is looked up in a table of single precision."""
MIXED = 2e-3
"""The same on paths that fly both variants: the sunlit share is kept as a mean over satellites, not
by cohort, and what little that moves sales moves what the sponsor can buy later."""
SINGLE = 2e-4
"""The same between single and double precision, for paths on which no count is rounded otherwise."""
FLIPPED = 0.05
"""Share of paths on which single precision may round a count to its neighbour in 59 quarters."""
MONEY = {"orbit_cash", "ground_cash", "orbit_npv", "ground_npv", "core_profit", "sponsor_cash"}
"""Differences of large payments: told against the payments."""


@pytest.fixture(scope="module")
def walk() -> tuple[Rolled, Rolled]:
    """Both precisions, on the same draws."""
    single = drawn(load("spacex_xai"), PATHS)
    with jax.enable_x64(True):
        exact = rolled(double(single))
    return rolled(single), exact


def oracle(walk: Rolled, path: int) -> list[dict[str, float]]:
    given, seen = walk.drawn, walk.market
    table = values(given.inputs, path, PATHS)
    market = [
        {key: float(seen[key][t, path]) for key in seen}
        | {
            key: float(getattr(walk.outcome, key)[t, path])
            for key in (
                "specific_mass",
                "launch_price",
                "platform_cost",
                "failure_probability",
                "flights",
            )
        }
        for t in range(QUARTERS)
    ]
    shocks = [
        {k: float(getattr(e, k)[path]) for k, _ in declarations(FleetShocks)}
        for _, e in given.shocks
    ]
    onsite = float(given.starts.behind_meter[path]) < table["schedule.onsite_share"]
    capital = float(given.fleets.capital[path])
    loss = burst_of(given.inputs, path, PATHS)
    return reference_fleet.fleet(table, onsite, capital, market, shocks, loss)


def scale(shown: FleetOutcome, name: str) -> np.ndarray:
    """What a difference in a field is told against: its largest value on each path."""
    found = np.abs(getattr(shown, name)).max(axis=0)
    if name in MONEY:
        found = np.maximum(found, np.abs(shown.cash_out).max(axis=0))
    return np.maximum(found, 1e-9)


def test_sums_with_a_lag_agree_with_cohorts_followed_by_age(walk: tuple[Rolled, Rolled]) -> None:
    _, exact = walk
    flies_both = np.ptp(exact.market["battery"], axis=0) > 0.0
    assert 0.2 < flies_both.mean() < 0.8
    worst: dict[tuple[str, bool], float] = {}
    for path in range(PATHS):
        quarters = oracle(exact, path)
        for name in quarters[0]:
            expected = np.array([q[name] for q in quarters])
            error = np.abs(getattr(exact.shown, name)[:, path] - expected).max()
            which = name, bool(flies_both[path])
            error = float(error / scale(exact.shown, name)[path])
            worst[which] = max(worst.get(which, 0.0), error)
    assert {k: v for k, v in worst.items() if not v <= (MIXED if k[1] else SUMS)} == {}


def test_every_field_is_finite_in_every_quarter(walk: tuple[Rolled, Rolled]) -> None:
    for one in walk:
        wrong = [k for k in FleetOutcome._fields if not np.isfinite(getattr(one.shown, k)).all()]
        assert wrong == []


def test_single_precision_is_enough(walk: tuple[Rolled, Rolled]) -> None:
    single, exact = walk
    off = np.zeros(PATHS)
    for name in FleetOutcome._fields:
        got, expected = getattr(single.shown, name), getattr(exact.shown, name)
        error = np.abs(got - expected) / scale(exact.shown, name)
        off = np.maximum(off, error.max(axis=0))
    assert (off > SINGLE).mean() <= FLIPPED


def test_mass_balances_on_every_path(walk: tuple[Rolled, Rolled]) -> None:
    for one, tolerance in zip(walk, (1e-5, 1e-9), strict=True):
        o = one.shown
        orbit = o.orbit_launched_kw - o.orbit_lost_kw - o.orbit_retired_kw - o.orbit_chips_kw
        assert np.abs(orbit / (1 + o.orbit_launched_kw)).max() < tolerance
        owned = o.ground_powered_kw[:1]
        built = owned + o.ground_ordered_kw
        left = built - o.ground_cancelled_kw - o.ground_queue_kw - o.ground_powered_kw
        assert np.abs(left / (1 + built)).max() < tolerance


def test_money_balances_on_every_path(walk: tuple[Rolled, Rolled]) -> None:
    for one, tolerance in zip(walk, (1e-5, 1e-9), strict=True):
        o = one.shown
        assert np.abs((o.cash_in - o.cash_out - o.sponsor_cash) / (1 + o.cash_in)).max() < tolerance


def test_nothing_flies_without_a_licence_and_no_more_than_every_cap_allows(
    walk: tuple[Rolled, Rolled],
) -> None:
    o = walk[1].shown
    assert (o.satellites <= o.licence_cap.max(axis=0) + 1e-6).all()
    flown = np.diff(o.orbit_launched_kw, axis=0)
    assert (flown[o.licensed[:-1] < 0.5] == 0.0).all()
    stopped = (o.ruined[:-1] > 0.5) & (flown > 0.0)
    assert not stopped.any()
