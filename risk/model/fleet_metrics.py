"""What a run reports of its fleets: one decorated function for each quantity, chance and date.

The arguments of a function are fields of `FleetOutcome`, of shape (60 quarters, paths). A quantity
becomes quantiles by year, a chance a probability by year, and a date a quarter that may never come.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int32

from risk.model import ledger
from risk.model.constants import QUARTERS
from risk.model.fields import FLEET

type Kind = Literal["quantity", "chance", "date"]
type Field = Float[Array, "quarter path"]
type Truth = Bool[Array, "quarter path"]
type Quarter = Int32[Array, " path"]

LARGE_KW = 1e6
"""Capacity that counts as a large fleet in orbit: 1 GW."""


@dataclass(frozen=True)
class FleetMetric:
    """A quantity, chance or date of every path; `fields` are what it is made of."""

    name: str
    kind: Kind
    unit: str
    meaning: str
    fields: tuple[str, ...]
    function: Callable[..., Array]

    def value(self, shown: Mapping[str, Array]) -> Array:
        """(quarters, paths), or for a date the quarter, (paths,), 60 where it does not come."""
        return self.function(*(shown[name] for name in self.fields))


FLEET_METRICS: dict[str, FleetMetric] = {}

type _Register = Callable[[Callable[..., Array]], Callable[..., Array]]


def _metric(kind: Kind, unit: str | None) -> _Register:
    def register(function: Callable[..., Array]) -> Callable[..., Array]:
        fields = tuple(inspect.signature(function).parameters)
        name, meaning = function.__name__, inspect.getdoc(function) or ""
        FLEET_METRICS[name] = FleetMetric(
            name, kind, unit or FLEET[fields[0]], meaning, fields, function
        )
        return function

    return register


quantity = _metric("quantity", None)
"""Register a quantity in the unit of its first field: 5, 50 and 95 % by year."""
chance = _metric("chance", "1")
"""Register what is true or not in a quarter: its probability by year."""
date = _metric("date", "yr")
"""Register a quarter, 60 for never: P(by the end of a year) and, where they exist, quantiles."""


def first(happens: Truth) -> Quarter:
    """First quarter in which something happens; 60 where none is seen."""
    found = jnp.argmax(happens, axis=0).astype(jnp.int32)
    return jnp.where(happens.any(axis=0), found, QUARTERS)


@quantity
def orbit_capacity(orbit_kw: Field) -> Field:
    """IT power in service in orbit."""
    return orbit_kw


@quantity
def ground_capacity(ground_kw: Field) -> Field:
    """IT power in service on the ground."""
    return ground_kw


@quantity
def orbit_compute(orbit_pflop: Field) -> Field:
    """Compute in service in orbit, before availability and utilisation."""
    return orbit_pflop


@quantity
def ground_compute(ground_pflop: Field) -> Field:
    """Compute in service on the ground, before availability and utilisation."""
    return ground_pflop


@quantity
def orbit_launched(orbit_launched_kw: Field) -> Field:
    """Chips launched so far, spares included."""
    return orbit_launched_kw


@quantity
def orbit_lost(orbit_lost_kw: Field) -> Field:
    """Chips lost so far: at launch, on arrival, with satellites, one by one."""
    return orbit_lost_kw


@quantity
def orbit_retired(orbit_retired_kw: Field) -> Field:
    """Chips retired in orbit so far at the end of their life."""
    return orbit_retired_kw


@quantity
def ground_retired(ground_retired_kw: Field) -> Field:
    """Chips retired on the ground so far."""
    return ground_retired_kw


@quantity
def satellites_alive(satellites: Field) -> Field:
    """Satellites in service."""
    return satellites


@quantity
def demand_shortfall(shortfall: Field) -> Field:
    """Share of this system's demand that neither fleet meets."""
    return shortfall


@quantity
def tolerant_served(served_tolerant: Field) -> Field:
    """Share of latency-tolerant inference that orbit serves."""
    return served_tolerant


@quantity
def interactive_served(served_interactive: Field) -> Field:
    """Share of interactive inference that orbit serves."""
    return served_interactive


