"""Claims from a file: validated, parsed and checked against what the engine knows."""

import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, NotRequired, TypedDict

from pydantic import Field, with_config

from risk.claims.language import (
    Expression,
    event,
    pure_number,
    sum_that_holds,
)
from risk.claims.terms import Fault, Names, quantity
from risk.inputs import declarations
from risk.model.fields import FLEET, VINTAGE
from risk.model.world import World
from risk.scenario.check import Report, checked
from risk.scenario.files import text_of, toml_of
from risk.scenario.form import STRICT, Name, Text
from risk.scenario.problems import Place, Problem, ScenarioError, dotted, line_of, lines_of

SHIPPED = Path(__file__).with_name("claims.toml")
type Kind = Literal["event", "conditional", "check", "fact", "unquantified"]

KINDS: dict[str, Kind] = {"event": "event", "check": "check", "holds": "fact"}
"""What a claim is, by what decides it."""


@with_config(STRICT)
class ClaimTable(TypedDict):
    """One statement; at most one of event, check and holds."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+$")]
    number: NotRequired[int]
    text: Text
    evidence: Text
    event: NotRequired[str]
    given: NotRequired[str]
    check: NotRequired[str]
    show: NotRequired[dict[str, str]]
    holds: NotRequired[bool]
    review_above: NotRequired[Annotated[float, Field(gt=0, lt=1)]]
    source: NotRequired[Text]
    constants: NotRequired[dict[Name, str]]


@with_config(STRICT)
class ClaimsFile(TypedDict):
    """A file of claims; `article` is the source of those that name none."""

    article: Text
    extends: NotRequired[Literal["article"]]
    claim: list[ClaimTable]


@dataclass(frozen=True)
class Claim:
    """A statement and what decides it."""

    id: str
    number: int | None
    text: str
    source: str
    evidence: str
    kind: Kind
    event: Expression | None = None
    given: Expression | None = None
    check: Expression | None = None
    show: Mapping[str, Expression] = field(default_factory=dict)  # pure numbers, by label
    holds: bool | None = None
    review_above: float | None = None  # a probability that calls for a second look at the priors


@cache
def known() -> Names:
    """Everything that an expression may name."""
    inputs = {key: d.unit for key, d in declarations(World) if d.kind == "number"}
    return Names({**VINTAGE, **FLEET}, inputs, {})


def shipped_claims() -> tuple[Claim, ...]:
    """The claims of the founding article."""
    return load_claims(SHIPPED)


def load_claims(path: str | os.PathLike[str]) -> tuple[Claim, ...]:
    """The claims of a file; raises ScenarioError with every fault, its line and its place.

    A file that extends the article adds its claims to those that ship; one whose id is theirs
    takes its place.
    """
    file = Path(path)
    text = text_of(file)
    lines, problems = lines_of(text), list[Problem]()

    def report(place: Place, sentence: str) -> None:
        problems.append(Problem(str(path), line_of(lines, place), dotted(place), sentence))

    found, faulty = checked(ClaimsFile, toml_of(file, text), (), report)
    if faulty:
        raise ScenarioError(problems)
    claims: dict[str, Claim] = {}
    for number, table in enumerate(found["claim"]):
        place: Place = ("claim", number)
        claim = _claim(table, found["article"], place, report)
        if claim.id in claims:
            report((*place, "id"), f"{claim.id!r} is given twice; allowed: one entry an id")
        claims[claim.id] = claim
    if problems:
        raise ScenarioError(problems)
    if "extends" in found:
        claims = {claim.id: claim for claim in shipped_claims()} | claims
    return tuple(claims.values())


def _claim(table: ClaimTable, article: str, place: Place, report: Report) -> Claim:
    decided = [key for key in KINDS if key in table]
    if len(decided) > 1:
        report(place, f"{' and '.join(decided)} are given; allowed: one of them")
    for key, needed in (("given", "event"), ("show", "check"), ("review_above", "event")):
        if key in table and needed not in table:
            report((*place, key), f"{key} is given without {needed}")
    constants, sound = table.get("constants", {}), True
    for name, text in constants.items():
        try:
            quantity(text)
        except ValueError as error:
            report((*place, "constants", name), str(error))
            sound = False
    names = Names(known().fields, known().inputs, constants)

    def parsed(read: Callable[[str, Names], Expression], text: str, *at: str) -> Expression | None:
        line = " ".join(text.split())  # one line, so that a character's place is a column
        try:
            return read(line, names)
        except Fault as fault:
            mark = f" (character {fault.column + 1})\n    {line}\n    {' ' * fault.column}^"
            report((*place, *at), fault.text + mark)
            return None

    parts = {
        key: parsed(event if key in ("event", "given") else sum_that_holds, table[key], key)
        for key in ("event", "given", "check")
        if sound and key in table
    }
    show = {
        label: found
        for label, text in table.get("show", {}).items()
        if sound and (found := parsed(pure_number, text, "show", label))
    }
    kind: Kind = "conditional" if "given" in table else "unquantified"
    return Claim(
        id=table["id"],
        number=table.get("number"),
        text=table["text"],
        source=table.get("source", article),
        evidence=table["evidence"],
        kind=KINDS[decided[0]] if decided and "given" not in table else kind,
        event=parts.get("event"),
        given=parts.get("given"),
        check=parts.get("check"),
        show=show,
        holds=table.get("holds"),
        review_above=table.get("review_above"),
    )


def ordered(claims: Sequence[Claim]) -> list[Claim]:
    """By number of the statement, those without one last; in the order of the file otherwise."""
    return sorted(claims, key=lambda claim: math.inf if claim.number is None else claim.number)
