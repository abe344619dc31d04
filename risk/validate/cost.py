"""Replays of what launch, power and a month of compute cost."""

import math

import jax.numpy as jnp
from scipy.optimize import brentq

from risk.model import chips, ground, launch, power, thermal, vintage
from risk.model.constants import HOURS_PER_YEAR, SOLAR_CONSTANT_W_M2
from risk.validate.case import Given, Quantities, only


def power_bill(price_usd_kwh: float, pue: float) -> float:
    """Power of a kW of IT for a year at a price that stays, $, from the engine's ground vintage."""
    none = jnp.asarray(0.0)
    site = only(
        ground.Ground,
        power_price=price_usd_kwh,
        power_drift=0.0,
        power_reversion=1.0,
        pue=pue,
        pue_fall=0.0,
        pue_floor=1.0,
        availability=1.0,
    )
    fleet = only(chips.Chips, ground_life=1.0)
    cost = ground.vintage(
        site,
        ground.slopes(site, fleet),
        fleet,
        chip_cost=none,
        chip_failure=none,
        rate=none,
        power_deviation=none,
        behind_meter=none,
        years=none,
    )
    return 1000.0 * float(cost.power)


def array_of(cell_efficiency: float, packing: float) -> power.Power:
    """An array in full sunlight, of which only the power per area is known."""
    return only(power.Power, array_areal_power=SOLAR_CONSTANT_W_M2 * cell_efficiency * packing)


def launched_power(given: Given) -> Quantities:
    """Launched power price and the ground's power bill, $/kW-yr."""
    array = given["array"]
    panel = array_of(array["cell_efficiency"], array["packing"])
    array_kw = array["area_m2"] / float(power.array_area(panel, jnp.asarray(1.0)))
    found: Quantities = {"v2 mini: array power, kW": array_kw}
    for name, craft in given["satellites"].items():
        for price in given["prices_usd_kg"]:
            mass = craft["mass_kg"]
            rated = float(launch.power_price(price, mass / craft["power_kw"], craft["years"]))
            by_area = float(launch.power_price(price, mass / array_kw, craft["years"]))
            found[f"{name} at ${price}/kg: formula"] = rated
            found[f"{name} at ${price}/kg: as published"] = rated
            found[f"{name} at ${price}/kg: by array area"] = by_area
            found[f"{name} at ${price}/kg: area, as published"] = by_area
    for name, site in given["ground"].items():
        bill = power_bill(site["usd_kwh"], site["pue"])
        found[f"ground power, {name}: formula"] = bill
        found[f"ground power, {name}: as published"] = bill
    return found


def launch_learning(given: Given) -> Quantities:
    """Mass at which the engine's learning curve reaches a price, and the price at a mass."""

    def price(rate: float, mass: float) -> float:
        market = only(
            launch.Launch,
            cost_today=given["cost_today_usd_kg"],
            mass_today=given["mass_today_t"],
            learning_rate=rate,
            floor_cost=0.0,
        )
        return float(launch.cost(market, launch.slopes(market), jnp.asarray(mass)))

    def mass_for(rate: float) -> float:
        low, high = (math.log(mass) for mass in given["search_t"])
        return math.exp(
            brentq(lambda x: price(rate, math.exp(x)) - given["target_usd_kg"], low, high)
        )

    base = given["learning_rate"]
    exponent = launch.slopes(only(launch.Launch, learning_rate=base, cadence_growth=0.0)).wright
    found: Quantities = {
        "exponent b": -float(exponent),
        "mass for the target: formula, t": mass_for(base),
        "mass for the target: as published, t": mass_for(base),
    }
    for mass in given["masses_t"]:
        found[f"price at {mass} t, $/kg"] = price(base, mass)
    slow, fast = given["sensitivity"]
    for rate in (slow, fast):
        found[f"mass for the target at {rate:.0%}, t"] = mass_for(rate)
    found["mass, slow over fast learning"] = mass_for(slow) / mass_for(fast)
    return found


