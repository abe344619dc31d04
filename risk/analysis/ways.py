"""What a scenario's side costs and earns on each path: one function a side, in double precision.

Units: k$ and kW-yr of the scenario's own frontier chips become those of the market's by the ratio
of their $ per PFLOP-h, so that systems with other chips or utilisation are compared per compute.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from risk.model import edge, rent

type Beside = Mapping[str, NDArray]
"""Inputs that a path does not draw, by name within their group, (paths,)."""


class Fields(NamedTuple):
    """Outcomes of a scenario in some quarters, each (quarters, paths), and its altitude (paths,)."""

    altitude: NDArray
    lcoc_orbit: NDArray
    lcoc_ground: NDArray
    npv_orbit: NDArray
    npv_ground: NDArray
    delay_orbit: NDArray
    delay_ground: NDArray
    pflop_hour_ground: NDArray
    price: NDArray
    sold_orbit: NDArray
    sold_ground: NDArray

    @property
    def dollars(self) -> NDArray:
        """$/PFLOP-h of 1 k$ per frontier-equivalent kW-yr."""
        return self.pflop_hour_ground / self.lcoc_ground


FIELDS = Fields._fields[1:]


class Way(NamedTuple):
    """One way to get compute; (quarters, paths)."""

    name: str  # of serving, where a scenario has several
    cost: NDArray  # $/PFLOP-h
    cost_per_kw: NDArray  # k$ per kW-yr of the market's frontier chips
    value: NDArray  # NPV at the market's price, k$ per such kW
    delay: NDArray  # decision to running capacity, years
    end_to_end: NDArray | None  # delay of a request, ms, (paths,)

    def numbers(self, metric: str, quarter: int) -> NDArray | None:
        """A metric in one quarter, (paths,); None where this way has none."""
        values = getattr(self, metric)
        return values[quarter] if values is not None and values.ndim == 2 else values


class Side(NamedTuple):
    """How a side is read, and the group of inputs that it needs beside a path's."""

    group: str
    ways: Callable[[Fields, Fields, Beside], list[Way]]


class Fleet(NamedTuple):
    """A fleet of the scenario, in its own units."""

    lcoc: NDArray
    service: NDArray  # discounted years of a unit's compute
    sold: NDArray  # by a unit over its life, at the market's price of compute
    delay: NDArray


def _fleet(own: Fields, market: Fields, name: str) -> Fleet:
    """Sales are linear in the price at birth, so the market's price replaces the scenario's."""
    lcoc, npv, sold, delay = (
        getattr(own, f"{field}_{name}") for field in ("lcoc", "npv", "sold", "delay")
    )
    price = market.price * market.dollars / own.dollars
    return Fleet(lcoc, (sold - npv) / lcoc, sold * price / own.price, delay)


def _way(
    own: Fields, market: Fields, fleet: Fleet, *, name: str = "", cost: NDArray | None = None
) -> Way:
    """A fleet, or the same at another cost per kW-yr."""
    paid = fleet.lcoc if cost is None else cost
    unit = own.dollars / market.dollars
    return Way(
        name=name,
        cost=paid * own.dollars,
        cost_per_kw=paid * unit,
        value=(fleet.sold - paid * fleet.service) * unit,
        delay=fleet.delay,
        end_to_end=None,
    )


def _orbit(own: Fields, market: Fields, beside: Beside) -> list[Way]:
    return [_way(own, market, _fleet(own, market, "orbit"))]


def _ground(own: Fields, market: Fields, beside: Beside) -> list[Way]:
    return [_way(own, market, _fleet(own, market, "ground"))]


def _rented(own: Fields, market: Fields, beside: Beside) -> list[Way]:
    """The tenant pays the market price and a markup, and waits for nothing but the queue."""
    terms = rent.Rent(**beside)  # type: ignore[arg-type]
    site = _fleet(own, market, "ground")
    site = site._replace(delay=np.broadcast_to(beside["queue"], site.delay.shape))
    paid = rent.levelised(terms, site.sold, site.service)  # type: ignore[arg-type]
    return [_way(own, market, site, cost=np.asarray(paid))]


def _edge(own: Fields, market: Fields, beside: Beside) -> list[Way]:
    """Orbit and region with the data that is moved; on board, which needs no fleet and no wait."""
    inputs = edge.Edge(**beside)  # type: ignore[arg-type]
    delays, moved = edge.end_to_end(inputs, own.altitude), edge.egress(inputs)  # type: ignore[arg-type]
    orbit, region = (_fleet(own, market, name) for name in ("orbit", "ground"))
    board = region._replace(delay=np.zeros_like(region.delay))
    costs = {
        "orbit": (orbit, orbit.lcoc + np.asarray(moved.orbit, np.float64)),
        "region": (region, region.lcoc + np.asarray(moved.region, np.float64)),
        "board": (board, board.lcoc * beside["board_cost"]),
    }
    return [
        _way(own, market, fleet, name=name, cost=cost)._replace(
            end_to_end=np.asarray(getattr(delays, name), np.float64)
        )
        for name, (fleet, cost) in costs.items()
    ]


SIDES = {
    "orbit": Side("", _orbit),
    "ground": Side("", _ground),
    "rented": Side("rent", _rented),
    "edge": Side("edge", _edge),
}
