"""Claims from a file: validated, parsed and checked against what the engine knows."""

import os
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal, NotRequired, TypedDict

from pydantic import TypeAdapter, ValidationError, with_config

from risk.claims.language import Expression, Fault, Names, event, expression, pure, quantity
from risk.inputs import declarations
from risk.model.fields import FLEET, VINTAGE
from risk.model.world import World
from risk.scenario.form import STRICT, Name, Text
from risk.scenario.problems import Place, Problem, ScenarioError, dotted, line_of, lines_of

SHIPPED = Path(__file__).with_name("claims.toml")
LARGEST_FILE = 1 << 20  # bytes
type Kind = Literal["event", "conditional", "check", "fact", "unquantified"]


@with_config(STRICT)
class ClaimTable(TypedDict):
    """One statement; at most one of event, check and holds."""

    id: str
    number: int
    text: Text
    evidence: Text
    event: NotRequired[str]
    given: NotRequired[str]
    check: NotRequired[str]
    show: NotRequired[dict[str, str]]
    holds: NotRequired[bool]
    source: NotRequired[Text]
    constants: NotRequired[dict[Name, str]]


@with_config(STRICT)
class ClaimsFile(TypedDict):
    """A file of claims; `article` is the source of those that name none."""

    article: Text
    claim: list[ClaimTable]


@dataclass(frozen=True)
class Claim:
    """A statement and what decides it."""

    id: str
    number: int
    text: str
    source: str
    evidence: str
    kind: Kind
    event: Expression | None = None
    given: Expression | None = None
    check: Expression | None = None
    show: Mapping[str, Expression] = field(default_factory=dict)  # pure numbers, by label
    holds: bool | None = None
    needs: frozenset[str] = frozenset()  # what it names that this engine does not yet compute


@cache
def known() -> Names:
    """Everything that an expression may name, whether it is computed yet or not."""
    inputs = {key: d.unit for key, d in declarations(World) if d.kind == "number"}
    return Names({**VINTAGE, **FLEET}, inputs, {})


def shipped_claims() -> tuple[Claim, ...]:
    """The claims of the founding article."""
    return load_claims(SHIPPED)


def load_claims(path: str | os.PathLike[str]) -> tuple[Claim, ...]:
    """The claims of a file; raises ScenarioError with every fault, its line and its place."""
    file = Path(path)
    text = _text(file)
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ScenarioError([Problem(str(path), None, "", f"this is not TOML: {error}")]) from None
    problems: list[Problem] = []
    lines = lines_of(text)

    def report(place: Place, sentence: str) -> None:
        problems.append(Problem(str(path), line_of(lines, place), dotted(place), sentence))

    try:
        found = TypeAdapter(ClaimsFile).validate_python(data)
    except ValidationError as error:
        for one in error.errors():
            report(tuple(one["loc"]), one["msg"])
        raise ScenarioError(problems) from None
    claims = []
    for number, table in enumerate(found["claim"]):
        claims.append(_claim(table, found["article"], ("claim", number), report))
    seen: set[str] = set()
    for number, claim in enumerate(claims):
        if claim.id in seen:
            report(
                ("claim", number, "id"), f"{claim.id!r} is given twice; allowed: one entry an id"
            )
        seen.add(claim.id)
    if problems:
        raise ScenarioError(problems)
    return tuple(claims)


def _text(file: Path) -> str:
    try:
        if (size := file.stat().st_size) > LARGEST_FILE:
            reason = f"the file has {size:,} bytes; allowed: up to {LARGEST_FILE:,}"
            raise ScenarioError([Problem(str(file), None, "", reason)])
        return file.read_text("utf-8")
    except OSError as error:
        reason = f"the file cannot be read: {error.strerror}"
        raise ScenarioError([Problem(str(file), None, "", reason)]) from None
    except UnicodeDecodeError:
        raise ScenarioError([Problem(str(file), None, "", "the file is not UTF-8")]) from None


def _claim(table: ClaimTable, article: str, place: Place, report: Any) -> Claim:
    decided = [key for key in ("event", "check", "holds") if key in table]
    if len(decided) > 1:
        report(place, f"{' and '.join(decided)} are given; allowed: one of them")
    for key, needed in (("given", "event"), ("show", "check"), ("constants", "check")):
        if key in table and needed not in table:
            report((*place, key), f"{key} is given without {needed}")
    names = Names(known().fields, known().inputs, _constants(table, place, report))

    def parsed(text: str, at: Place, of_truth: bool) -> Expression | None:
        # One line, so that a character's place is a column.
        line = " ".join(text.split())
        try:
            return event(line, names) if of_truth else expression(line, names)
        except Fault as fault:
            mark = f"\n    {line}\n    {' ' * fault.column}^"
            report(at, fault.text + mark)
            return None

    parts = {
        key: parsed(table[key], (*place, key), True)
        for key in ("event", "given", "check")
        if key in table
    }
    show = {
        label: found
        for label, text in table.get("show", {}).items()
        if (found := parsed(text, (*place, "show", label), False))
    }
    for label, one in show.items():
        if not pure(one):
            report((*place, "show", label), "this has a unit; allowed: a pure number")
    for part in (parts.get("check"), *show.values()):
        if part is not None and part.fields | part.inputs:
            report((*place, "check"), "a check works on constants; allowed for paths: event")
    kind: Kind = "unquantified"
    if decided:
        kind = {"event": "event", "check": "check", "holds": "fact"}[decided[0]]  # type: ignore[assignment]
    if "given" in table:
        kind = "conditional"
    return Claim(
        id=table["id"],
        number=table["number"],
        text=table["text"],
        source=table.get("source", article),
        evidence=table["evidence"],
        kind=kind,
        event=parts.get("event"),
        given=parts.get("given"),
        check=parts.get("check"),
        show=show,
        holds=table.get("holds"),
        needs=missing(one for one in parts.values() if one is not None),
    )


def _constants(table: ClaimTable, place: Place, report: Any) -> Mapping[str, str]:
    given = table.get("constants", {})
    for name, text in given.items():
        try:
            quantity(text)
        except ValueError as error:
            report((*place, "constants", name), str(error))
    return {name: text for name, text in given.items() if _sound(text)}


def _sound(text: str) -> bool:
    try:
        quantity(text)
    except ValueError:
        return False
    return True


def missing(expressions: Any) -> frozenset[str]:
    """What expressions read that this engine does not compute."""
    declared = {key for key, _ in declarations(World)} | {*VINTAGE, *FLEET}
    named = {name for one in expressions for name in one.fields | one.inputs}
    return frozenset(named - declared)


def ordered(claims: Sequence[Claim]) -> list[Claim]:
    """By number of the statement, in the order of the file within it."""
    return sorted(claims, key=lambda claim: claim.number)
