"""Self-tests with closed forms: collapse, duality, monotonicity, learning, first passage."""

import math
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import norm

from kernels.counter import TILE, key_of, streams, tile_of, words
from kernels.marginals import Constant, Event
from kernels.paths import Walk, block
from kernels.platforms import PLATFORMS
from kernels.reducers import Fold, counts, population
from kernels.transforms import normal
from risk.inputs import assemble, declarations
from risk.model import chips, launch
from risk.model.annuity import annuity, mean_decay
from risk.model.constants import DT, QUARTERS
from risk.model.metrics import RUN_LENGTH, cross, crossing, not_crossed
from risk.model.path import Inputs, begin, like_for_like_ratio, prepare
from risk.model.reliability import hazards
from risk.scenario import Prior, Scenario, load
from tests import reference
from tests.paths import drawn, field, quiet, values, walk

CHECK_FIGURES = {0: 5.3335, 12: 2.9794, 20: 2.5092, 36: 1.9276, 56: 1.4970}
"""R collapsed to the median, 2026Q4 to 2040Q4, published with the model's equations."""


def collapsed_inputs(scenario: Scenario, dtype: object, size: int) -> Inputs:
    table = {}
    for key, prior in scenario.collapsed().priors.items():
        value = jnp.full(size, prior.marginal.value, dtype)
        table[key] = value
        if prior.declaration.kind == "event":
            table[key] = Event(Constant(value), jnp.zeros(size, dtype), jnp.ones((), dtype))
    table |= {key: jnp.full(size, option, dtype) for key, option in scenario.choices.items()}
    return assemble(Inputs, table)


def collapsed_ratio(dtype: object) -> np.ndarray:
    starts, shocks = quiet(4, dtype)
    x = collapsed_inputs(load("base"), dtype, 4)
    return np.asarray(walk(x, starts, shocks, launch.mean_flights).outcome.ratio[:, 0], np.float64)


def test_collapsed_to_the_median_the_path_is_the_deterministic_one() -> None:
    with jax.enable_x64(True):
        starts, shocks = quiet(4, jnp.float64)
        x = collapsed_inputs(load("base"), jnp.float64, 4)
        got = walk(x, starts, shocks, launch.mean_flights).outcome
        plain = {k: float(v) for k, v in _flat(x).items()}
    still = {"behind_meter": 0.5, "shortage": 0.5, "generation_phase": 0.5, "generation_gap": 0.0}
    gap = float(load("base").collapsed().priors["chips.generation_gap"].marginal.value)
    shock = dict.fromkeys(shocks[0].__dataclass_fields__, 0.0) | dict.fromkeys(
        ("losses", "shortage", "insurance"), 0.5
    )
    expected = reference.path(
        plain, still, [shock] * (QUARTERS - 1),
        stand_down=lambda z: 2.5, generation_gap=lambda z: gap, collapsed=True,
    )  # fmt: skip
    for name in got._fields:
        oracle = np.array([q[name] for q in expected])
        assert np.asarray(getattr(got, name)[:, 0]) == pytest.approx(oracle, rel=1e-8), name


def _flat(x: Inputs) -> dict[str, float]:
    keys = [k for k, d in declarations(Inputs) if d.kind != "event"]
    return {k: float(field(x, k)[0]) for k in keys}


def test_float32_collapses_to_the_same_numbers() -> None:
    """On inputs rounded to float32: a calendar year has a resolution of an hour there."""
    single = collapsed_inputs(load("base"), jnp.float32, 4)
    rough = walk(single, *quiet(4), launch.mean_flights).outcome
    with jax.enable_x64(True):
        double = jax.tree.map(lambda v: jnp.asarray(np.asarray(v), jnp.float64), single)
        exact = walk(double, *quiet(4, jnp.float64), launch.mean_flights).outcome
    assert rough.ratio == pytest.approx(np.asarray(exact.ratio), rel=1e-6)


def test_collapsed_the_published_check_figures_come_out() -> None:
    ratio = collapsed_ratio(jnp.float32)
    for quarter, figure in CHECK_FIGURES.items():
        assert ratio[quarter] == pytest.approx(figure, abs=6e-5)  # four digits, as printed
    starts, _ = quiet(4)
    x = collapsed_inputs(load("base"), jnp.float32, 4)
    got = like_for_like_ratio(x, prepare(x, starts), begin(x, starts), jnp.float32(0.02))
    assert float(got[0]) == pytest.approx(3.5898, abs=6e-5)


