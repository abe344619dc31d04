"""From a name or a path to a scenario: find, parse, check each file, resolve `extends`."""

import os
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from risk.inputs import declarations
from risk.model.path import Inputs
from risk.scenario import form
from risk.scenario.problems import (
    Place,
    Problem,
    ScenarioError,
    did_you_mean,
    dotted,
    line_of,
    lines_of,
    one_of,
)
from risk.scenario.values import (
    Conditioning,
    Headline,
    Prior,
    Published,
    Scenario,
    scale_fault,
)

SHIPPED = Path(__file__).parent.parent / "scenarios"
LARGEST_FILE = 1 << 20  # bytes
LEAST_EIGENVALUE = 1e-6
"""Of a factor correlation, so that its Cholesky factor has meaning in single precision."""

_MISSING_LISTED = 10


@dataclass(frozen=True)
class Source:
    """One file after the checks that need no other file."""

    path: Path
    lines: dict[Place, int]
    head: dict[str, Any]
    inputs: dict[str, form.Entry | int | None]


def shipped() -> list[str]:
    """Names of the scenarios that come with the package."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def load(name_or_path: str | os.PathLike[str], *, inputs: type = Inputs) -> Scenario:
    """A shipped scenario by name, or one from a file; raises ScenarioError with all its problems.

    `inputs` is the tree of declarations that the scenario must fill.
    """
    problems: list[Problem] = []
    chain = _chain(name_or_path, inputs, problems)
    if problems:
        raise ScenarioError(problems)
    scenario = _resolve(chain, inputs, problems)
    if problems or scenario is None:
        raise ScenarioError(problems)
    return scenario
