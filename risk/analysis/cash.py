"""What fleets committed in each year earn, what their owner then sees, and what one gives back.

All from the vintages of a run's paths: present values at the market price of compute
(comparator B), per frontier-equivalent kW delivered at birth.
"""

from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray

from risk.analysis.given_data import BATCHES
from risk.model import chips, finance, platform
from risk.model.annuity import annuity
from risk.model.metrics import COMMIT_QUARTERS
from risk.model.path import Fixed, Inputs, Starts, prepare
from risk.run.branches import Branching, branched
from risk.run.look import View, look
from risk.run.plan import Request
from risk.scenario import Scenario

FLEETS = ("orbit", "ground")
BUILDING_BACK = 0.5
"""Assumed share of what is left of a building that its next user pays; a judgement, 0.2 to 0.8."""
FAMILY = 32
"""Futures of a year from the same state: a path's own and its branches."""
LONGEST = 5
"""Yearly dates after a commitment at which it may be abandoned."""
FIELDS = (
    "ratio", "price", "launch_price", "pflop_hour_ground", "power_ground", "chips_ground",
    "building_ground", "lcoc_orbit", "lcoc_ground", "npv_orbit", "npv_ground", "sold_orbit",
    "sold_ground",
)  # fmt: skip


class Cash(NamedTuple):
    """Paths of a population; yearly numbers have the shape (n, years), k$ per kW and year."""

    npv: dict[str, NDArray]  # by fleet, at its commit date
    spent: NDArray  # present value of the ground fleet's cost
    rate: dict[str, NDArray]  # real discount rate of a fleet today, (n,)
    seen: NDArray  # what an owner sees, (n, years, k): see `SEEN`
    rent: NDArray  # market price with its cycle, of a kW of the chips of that year
    output: NDArray  # compute of a kW of the chips of that year, any unit
    running: dict[str, NDArray]  # what a kW-yr costs that is saved when it stops
    chips: NDArray  # of the ground, when bought; k$/kW
    building: NDArray  # of the ground
    loss: NDArray  # of orbital capacity, per year, (n,)
    life: dict[str, NDArray]  # (n,)
    decay: NDArray  # trend decay of the price of a unit of compute, per year, (n,)
    resale: NDArray  # decay of the value of used chips, (n,)
    replicate: NDArray  # scramble, from 0, (n,)

    def discounted(self, fleet: str, years: NDArray) -> NDArray:
        """Factor that brings a fleet's money of `years` from today to today, (n, len(years))."""
        return np.exp(-self.rate[fleet][:, None] * years)


SEEN = ("launch price", "rent of compute", "cost ratio", "ground's cost", "power's part of it")


def cash_of(scenario: Scenario, request: Request, paths: int) -> dict[str, Cash]:
    """The first paths of a run by population, conditioned and prior."""
    seen = look(scenario, request, paths, View("cash", FIELDS, _see))
    yearly, x = seen.values
    replicate = seen.replicate
    if request.replicates == 1:  # independent paths: any parts of them are as good as scrambles
        replicate = np.arange(len(replicate)) % BATCHES
    return _populations(yearly, x, replicate, seen.kept_by)


def branches_of(scenario: Scenario, seed: int, paths: int, dates: int) -> dict[str, Cash]:
    """Paths beside a run with `FAMILY - 1` branches each, by population; `replicate` is the family.

    A row of `FAMILY` is a path and its branches: at each date what the path, and what else it could
    have become in the year before. Inputs decide which population keeps it, so branches are kept
    with their path. The number of paths is rounded up.
    """
    found = branched(
        scenario, Branching("cash", FIELDS, _once, FAMILY, dates), paths=paths, seed=seed
    )
    return _populations(found.values, found.once, found.family, found.kept_by)


def _populations(
    yearly: dict[str, NDArray], x: dict[str, NDArray], replicate: NDArray, kept_by: NDArray
) -> dict[str, Cash]:
    widths = {"conditioned": 1, "prior": 0}
    return {
        name: _cash(yearly, x, replicate, np.flatnonzero(kept_by >= width))
        for name, width in widths.items()
    }


def _see(inputs: Inputs, found: dict[str, Array]) -> Any:
    """Fields in the fourth quarters, and what follows from the inputs alone."""
    zero = jnp.zeros_like(inputs.finance.inflation)
    fixed = prepare(inputs, Starts(behind_meter=zero, shortage=zero, generation_phase=zero, generation_gap=zero))  # fmt: skip
    yearly = jnp.asarray(COMMIT_QUARTERS)
    return {name: values[yearly] for name, values in found.items()}, _once(inputs, fixed)


