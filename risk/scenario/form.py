"""What a scenario file may hold.

Each table is a TypedDict that pydantic validates and turns into a part of the JSON Schema. Which
inputs there are, their units and bounds come from the model's declarations.
"""

import math
import re
from collections.abc import Callable, Mapping
from functools import cache, partial
from itertools import pairwise
from typing import Annotated, Any, Literal, NamedTuple, NotRequired, TypedDict

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationInfo,
    WithJsonSchema,
    with_config,
)

from kernels.marginals import (
    Constant,
    Marginal,
    SplitLogit,
    SplitLognormal,
    SplitNormal,
    Triangular,
    Uniform,
)
from risk.inputs import Declaration, declarations
from risk.model.systems import SystemInputs
from risk.scenario.units import convert
from risk.scenario.values import bounds, within

FIRST_YEAR, LAST_YEAR = 2026, 2040
"""Commit years that a headline may name; each means its fourth quarter."""


def _text(given: str) -> str:
    if not given.strip():
        raise ValueError("the text is empty; allowed: at least one word")
    return " ".join(given.split())


def _name(given: str) -> str:
    if not re.fullmatch(_NAME, given):
        raise ValueError(f"{given!r} is no name; allowed: small letters, digits and _")
    return given


def _amount(given: object, info: ValidationInfo) -> float:
    assert isinstance(info.context, Declaration)
    value = convert(given, info.context.unit)
    within(value, info.context)
    return value


def _falling(given: list[float]) -> list[float]:
    if any(a <= b for a, b in pairwise(given)):
        raise ValueError(f"{given} does not fall; allowed: each number below the one before")
    return given


_NAME = "[a-z0-9_]+"
Name = Annotated[
    str, AfterValidator(_name), WithJsonSchema({"type": "string", "pattern": f"^{_NAME}$"})
]
Text = Annotated[str, AfterValidator(_text)]
Real = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[Real, Field(gt=0)]
Share = Annotated[Real, Field(ge=0, lt=1)]
Correlation = Annotated[Real, Field(ge=-1, le=1)]
Side = Literal["orbit", "ground", "rented", "edge"]
Mark = Literal["published", "fitted", "second-hand", "judgement", "unverified"]
Amount = Annotated[float, BeforeValidator(_amount), WithJsonSchema({"type": ["number", "string"]})]
STRICT = ConfigDict(extra="forbid", strict=True)


class _Sourced(TypedDict):
    mark: Mark
    anchors: NotRequired[Mark]
    source: Text


class _Drawn(_Sourced):
    factors: NotRequired[dict[str, Correlation]]


@with_config(STRICT)
class FixedTable(_Sourced):
    """A number without uncertainty."""

    shape: NotRequired[Literal["fixed"]]
    value: Amount


@with_config(STRICT)
class PercentileTable(_Drawn):
    """Three percentiles met exactly, clipped to at_least and at_most or else to the hard bounds."""

    shape: Literal["lognormal", "normal", "logit"]
    p5: Amount
    p50: Amount
    p95: Amount
    at_least: NotRequired[Amount]
    at_most: NotRequired[Amount]


@with_config(STRICT)
class TriangularTable(_Drawn):
    """A triangle on a share 1 - never; the rest is a date that never comes."""

    shape: Literal["triangular"]
    low: Amount
    mode: Amount
    high: Amount
    never: NotRequired[Share]


@with_config(STRICT)
class UniformTable(_Drawn):
    """Uniform on a share 1 - zero; the rest is 0."""

    shape: Literal["uniform"]
    low: Amount
    high: Amount
    zero: NotRequired[Share]


@with_config(STRICT)
class HeadlineTable(TypedDict, total=False):
    """Which number stands first."""

    comparator: Literal["cost", "value", "time-adjusted"]
    year: Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR)]


@with_config(STRICT)
class ConditioningTable(TypedDict, total=False):
    """What is held about today's like-for-like ratio."""

    centre: Positive
    log_sd: Annotated[list[Positive], Field(min_length=1), AfterValidator(_falling)]
    launch_loss: Share
    source: Text


@with_config(STRICT)
class CorrelationTable(TypedDict):
    """Correlation of two common factors."""

    between: Annotated[list[str], Field(min_length=2, max_length=2)]
    value: Correlation


@with_config(STRICT)
class DependenceTable(TypedDict, total=False):
    """Common factors: what each means, and which are correlated."""

    scale: Annotated[Real, Field(ge=0)]
    source: Text
    factors: dict[Name, Text]
    correlations: list[CorrelationTable]


@with_config(STRICT)
class PublishedTable(TypedDict):
    """A published cost ratio, orbit over ground."""

    name: Text
    year: Annotated[int, Field(ge=1950, le=2100)]
    ratio: Positive
    weight: Annotated[Real, Field(ge=0)]
    source: Text


Percentiles = Annotated[list[Real], Field(min_length=3, max_length=3)]


