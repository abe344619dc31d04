"""A scenario: numbers from TOML files, checked once, then frozen.

`files` finds and parses, `form` says what one file may hold, `units` converts, `resolve` merges a
file with those it extends, `values` is what comes out, `problems` is what went wrong and where.
"""

from risk.scenario.files import shipped
from risk.scenario.form import schema
from risk.scenario.problems import Problem, ScenarioError
from risk.scenario.resolve import load
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