def dual() -> Scenario:
    """Orbit that is ground by inputs alone."""
    s = load("base")
    none = [
        "launch.cost_today", "launch.floor_cost", "launch.failure_mature", "launch.failure_new",
        "platform.adaptation", "platform.programme", "platform.ground_segment",
        "platform.battery_cost", "platform.floor", "platform.learning_rate",
        "reliability.spares", "reliability.ground_chip_failure", "reliability.infant_loss",
        "reliability.satellite_hazard", "reliability.collision_hazard",
        "reliability.burst_hazard", "reliability.silent_errors", "reliability.disposal_success",
        "reliability.removal_cost", "finance.insured_share", "ground.facility_drift",
        "chips.cost_drift", "ground.power_price", "ground.onsite_adder", "ground.property_tax",
        "ground.externalities", "finance.orbit_spread",
    ]  # fmt: skip
    fixed = dict.fromkeys(none, 0.0) | {
        "chips.resale_decay": 80.0,
        "reliability.dose_limit": 1e9,
        "reliability.repair_year": 1e9,
        "reliability.removal_year": 1e9,
        "chips.orbit_lag": 0.5,
        "chips.ground_lag": 0.5,
        "ground.construction": 1.0,
        "chips.ground_life": 5.0,
        "reliability.running_on": 1.0,
        "reliability.bus_life": 5.0,
        "ground.facility_life": 5.0,
        "platform.cost_today": 12.5,
        "ground.facility_cost": 12.5,
        "platform.operations": 0.35,
        "ground.operations": 0.35,
        "platform.operations_fall": 0.0,
        "reliability.availability": 0.985,
        "ground.availability": 0.985,
        "chips.orbit_inference_share": 1.0,
        "finance.orbit_wacc": 0.08,
        "finance.ground_wacc": 0.08,
        "schedule.onsite_share": 0.0,
        "schedule.grid_delay": 3.0,
        "schedule.cancellation": 1e-9,
        "schedule.grid_congestion": 0.0,
        "schedule.development": 2.25,
        "schedule.commissioning": 0.25,
    }
    for key, value in fixed.items():
        s = s.with_fixed(key, value)
    return s


def test_orbit_that_is_ground_costs_what_ground_costs() -> None:
    o = drawn(dual()).outcome
    assert o.ratio[0] == pytest.approx(np.ones(TILE), rel=2e-6)
    assert o.time_ratio[0] == pytest.approx(np.ones(TILE), rel=2e-6)
    assert o.npv_orbit[0] == pytest.approx(o.npv_ground[0], rel=1e-5, abs=1e-4)


def _halved(prior: Prior) -> Prior:
    numbers = {name: value / 2.0 for name, value in prior.numbers.items()}
    marginal = type(prior.marginal).through(numbers["p5"], numbers["p50"], numbers["p95"])
    return replace(prior, numbers=numbers, marginal=marginal)


def test_cheaper_launch_never_hurts_and_does_not_move_the_break_even_price() -> None:
    s = load("base")
    halved = {k: _halved(s.priors[k]) for k in ("launch.cost_today", "launch.floor_cost")}
    cheap = replace(s, priors={**s.priors, **halved})
    before, after = drawn(s).outcome, drawn(cheap).outcome
    assert (after.ratio < before.ratio).all()
    assert after.break_even == pytest.approx(before.break_even, rel=1e-5, abs=0.05)
    assert after.launch_price == pytest.approx(before.launch_price * 0.5, rel=1e-5)


@pytest.mark.parametrize("doublings", [0, 1, 5, 12])
def test_launch_cost_falls_by_the_learning_rate_per_doubling(doublings: int) -> None:
    x = drawn(load("base").with_fixed("launch.floor_cost", 0.0)).inputs.launch
    got = launch.cost(x, launch.slopes(x), x.mass_today * 2.0**doublings)
    expected = np.asarray(x.cost_today) * (1 - np.asarray(x.learning_rate)) ** doublings
    assert np.asarray(got) == pytest.approx(expected, rel=1e-5)


def test_a_random_walk_of_price_raises_its_mean_as_the_closed_form_says() -> None:
    w = drawn(load("base"))
    walks = np.cumsum(w.shocks.chip_price, axis=0) * 0.0465 * math.sqrt(DT)
    quarters = np.array([20, 40, 59])
    mean = np.exp(walks[quarters]).mean(axis=1)
    years = (quarters + 1) * DT
    exact = np.exp(0.0465**2 * years / 2)
    error = np.sqrt(np.exp(0.0465**2 * years) - 1) / math.sqrt(TILE)
    assert (np.abs(mean - exact) < 4.5 * error).all()