@quantity
def training_served(served_training: Field) -> Field:
    """Share of training that orbit serves."""
    return served_training


@quantity
def orbit_realised(orbit_cash: Field) -> Field:
    """Realised cash of the orbital fleet so far."""
    return orbit_cash


@quantity
def ground_realised(ground_cash: Field) -> Field:
    """Realised cash of the ground fleet so far, its fleet of 2026 included."""
    return ground_cash


@quantity
def orbit_value(orbit_npv: Field) -> Field:
    """Realised cash of the orbital fleet so far, discounted to 2026Q4."""
    return orbit_npv


@quantity
def ground_value(ground_npv: Field) -> Field:
    """Realised cash of the ground fleet so far, discounted to 2026Q4."""
    return ground_npv


@quantity
def stranded_chips(stranded: Field) -> Field:
    """Book value of ground chips retired early, less resale, so far."""
    return stranded


@quantity
def cash_in_hand(sponsor_cash: Field) -> Field:
    """The sponsor's cash; below zero it owes what it cannot pay."""
    return sponsor_cash


@quantity
def sponsor_debt(debt: Field) -> Field:
    """The sponsor's debt."""
    return debt


@quantity
def group_profit(core_profit: Field) -> Field:
    """Operating profit of core business and AI."""
    return core_profit


@chance
def deployed(orbit_launched_kw: Field) -> Truth:
    """Some of the orbital fleet has been launched."""
    return orbit_launched_kw > 0.0


@chance
def orbit_fleet_pays(orbit_npv: Field) -> Truth:
    """The orbital fleet has earned its cost of capital so far."""
    return orbit_npv > 0.0


@chance
def ground_fleet_pays(ground_npv: Field) -> Truth:
    """The ground fleet has earned its cost of capital so far."""
    return ground_npv > 0.0


@chance
def orbit_fleet_ahead(orbit_npv: Field, ground_npv: Field) -> Truth:
    """The orbital fleet has earned more than the ground fleet so far; their sizes differ."""
    return orbit_npv > ground_npv


@chance
def raise_failed(failed_raises: Field) -> Truth:
    """At least one raise of the sponsor has failed."""
    return failed_raises > 0.5


@chance
def sponsor_ruined(ruined: Field) -> Truth:
    """The sponsor's cash is gone and a raise has failed."""
    return ruined > 0.5


@chance
def lift_binds(lift_bound: Field) -> Truth:
    """Lift is what limits launches in this quarter."""
    return lift_bound > 0.5


@chance
def licence_binds(licence_bound: Field) -> Truth:
    """The licence is what limits launches in this quarter."""
    return licence_bound > 0.5


@chance
def factory_binds(factory_bound: Field) -> Truth:
    """The factory is what limits launches in this quarter."""
    return factory_bound > 0.5


@chance
def cash_binds(cash_bound: Field) -> Truth:
    """Cash is what limits launches in this quarter."""
    return cash_bound > 0.5


@chance
def nothing_binds(
    lift_bound: Field, licence_bound: Field, factory_bound: Field, cash_bound: Field
) -> Truth:
    """No cap: all that orbit is meant to have is launched."""
    return jnp.maximum(lift_bound, licence_bound) + jnp.maximum(factory_bound, cash_bound) < 0.5


@date
def first_launch(orbit_launched_kw: Field) -> Quarter:
    """First quarter after a launch of the orbital fleet."""
    return first(orbit_launched_kw > 0.0)


@date
def large_in_orbit(orbit_kw: Field) -> Quarter:
    """First quarter with 1 GW in service in orbit."""
    return first(orbit_kw >= LARGE_KW)


@date
def orbit_payback(orbit_cash: Field) -> Quarter:
    """First quarter from which the orbital fleet's realised cash stays at or above zero."""
    return ledger.payback(orbit_cash)


@date
def ground_payback(ground_cash: Field) -> Quarter:
    """First quarter from which the ground fleet's realised cash stays at or above zero."""
    return ledger.payback(ground_cash)
