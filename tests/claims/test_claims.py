"""The article's claims: complete, sound, and judged with the right probability."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from risk.analysis import scrambles
from risk.claims.evaluate import contradictions, judged, verdict
from risk.claims.language import event
from risk.claims.load import Claim, known, load_claims, ordered, shipped_claims
from risk.claims.terms import Seen, quarter
from risk.model.constants import QUARTERS
from risk.model.fields import FLEET, VINTAGE
from risk.model.path import Outcome
from risk.model.world import FleetOutcome
from risk.run.look import View, look
from risk.run.plan import Request
from risk.scenario import ScenarioError, load

PARTS = {
    1: {"E1a", "E1", "E1c"},
    2: {"E2a", "E2b"},
    3: {"E3a_1", "E3a_10", "E3a_100", "E3a_1000", "E3b"},
    4: {"E4"},
    5: {"E5"},
    6: {"E6", "E6b", "E6c"},
    7: {"E7"},
    8: {"E8"},
    9: {"E9", "E9b"},
    10: {"E10"},
    11: {"E11"},
    12: {"E12"},
    13: {"E13"},
    14: {"E14", "E14b"},
    15: {"E15"},
    16: {"E16", "E16b"},
    17: {"E17", "E17b"},
    18: {"E18"},
    19: {"E19"},
    20: {"E20"},
    21: {"E21"},
    22: {"E22"},
    23: {"E23"},
    24: {"E24", "E24c"},
    25: {"E25", "E25b"},
    26: {"E26", "E26_2032", "E26_2035"},
    27: {"E27", "E27b", "E27c"},
    28: {"E28", "E28_2040"},
    29: {"E29"},
    30: {"E30"},
    31: {"E31", "E31a", "E31b", "E31c"},
    32: {"E32"},
}
"""Numbers of the article's statements and the parts that each must have."""

ENTRY = """\
article = "a test"
[[claim]]
id = "T1"
number = 1
text = "a statement"
evidence = "none"
"""


def written(folder: Path, entry: str) -> Path:
    """A file with one claim that has these lines more."""
    file = folder / "claims.toml"
    file.write_text(ENTRY + entry)
    return file


def test_every_statement_ships_with_all_its_parts() -> None:
    claims = shipped_claims()
    found = {number: {c.id for c in claims if c.number == number} for number in PARTS}
    assert all(parts <= found[number] for number, parts in PARTS.items())
    assert sum(c.kind == "unquantified" for c in claims) >= 4


@pytest.mark.parametrize("claim", shipped_claims(), ids=lambda claim: claim.id)
def test_a_claim_has_words_a_source_and_evidence(claim: Claim) -> None:
    assert claim.text.strip()
    assert claim.source.strip()
    assert claim.evidence.strip()
    assert not claim.text.endswith(".")


def line(*parts: tuple[str, float]) -> np.ndarray:
    """A value by quarter that steps to each number at the quarter it is given with."""
    values = np.zeros(QUARTERS)
    for first, value in parts:
        values[quarter(first) :] = value
    return values


