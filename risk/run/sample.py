"""Some paths of a run in full: their inputs, their ratio by quarter, which populations keep them."""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray

from risk.inputs import value_of
from risk.model.metrics import HEADLINE_QUARTERS
from risk.model.path import Inputs
from risk.run.execute import job_of
from risk.run.look import View, look
from risk.run.plan import Request
from risk.scenario import Scenario

CURVES = ("ratio", "lcoc_orbit", "lcoc_ground")
PARTS = (
    "lcoc_orbit",
    "chips_orbit",
    "platform_orbit",
    "launch_orbit",
    "lcoc_ground",
    "chips_ground",
    "building_ground",
    "power_ground",
)
"""Both levelised costs and what they consist of."""


class Sample(NamedTuple):
    """The first points of every replicate of a run, equally many of each."""

    inputs: dict[str, NDArray]  # dotted key -> (n,), uncertain inputs only
    published_ratio: NDArray  # like-for-like ratio of the base scenario, (n,)
    kept_by: NDArray  # number of conditions that keep the path, (n,)
    curves: dict[str, NDArray]  # outcomes of `CURVES`, (quarters, n)
    replicate: NDArray  # (n,)
    parts: dict[str, NDArray]  # outcomes of `PARTS` in `HEADLINE_QUARTERS`, (dates, n)


def sample(scenario: Scenario, request: Request, paths: int) -> Sample:
    """At most `paths` paths of a run; those that are not finite are left out."""
    keys = job_of(scenario, request.seed, request.sampler)[1].scenario.numbers

    def see(inputs: Inputs, seen: dict[str, Array]) -> Any:
        return (
            {key: value_of(inputs, key) for key in keys},
            {name: seen[name] for name in CURVES},
            {name: seen[name][np.asarray(HEADLINE_QUARTERS)] for name in PARTS},
        )

    fields = tuple(dict.fromkeys((*CURVES, *PARTS)))
    seen = look(scenario, request, paths, View("sample", fields, see))
    x, curves, parts = seen.values
    return Sample(x, seen.published_ratio, seen.kept_by, curves, seen.replicate, parts)