def test_generations_keep_up_with_the_trend_in_the_long_run() -> None:
    """Renewal limit: jumps of ln(1 + C2) gap every gap add up to ln(1 + C2) a year."""
    w = drawn(load("base"))
    growth = np.log1p(np.asarray(w.inputs.chips.frontier_growth))
    state = chips.begin(w.inputs.chips, w.starts.generation_phase, w.starts.generation_gap)
    for t in range(QUARTERS):
        zero = jnp.zeros(TILE)
        state = chips.renew(w.inputs.chips, growth, state, zero, w.shocks.generation_gap[t], zero)
    rise = np.asarray(state.level) / (growth * QUARTERS * DT)
    assert rise.mean() == pytest.approx(1.0, abs=0.02)  # half a gap over 15 years at the ends


FIRST_PASSAGE = [(0.9163, 0.08, 0.25), (0.6, 0.0, 0.3), (0.8, -0.05, 0.35)]


@pytest.mark.parametrize(("start", "fall", "volatility"), FIRST_PASSAGE)
def test_first_passage_of_a_brownian_log_ratio(
    start: float, fall: float, volatility: float
) -> None:
    """Inverse Gaussian law, with the barrier moved by 0.5826 sigma sqrt(dt) for quarterly looks."""
    name = streams(("test.passage",))

    def simulate(key, shared, tiles, fused):
        def quarter(x, at):
            z = normal(words(key, tiles[0], name, at[0]))[0]
            x = x - fall * DT + volatility * DT**0.5 * z
            return x, x < 0

        return Walk(
            state=jnp.full(TILE, start),
            step=quarter,
            parts=None,
            steps=QUARTERS,
            valid=lambda _: jnp.ones(TILE, bool),
            group=jnp.zeros(TILE, jnp.int32),
            groups=1,
        )

    crossed = Fold(
        lambda zero: not_crossed(zero, QUARTERS), lambda c, below, t: cross(c, below, t, 1)
    )
    tiles = 150
    hit = counts(lambda c: c.first[None] < QUARTERS, 1, 1, fold=crossed)
    made = {"hit": hit, "n": population(1)}
    run = block(lambda *_: None, simulate, made, tiles, PLATFORMS["cpu"])
    state, _ = jax.jit(run)(key_of(9), tile_of(0), jnp.int32(tiles * TILE))
    p = int(state["hit"][0, 0]) / int(state["n"][0])
    x0, horizon = start + 0.5826 * volatility * DT**0.5, QUARTERS * DT
    root = volatility * math.sqrt(horizon)
    exact = norm.cdf((-x0 + fall * horizon) / root) + math.exp(
        2 * fall * x0 / volatility**2
    ) * norm.cdf((-x0 - fall * horizon) / root)
    assert p == pytest.approx(exact, rel=0.01)


def test_crossings_are_runs_of_four_quarters() -> None:
    """Against the definition in plain Python, on who wins in turns of all lengths."""
    rng = np.random.default_rng(8)
    wins = np.cumsum(rng.random((QUARTERS, 600)) < rng.random(600) / 2, axis=0) % 2 == 0
    first, back = (np.asarray(x) for x in crossing(jnp.asarray(wins)))
    starts = range(QUARTERS - RUN_LENGTH + 1)
    for path, won in enumerate(wins.T):
        runs = [t for t in starts if won[t : t + RUN_LENGTH].all()]
        lost = [t for t in starts if not won[t : t + RUN_LENGTH].any()]
        expected = min(runs, default=len(starts))
        assert first[path] == expected
        assert back[path] == any(t > expected for t in lost)
    assert 50 < back.sum() < 550


@pytest.mark.parametrize("x", [-0.3, -1e-6, 0.0, 1e-6, 0.02, 0.1, 0.7, 4.0])
def test_annuities_agree_with_expm1(x: float) -> None:
    exact = -math.expm1(-x * 5) / x if x else 5.0
    assert float(annuity(jnp.float32(x), jnp.float32(5.0))) == pytest.approx(exact, rel=5e-7)
    assert float(mean_decay(jnp.float32(0.0))) == 1.0


def test_the_economic_life_correlates_with_the_ground_life_as_elicited() -> None:
    """Percentiles 3.9, 5.3, 7.1 and correlation 0.52 hold for independent draws."""
    independent = load("base").with_scale(0.0)
    parts = [drawn(independent, 7, t).inputs for t in range(6)]
    lives = [np.asarray(hazards(x.reliability, x.chips.ground_life).economic_life) for x in parts]
    ground = [np.asarray(x.chips.ground_life) for x in parts]
    life, other = np.concatenate(lives), np.concatenate(ground)
    # 12,288 paths: standard errors 0.007 of the correlation, at most 0.026 of a percentile
    assert np.corrcoef(life, other)[0, 1] == pytest.approx(0.522, abs=0.03)
    assert np.quantile(life, [0.05, 0.5, 0.95]) == pytest.approx([3.88, 5.30, 7.11], abs=0.1)


def test_values_reads_every_input_once() -> None:
    assert len(values(drawn(load("base")).inputs, 0)) == 157