def starcloud(given: Given) -> Quantities:
    """Ten years of 40 MW on the ground and in space, M$."""
    kilowatts, years = given["power_kw"], given["years"]
    site, space = given["ground"], given["space"]
    energy = power_bill(site["usd_kwh"], 1.0) * kilowatts * years / 1e6
    cooling = site["cooling_share"] * energy
    shield_kg = space["shield_kg_kw"] * kilowatts
    shield = shield_kg * space["shield_usd_kg"] / 1e6
    total = space["array_musd"] + space["launch_musd"] + shield
    hours = HOURS_PER_YEAR * years
    relaunched = space["other_launch_usd_kg"] * (space["launch_kg"] + shield_kg) / 1e6
    face = only(
        thermal.Thermal,
        temperature=space["radiator_kelvin"],
        emissivity=1.0,
        view=1.0,
        absorbed=0.0,
    )
    big = given["array"]
    area = float(
        power.array_area(array_of(big["cell_efficiency"], big["packing"]), big["power_kw"])
    )
    return {
        "ground energy: formula, M$": energy,
        "ground energy: as published, M$": energy,
        "ground cooling, M$": cooling,
        "ground total, M$": energy + cooling + site["backup_musd"],
        "space array at the paper's $/W, M$": space["array_usd_w"] * kilowatts * 1e3 / 1e6,
        "space shield, M$": shield,
        "space total, M$": total,
        "space: formula, $/kWh": total * 1e6 / (kilowatts * hours),
        "space: as published, $/kWh": total * 1e6 / (kilowatts * hours),
        "space total at $500/kg, M$": space["array_musd"] + relaunched,
        "water: formula, Mt": site["water_l_kwh"] * kilowatts * hours / 1e9,
        "water: as published, Mt": site["water_l_kwh"] * kilowatts * hours / 1e9,
        "radiator: formula, W/m2": float(thermal.net_flux(face)),
        "radiator: as published, W/m2": float(thermal.net_flux(face)),
        "5 GW array: formula, km2": area / 1e6,
        "5 GW array: side, km": math.sqrt(area) / 1e3,
        "5 GW array: as published, km2": area / 1e6,
    }


def gpu_hour(given: Given) -> Quantities:
    """Monthly cost of a node per GPU-hour, and per GPU-hour delivered."""
    hours = jnp.asarray(given["gpus"] * given["hours"])
    nothing = jnp.asarray(0.0)

    def levelised(cost_usd: float, delivered: float) -> float:
        month = vintage.OrbitCost(jnp.asarray(cost_usd), nothing, jnp.asarray(delivered))
        return float(month.lcoc(nothing, hours))

    found: Quantities = {}
    delivered = {}
    for name, side in given["sides"].items():
        delivered[name] = levelised(side["month_usd"], side["delivered"])
        found[f"{name}: $ per GPU-hour"] = levelised(side["month_usd"], 1.0)
        found[f"{name}: $ per delivered GPU-hour"] = delivered[name]
    found["orbit over ground"] = delivered["orbit"] / delivered["ground"]
    return found


def workloads(given: Given) -> Quantities:
    """$ per effective PFLOP-h of one orbital kW at two utilisations, over the ground's."""
    frontier = only(chips.Chips, frontier_today=given["pflop_s_kw"], ground_lag=0.0)
    none = jnp.asarray(0.0)

    def price(use: float, kusd_kw_year: float) -> float:
        level = jnp.asarray(kusd_kw_year)
        return float(chips.dollars_per_pflop_hour(frontier, none, none, jnp.asarray(use), level))

    inference, ground_usd = given["inference_usd"], given["ground_usd"]
    year = inference / price(given["inference_use"], 1.0)  # k$ per kW-yr that this price means
    training = price(given["training_use"], year)
    return {
        "orbit, training: $/PFLOP-h": training,
        "orbit over ground, inference": inference / ground_usd,
        "orbit over ground, training": training / ground_usd,
    }