START = "2026Q4"
FLEETS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    # of the outcomes and inputs that a fleet will have: where the claim is true, and where not
    "E1c": ({"lcoc_orbit": 9.0, "lcoc_ground_cheap": 9.1}, {"lcoc_ground_cheap": 8.9}),
    "E3a_1": ({"orbit_kw": line(("2030Q4", 1e6))}, {"orbit_kw": line(("2031Q1", 1e6))}),
    "E3a_1000": ({"orbit_kw": line(("2041Q3", 1e9))}, {"orbit_kw": 0.99e9}),
    "E5": (
        {"radiator_mass_share": 0.04, "milestones.radiator_cost_share": 0.04},
        {"milestones.radiator_cost_share": 0.06},
    ),
    "E6": (
        {
            "radiator_mass_share": 0.2,
            "launch_price": 1000.0,
            "radiator_mass": 6.0,
            "platform_cost": 20.0,
            "milestones.radiator_cost_share": 0.3,
            "specific_mass": 30.0,
            "chips.cost_today": 27.0,
        },
        {"milestones.radiator_cost_share": 0.05},  # 7 of 77 k$/kW, where a tenth is 7.7
    ),
    "E6b": ({"radiator_mass": 6.0, "array_mass": 5.0}, {"array_mass": 7.0}),
    "E6c": ({"deployed_area": 3000.0, "milestones.packing_limit": 2000.0}, {"deployed_area": 1e3}),
    "E13": ({"latency": 0.2, "service.interactive_limit": 0.1}, {"latency": 0.05}),
    "E13c": (  # 20 Gbit/s is 9,000 GB an hour: 9 GB per kWh and MW
        {
            "service.downlink": 20.0,
            "service.optical_availability": 0.8,
            "service.compute_use": 0.5,
            "service.interactive_density": 14.0,
        },
        {"service.interactive_density": 15.0},
    ),
    "E14": (
        {"raises": line((START, 1), ("2028Q4", 2), ("2030Q4", 3))},
        {"raises": line(("2028Q4", 1), ("2030Q3", 2))},
    ),
    "E14b": ({"raises": line(("2031Q1", 1))}, {"raises": line(("2030Q4", 1))}),
    "E16b": (
        {"subscribers": 16.4, "core_ebitda": line((START, 5), ("2029Q4", 8.7))},
        {"core_ebitda": line((START, 5), ("2029Q4", 8.5))},
    ),
    "E17": ({"ruined": line(("2031Q1", 1))}, {"ruined": line(("2029Q1", 1))}),
    "E17b": ({"market_value": 1.3}, {"market_value": 1.2}),
    "E18": ({"milestones.pair_flight": 2027.9}, {"milestones.pair_flight": 2028.1}),
    "E18b": ({"milestones.cluster_flight": 2030.9}, {"milestones.cluster_flight": 2031.1}),
    "E19": ({"others_share": 0.31}, {"others_share": 0.29}),
    "E20": ({"latency": 0.04, "service.egress_cost": 0.01}, {"latency": 0.06}),
    "E21": ({"licence_cap": line(("2030Q4", 1e4))}, {"licence_cap": line(("2031Q1", 1e4))}),
    "E21b": ({"licence_cap": 1e6}, {"licence_cap": 1e5}),
    "E21c": ({"licensed": 0.0}, {"licensed": line(("2041Q3", 1))}),
    "E22": (
        {"cadence_bound": line(("2032Q1", 1), ("2036Q1", 0))},
        {"cadence_bound": line(("2032Q2", 1))},
    ),
    "E24c": ({"core_profit": line(("2028Q4", 1))}, {"core_profit": line(("2028Q4", -1))}),
    "E25b": ({"milestones.own_fab": 2031.9}, {"milestones.own_fab": 2032.1}),
    "E26": ({"pflop_hour_orbit": 3.0, "rent_price": 3.1}, {"rent_price": 2.9}),
    "E27": ({"orbit_share": 0.51}, {"orbit_share": 0.49}),
    "E28": ({"orbit_new_share": line((START, 0.1), ("2027Q1", 0))}, {"orbit_new_share": 0.09}),
    "E31": ({"milestones.partner_capacity": 2032.9}, {"milestones.partner_capacity": 2033.1}),
    "E32": ({"chip_generations": line(("2031Q4", 4))}, {"chip_generations": line(("2031Q4", 3))}),
}


@pytest.mark.parametrize("key", FLEETS)
def test_a_claim_of_a_fleet_is_true_where_it_should_be(key: str) -> None:
    (claim,) = (c for c in shipped_claims() if c.id == key)
    assert claim.event is not None
    assert claim.kind == "event"
    holds, change = FLEETS[key]
    for given, expected in ((holds, True), (holds | change, False)):
        fields = {
            name: np.broadcast_to(np.reshape(value, (-1, 1)), (QUARTERS, 1))
            for name, value in given.items()
        }
        inputs = {name: np.full(1, value) for name, value in given.items() if "." in name}
        found = claim.event.term.value(Seen(np, fields, inputs.__getitem__))
        assert np.ravel(found).tolist() == [expected]


def test_units_are_declared_for_every_outcome() -> None:
    assert set(VINTAGE) == set(Outcome._fields)
    assert set(FLEET) == set(FleetOutcome._fields)
    assert {*VINTAGE, *FLEET} == set(known().fields)


def test_units_of_outcomes_fit_the_equations_between_them() -> None:
    """NPV = what is sold - LCOC x years, in units: a wrong one would be refused."""
    for text in (
        "npv_orbit < sold_orbit - lcoc_orbit * '1 year'",
        "npv_ground < sold_ground - price * '1 year'",
        "ratio < lcoc_orbit / lcoc_ground",
        "break_even < launch_price",
        "lcoc_orbit * '1 year' < platform_cost + launch_price * specific_mass",
        "pflop_hour_orbit < pflop_hour_ground",
    ):
        assert event(f'at({text}, "2035Q4")', known()).fields


