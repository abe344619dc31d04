"""The shipped systems: every number sourced; which fleet a file is about and whom it meets."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from risk.inputs import declarations
from risk.model.systems import SystemInputs
from risk.scenario import ScenarioError, load, shipped
from risk.scenario.files import SHIPPED
from risk.scenario.form import Side
from risk.scenario.sides import OF_GROUND, OPPONENTS

SIDES = {
    "spacex_xai": "orbit",
    "google_suncatcher": "orbit",
    "amazon_leo_aws": "orbit",
    "azure_orbital_partners": "orbit",
    "starcloud_40mw": "orbit",
    "ground_aws": "ground",
    "ground_azure": "ground",
    "ground_gcp": "ground",
    "ground_rented": "rented",
    "robots_edge": "edge",
}
KNOWN = dict(declarations(SystemInputs))
HEAD = 'title = "t"\nsource = "s"\nextends = "base"\n'

type Write = Callable[..., Path]


def given(name: str) -> dict[str, dict]:
    """The input tables of a file as they stand in it."""
    tree = tomllib.loads((SHIPPED / f"{name}.toml").read_text("utf-8"))
    return {
        f"{group}.{key}": table
        for group, tables in tree.items()
        if isinstance(tables, dict)
        for key, table in tables.items()
        if f"{group}.{key}" in KNOWN and KNOWN[f"{group}.{key}"].kind != "choice"
    }


def test_the_ten_systems_ship_each_on_its_side() -> None:
    assert {name: load(name).side for name in SIDES} == SIDES
    assert load("base").side == "orbit"
    assert {*SIDES, "base"} == {*shipped()}


@pytest.mark.parametrize("name", shipped())
def test_every_input_of_a_system_has_a_source_a_mark_and_known_anchors(name: str) -> None:
    tables = given(name)
    assert tables, "a system that changes nothing is none"
    for key, table in tables.items():
        assert len(table.get("source", "").split()) >= 2, f"{name}: {key} has no source"
        assert table.get("mark"), f"{name}: {key} has no mark"
        if name != "base":
            assert table.get("anchors"), f"{name}: {key} does not say how good its anchors are"


@pytest.mark.parametrize("name", SIDES)
def test_a_system_keeps_the_shapes_of_the_base_so_that_all_share_one_program(name: str) -> None:
    base, one = load("base"), load(name)
    assert {k: p.shape for k, p in one.priors.items()} == {
        k: p.shape for k, p in base.priors.items()
    }


@pytest.mark.parametrize("name", [n for n, side in SIDES.items() if side == "ground"])
def test_a_ground_rival_touches_no_input_of_orbit(name: str) -> None:
    own = {key for key in given(name) if not key.startswith(OF_GROUND)}
    assert own <= {"chips.cost_today"}  # both fleets buy the chips of the rival


def test_every_side_has_its_opponents_and_every_beginning_of_a_ground_key_is_in_use() -> None:
    assert set(OPPONENTS) == set(get_args(Side))
    for beginning in OF_GROUND:
        assert any(key.startswith(beginning) for key in KNOWN), beginning


def test_a_ground_scenario_meets_the_orbital_fleet_that_it_names(write: Write) -> None:
    file = write(
        HEAD + 'side = "ground"\nopponent = "spacex_xai"\n'
        "[ground]\npue_floor = { value = 1.01, mark = 'judgement', source = 'x' }\n",
        "mine",
    )
    mine, theirs, base = load(file), load("spacex_xai"), load("base")
    assert (mine.side, mine.opponent) == ("ground", "spacex_xai")
    assert mine.option("launch.buyer") == "owner"
    segment = "platform.ground_segment"
    assert mine.priors[segment].numbers == theirs.priors[segment].numbers
    assert mine.priors["ground.pue_floor"].numbers == {"value": 1.01}
    assert mine.priors["ground.pue"].numbers == base.priors["ground.pue"].numbers
    assert mine.digest not in (theirs.digest, base.digest)


def test_an_orbital_scenario_meets_the_ground_site_that_it_names(write: Write) -> None:
    mine = load(write(HEAD + 'opponent = "ground_gcp"\n', "mine"))
    site = load("ground_gcp")
    for key in ("ground.pue", "finance.ground_wacc", "schedule.onsite_share"):
        assert mine.priors[key].numbers == site.priors[key].numbers
    assert (
        mine.priors["chips.cost_today"].numbers == load("base").priors["chips.cost_today"].numbers
    )


def test_own_tables_stand_above_those_of_the_opponent(write: Write) -> None:
    table = "[platform]\nfloor = { value = '9 kUSD/kW', mark = 'judgement', source = 'x' }\n"
    write(HEAD + table, "dear")
    ground = 'side = "ground"\nopponent = "dear.toml"\n'
    assert load(write(HEAD + ground, "meets")).priors["platform.floor"].numbers == {"value": 9.0}
    own = load(write(HEAD + ground + table.replace("9", "7"), "keeps"))
    assert own.priors["platform.floor"].numbers == {"value": 7.0}


def test_side_and_opponent_are_inherited(write: Write) -> None:
    write(HEAD + 'side = "ground"\nopponent = "spacex_xai"\n', "parent")
    child = load(write(HEAD.replace('"base"', '"parent.toml"'), "child"))
    assert (child.side, child.opponent) == ("ground", "spacex_xai")
    assert child.option("launch.buyer") == "owner"


def test_the_side_moves_the_digest(write: Write) -> None:
    ground = load(write(HEAD + 'side = "ground"\n', "mine"))
    assert ground.digest != load("base").digest
    assert load(write(HEAD, "other")).digest == load("base").digest


@pytest.mark.parametrize(
    ("line", "key", "says"),
    [
        ('side = "sea"', "side", "allowed: orbit, ground, rented, edge"),
        ('opponent = "nowhere"', "opponent", "there is no scenario 'nowhere'"),
        ('opponent = "spacex_xai"', "opponent", "is on the side 'orbit'; allowed against 'orbit'"),
        ('opponent = "mine.toml"', "opponent", "is on the side 'orbit'"),
        ('opponent = "robots_edge"', "opponent", "a scenario whose side is ground or rented"),
        ("opponent = 3", "opponent", "3 is given"),
    ],
)
def test_a_fault_of_side_or_opponent_is_refused_with_its_place(
    line: str, key: str, says: str, write: Write
) -> None:
    with pytest.raises(ScenarioError) as caught:
        load(write(HEAD + line + "\n", "mine"))
    (problem,) = caught.value.problems
    assert problem.file.endswith("mine.toml")
    assert (problem.line, problem.key) == (5, key)
    assert says in problem.text


def test_faults_in_the_opponents_file_are_told_with_its_name(write: Write) -> None:
    write(HEAD + "[platform]\nflor = 3\n", "broken")
    with pytest.raises(ScenarioError, match=r"broken\.toml:6: platform\.flor: 'flor' is not known"):
        load(write(HEAD + 'side = "ground"\nopponent = "broken.toml"\n', "mine"))
