"""What a scenario file may hold, and the checks that need no other file.

Each table is a TypedDict that pydantic validates and turns into a part of the JSON Schema. Which
inputs there are, their units and bounds come from the model's declarations.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from itertools import pairwise
from typing import (
    Annotated,
    Any,
    Literal,
    NamedTuple,
    NotRequired,
    TypedDict,
    get_args,
    get_type_hints,
)

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
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
from risk.model.path import Inputs
from risk.scenario.problems import Place, did_you_mean, one_of
from risk.scenario.units import convert
from risk.scenario.values import bounds, within

FIRST_YEAR, LAST_YEAR = 2026, 2040
"""Commit years that a headline may name; each means its fourth quarter."""

type Report = Callable[[Place, str], None]
"""Takes where a problem is, and the sentence about it."""


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
Mark = Literal["published", "second-hand", "judgement", "unverified"]
Amount = Annotated[float, BeforeValidator(_amount), WithJsonSchema({"type": ["number", "string"]})]
_STRICT = ConfigDict(extra="forbid", strict=True)


class _Sourced(TypedDict):
    mark: Mark
    anchors: NotRequired[Mark]
    source: Text


class _Drawn(_Sourced):
    factors: NotRequired[dict[str, Correlation]]


@with_config(_STRICT)
class FixedTable(_Sourced):
    """A number without uncertainty."""

    shape: NotRequired[Literal["fixed"]]
    value: Amount


@with_config(_STRICT)
class PercentileTable(_Drawn):
    """Three percentiles met exactly, clipped to at_least and at_most or else to the hard bounds."""

    shape: Literal["lognormal", "normal", "logit"]
    p5: Amount
    p50: Amount
    p95: Amount
    at_least: NotRequired[Amount]
    at_most: NotRequired[Amount]


@with_config(_STRICT)
class TriangularTable(_Drawn):
    """A triangle on a share 1 - never; the rest is a date that never comes."""

    shape: Literal["triangular"]
    low: Amount
    mode: Amount
    high: Amount
    never: NotRequired[Share]


@with_config(_STRICT)
class UniformTable(_Drawn):
    """Uniform on a share 1 - zero; the rest is 0."""

    shape: Literal["uniform"]
    low: Amount
    high: Amount
    zero: NotRequired[Share]


@with_config(_STRICT)
class HeadlineTable(TypedDict, total=False):
    """Which number stands first."""

    comparator: Literal["cost", "value", "time-adjusted"]
    year: Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR)]


@with_config(_STRICT)
class ConditioningTable(TypedDict, total=False):
    """What is held about today's like-for-like ratio."""

    centre: Positive
    log_sd: Annotated[list[Positive], Field(min_length=1), AfterValidator(_falling)]
    launch_loss: Share
    source: Text


@with_config(_STRICT)
class CorrelationTable(TypedDict):
    """Correlation of two common factors."""

    between: Annotated[list[str], Field(min_length=2, max_length=2)]
    value: Correlation


@with_config(_STRICT)
class DependenceTable(TypedDict, total=False):
    """Common factors: what each means, and which are correlated."""

    scale: Annotated[Real, Field(ge=0)]
    source: Text
    factors: dict[Name, Text]
    correlations: list[CorrelationTable]


@with_config(_STRICT)
class PublishedTable(TypedDict):
    """A published cost ratio, orbit over ground."""

    name: Text
    year: Annotated[int, Field(ge=1950, le=2100)]
    ratio: Positive
    weight: Annotated[Real, Field(ge=0)]
    source: Text


@with_config(_STRICT)
class Head(TypedDict):
    """Everything in a file but its inputs."""

    name: Name
    title: Text
    source: Text
    extends: NotRequired[Text]
    headline: NotRequired[HeadlineTable]
    conditioning: NotRequired[ConditioningTable]
    dependence: NotRequired[DependenceTable]
    published: NotRequired[list[PublishedTable]]


@dataclass(frozen=True)
class Entry:
    """One input's table, converted to the declared unit."""

    shape: str
    numbers: Mapping[str, float]
    marginal: Marginal
    factors: Mapping[str, float]
    mark: str
    anchors: str | None
    source: str


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


def head(data: Mapping[str, Any], report: Report) -> tuple[dict[str, Any], set[str | int]]:
    """The valid part of a file's head, and the keys of it that have a fault."""
    given = {k: v for k, v in data.items() if k in Head.__annotations__}
    return _checked(Head, given, (), report)


def inputs_of(
    data: Mapping[str, Any], inputs: type, report: Report
) -> dict[str, Entry | int | None]:
    """Every input that a file gives: an entry, an option's index, or None where it has a fault."""
    known = dict(declarations(inputs))
    return {
        key: (_option if known[key].kind == "choice" else _entry)(
            given, known[key], tuple(key.split(".")), report
        )
        for key, given in _leaves(data, known, (), report)
    }


