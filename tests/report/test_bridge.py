"""The cost bridge: its steps lead from ground to orbit, its title names the largest."""

from typing import Any

from risk.report.build import build
from risk.report.page import Block
from tests.report.documents import document

MEANS = {
    "lcoc_ground": 10.9,
    "lcoc_orbit": 26.0,
    "part_chips_ground": 6.6,
    "part_building_ground": 1.6,
    "part_power_ground": 1.1,
    "part_running_ground": 1.6,
    "part_chips_orbit": 12.6,
    "part_platform_orbit": 9.8,
    "part_launch_orbit": 2.7,
    "part_running_orbit": 0.9,
}


def means(**changed: float) -> list[dict[str, Any]]:
    """Estimates of both costs and of their parts."""
    rows = []
    for metric, value in (MEANS | changed).items():
        row: dict[str, Any] = {"metric": metric, "comparator": None, "date": 2035.75}
        row |= {"population": "conditioned", "statistic": "mean", "value": value, "n": 24_892}
        row |= {"stderr": 0.01, "low": value - 0.02, "high": value + 0.02, "unit": "kUSD/kW/yr"}
        rows.append(row)
    return rows


def bridged(**changed: float) -> list[Block]:
    made = document()
    made["estimates"] += means(**changed)
    costs = next(section for section in build(made).sections if section.id == "costs")
    return list(costs.blocks)


def test_steps_lead_from_ground_to_orbit_and_the_title_names_the_largest() -> None:
    _, block = bridged()
    assert block.title == (
        "The platform and dearer chips eat more than the building and power saved"
    )
    told = block.parts[0].description
    assert "ground 10.9; chips +6.0; no building −1.6; no power bill −1.1" in told
    assert "platform +9.8; launch +2.7; orbit 26.0" in told


def test_cheap_platforms_and_chips_that_are_no_dearer_leave_what_is_saved() -> None:
    _, block = bridged(part_chips_orbit=6.5, part_platform_orbit=1.0, part_launch_orbit=0.3)
    assert block.title == "The platform and launch eat less than the building and power saved"
    _, block = bridged(part_platform_orbit=0.0, part_launch_orbit=0.0)
    assert block.title == "From ground's cost to orbit's, part by part"


def test_without_parts_there_is_no_bridge() -> None:
    costs = next(section for section in build(document()).sections if section.id == "costs")
    assert len(costs.blocks) == 1