FAULTY = {
    "event = \"at(ratoi, '2035Q4') < 1\"": ("claims.toml:7", "did you mean 'ratio'?", "^"),
    "event = \"at(ratio, '2035Q4') < '1 kg'\"": ("claims.toml:7", "(character 23)", "in kg", "^"),
    'event = "at(ratio"': ("claims.toml:7", "cannot be read", "^"),
    'event = """\nat(\n  ratio,\n  \'2035Q5\') < 1"""': (
        "claims.toml:7",
        "(character 12)",
        "    at( ratio, '2035Q5') < 1\n" + " " * 15 + "^",
    ),
    'check = "a < 1"\n[claim.constants]\na = "1 parsnip"': (
        "claims.toml:9: claim[0].constants.a: '1 parsnip' is in an unknown unit",
    ),
    "check = \"at(ratio, '2035Q4') < 1\"": (
        "claim[0].check: ratio is of a path",
        "at(ratio",
        "       ^",
    ),
    "given = \"at(ratio, '2035Q4') < 1\"": ("claims.toml:7", "without event"),
    'holds = true\ncheck = "1 < 2"': ("claim[0]", "allowed: one of them"),
    'evnt = "1 < 2"': ("claims.toml:7: claim[0].evnt", "did you mean 'event'?"),
    'holds = "yes"': ("claims.toml:7: claim[0].holds: 'yes' is given", "boolean"),
    'check = "1 < 2"\n[claim.show]\na = "\'1 kg\'"': (
        "claims.toml:9: claim[0].show.a",
        "no number without a unit",
    ),
    'check = "1 / (2 - 2) < 1"': ("claims.toml:7", "no finite number", "^"),
    "holds": ("claims.toml:7: this is not TOML",),
}


@pytest.mark.parametrize("entry", FAULTY)
def test_a_faulty_claim_is_refused_with_its_place(tmp_path: Path, entry: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        load_claims(written(tmp_path, entry))
    for part in FAULTY[entry]:
        assert part in str(refused.value)


def test_the_caret_stands_under_the_unknown_name(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as refused:
        load_claims(written(tmp_path, "event = \"at(ratoi, '2035Q4') < 1\""))
    _, line, caret = str(refused.value).splitlines()
    assert line[caret.index("^") :].startswith("ratoi")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "'article' is missing; needed: article, claim"),
        ('article = "a"\nclaim = 3', "claim: 3 is given; allowed: a valid list"),
        ('article = "a"\nextends = "base"\nclaim = []', "allowed: article"),
        (ENTRY.replace("T1", "T 1"), "claims.toml:3: claim[0].id: 'T 1' is given"),
        (ENTRY.replace('evidence = "none"', ""), "'evidence' is missing"),
    ],
)
def test_a_file_that_holds_no_claims_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "claims.toml").write_text(text)
    with pytest.raises(ScenarioError) as refused:
        load_claims(tmp_path / "claims.toml")
    assert said in str(refused.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"none\.toml: the file cannot be read"):
        load_claims(tmp_path / "none.toml")


def test_a_file_extends_the_article_or_stands_alone(tmp_path: Path) -> None:
    entry = ENTRY.replace("number = 1\n", "") + 'check = "1 < 2"\n'
    entry += entry.removeprefix('article = "a test"\n').replace("T1", "E4")
    file = tmp_path / "claims.toml"
    file.write_text(entry)
    assert [c.id for c in load_claims(file)] == ["T1", "E4"]
    file.write_text('extends = "article"\n' + entry)
    found = {c.id: c for c in ordered(load_claims(file))}
    assert set(found) == {c.id for c in shipped_claims()} | {"T1"}
    assert list(found)[-2:] == ["E4", "T1"]  # a claim without a number stands last
    assert found["E4"].source == "a test"


def test_the_claim_of_the_readme_is_read(tmp_path: Path) -> None:
    shown = (Path(__file__).parents[2] / "README.md").read_text("utf-8").split("```toml\n")
    (example,) = (part.partition("```")[0] for part in shown if "[[claim]]" in part)
    (tmp_path / "mine.toml").write_text(example)
    assert load_claims(tmp_path / "mine.toml")[-1].kind == "conditional"


def test_two_claims_of_one_name_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "claims.toml"
    file.write_text(ENTRY + ENTRY.replace('article = "a test"\n', ""))
    with pytest.raises(ScenarioError, match="given twice"):
        load_claims(file)


