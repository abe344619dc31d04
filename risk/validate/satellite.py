"""Replays of what a satellite sees and rejects: eclipse, dawn-dusk seasons, radiators."""

import math

from risk.model import orbit, thermal
from risk.validate.case import Given, Quantities, only

ONE_FACE = 0.5  # of the two that the engine's panel has


def geometry(given: Given) -> Quantities:
    """Circular orbits in a cylindrical shadow, at several sun angles; longest eclipse at beta 0."""
    found: Quantities = {}
    for h in given["altitudes_km"]:
        period = orbit.period_minutes(h)
        found[f"{h} km: period, min"] = period
        found[f"{h} km: critical beta, deg"] = orbit.critical_beta_deg(h)
        for beta in given["betas_deg"]:
            share = float(orbit.eclipse_fraction(h, math.radians(beta)))
            found[f"{h} km: eclipse share at beta {beta}"] = share
            found[f"{h} km: sunlit share at beta {beta}"] = 1.0 - share
        found[f"{h} km: longest eclipse, min"] = float(orbit.eclipse_fraction(h, 0.0)) * period
    return found


def dawn_dusk(given: Given) -> Quantities:
    """The year of dawn-dusk orbits."""
    found: Quantities = {}
    for h in given["altitudes_km"]:
        season = orbit.dawn_dusk_season(h)
        found[f"{h} km: inclination, deg"] = season.inclination_deg
        found[f"{h} km: mean eclipse share"] = season.eclipse
        found[f"{h} km: mean eclipse share, quoted"] = season.eclipse
        found[f"{h} km: mean sunlit share"] = 1.0 - season.eclipse
        found[f"{h} km: longest eclipse, min"] = season.longest_minutes
        found[f"{h} km: longest eclipse, quoted, min"] = season.longest_minutes
        found[f"{h} km: days with eclipse"] = season.days
    return found


def radiator(given: Given) -> Quantities:
    """Radiator areas and fluxes of several authors."""
    found: Quantities = {}
    module = given["module"]
    for celsius, printed in zip(module["celsius"], module["ieee_m2"], strict=True):
        panel = only(
            thermal.Thermal,
            temperature=celsius + 273.15,
            emissivity=module["emissivity"],
            view=ONE_FACE,
            absorbed=0.0,
            margin=1.0,
        )
        area = float(thermal.radiator_area(panel, module["heat_kw"]))
        found[f"module at {celsius} C: area, m2"] = area
        found[f"module at {celsius} C: IEEE area over ours"] = printed / area

    rack = given["rack"]
    panel = only(
        thermal.Thermal,
        temperature=rack["kelvin"],
        emissivity=rack["emissivity"],
        view=ONE_FACE,
        absorbed=0.0,
        margin=1.0,
    )
    area = float(thermal.radiator_area(panel, rack["heat_kw"]))
    found["rack at 370 K: area, m2"] = area
    found["rack at 370 K: area as published, m2"] = area

    for name, face in given["panels"].items():
        emitted = face["emissivity"] * float(thermal.black_body_flux(face["kelvin"]))
        panel = only(
            thermal.Thermal,
            temperature=face["kelvin"],
            emissivity=face["emissivity"],
            view=face["view"] * face["efficiency"],
            absorbed=face["environment_w_m2"] / emitted,
        )
        found[f"{name}: net flux, W/m2"] = float(thermal.net_flux(panel))

    cluster = given["cluster"]
    kelvin = cluster["kelvin"]
    both_faces = 2.0 * float(thermal.black_body_flux(kelvin))
    for flux in cluster["fluxes_w_m2"]:
        panel = only(
            thermal.Thermal,
            temperature=kelvin,
            emissivity=1.0,
            view=1.0,
            absorbed=1.0 - flux / both_faces,
            margin=1.0,
        )
        area = float(thermal.radiator_area(panel, cluster["heat_kw"]))
        found[f"40 MW at {flux} W/m2: area, m2"] = area
    return found