def _leaves(
    data: Mapping[str, Any], known: Mapping[str, Declaration], path: tuple[str, ...], report: Report
) -> Iterator[tuple[str, Any]]:
    prefix = "".join(f"{name}." for name in path)
    names = {
        key.removeprefix(prefix).split(".")[0]: None for key in known if key.startswith(prefix)
    }
    head_names = () if path else tuple(Head.__annotations__)
    for name, given in data.items():
        place = (*path, name)
        if name in head_names:
            continue
        if prefix + name in known:
            yield prefix + name, given
        elif name not in names:
            allowed = [*head_names, *names]
            far = "" if did_you_mean(allowed, name) else _elsewhere(known, name)
            report(place, f"{name!r} is not known; {one_of(allowed, name)}{far}")
        elif isinstance(given, dict):
            yield from _leaves(given, known, place, report)
        else:
            report(place, f"{given!r} is given; allowed: a table")


def _elsewhere(known: Mapping[str, Declaration], name: str) -> str:
    """Where another group has an input of about this name."""
    last = {key.rpartition(".")[2]: key for key in known}
    near = did_you_mean(list(last), name)
    return f"; did you mean {last[near.split("'")[1]]!r}?" if near else ""


def _option(given: Any, d: Declaration, place: Place, report: Report) -> int | None:
    if given in d.options:
        return d.options.index(given)
    report(place, f"{given!r} is given; {one_of(d.options, given)}")
    return None


def _entry(given: Any, d: Declaration, place: Place, report: Report) -> Entry | None:
    if not isinstance(given, dict):
        report(place, f"{given!r} is given; allowed: a table with shape, numbers, mark and source")
        return None
    shape = given.get("shape", "fixed" if "value" in given else "")
    if not isinstance(shape, str) or shape not in SHAPES:
        said = f"shape {shape!r} is given" if shape else "neither shape nor value is given"
        report((*place, "shape"), f"{said}; {one_of(SHAPES, shape)}")
        return None
    form, build = SHAPES[shape]
    table, faulty = _checked(form, given, place, report, d)
    if faulty:
        return None
    numbers = {k: v for k, v in table.items() if isinstance(v, float)}
    try:
        marginal = build(numbers, d)
    except ValueError as error:
        report(place, f"{error} (in {d.unit})" if d.unit != "1" else str(error))
        return None
    return Entry(
        shape=shape,
        numbers=numbers,
        marginal=marginal,
        factors=table.get("factors", {}),
        mark=table["mark"],
        anchors=table.get("anchors"),
        source=table["source"],
    )


@cache
def _adapter(form: Any) -> TypeAdapter[Any]:
    return TypeAdapter(form)


def _checked(
    form: Any, given: Mapping[str, Any], place: Place, report: Report, context: Any = None
) -> tuple[dict[str, Any], set[str | int]]:
    """The valid part of a table, and the keys of it that have a fault, all of them reported."""
    try:
        return _adapter(form).validate_python(given, context=context), set()
    except ValidationError as error:
        faults = error.errors(include_url=False)
    for fault in faults:
        sentence = _SENTENCES.get(fault["type"], _refused)
        report((*place, *(p for p in fault["loc"] if p != "[key]")), sentence(fault, form))
    faulty = {fault["loc"][0] for fault in faults}
    return {k: v for k, v in given.items() if k not in faulty}, faulty


def _refused(fault: Any, form: Any) -> str:
    said = re.sub(r"^(Input|String|List) should (be |have )?", "", fault["msg"])
    return f"{fault['input']!r} is given; allowed: {said}"


def _own(fault: Any, form: Any) -> str:
    return fault["msg"].removeprefix("Value error, ")


def _literal(fault: Any, form: Any) -> str:
    words = re.findall(r"'([^']*)'", fault["ctx"]["expected"])
    return f"{fault['input']!r} is given; {one_of(words, fault['input'])}"


def _missing(fault: Any, form: Any) -> str:
    needed = _names(form, fault["loc"][:-1], required=True)
    return f"{fault['loc'][-1]!r} is missing; needed: {', '.join(needed)}"


def _unknown(fault: Any, form: Any) -> str:
    name = fault["loc"][-1]
    return f"{name!r} does not belong here; {one_of(_names(form, fault['loc'][:-1]), name)}"


_SENTENCES: dict[str, Callable[[Any, Any], str]] = {
    "missing": _missing,
    "value_error": _own,
    "literal_error": _literal,
    "extra_forbidden": _unknown,
}


def _names(form: Any, path: Place, required: bool = False) -> list[str]:
    """Keys of the TypedDict at a path inside a form."""
    for part in path:
        form = get_args(form)[0] if isinstance(part, int) else get_type_hints(form)[part]
    return [n for n in form.__annotations__ if not required or n in form.__required_keys__]


def schema(inputs: type = Inputs) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a scenario file, for editors."""
    tables = {shape.form.__name__: shape.form for shape in SHAPES.values()}
    adapters = [(name, "validation", _adapter(form)) for name, form in tables.items()]
    adapters.append(("Head", "validation", _adapter(Head)))
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
