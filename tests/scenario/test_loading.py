"""What a file becomes: percentiles met, parents merged, one digest for one content."""

import math
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernels.marginals import Z95, Constant, Marginal, SplitLognormal, SplitNormal
from kernels.types import Scalar
from risk.inputs import declarations, group, number
from risk.model.systems import SystemInputs
from risk.scenario import Scenario, load, schema, shipped
from risk.scenario.files import SHIPPED
from tests.scenario.conftest import HEAD, INPUTS, MARKED, Small, text_of

type Loader = Callable[..., Scenario]
type Write = Callable[..., Path]

UNITS = {
    "engine.price": {"USD/kg": 1.0, "kUSD/kg": 1e3, "USD/g": 1e3, "MUSD/tonne": 1e3},
    "engine.share": {"": 1.0, "%": 0.01, "percent": 0.01},
    "engine.date": {"year": 1.0, "month": 1 / 12, "day": 1 / 365, "hour": 1 / 8760},
    "tank.mass": {"tonne": 1.0, "kg": 1e-3, "t": 1.0},
}
RANGE = {"lognormal": (1e-3, 1e6), "normal": (0.0, 1e6), "logit": (0.01, 0.99)}


def quantiles(marginal: Marginal, *z: float) -> list[float]:
    """Values at standard normals, in float64."""
    with jax.enable_x64(True):
        return [float(marginal.quantile(jnp.asarray(v, jnp.float64))) for v in z]


def small_at(folder: Path, inputs: dict[str, str], head: str = HEAD) -> Scenario:
    path = folder / "small.toml"
    path.write_text(f'name = "small"\n{text_of(inputs, head)}', "utf-8")
    return load(path, inputs=Small)


@given(st.data())
def test_percentiles_are_met_whatever_their_units(tmp_path_factory, data) -> None:
    shape = data.draw(st.sampled_from(sorted(RANGE)))
    key = "engine.share" if shape == "logit" else data.draw(st.sampled_from(sorted(UNITS)))
    low, high = RANGE["logit"] if key == "engine.share" else RANGE[shape]
    low = max(low, 1.0) if key == "tank.mass" else low
    numbers = sorted(data.draw(st.lists(st.floats(low, high), min_size=3, max_size=3)))
    if numbers[0] == numbers[2]:
        numbers[2] = numbers[2] + 0.001
    table = ""
    for name, value in zip(("p5", "p50", "p95"), numbers, strict=True):
        unit = data.draw(st.sampled_from(sorted(UNITS[key])))
        table += f'{name} = "{value / UNITS[key][unit]!r} {unit}"\n'
    table += f'shape = "{shape}"\n{MARKED}'
    loaded = small_at(tmp_path_factory.getbasetemp(), INPUTS | {key: table})
    met = quantiles(loaded.priors[key].marginal, -Z95, 0.0, Z95)
    assert met == pytest.approx(numbers, rel=1e-9, abs=1e-9)  # twelve digits are kept


def test_every_number_arrives_in_its_declared_unit(small: Loader) -> None:
    priors = small().priors
    assert list(priors) == [k for k, d in declarations(Small) if d.kind != "choice"]
    assert priors["engine.price"].numbers == {"p5": 400.0, "p50": 700.0, "p95": 1200.0}
    assert priors["tank.growth"].numbers == {
        "p5": -0.02,
        "p50": 0.01,
        "p95": 0.06,
        "at_least": -0.05,
    }
    assert priors["engine.date"].marginal.never == 0.2
    assert priors["tank.fee"].marginal.zero == 0.25
    assert priors["tank.mass"].marginal == Constant(250.0)
    assert priors["tank.mass"].shape == "fixed"
    assert priors["tank.pause"].declaration.kind == "event"
    assert priors["engine.price"].anchors == "published"
    assert priors["engine.share"].anchors is None
    assert {p.mark for p in priors.values()} == {"judgement"}


def test_clips_default_to_the_hard_bounds(small: Loader) -> None:
    growth, price = (small().priors[k].marginal for k in ("tank.growth", "engine.price"))
    assert isinstance(growth, SplitNormal)
    assert (growth.low, growth.high) == (-0.05, 0.5)
    assert isinstance(price, SplitLognormal)
    assert (price.low, price.high) == (0.0, math.inf)


