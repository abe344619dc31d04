"""What a run reports of its paths: one decorated function of the outcome for each quantity.

An outcome's fields have shape (60 quarters, paths). A metric becomes a histogram by date and
population, hence quantiles with intervals; an event becomes a probability.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Bool, Float, Int32, UInt32

from kernels.reducers import LogBins
from risk.model.constants import QUARTERS
from risk.model.path import Outcome

type Comparator = Literal["cost", "value", "time-adjusted"]
type Better = Literal["lower", "higher", "neither"]

RUN_LENGTH = 4  # quarters in a row below parity that make a crossing
LAST_CROSSING = QUARTERS - RUN_LENGTH  # last quarter whose crossing can be confirmed
COMMIT_QUARTERS = tuple(range(0, QUARTERS, 4))  # fourth quarters of 2026 to 2040
HEADLINE_QUARTERS = (12, 20, 36, 56)  # 2029Q4, 2031Q4, 2035Q4, 2040Q4
LAUNCH_PRICES = tuple(round(10 ** (k / 8), 3) for k in range(9, 28))
"""Launch prices at which P(orbit wins) is counted, $/kg; `PRICE_GRID` adds the round ones."""
PRICE_GRID = tuple(sorted({0.0, 12.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 3000.0, *LAUNCH_PRICES}))


@dataclass(frozen=True)
class Metric:
    """A quantity of every path; `quarters` are those at which it is kept."""

    name: str
    comparator: Comparator | None
    unit: str
    bins: LogBins
    better: Better
    quarters: tuple[int, ...]
    moments: bool
    value: Callable[[Outcome], Float[Array, "step path"]]


@dataclass(frozen=True)
class Event:
    """Something that is true or not of every path and quarter."""

    name: str
    comparator: Comparator | None
    happens: Callable[[Outcome], Bool[Array, "step path"]]


METRICS: dict[str, Metric] = {}
EVENTS: dict[str, Event] = {}


def metric(
    name: str,
    unit: str,
    bins: LogBins,
    better: Better,
    *,
    comparator: Comparator | None = None,
    every_quarter: bool = False,
    moments: bool = False,
) -> Callable[[Callable[[Outcome], Array]], Callable[[Outcome], Array]]:
    """Register a quantity; `every_quarter` keeps all 60, otherwise fourth quarters only."""
    quarters = tuple(range(QUARTERS)) if every_quarter else COMMIT_QUARTERS

    def register(value: Callable[[Outcome], Array]) -> Callable[[Outcome], Array]:
        METRICS[value.__name__] = Metric(
            name, comparator, unit, bins, better, quarters, moments, value
        )
        return value

    return register


def event(
    name: str, comparator: Comparator | None = None
) -> Callable[[Callable[[Outcome], Array]], Callable[[Outcome], Array]]:
    """Register an event; `orbit_wins` events also give crossing dates."""

    def register(happens: Callable[[Outcome], Array]) -> Callable[[Outcome], Array]:
        EVENTS[happens.__name__] = Event(name, comparator, happens)
        return happens

    return register


@event("orbit_wins", "cost")
def wins_on_cost(o: Outcome) -> Bool[Array, "step path"]:
    """A: the orbital vintage delivers compute at lower levelised cost."""
    return o.ratio < 1.0


@event("orbit_wins", "value")
def wins_on_value(o: Outcome) -> Bool[Array, "step path"]:
    """B: it earns more at the market price, for the same delivered compute."""
    return o.npv_orbit > o.npv_ground


@event("orbit_wins", "time-adjusted")
def wins_on_time(o: Outcome) -> Bool[Array, "step path"]:
    """C: A with the rent that each buyer pays until its own capacity runs."""
    return o.time_ratio < 1.0


@event("orbit_wins_upper_bound")
def wins_with_idle_chips(o: Outcome) -> Bool[Array, "step path"]:
    """Upper bound: idle chips; ground is charged the fall of the price. No comparator."""
    return o.idle_chips_ratio < 1.0


@event("npv_orbit_positive", "value")
def orbit_pays(o: Outcome) -> Bool[Array, "step path"]:
    """The orbital vintage earns its cost of capital."""
    return o.npv_orbit > 0.0


@event("npv_ground_positive", "value")
def ground_pays(o: Outcome) -> Bool[Array, "step path"]:
    """The ground vintage earns its cost of capital."""
    return o.npv_ground > 0.0


@event("break_even_exists", "cost")
def break_even_exists(o: Outcome) -> Bool[Array, "step path"]:
    """Orbit wins on cost at some launch price, that is at free launch."""
    return o.break_even > 0.0


@metric("ratio", "1", LogBins(-6, 12), "lower", comparator="cost", every_quarter=True)
def ratio(o: Outcome) -> Float[Array, "step path"]:
    """Levelised cost of orbit over ground."""
    return o.ratio


@metric("ratio", "1", LogBins(-6, 12), "lower", comparator="time-adjusted", every_quarter=True)
def time_ratio(o: Outcome) -> Float[Array, "step path"]:
    """The same with each side's rent while it waits."""
    return o.time_ratio


