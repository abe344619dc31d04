"""The world of a fleet: what its paths draw, remember and show beyond those of the vintages."""

from typing import NamedTuple

from kernels.types import Scalar
from risk.inputs import group, normal, number, uniform
from risk.model import cohorts, demand, events, milestones, path, queue, service, sites, sponsor
from risk.model.finance import Rates


@group
class Fleet:
    """Inputs of deployment."""

    orbit_share: Scalar = number("1", "part of the target given to orbit", low=0, high=1)
    lift_share: Scalar = number(
        "1", "part of the lift open to compute that this system gets", low=0, high=1
    )
    factory_today: Scalar = number("kW/year", "platform factory capacity, today", low=0)
    factory_growth: Scalar = number("1/year", "growth of platform factory capacity", low=-0.5)
    licence_year: Scalar = number("year", "calendar year of the licence for a large fleet")
    licence_cap: Scalar = number("1", "satellites that the licence allows", low=0)
    facility_spread: Scalar = number("1", "log-sd of facility cost between ground sites", low=0)
    power_spread: Scalar = number("1", "log-sd of power price between ground sites", low=0)
    pue_spread: Scalar = number("1", "log-sd of PUE between ground sites", low=0)


@group
class World(path.Inputs):
    """The inputs of a path whose fleets are rolled forward."""

    fleet: Fleet
    space: events.Space
    demand: demand.Demand
    queue: queue.Queue
    service: service.Service
    sponsor: sponsor.Sponsor
    milestones: milestones.Milestones


@group
class FleetStarts:
    """Random numbers drawn once per path that belong to no input of the fleet."""

    capital: Scalar = uniform("capital market at the start")


@group
class FleetShocks:
    """Random numbers of one quarter of the fleets."""

    infant: Scalar = normal("satellites dead on arrival")
    satellites: Scalar = normal("satellites lost in orbit")
    burst_size: Scalar = normal("satellites lost to a debris burst")
    completions: Scalar = normal("ground projects that reach power")
    core: Scalar = normal("core business")
    value: Scalar = normal("market value")
    burst: Scalar = uniform("debris burst")
    storm: Scalar = uniform("solar storm")
    contract: Scalar = uniform("contract cancelled")
    capital: Scalar = uniform("capital market turns")
    raised: Scalar = uniform("raise fails")


class FleetFixed(NamedTuple):
    """What follows from the inputs alone."""

    orbit: cohorts.Law
    sites: sites.Law
    service: service.Terms
    sponsor: sponsor.Terms
    rates: Rates  # at which realised cash is discounted, those of 2026Q4
    queue_kept: Scalar  # projects that nobody cancels in a quarter
    radiator: Scalar  # kg/kW, its part of the launched mass
    array_ride: Scalar  # the same
    array_throttle: Scalar
    area_ride: Scalar  # deployed, m2/kW
    area_throttle: Scalar
    factory: Scalar  # log growth of factory capacity, per year


class FleetState(NamedTuple):
    """What the fleets remember from quarter to quarter."""

    orbit: cohorts.Cohorts
    others: Scalar  # orbital compute of all other customers, kW
    sites: sites.Sites
    queue: queue.QueueState
    demand: demand.DemandState
    sponsor: sponsor.SponsorState
    throughput: Scalar  # left by silent errors in the coming quarter
    orbit_cash: Scalar  # B$, cumulative, as the next four
    ground_cash: Scalar
    orbit_npv: Scalar
    ground_npv: Scalar
    stranded: Scalar
    generations: Scalar  # of chips since the start


class FleetOutcome(NamedTuple):
    """What one quarter of the fleets shows: the state at its start, and what bounds it."""

    orbit_kw: Scalar  # IT power in service in orbit, this system
    orbit_launched_kw: Scalar  # cumulative, spare chips included
    orbit_lost_kw: Scalar  # cumulative: at launch, on arrival, satellites, chips
    orbit_retired_kw: Scalar  # cumulative
    orbit_chips_kw: Scalar  # alive, spares included
    orbit_pflop: Scalar  # PFLOP/s in service, before availability and utilisation
    ground_kw: Scalar  # IT power in service on the ground
    ground_powered_kw: Scalar  # facility with power
    ground_queue_kw: Scalar  # projects under way
    ground_ordered_kw: Scalar  # cumulative
    ground_cancelled_kw: Scalar  # cumulative
    ground_retired_kw: Scalar  # chips, cumulative
    ground_pflop: Scalar  # PFLOP/s
    demand_kw: Scalar  # this system's target
    shortfall: Scalar  # share of it that neither fleet meets
    satellites: Scalar  # alive
    licence_cap: Scalar  # satellites, 0 before the licence
    licensed: Scalar  # 1.0 from the licence on
    cadence_bound: Scalar  # 1.0 where flights are at nine tenths of their cap or more
    lift_bound: Scalar  # 1.0 where lift is what limits launches in this quarter
    licence_bound: Scalar
    factory_bound: Scalar
    cash_bound: Scalar
    launch_queue: Scalar  # years of this lift that the rest of the target would take
    served_tolerant: Scalar  # share of this class's demand that orbit serves
    served_interactive: Scalar
    served_training: Scalar
    latency: Scalar  # added by orbit, s
    orbit_cash: Scalar  # cumulative realised cash flow, B$
    ground_cash: Scalar
    orbit_npv: Scalar  # the same, discounted to 2026Q4
    ground_npv: Scalar
    stranded: Scalar  # book value of chips retired early, less resale, cumulative, B$
    sponsor_cash: Scalar  # B$
    cash_in: Scalar  # cumulative, the cash at the start included, B$
    cash_out: Scalar  # cumulative, B$
    debt: Scalar  # B$
    raises: Scalar  # cumulative number
    failed_raises: Scalar  # cumulative number
    ruined: Scalar  # 1.0 once cash is gone and a raise has failed
    capital_bad: Scalar  # 1.0 in a bad capital market
    contracts: Scalar  # rental contracts in force, B$ a year
    core_ebitda: Scalar  # B$ a year
    core_profit: Scalar  # group operating profit after AI, B$ a year
    planned_capex: Scalar  # of AI, B$ a year
    market_value: Scalar  # T$
    subscribers: Scalar  # millions
    installed_kw: Scalar  # AI compute worldwide
    orbit_industry_kw: Scalar  # in service in orbit, all customers
    orbit_share: Scalar  # this system's orbital compute over all installed
    orbit_new_share: Scalar  # orbital launches of all customers over all additions
    others_share: Scalar  # of orbital compute owned by others
    rent_price: Scalar  # market price of compute, $ per effective PFLOP-h
    chip_generations: Scalar  # since 2026Q4
    lcoc_ground_cheap: Scalar  # of the cheapest tenth of ground sites, k$/kW-yr
    radiator_mass: Scalar  # kg/kW, its part of the launched mass
    array_mass: Scalar  # the same
    radiator_mass_share: Scalar  # of launched mass
    deployed_area: Scalar  # m2 per launch, arrays and radiators
    sunlit: Scalar  # share of the orbit in sunlight, yearly mean