def test_loadings_follow_the_order_of_the_factors(small: Loader) -> None:
    loaded = small()
    assert list(loaded.factors) == ["hardware", "demand", "capital"]
    assert loaded.priors["engine.price"].loadings == (-0.5, 0.25, 0.0)
    assert loaded.priors["tank.mass"].loadings == (0.0, 0.0, 0.0)
    expected = np.array([[1.0, 0.3, 0.0], [0.3, 1.0, 0.0], [0.0, 0.0, 1.0]])
    np.testing.assert_array_equal(loaded.correlation, expected)
    assert loaded.choices == {"engine.mode": 0}
    assert loaded.option("engine.mode") == "slow"


def test_texts_lose_line_breaks_only(small: Loader) -> None:
    mass = f'value = "1 tonne"\n{MARKED}'.replace('"assumed"', '"""\n  two\n\n  lines """')
    assert small({"tank.mass": mass}).priors["tank.mass"].source == "two lines"


CHILD = f"""\
title = "Child"
source = "tests"
extends = "small"

[headline]
comparator = "value"

[conditioning]
centre = 5.0

[dependence.factors]
weather = "the weather is good"

[[dependence.correlations]]
between = ["demand", "hardware"]
value = -0.2

[[dependence.correlations]]
between = ["weather", "demand"]
value = 0.1

[[published]]
name = "Another"
year = 2025
ratio = 2.0
weight = 2
source = "a talk"

[engine]
mode = "fast"

[engine.price]
value = "3 kUSD/kg"
{MARKED}"""


def test_a_child_gives_only_what_differs(small: Loader, write: Write) -> None:
    parent = small()
    child = load(write(CHILD, "child"), inputs=Small)
    assert (child.name, child.title, child.extends) == ("child", "Child", "small")
    assert child.priors["engine.price"].numbers == {"value": 3000.0}
    assert child.priors["engine.price"].anchors is None  # the whole table is replaced
    for key in INPUTS.keys() - {"engine.price"}:
        assert child.priors[key].marginal == parent.priors[key].marginal
    assert child.option("engine.mode") == "fast"
    assert (child.headline.comparator, child.headline.year) == ("value", 2035)
    assert (child.conditioning.centre, child.conditioning.log_sd) == (5.0, (0.5, 0.3))
    assert list(child.factors) == ["hardware", "demand", "capital", "weather"]
    assert child.correlation[0, 1] == child.correlation[1, 0] == -0.2
    assert child.correlation[1, 3] == 0.1
    assert [p.name for p in child.published] == ["Another"]
    assert child.scale == parent.scale


def test_a_grandchild_inherits_through_its_parent(small: Loader, write: Write) -> None:
    small()
    write(CHILD, "child")
    head = 'title = "x"\nsource = "y"\nextends = "./child.toml"\n'
    loaded = load(write(head + '[engine]\nmode = "slow"\n', "grandchild"), inputs=Small)
    assert loaded.option("engine.mode") == "slow"
    assert loaded.priors["engine.price"].numbers == {"value": 3000.0}
    assert loaded.priors["tank.mass"].numbers == {"value": 250.0}


def test_a_path_and_a_name_give_the_same_scenario() -> None:
    assert load(SHIPPED / "base.toml").digest == load("base").digest


def test_a_child_that_changes_nothing_has_its_parents_digest(write: Write) -> None:
    child = write('title = "x"\nsource = "y"\nextends = "base"\n')
    assert load(child).digest == load("base").digest


def test_the_digest_keeps_when_only_the_writing_changes(tmp_path: Path) -> None:
    first = small_at(tmp_path, INPUTS).digest
    assert re.fullmatch("[0-9a-f]{64}", first)
    reordered = dict(
        reversed([(k, "\n".join(reversed(t.splitlines())) + "\n") for k, t in INPUTS.items()])
    )
    assert small_at(tmp_path, reordered).digest == first
    units = INPUTS | {
        "engine.price": INPUTS["engine.price"]
        .replace("400 USD/kg", "0.4 kUSD / kg")
        .replace("1200 USD/kg", "1.2 MUSD/tonne"),
        "tank.growth": INPUTS["tank.growth"].replace("6 %/year", "0.06 1/year"),
        "tank.pause": INPUTS["tank.pause"].replace("9 month", "0.75 year"),
    }
    assert small_at(tmp_path, units).digest == first
    spaces = HEAD.replace("A small scenario", "A  small   scenario").replace(
        "\n\n", "\n\n\n# note\n"
    )
    assert small_at(tmp_path, INPUTS, spaces).digest == first