@metric("lcoc_orbit", "kUSD/kW/yr", LogBins(-4, 16), "lower", every_quarter=True)
def lcoc_orbit(o: Outcome) -> Float[Array, "step path"]:
    """Levelised cost of orbital compute per delivered kW-year."""
    return o.lcoc_orbit


@metric("lcoc_ground", "kUSD/kW/yr", LogBins(-4, 16), "lower", every_quarter=True)
def lcoc_ground(o: Outcome) -> Float[Array, "step path"]:
    """Levelised cost of ground compute per delivered kW-year."""
    return o.lcoc_ground


@metric(
    "npv_difference",
    "kUSD/kW",
    LogBins(-8, 16, signed=True),
    "higher",
    comparator="value",
    moments=True,
)
def npv_difference(o: Outcome) -> Float[Array, "step path"]:
    """NPV of orbit less NPV of ground, per kW delivered at birth."""
    return o.npv_orbit - o.npv_ground


@metric("break_even_launch_price", "USD/kg", LogBins(0, 20), "higher", comparator="cost")
def break_even(o: Outcome) -> Float[Array, "step path"]:
    """Launch price at which orbit meets ground; below the first bin there is none."""
    return o.break_even


@metric("launch_price", "USD/kg", LogBins(0, 20), "lower")
def launch_price(o: Outcome) -> Float[Array, "step path"]:
    """Launch price that this fleet pays."""
    return o.launch_price


@metric("failure_probability", "1", LogBins(-16, 1), "lower")
def failure_probability(o: Outcome) -> Float[Array, "step path"]:
    """Loss probability of a launch."""
    return o.failure_probability


@metric("specific_mass", "kg/kW", LogBins(0, 14), "lower")
def specific_mass(o: Outcome) -> Float[Array, "step path"]:
    """Launched mass per kW of IT of the variant flown."""
    return o.specific_mass


@metric("platform_cost", "kUSD/kW", LogBins(-2, 14), "lower")
def platform_cost(o: Outcome) -> Float[Array, "step path"]:
    """Platform cost without chips and launch."""
    return o.platform_cost


@metric("flown_capacity", "kW", LogBins(10, 40), "neither")
def flown_capacity(o: Outcome) -> Float[Array, "step path"]:
    """Orbital compute platforms flown so far, all customers."""
    return o.flown_kw


@metric("flights_per_year", "1/yr", LogBins(-2, 18), "neither")
def flights_per_year(o: Outcome) -> Float[Array, "step path"]:
    """Heavy-lift cadence."""
    return o.flights


@metric("launched_mass", "t", LogBins(4, 30), "neither")
def launched_mass(o: Outcome) -> Float[Array, "step path"]:
    """Cumulative heavy-lift mass."""
    return o.launched_mass