def test_the_articles_contradictions_are_worked_out() -> None:
    found = {record["id"]: record["numbers"] for record in contradictions(shipped_claims())}
    assert {"E3b", "E7b", "E4", "E24b"} <= set(found)
    assert not {"E7", "E11", "E15", "E15b", "E16", "E24"} & set(found)
    off = found["E3b"]
    assert off["too large by a factor of at least"] == pytest.approx(1000 / 120)
    assert off["and at most"] == pytest.approx(10.0)
    assert found["E7b"]["satellites a launch of 200 t"] == pytest.approx(200 / 1.71)


def test_a_sum_that_is_mended_adds_up(tmp_path: Path) -> None:
    text = "check = \"'100 kW' <= power / satellites <= '120 kW'\"\n[claim.constants]\n"
    for power, expected in (("1 TW", "does_not_add_up"), ("0.11 TW", "adds_up")):
        constants = f'power = "{power}"\nsatellites = "1e6"'
        (claim,) = load_claims(written(tmp_path, text + constants))
        assert verdict(claim, None) == expected


def test_verdicts_follow_the_thresholds(tmp_path: Path) -> None:
    (claim,) = load_claims(written(tmp_path, "event = \"at(ratio, '2035Q4') < 1\""))
    bands = {
        0.9: "well_supported",
        0.899: "supported",
        0.66: "supported",
        0.659: "open",
        0.33: "open",
        0.329: "weak",
        0.1: "weak",
        0.099: "not_supported",
        0.0: "not_supported",
    }
    for value, expected in bands.items():
        assert verdict(claim, {"value": value}) == expected
    assert verdict(claim, {"value": None}) == "never_given"


def test_a_claim_has_the_probability_of_its_paths(tmp_path: Path) -> None:
    """Against the same paths counted by hand, both populations and both sides of a condition."""
    file = tmp_path / "claims.toml"
    entry = (
        "event = \"at(ratio, '2035Q4') < 2\"\n"
        "given = \"at(launch_price, '2035Q4') < '400 USD/kg' and launch.cost_today > '0.6 USD/g'\""
    )
    file.write_text(ENTRY + entry)
    scenario, request = load("base"), Request(1 << 16, 3)
    (record,) = judged(load_claims(file), scenario, request)

    def see(x: object, o: dict) -> tuple:
        return o["ratio"][36], o["launch_price"][36], x.launch.cost_today  # type: ignore[attr-defined]

    seen = look(scenario, request, 1 << 16, View("by hand", ("ratio", "launch_price"), see))
    ratio, price, cost = (np.asarray(v) for v in seen.values)
    condition = (price < 400.0) & (cost > 600.0)
    for population, width in (("prior", 0), ("conditioned", 1)):
        for side, mask in (("probability", condition), ("otherwise", ~condition)):
            inside = mask & (seen.kept_by >= width)
            each = [inside & (seen.replicate == r) for r in range(request.replicates)]
            wins = np.asarray([(ratio[e] < 2.0).sum() for e in each])
            of = np.asarray([e.sum() for e in each])
            expected = scrambles.proportion(wins, of)
            found = record[side][population]
            assert found["n"] == inside.sum()
            assert (found["value"], found["low"], found["high"]) == pytest.approx(
                (expected.value, expected.low, expected.high)
            )


def test_a_claim_of_a_triangle_has_its_closed_form(tmp_path: Path) -> None:
    """Altitude is a triangle 550, 650, 1000 km: P(h > x) = (1000 - x)^2 / (450 x 350) above 650.

    Within four standard errors: a false alarm in one of 8,000 seeds.
    """
    entry = "event = \"orbit.altitude > '800 km'\"\ngiven = \"orbit.altitude > '700 km'\""
    claims = load_claims(written(tmp_path, entry))
    (record,) = judged(claims, load("base"), Request(1 << 14, 5))
    found = record["probability"]["prior"]
    assert found["n"] == pytest.approx((1 << 14) * 300**2 / (450 * 350), rel=0.01)
    assert abs(found["value"] - (200 / 300) ** 2) < 4 * found["stderr"] < 0.01
    assert record["otherwise"]["prior"]["value"] == 0.0


# What an independent model in float64 gives in per cent, 200,000 paths: prior, conditioned, and
# time-adjusted in the prior; by launch price in 2040 in the prior. None where it gives nothing.
CROSSED = {
    "2029Q1": (0.013, 0.001, 0.10),
    "2030Q4": (0.08, 0.011, 0.39),
    "2035Q4": (1.57, 0.68, 3.4),
    "2040Q4": (5.5, 3.5, 9.4),
}
AT_PRICE = {0: 8.0, 50: 6.9, 100: 6.0, 200: 4.7, 500: 2.3, 1000: 0.9}
FACTOR = 1.5
"""By which two independent models may differ in a probability."""