def changes() -> list[tuple[str, str, str]]:
    """Each number and name that counts, and the text with it changed."""
    whole = text_of(INPUTS)
    found = []
    for match in re.finditer(r'(?<=[ "\[-])\d+(\.\d+)?(?=[ ",\]\n])', whole):
        number = match[0]
        start, end = match.span()
        other = f"{float(number) * 0.999:g}" if "." in number else f"{int(number) + 1}"
        line = whole[: match.start()].count("\n")
        found.append((f"{line}: {number}", whole[:start] + other + whole[end:], other))
    return found


@pytest.mark.parametrize("changed", changes(), ids=lambda c: c[0])
def test_the_digest_moves_with_every_number(changed: tuple[str, str, str], tmp_path: Path) -> None:
    first = small_at(tmp_path, INPUTS).digest
    path = tmp_path / "small.toml"
    path.write_text(f'name = "small"\n{changed[1]}', "utf-8")
    assert load(path, inputs=Small).digest != first


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('mode = "slow"', 'mode = "fast"'),
        ('shape = "lognormal"\nfactors', 'shape = "normal"\nfactors'),
        ('comparator = "cost"', 'comparator = "value"'),
        ("hardware", "software"),
        ('"demand"]', '"capital"]'),
        ("hardware = -0.5", "hardware = -0.45"),
    ],
)
def test_the_digest_moves_with_every_choice(old: str, new: str, tmp_path: Path) -> None:
    first = small_at(tmp_path, INPUTS).digest
    text = text_of(INPUTS)
    assert old in text
    path = tmp_path / "small.toml"
    path.write_text(f'name = "small"\n{text.replace(old, new)}', "utf-8")
    assert load(path, inputs=Small).digest != first


@group
class Sail:
    """A group that a newcomer adds."""

    drag: Scalar = number("kg/kW", "mass of a sail", low=0)


@group
class More(SystemInputs):
    """Every input and one more."""

    sail: Sail


def test_a_new_input_needs_one_declaration_and_one_line(write: Write) -> None:
    line = 'drag = { value = "3 g/W", mark = "judgement", source = "assumed" }\n'
    head = 'title = "x"\nsource = "y"\nextends = "base"\n[sail]\n'
    loaded = load(write(head + line), inputs=More)
    assert loaded.priors["sail.drag"].numbers == {"value": 3.0}
    assert list(loaded.priors)[:-1] == list(load("base").priors)
    assert (
        "mass of a sail" in schema(More)["properties"]["sail"]["properties"]["drag"]["description"]
    )


def test_loading_starts_no_device() -> None:
    program = (
        "from jax._src import xla_bridge\n"
        "from risk.scenario import load, schema, shipped\n"
        "for name in shipped():\n"
        "    scenario = load(name).with_scale(0.5)\n"
        "    scenario.collapsed().with_fixed('launch.cost_today', 500.0).digest\n"
        "schema()\n"
        "assert not xla_bridge.backends_are_initialized()\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_scenario_fills_the_model(name: str) -> None:
    loaded = load(name)
    known = dict(declarations(SystemInputs))
    assert loaded.priors.keys() | loaded.choices.keys() == known.keys()
    assert loaded.title
    assert loaded.source
    for key, prior in loaded.priors.items():
        assert prior.source, key
        low, middle, high = quantiles(prior.marginal, -Z95, 0.0, Z95)
        assert low <= middle <= high, key
        assert known[key].low <= middle, key
    assert np.linalg.eigvalsh(loaded.correlation).min() > 0.01
    assert len(loaded.published) >= 3


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_scenario_says_no_number_twice(name: str) -> None:
    given = tomllib.loads((SHIPPED / f"{name}.toml").read_text("utf-8"))
    if "extends" not in given:
        return
    parent = load(given["extends"])
    loaded = load(name)
    for key, prior in loaded.priors.items():
        group, _, field = key.partition(".")
        if field in given.get(group, {}):
            old = parent.priors[key]
            assert (prior.numbers, prior.shape, prior.loadings) != (
                old.numbers,
                old.shape,
                old.loadings,
            ), f"{key} is the same as in {parent.name}"