@metric("delay_ground", "yr", LogBins(-6, 6), "lower")
def delay_ground(o: Outcome) -> Float[Array, "step path"]:
    """Decision to first power of a ground site."""
    return o.delay_ground


@metric("delay_orbit", "yr", LogBins(-6, 6), "lower")
def delay_orbit(o: Outcome) -> Float[Array, "step path"]:
    """Decision to service in orbit."""
    return o.delay_orbit


@metric("price_orbit", "USD/PFLOP-h", LogBins(-10, 14), "lower")
def price_orbit(o: Outcome) -> Float[Array, "step path"]:
    """Levelised cost of orbital compute per effective PFLOP-h."""
    return o.pflop_hour_orbit


@metric("price_ground", "USD/PFLOP-h", LogBins(-10, 14), "lower")
def price_ground(o: Outcome) -> Float[Array, "step path"]:
    """Levelised cost of ground compute per effective PFLOP-h."""
    return o.pflop_hour_ground


def is_finite(o: Outcome) -> Bool[Array, " path"]:
    """Whether every comparison of a path is a finite number in every quarter."""
    fields = (o.ratio, o.time_ratio, o.npv_orbit, o.npv_ground, o.break_even, o.lcoc_orbit)
    whole = jnp.ones(o.ratio.shape[1:], bool)
    for values in fields:
        whole &= jnp.all(jnp.isfinite(values), axis=0)
    return whole


class Crossing(NamedTuple):
    """What a path remembers of who won so far."""

    run: Int32[Array, " path"]  # quarters in a row that orbit has won; negative: that it has not
    first: Int32[Array, " path"]  # quarter in which it crossed; 57: not yet
    back: Int32[Array, " path"]  # 1 once it has crossed back


def not_crossed(zero: Int32[Array, " path"], never: int = LAST_CROSSING + 1) -> Crossing:
    """Before the first quarter; `zero` has the paths' shape."""
    return Crossing(zero, zero + never, zero)


def cross(
    before: Crossing,
    wins: Bool[Array, " path"],
    quarter: UInt32[Array, ""],
    length: int = RUN_LENGTH,
) -> Crossing:
    """One quarter on. Orbit crosses with the first of four quarters in a row that it wins, and
    back with four in a row, all of them later, that it does not."""
    run = jnp.where(wins, jnp.maximum(before.run, 0) + 1, jnp.minimum(before.run, 0) - 1)
    began = quarter.astype(jnp.int32) - (length - 1)
    first = jnp.where(run == length, jnp.minimum(before.first, began), before.first)
    back = jnp.where((run <= -length) & (began > first), 1, before.back)
    return Crossing(run, first, back)


def crossing(
    wins: Bool[Array, "step path"], length: int = RUN_LENGTH
) -> tuple[Int32[Array, " path"], Bool[Array, " path"]]:
    """First quarter of four in a row that orbit wins (57 = not by the end), and whether it is
    followed by four in a row that it does not."""
    steps = wins.shape[0]
    before = not_crossed(jnp.zeros(wins.shape[1:], jnp.int32), steps - length + 1)
    numbers = jnp.arange(steps, dtype=jnp.uint32)
    found, _ = lax.scan(lambda c, x: (cross(c, *x, length), None), before, (wins, numbers))
    return found.first, found.back > 0


def wins_at_prices(break_even: Float[Array, "date path"]) -> Bool[Array, "cell path"]:
    """Orbit wins on cost at each price of the grid, by headline date; dates outermost.

    `break_even` is that of the fourth quarters, `COMMIT_QUARTERS`.
    """
    price = jnp.asarray(PRICE_GRID, break_even.dtype)[None, :, None]
    rows = [COMMIT_QUARTERS.index(quarter) for quarter in HEADLINE_QUARTERS]
    kept = break_even[jnp.asarray(rows), None, :]
    return (kept > price).reshape(-1, break_even.shape[1])
