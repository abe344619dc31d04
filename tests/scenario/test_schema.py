"""The JSON Schema that is shipped for editors is fresh, and says what the loader says."""

import json
import re
import tomllib
from typing import Any

import pytest

from risk.inputs import declarations
from risk.model.systems import SystemInputs
from risk.scenario import schema, shipped
from risk.scenario.files import SHIPPED
from tests.scenario.conftest import INPUTS, MARKED, Small, text_of

TYPES = {
    "string": str,
    "number": (int, float),
    "integer": int,
    "object": dict,
    "array": list,
}
FILE = SHIPPED / "scenario.schema.json"


def fits(value: Any, rule: dict[str, Any], whole: dict[str, Any]) -> bool:
    """Whether a value fits the words of JSON Schema that ours uses; an unknown word is an error."""
    for word, arg in rule.items():
        match word:
            case (
                "$schema" | "$defs" | "title" | "description" | "required" | "additionalProperties"
            ):
                good = True
            case "$ref":
                good = fits(value, whole["$defs"][arg.rpartition("/")[2]], whole)
            case "anyOf":
                good = any(fits(value, option, whole) for option in arg)
            case "type":
                names = [arg] if isinstance(arg, str) else arg
                good = any(isinstance(value, TYPES[name]) for name in names)
            case "enum":
                good = value in arg
            case "const":
                good = value == arg
            case "pattern":
                good = re.search(arg, value) is not None
            case "minimum":
                good = value >= arg
            case "maximum":
                good = value <= arg
            case "exclusiveMinimum":
                good = value > arg
            case "exclusiveMaximum":
                good = value < arg
            case "minItems":
                good = len(value) >= arg
            case "maxItems":
                good = len(value) <= arg
            case "items":
                good = all(fits(item, arg, whole) for item in value)
            case "patternProperties":
                good = all(
                    fits(v, r, whole)
                    for p, r in arg.items()
                    for k, v in value.items()
                    if re.search(p, k)
                )
            case "properties":
                good = isinstance(value, dict) and (
                    {*rule.get("required", ())} <= value.keys()
                    and (
                        rule.get("additionalProperties") is not False or value.keys() <= arg.keys()
                    )
                    and all(fits(v, arg[k], whole) for k, v in value.items() if k in arg)
                )
            case _:
                raise AssertionError(f"the schema uses {word!r}, which this test does not know")
        if not good:
            return False
    return True


def test_the_committed_schema_is_fresh() -> None:
    """Refresh it with `orbitrisk schema > risk/scenarios/scenario.schema.json`."""
    assert FILE.read_text("utf-8") == json.dumps(schema(), indent=2) + "\n"


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_scenario_fits_the_schema(name: str) -> None:
    whole = schema()
    assert fits(tomllib.loads((SHIPPED / f"{name}.toml").read_text("utf-8")), whole, whole)


def test_every_input_says_its_meaning_unit_and_bounds() -> None:
    properties = schema()["properties"]
    for key, d in declarations(SystemInputs):
        rule = properties
        for part in key.split("."):
            rule = rule[part] if rule is properties else rule["properties"][part]
        assert d.meaning in rule["description"]
        if d.kind == "choice":
            assert rule["enum"] == list(d.options)
        elif d.unit != "1":
            assert f"unit {d.unit}" in rule["description"]


@pytest.mark.parametrize(
    "wrong",
    [
        "titel = 3",
        "[headline]\nyear = 2041",
        '[headline]\ncomparator = "costs"',
        "[conditioning]\nlaunch_loss = 1.0",
        '[engine]\nmode = "fats"',
        "[engine]\nprice = 3",
        f"[engine.prize]\nvalue = 3\n{MARKED}",
        '[engine.price]\nvalue = 3\nmark = "judgement"',
        f"[engine.price]\nvalue = 3\np5 = 1\n{MARKED}",
        f'[engine.price]\nshape = "uniform"\nlow = 1\np50 = 2\nhigh = 3\n{MARKED}',
        f'[engine.price]\nshape = "lognormall"\np5 = 1\np50 = 2\np95 = 3\n{MARKED}',
        '[[dependence.correlations]]\nbetween = ["a"]\nvalue = 0.2',
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(wrong: str) -> None:
    whole = schema(Small)
    head = 'name = "small"\ntitle = "x"\nsource = "y"\n'
    assert not fits(tomllib.loads(head + wrong), whole, whole)


def test_the_schema_takes_every_shape() -> None:
    whole = schema(Small)
    assert fits(tomllib.loads('name = "small"\n' + text_of(INPUTS)), whole, whole)
