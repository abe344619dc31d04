"""Which side of the comparison a scenario is about, and what it takes from its opponent's file."""

from collections.abc import Sequence
from typing import Any

from risk.scenario.files import Source, chain_of
from risk.scenario.problems import Problem

OPPONENTS = {
    "orbit": ("ground", "rented"),
    "ground": ("orbit",),
    "rented": ("orbit",),
    "edge": ("ground", "rented"),
}
"""Sides of a scenario, and the sides that its opponent may be on."""

OF_GROUND = (
    "ground.",
    "chips.ground_",
    "chips.resale_",
    "finance.ground_",
    "finance.wacc_",
    "reliability.ground_",
    "schedule.onsite_",
    "schedule.grid_",
    "schedule.longest_",
    "schedule.cancellation",
)
"""Beginnings of the keys that describe the ground fleet; every other input is of orbit or of both."""


def side_of(chain: Sequence[Source]) -> str:
    """The side that the nearest file of a chain names; orbit where none does."""
    return next((s.head["side"] for s in chain if "side" in s.head), "orbit")


def opponent_of(
    chain: Sequence[Source], inputs: type, problems: list[Problem]
) -> tuple[str | None, list[Source]]:
    """The opponent that a chain names, and the opponent's files, child first."""
    namer = next((s for s in chain if "opponent" in s.head), None)
    if namer is None:
        return None, []
    name, allowed = namer.head["opponent"], OPPONENTS[side_of(chain)]
    theirs = chain_of(name, inputs, problems, namer)
    if theirs and (side := side_of(theirs)) not in allowed:
        problems.append(
            namer.problem(
                ("opponent",),
                f"{name!r} is on the side {side!r}; allowed against {side_of(chain)!r}: "
                f"a scenario whose side is {' or '.join(allowed)}",
            )
        )
    return name, theirs


def merged_inputs(chain: Sequence[Source], theirs: Sequence[Source]) -> dict[str, Any]:
    """Every input that the files give.

    The oldest file, over it what the opponent's files say of the other fleet, over that the rest.
    """
    of_ground = "orbit" not in OPPONENTS[side_of(chain)]
    given = dict(chain[-1].inputs)
    for source in reversed(theirs):
        for key, entry in source.inputs.items():
            if key.startswith(OF_GROUND) == of_ground:
                given[key] = entry
    for source in reversed(chain[:-1]):
        given |= source.inputs
    return given
