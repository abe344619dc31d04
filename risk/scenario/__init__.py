"""A scenario: numbers from TOML files, checked once, then frozen.

`read` finds the files and resolves `extends`; `form` says what a file may hold; `units` converts;
`values` is what comes out; `problems` is what went wrong and where.
"""

from risk.scenario.form import schema
from risk.scenario.problems import Problem, ScenarioError
from risk.scenario.read import load, shipped
from risk.scenario.values import Conditioning, Headline, Prior, Published, Scenario

__all__ = [
    "Conditioning",
    "Headline",
    "Prior",
    "Problem",
    "Published",
    "Scenario",
    "ScenarioError",
    "load",
    "schema",
    "shipped",
]
