"""The published models, each beside the function that replays it with the engine's equations."""

import tomllib

import jax

from risk.validate import closed, cost, counts, fleet, mccalip, satellite
from risk.validate.case import FOLDER, Model, load
from risk.validate.check import Check

MODELS: dict[str, Model] = {
    "v01_suncatcher_power": cost.launched_power,
    "v02_suncatcher_learning": cost.launch_learning,
    "v03_suncatcher_radiation": counts.radiation,
    "v04_starcloud": cost.starcloud,
    "v05_mccalip": mccalip.calculator,
    "v09_orbit": satellite.geometry,
    "v10_dawn_dusk": satellite.dawn_dusk,
    "v11_radiator": satellite.radiator,
    "v12_turyshev": fleet.identities,
    "v13_semianalysis": cost.gpu_hour,
    "v16_failures": counts.failures,
    "v19_fleet": fleet.arithmetic,
    "v20_laws": closed.laws,
    "m08_research_viewer": counts.survivors,
    "m09_jeshap": cost.workloads,
}
"""File under `cases` to the function of what it gives; the order is that of the printed table."""


def replay() -> list[Check]:
    """Every published number beside the engine's own, in float64 on the default device."""
    return _checks(unmet=False)


def unmet() -> list[Check]:
    """Published numbers that the stated formula does not give; the source of each says why."""
    return _checks(unmet=True)


def left_out() -> dict[str, str]:
    """Published models, or parts of them, that cannot be replayed: what, and why in a line."""
    text = (FOLDER.parent / "left_out.toml").read_text("utf-8")
    return dict(tomllib.loads(text)["because"])


def _checks(*, unmet: bool) -> list[Check]:
    cases = [(load(stem), model) for stem, model in MODELS.items()]
    with jax.enable_x64(True):
        return [
            check
            for case, model in cases
            if not unmet or case.unmet
            for check in case.replay(model, unmet=unmet)
        ]