def _once(inputs: Inputs, fixed: Fixed) -> dict[str, Array]:
    """What follows from the inputs alone."""
    zero = jnp.zeros_like(inputs.finance.inflation)
    rate = finance.rates(inputs.finance, fixed.finance, zero, zero)
    hazard, decay = fixed.hazard, fixed.price_decay.rate
    lasting = annuity(rate.ground + decay, inputs.chips.ground_life)
    passing = annuity(rate.ground + decay + inputs.market.deviation_decay, inputs.chips.ground_life)
    first, last = (
        platform.operations(inputs.platform, fixed.platform, zero + t)
        / chips.lag_ratio(inputs.chips, fixed.growth, fixed.lag_fall, zero + t)[1]
        for t in (0.0, 14.0)
    )
    output = inputs.reliability.availability * hazard.throughput * fixed.use
    return {
        "rate_orbit": rate.orbit,
        "rate_ground": rate.ground,
        "lasting": lasting,
        "passing": passing,
        "decay": decay,
        "resale": inputs.chips.resale_decay,
        "life_ground": inputs.chips.ground_life,
        "life_orbit": hazard.life,
        "loss": hazard.satellite + hazard.chip,
        "operations": first / output,
        "operations_fall": jnp.log(last / first) / 14.0,
    }


def _cash(
    yearly: dict[str, NDArray], x: dict[str, NDArray], replicate: NDArray, kept: NDArray
) -> Cash:
    y = {name: values[:, kept].T.astype(np.float64) for name, values in yearly.items()}
    one = {name: values[kept].astype(np.float64) for name, values in x.items()}
    sold = y["sold_ground"] / y["price"]  # lasting + deviation x passing
    deviation = (sold - one["lasting"][:, None]) / one["passing"][:, None]
    rent = y["price"] * np.maximum(1.0 + deviation, 0.05)
    years = np.arange(y["price"].shape[1])
    keep = 1.0 - np.exp(-(one["resale"] + one["rate_ground"]) * one["life_ground"])
    service = (y["sold_ground"] - y["npv_ground"]) / y["lcoc_ground"]
    running = y["lcoc_ground"] - y["chips_ground"] - y["building_ground"]
    operations = one["operations"][:, None] * np.exp(one["operations_fall"][:, None] * years)
    columns = (y["launch_price"], rent, y["ratio"], y["lcoc_ground"], y["power_ground"])
    return Cash(
        npv={fleet: y[f"npv_{fleet}"] for fleet in FLEETS},
        spent=y["sold_ground"] - y["npv_ground"],
        rate={fleet: one[f"rate_{fleet}"] for fleet in FLEETS},
        seen=np.log(np.maximum(np.stack(columns, axis=-1), 1e-9)),
        rent=rent,
        output=y["lcoc_ground"] / y["pflop_hour_ground"],
        running={"orbit": operations, "ground": running},
        chips=y["chips_ground"] * service / keep[:, None],
        building=y["building_ground"],
        loss=one["loss"],
        life={fleet: one[f"life_{fleet}"] for fleet in FLEETS},
        decay=one["decay"],
        resale=one["resale"],
        replicate=np.unique(replicate[kept], return_inverse=True)[1],
    )


class Stop(NamedTuple):
    """The right to stop a fleet at yearly ages 1, 2, ..; today's money, shape (n, ages)."""

    paid: NDArray  # what stopping gives back less what running on would have earned
    seen: NDArray  # (n, ages, k)


def stopping(cash: Cash, fleet: str, first: int) -> Stop:
    """What stopping the fleet committed in year number `first` pays.

    A kW of it earns the rent of each later year times its chips' compute over that year's, less
    what losses take, and saves its running cost when it stops. Stopped ground gives back its chips
    at the used price and part of the building; nothing comes back from orbit.
    """
    from scipy.special import exprel

    ages = min(LONGEST, cash.rent.shape[1] - 1 - first)
    n, rate, life = len(cash.rent), cash.rate[fleet], cash.life[fleet]
    age = np.arange(ages + 1)
    later = slice(first, first + ages + 1)
    own = cash.rent[:, later] * cash.output[:, [first]] / cash.output[:, later]
    part = np.clip(life[:, None] - age, 0.0, 1.0)  # of the year from this age on that it runs
    part[:, -1] = np.maximum(life - ages, 0.0)  # the last age stands for all that is left
    alive = np.exp(-cash.loss[:, None] * age) if fleet == "orbit" else np.ones((n, ages + 1))
    falls = exprel(-cash.decay)  # mean rent of a year over that at its start
    margin = own * falls[:, None] - cash.running[fleet][:, [first]]
    factor = np.exp(-rate[:, None] * age)
    earned = margin * part * alive * factor * np.exp(-rate / 2.0)[:, None]
    left = np.cumsum(earned[:, ::-1], axis=1)[:, ::-1]  # from this age on, at birth
    back = np.zeros((n, ages + 1))
    if fleet == "ground":
        chip = cash.chips[:, [first]]
        at_end = chip * np.exp(-(cash.resale + rate) * life)[:, None]
        building = cash.building[:, [first]] * np.maximum(life[:, None] - age, 0.0)
        used = chip * np.exp(-cash.resale[:, None] * age) + BUILDING_BACK * building
        left = left + at_end
        back = used * factor
    running = age < life[:, None]
    paid = np.where(running, back - left, 0.0)[:, 1:] * np.exp(-rate * first)[:, None]
    gone = np.log(np.maximum(cash.running[fleet][:, [first]], 1e-9))
    state = [np.log(own), np.broadcast_to(gone, own.shape), np.log(cash.rent[:, later])]
    return Stop(paid, np.stack(state, axis=-1)[:, 1:])
