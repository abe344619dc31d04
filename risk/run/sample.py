"""Some paths of a run in full: what they drew, their ratio by quarter, which populations keep them."""

from typing import Any, NamedTuple

import jax.numpy as jnp
from jaxtyping import Array
from numpy.typing import NDArray

from risk.inputs import value_of
from risk.model.metrics import COMMIT_QUARTERS, HEADLINE_QUARTERS
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
OBSERVED = ("failure_probability", "launch_price", "specific_mass", "platform_cost", "flights")
"""Outcomes that a study can observe."""
CHOICES = ("ratio", "time_ratio", "npv_orbit", "npv_ground", "sold_ground", *OBSERVED)
"""Outcomes that decide between orbit and ground, and those that studies observe."""


class Sample(NamedTuple):
    """The first points of every replicate of a run, equally many of each."""

    inputs: dict[str, NDArray]  # dotted key -> (n,), uncertain inputs only
    published_ratio: NDArray  # like-for-like ratio of the base scenario, (n,)
    kept_by: NDArray  # number of conditions that keep the path, (n,)
    curves: dict[str, NDArray]  # outcomes of `CURVES`, (quarters, n)
    replicate: NDArray  # (n,)
    factors: dict[str, NDArray]  # common factors by name, correlated, (n,)
    choices: dict[str, NDArray]  # outcomes of `CHOICES` in `COMMIT_QUARTERS`, (years, n)
    parts: dict[str, NDArray]  # outcomes of `PARTS` in `HEADLINE_QUARTERS`, (dates, n)


def sample(scenario: Scenario, request: Request, paths: int) -> Sample:
    """At most `paths` paths of a run; those that are not finite are left out."""
    rows = job_of(scenario, request.seed, request.sampler)[1].scenario
    keys = rows.numbers

    def see(inputs: Inputs, found: dict[str, Array]) -> Any:
        yearly, few = jnp.asarray(COMMIT_QUARTERS), jnp.asarray(HEADLINE_QUARTERS)
        return (  # few large arrays: each is read tile by tile
            jnp.stack([value_of(inputs, key) for key in keys]),
            jnp.stack([found[f] for f in CURVES]),
            jnp.stack([found[f][yearly] for f in CHOICES]),
            jnp.stack([found[f][few] for f in PARTS]),
        )

    fields = tuple(dict.fromkeys((*CURVES, *CHOICES, *PARTS)))
    seen = look(scenario, request, paths, View("sample", fields, see))
    x, curves, choices, parts = (
        dict(zip(names, rows, strict=True))
        for names, rows in zip((keys, CURVES, CHOICES, PARTS), seen.values, strict=True)
    )
    names = (name.removeprefix("factor.") for name in rows.factors)
    factors = dict(zip(names, seen.factors, strict=True))
    return Sample(
        x, seen.published_ratio, seen.kept_by, curves, seen.replicate, factors, choices, parts
    )
