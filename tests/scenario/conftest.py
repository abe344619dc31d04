"""Scenario files for the tests: one small complete tree, and what differs from it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from kernels.types import Scalar
from risk.inputs import choice, event, group, number
from risk.scenario import Problem, Scenario, ScenarioError, load

MARKED = 'mark = "judgement"\nsource = "assumed"\n'

HEAD = """\
title = "A small scenario"
source = "made for tests"

[headline]
comparator = "cost"
year = 2035

[conditioning]
centre = 4.0
log_sd = [0.5, 0.3]
launch_loss = 0.02
source = "assumed"

[dependence]
scale = 1.0
source = "assumed"

[dependence.factors]
hardware = "hardware is mature"
demand = "demand is strong"
capital = "capital is easy"

[[dependence.correlations]]
between = ["hardware", "demand"]
value = 0.3

[[published]]
name = "Someone"
year = 2026
ratio = 3.0
weight = 1
source = "a report"

[engine]
mode = "slow"
"""

INPUTS = {
    "engine.price": f"""\
p5 = "400 USD/kg"
p50 = "700 USD/kg"
p95 = "1200 USD/kg"
shape = "lognormal"
factors = {{ hardware = -0.5, demand = 0.25 }}
anchors = "published"
{MARKED}""",
    "engine.share": f'p5 = 0.1\np50 = 0.3\np95 = 0.6\nshape = "logit"\n{MARKED}',
    "engine.date": f"""\
low = "2028 year"
mode = "2031 year"
high = "2036 year"
never = 0.2
shape = "triangular"
{MARKED}""",
    "tank.fee": f"""\
low = "1 USD/kg"
high = "3 USD/kg"
zero = 0.25
shape = "uniform"
{MARKED}""",
    "tank.growth": f"""\
p5 = "-2 %/year"
p50 = "1 %/year"
p95 = "6 %/year"
at_least = "-0.05 1/year"
shape = "normal"
{MARKED}""",
    "tank.mass": f'value = "250 tonne"\n{MARKED}',
    "tank.pause": f"""\
p5 = "1 month"
p50 = "3 month"
p95 = "9 month"
shape = "lognormal"
{MARKED}""",
}


@group
class Engine:
    """Three shapes and a choice."""

    price: Scalar = number("USD/kg", "price", low=0)
    share: Scalar = number("1", "share", low=0, high=1)
    date: Scalar = number("year", "date")
    mode: Scalar = choice("mode", "slow", "fast")


@group
class Tank:
    """The other shapes and an event."""

    fee: Scalar = number("USD/kg", "fee", low=0)
    growth: Scalar = number("1/year", "growth", low=-0.5, high=0.5)
    mass: Scalar = number("tonne", "mass", low=1)
    pause: Scalar = event("month", "pause", low=0)


@group
class Small:
    """Few inputs of every kind."""

    engine: Engine
    tank: Tank


def text_of(inputs: dict[str, str], head: str = HEAD) -> str:
    """A file's text from its head and the tables of its inputs."""
    return head + "".join(f"\n[{key}]\n{table}" for key, table in inputs.items())


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a file whose name is its scenario's name, and give its path."""

    def write(text: str, name: str = "small") -> Path:
        path = tmp_path / f"{name}.toml"
        path.write_text(f'name = "{name}"\n{text}', "utf-8")
        return path

    return write


@pytest.fixture
def small(write: Callable[..., Path]) -> Callable[..., Scenario]:
    """Load a small scenario with some tables replaced and another head where given."""

    def small(tables: dict[str, str] | None = None, head: str = HEAD) -> Scenario:
        return load(write(text_of(INPUTS | (tables or {}), head)), inputs=Small)

    return small


@pytest.fixture
def refused(write: Callable[..., Path]) -> Callable[..., tuple[Problem, ...]]:
    """The problems of a text that must be refused; the small scenario is its parent."""

    def refused(text: str, inputs: type = Small, head: str | None = None) -> tuple[Problem, ...]:
        write(text_of(INPUTS))
        begin = 'title = "Changed"\nsource = "tests"\nextends = "small"\n' if head is None else head
        path = write(begin + text, "changed")
        with pytest.raises(ScenarioError) as caught:
            load(path, inputs=inputs)
        return caught.value.problems

    return refused
