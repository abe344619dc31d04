"""P(orbit cheaper) by launch price and economic life, the two things that builders can promise."""

from typing import Any

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from risk.analysis.margins import populations
from risk.analysis.sweep import LAUNCH_PRICE, Axis, sweep
from risk.model.reliability import economic_life
from risk.run.plan import Request
from risk.run.sample import Sample
from risk.scenario import Scenario

PRICE = Axis.between((LAUNCH_PRICE,), 12.0, 3000.0, 9)
LIFE = Axis(
    ("reliability.shortest_life", "reliability.longest_life"), (4.0, 5.0, 6.5, 8.0, 10.0, 12.5)
)
"""Both bounds at one value: every satellite is run that long, unless dose ends it (judgement)."""
PATHS, REPLICATES = 16_384, 16
_PARTS = (
    "reliability.bus_life",
    "chips.ground_life",
    "reliability.running_on",
    "reliability.shortest_life",
    "reliability.longest_life",
)


def price_and_life(scenario: Scenario, taken: Sample, price: float, seed: int) -> dict[str, Any]:
    """The record of the sweep in the headline's year, on cost, with the central case.

    `price` is the median of what launch costs then, $/kg. `centre` holds it, the median economic
    life among the conditioned paths, and P there, with the lowest price alone, and with the
    longest life alone. Raises as `sweep`.
    """
    request, year = Request(PATHS, seed, replicates=REPLICATES), scenario.headline.year
    found = sweep(scenario, [LIFE, PRICE], request, year=year).record()
    years = _lives(scenario, taken)[taken.kept_by >= populations(scenario)["conditioned"]]
    life = float(np.median(years))
    cheapest, longest = PRICE.values[0], LIFE.values[-1]
    axes = [
        Axis(LIFE.keys, tuple(sorted((life, longest)))),
        Axis(PRICE.keys, tuple(sorted((cheapest, price)))),
    ]
    cells = sweep(scenario, axes, request, year=year).record()["cells"]

    def at(years: float, paid: float) -> dict[str, Any]:
        place = {LIFE.name: years, PRICE.name: paid}
        both = [cell for cell in cells if cell["at"] == place]
        return {cell["population"]: cell for cell in both}

    centre = {"life": life, "price": price, "here": at(life, price)}
    return found | {"centre": centre | {"cheap": at(life, cheapest), "long": at(longest, price)}}


def median_price(document: dict[str, Any]) -> float | None:
    """The conditioned median launch price in the headline's year, where a run estimated it."""
    date = document["scenario"]["headline"]["year"] + 0.75
    wanted = ("launch_price", date, "conditioned", "p50")
    for row in document["estimates"]:
        if (row["metric"], row["date"], row["population"], row["statistic"]) == wanted:
            return row["value"]
    return None


def _lives(scenario: Scenario, taken: Sample) -> NDArray:
    """Economic life on every path of the sample, years."""
    everyone = jnp.zeros(len(taken.kept_by))
    bus, chip, longer, shortest, longest = (
        everyone + taken.inputs.get(key, scenario.priors[key].median) for key in _PARTS
    )
    return np.asarray(economic_life(bus, chip * longer, shortest, longest))
