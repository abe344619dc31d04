"""Replays of identities between price, mass and burden, and of fleet arithmetic."""

import jax.numpy as jnp

from risk.model import annuity, chips, thermal, vintage
from risk.validate.case import Given, Quantities, only
from risk.validate.cost import power_bill

DAYS_PER_YEAR = 365.0


def identities(given: Given) -> Quantities:
    """Turyshev's identities, each from the engine function of the same structure."""
    found: Quantities = {}
    for hazard, years in given["replacement"]:
        # Pi = x / (1 - exp(-x)) is the inverse of the mean of exp(-x s) over a life.
        found[f"Pi({hazard}, {years})"] = 1.0 / float(annuity.mean_decay(hazard * years))

    fall = break_even(given, given["burden_usd_kw"]) - break_even(given, 0.0)
    found["allowed launch price per $1,000/kW, $/kg"] = fall
    found["burden of $100/kg, $/kW"] = -given["launch_usd_kg"] * given["burden_usd_kw"] / fall

    clean = panel_area(given["kelvin"], 0.0)
    for share in given["absorbed"]:
        found[f"radiator inflation at {share}"] = panel_area(given["kelvin"], share) / clean

    falcon = given["falcon"]
    price = falcon["usd"] / falcon["kg"]
    found["Falcon 9, $/kg"] = price
    for target in falcon["targets_usd_kg"]:
        found[f"Falcon 9 over ${target}/kg: formula"] = price / target
        found[f"Falcon 9 over ${target}/kg: as published"] = price / target

    link = given["link"]
    for megawatts in link["power_mw"]:
        density = chips.information_density(link["bit_s"], link["use"], megawatts * 1e3)
        found[f"Gamma at {megawatts} MW: formula, GB/kWh"] = float(density)
        found[f"Gamma at {megawatts} MW: as published, GB/kWh"] = float(density)
    return found


def break_even(given: Given, burden_usd_kw: float) -> float:
    """Launch price at which an orbital kW meets the ground, $/kg: (C_ground - C) / m."""
    side = vintage.OrbitCost(
        fixed=jnp.asarray(burden_usd_kw / 1e3),
        slope=jnp.asarray(given["mass_kg_kw"] / 1e3),
        output=jnp.asarray(1.0),
    )
    return float(side.break_even(jnp.asarray(given["ground_kusd_kw"]), jnp.asarray(1.0)))


def panel_area(kelvin: float, absorbed: float) -> float:
    """Area of a black panel for 1 kW, m2, under an environment load."""
    panel = only(
        thermal.Thermal,
        temperature=kelvin,
        emissivity=1.0,
        view=1.0,
        absorbed=absorbed,
        margin=1.0,
    )
    return float(thermal.radiator_area(panel, jnp.asarray(1.0)))


def satellites_per_launch(payload_t: float, satellite_t: float) -> int:
    """Satellites in a launch, to the nearest as published; whole ones are one fewer."""
    return round(payload_t / satellite_t)


def flights_for(power_gw: float, mass_kg_kw: float, payload_t: float) -> float:
    """Flights that lift a power: GW x 1e6 kW x kg/kW / payload."""
    return power_gw * 1e6 * mass_kg_kw / (payload_t * 1e3)


def arithmetic(given: Given) -> Quantities:
    """Satellites, chips and flights of a fleet, and what a launch price of $200/kg leaves."""
    found: Quantities = {}
    heavy, payload = given["satellite"], given["payload_t"]
    for name, mass, lift in heavy["launches"]:
        count = satellites_per_launch(lift, mass)
        found[f"{name}: satellites"] = count
        found[f"{name}: chips"] = count * heavy["chips"]
    for mass in given["mass_kg_kw"]:
        found[f"{mass} kg/kW: flights per GW"] = flights_for(1.0, mass, payload)
        found[f"{mass} kg/kW: flights per TW"] = flights_for(1e3, mass, payload)

    filing = given["filing"]
    power_gw = filing["lift_mt_year"] * 1e9 / filing["mass_kg_kw"] / 1e6
    flights = flights_for(power_gw, filing["mass_kg_kw"], payload)
    found["FCC filing: GW a year"] = power_gw
    found["FCC filing: flights a year"] = flights
    found["FCC filing: flights a day"] = flights / DAYS_PER_YEAR
    for megawatts in filing["satellite_mw"]:
        found[f"FCC filing: TW at {megawatts} MW each"] = filing["satellites"] * megawatts / 1e6

    site, orbit = given["ground"], given["orbit"]
    power = power_bill(site["usd_kwh"], site["pue"]) / 1e3
    recovery = float(annuity.capital_recovery(site["wacc"], site["years"]))
    building = site["building_kusd_kw"] * recovery
    recovery = float(annuity.capital_recovery(orbit["wacc"], orbit["years"]))
    allowed = (power + building) / recovery
    found["ground power, k$/kW-yr"] = power
    found["ground building, k$/kW-yr"] = building
    found["ground power and building, k$/kW-yr"] = power + building
    found["capital recovery in orbit"] = recovery
    found["allowed for launch and platform, k$/kW"] = allowed
    for mass in orbit["mass_kg_kw"]:
        found[f"left at {mass} kg/kW, k$/kW"] = allowed - orbit["launch_usd_kg"] * mass / 1e3
    return found