@with_config(STRICT)
class FittedTable(TypedDict):
    """What evidence did to one input: P5, P50 and P95 before and after, and how the draws fared."""

    input: Text
    fit: Text
    before: Percentiles
    after: Percentiles
    r_hat: Positive
    ess: Positive
    caution: NotRequired[Text]


@with_config(STRICT)
class BacktestTable(TypedDict):
    """A forecast from what was known at a date, and what came."""

    name: Text
    question: Text
    known_until: Real
    unit: Text
    forecast: Percentiles
    outcome: Real
    pit: Annotated[Real, Field(ge=0, le=1)]
    crps: Annotated[Real, Field(ge=0)]
    note: Text


@with_config(STRICT)
class EvidenceTable(TypedDict):
    """What a calibration did; written by `orbitrisk calibrate` and shown in the report."""

    date: Text
    seed: int
    tables: list[Text]
    fitted: NotRequired[list[FittedTable]]
    backtests: NotRequired[list[BacktestTable]]


@with_config(STRICT)
class Head(TypedDict):
    """Everything in a file but its inputs."""

    name: Name
    title: Text
    source: Text
    extends: NotRequired[str]
    side: NotRequired[Side]
    opponent: NotRequired[str]
    headline: NotRequired[HeadlineTable]
    conditioning: NotRequired[ConditioningTable]
    dependence: NotRequired[DependenceTable]
    published: NotRequired[list[PublishedTable]]
    evidence: NotRequired[EvidenceTable]


class Shape(NamedTuple):
    """What a distribution's table holds, and how its numbers become a marginal."""

    form: Any
    build: Callable[[Mapping[str, float], Declaration], Marginal]


def _two_piece(
    kind: type[SplitNormal | SplitLognormal | SplitLogit],
    n: Mapping[str, float],
    d: Declaration,
) -> Marginal:
    low, high = n.get("at_least", d.low), n.get("at_most", d.high)
    if not (low <= n["p50"] <= high and low < high):
        raise ValueError(
            f"the clip from {low:g} to {high:g} leaves out the median {n['p50']:g}; "
            "allowed: at_least below at_most with p50 between them"
        )
    if n["p5"] == n["p95"]:
        raise ValueError(f"all percentiles are {n['p5']:g}; write value = ... instead")
    return kind.through(n["p5"], n["p50"], n["p95"], low, high)


def _triangular(n: Mapping[str, float], d: Declaration) -> Marginal:
    if n.get("never") and math.isfinite(d.high):
        raise ValueError(f"never is given, but the input has the bound {d.high:g}; leave it out")
    return Triangular.over(n["low"], n["mode"], n["high"], n.get("never", 0.0))


def _uniform(n: Mapping[str, float], d: Declaration) -> Marginal:
    if n.get("zero") and not d.low <= 0.0 <= d.high:
        raise ValueError(f"zero is given, but 0 is out of bounds; allowed: {bounds(d)}")
    return Uniform.over(n["low"], n["high"], n.get("zero", 0.0))


SHAPES = {
    "lognormal": Shape(PercentileTable, partial(_two_piece, SplitLognormal)),
    "normal": Shape(PercentileTable, partial(_two_piece, SplitNormal)),
    "logit": Shape(PercentileTable, partial(_two_piece, SplitLogit)),
    "triangular": Shape(TriangularTable, _triangular),
    "uniform": Shape(UniformTable, _uniform),
    "fixed": Shape(FixedTable, lambda n, _: Constant(n["value"])),
}


@cache
def adapter(form: Any) -> TypeAdapter[Any]:
    """The validator of a table."""
    return TypeAdapter(form)


def schema(inputs: type = SystemInputs) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a scenario file, for editors."""
    tables = {shape.form.__name__: shape.form for shape in SHAPES.values()}
    adapters = [(name, "validation", adapter(form)) for name, form in tables.items()]
    adapters.append(("Head", "validation", adapter(Head)))
    _, shared = TypeAdapter.json_schemas(adapters)  # type: ignore[arg-type]
    definitions = shared["$defs"]
    whole = definitions.pop("Head")
    definitions["Input"] = {"anyOf": [{"$ref": f"#/$defs/{name}"} for name in tables]}
    for key, declaration in declarations(inputs):
        *groups, name = key.split(".")
        table = whole
        for group in groups:
            empty = {"type": "object", "additionalProperties": False, "properties": {}}
            table = table["properties"].setdefault(group, empty)
        table["properties"][name] = _input_schema(declaration)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **whole,
        "title": "orbitrisk scenario",
        "$defs": definitions,
    }


def _input_schema(d: Declaration) -> dict[str, Any]:
    if d.kind == "choice":
        return {"description": d.meaning, "enum": list(d.options)}
    unit = "no unit" if d.unit == "1" else f"unit {d.unit}"
    drawn = ", drawn anew at each event" if d.kind == "event" else ""
    return {
        "description": f"{d.meaning}; {unit}; {bounds(d)}{drawn}",
        "$ref": "#/$defs/Input",
    }