def test_claims_have_the_size_that_an_independent_model_gives(tmp_path: Path) -> None:
    """Each 95 % interval meets a factor of 1.5 around the other model's figure.

    A claim whose P lay at the edge of that range would raise a false alarm once in forty seeds.
    """
    wanted: dict[tuple[str, str], float] = {}
    entries = ""

    def ask(key: str, said: str, **expected: float) -> None:
        nonlocal entries
        entries += f'[[claim]]\nid = "{key}"\ntext = "t"\nevidence = "e"\nevent = \'{said}\'\n'
        wanted.update({(key, name): p / 100.0 for name, p in expected.items()})

    for date, (prior, conditioned, time) in CROSSED.items():
        ask(f"A{date}", f'lasts(ratio < 1, 4, "{date}")', prior=prior, conditioned=conditioned)
        ask(f"C{date}", f'lasts(time_ratio < 1, 4, "{date}")', prior=time)
    for price, expected in AT_PRICE.items():
        ask(f"P{price}", f'at(break_even, "2040Q4") > "{price} USD/kg"', prior=expected)
    file = tmp_path / "claims.toml"
    file.write_text('article = "a test"\n' + entries)
    found = {
        r["id"]: r["probability"]
        for r in judged(load_claims(file), load("base"), Request(1 << 18, 7))
    }
    for (key, population), expected in wanted.items():
        estimate = found[key][population]
        assert estimate["low"] < expected * FACTOR, (key, population, estimate)
        assert estimate["high"] > expected / FACTOR, (key, population, estimate)


def test_the_shipped_crossings_are_those_dates() -> None:
    by = {c.id: c.event.text for c in shipped_claims() if c.event is not None}
    assert by["E1"] == 'lasts(ratio < 1, 4, "2029Q1")'
    assert by["E1t"] == 'lasts(time_ratio < 1, 4, "2029Q1")'


def test_a_comparison_with_what_is_not_a_number_makes_an_event_unclear_only_where_it_decides() -> (
    None
):
    values = np.asarray([[0.5, np.nan, 0.5, 2.0], [np.nan, 0.5, 0.5, 0.5]])
    seen = Seen(np, {"ratio": values}, dict[str, Any]().__getitem__)

    def unclear(text: str) -> list[bool]:
        read = event(text, known()).term.value
        return (read(seen) != read(seen._replace(unclear=True))).tolist()

    assert unclear('at(ratio, "2026Q4") < 1') == [False, True, False, False]
    assert unclear('not at(ratio, "2026Q4") < 1') == [False, True, False, False]
    assert unclear('at(ratio, "2026Q4") < 1 and at(ratio, "2027Q1") < 1') == [
        True,
        True,
        False,
        False,
    ]


def test_paths_that_are_unclear_are_left_out_and_counted(tmp_path: Path) -> None:
    """Altitudes below 700 km make 0 / 0: P(h < 700) is a closed form of its triangle."""
    entry = (
        'event = "(orbit.altitude - orbit.altitude) / (orbit.altitude - orbit.altitude) < 1 '
        "or orbit.altitude > '700 km'\""
    )
    (record,) = judged(load_claims(written(tmp_path, entry)), load("base"), Request(1 << 14, 5))
    below = 1.0 - 300**2 / (450 * 350)
    assert record["unclear"] == pytest.approx((1 << 14) * below, rel=0.01)
    assert record["probability"]["prior"]["n"] == (1 << 14) - record["unclear"]
    assert record["probability"]["prior"]["value"] == 1.0


def test_a_condition_gives_a_difference_and_a_high_probability_a_review(tmp_path: Path) -> None:
    entry = (
        "event = \"orbit.altitude > '800 km'\"\ngiven = \"orbit.altitude > '700 km'\"\n"
        "review_above = 0.25"
    )
    (record,) = judged(load_claims(written(tmp_path, entry)), load("base"), Request(1 << 14, 5))
    apart = record["difference"]["prior"]
    assert apart["low"] < (200 / 300) ** 2 < apart["high"]
    assert apart["value"] == record["probability"]["prior"]["value"]
    assert record["review"] == 0.25
    assert next(c for c in shipped_claims() if c.id == "E1").review_above == 0.25
