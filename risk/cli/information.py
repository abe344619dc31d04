"""`orbitrisk information`: what it is worth to know more before choosing orbit or ground."""

import math
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from risk.cli.given import Json, Name, Seed, Year
from risk.cli.output import (
    BadInput,
    passed_on,
    print_text,
    room_for,
)
from risk.cli.running import about, choose_device, load, telling

if TYPE_CHECKING:
    from rich.text import Text

NAME, CELL, WIDTH = 28, 26, 80  # columns
_SETS = {"inputs": "all inputs", "factors": "all common factors"}
_KINDS = {"set": "sets of inputs", "factor": "common factors", "input": "inputs"}
POPULATIONS = ("conditioned", "prior")
MOST = 10  # inputs that are printed


def information(
    scenario: Name,
    investment: Annotated[
        float, typer.Option(help="present value of ground's costs, $M", min=0.001)
    ] = 1000.0,
    year: Year = None,
    neither: Annotated[
        bool, typer.Option("--neither", help="a third action: build nothing, at an NPV of 0")
    ] = False,
    studies: Annotated[
        Path | None, typer.Option(help="a file of studies of your own; the shipped ones without")
    ] = None,
    check: Annotated[
        str | None,
        typer.Option(
            help="also the unbiased value, over the prior, of a group, a factor or an input's "
            "key; largest: of the group worth most (a minute)"
        ),
    ] = None,
    paths: Annotated[int, typer.Option(help="number of paths", min=1)] = 65_536,
    seed: Seed = 7,
    json_file: Json = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="no progress")] = False,
) -> None:
    """Say what knowing more is worth: everything, each input, and studies (a minute)."""
    from risk.analysis.studies import SHIPPED, load_studies
    from risk.run.plan import Request

    if not math.isfinite(investment):
        raise BadInput(f"--investment {investment}: allowed is a finite number of $M")
    loaded = load(scenario)
    try:
        offered = load_studies(studies or SHIPPED)
        request = Request(paths, seed)
    except ValueError as error:
        raise BadInput(str(error)) from error
    room_for(json_file)
    choose_device(None, None)

    from risk.analysis.decision import information as run

    try:
        found = run(
            loaded,
            request,
            offered,
            investment=investment,
            year=year,
            neither=neither,
            check=check,
            told=telling(quiet),
        )
    except ValueError as error:
        raise BadInput(str(error)) from error
    document = {"scenario": about(loaded), "information": found}
    if passed_on(document, json_file):
        return
    print_text(lambda unicode: _printed(document, unicode))


def _printed(document: dict[str, Any], unicode: bool) -> "Text":
    from rich.text import Text

    from risk.report.render.terminal import plain_ascii

    text = Text("\n".join(_text(document)), no_wrap=True)
    return text if unicode else plain_ascii(text)


def _text(document: dict[str, Any]) -> list[str]:
    found = document["information"]
    both = [found["populations"][name] for name in POPULATIONS]
    about = (
        f"The choice: {' or '.join(found['actions'])} for the same compute, committed in "
        f"{found['year']}, by NPV at the market price of compute. All in $M for "
        f"${found['investment']:,.6g}M of ground's costs, mean present value."
    )
    lines = [
        document["scenario"]["title"],
        *textwrap.wrap(about, WIDTH),
        "",
        _line("", POPULATIONS),
    ]
    chances = [_told({k: 100.0 * v for k, v in one["orbit"].items()}) for one in both]
    lines += [_line("P(orbit better), %", chances)]
    lines += [_line("mean gain of orbit", [_told(one["mean"], True) for one in both])]
    lines += ["", "Worth of knowing before the choice:"]
    lines += [_line("everything (EVPI)", [_told(one["evpi"]) for one in both])]
    for kind in ("set", "factor", "input"):
        lines += _worths(kind, [[r for r in one["rows"] if r["kind"] == kind] for one in both])
    lines += ["", "Worth of a study before its cost (EVSI), then less its cost:"]
    for one, other in zip(*(one["studies"] for one in both), strict=True):
        lines += _rows(one["name"], [_told(study["evsi"]) for study in (one, other)])
        nets = [_told(study["net"], True) for study in (one, other)]
        lines += [_line(f"  costs {one['cost']:,.6g} ({one['mark']})", nets)]
    lines += ["", *_remarks(found, both)]
    lines += [f"95 % sampling intervals; {both[0]['n']:,} of {found['paths']:,} paths conditioned, seed "
              f"{found['seed']},", f"scenario {document['scenario']['digest'][:8]}"]  # fmt: skip
    return lines


def _worths(kind: str, both: list[list[dict[str, Any]]]) -> list[str]:
    """EVPPI of what is worth something in a population, the most first, and how many are not."""
    pairs = sorted(
        zip(*both, strict=True), key=lambda pair: -max(row["evppi"]["value"] for row in pair)
    )
    told = [pair for pair in pairs if any(row["evppi"]["high"] > 0.0 for row in pair)]
    lines = []
    for pair in told[:MOST]:
        name = pair[0]["name"] or f"{_SETS.get(pair[0]['key'], pair[0]['key'])} ({pair[0]['size']})"
        lines += _rows(name, [_told(row["evppi"]) for row in pair])
    if len(told) > MOST:
        lines += [f"  and {len(told) - MOST} more {_KINDS[kind]} worth less"]
    if rest := pairs[len(told) :]:
        every = "each of the other" if told else "each of the"
        lines += _rows(f"{every} {len(rest)} {_KINDS[kind]}", ["0", "0"])
    return lines


def _remarks(found: dict[str, Any], both: list[dict[str, Any]]) -> list[str]:
    """What the table means, in sentences."""
    said = []
    for name, one in zip(POPULATIONS, both, strict=True):
        alone = [row for row in one["rows"] if row["kind"] != "set"]
        if not any(row["evppi"]["low"] > 0.0 for row in alone):
            mean = one["mean"]["value"]
            ahead, behind = ("orbit", "ground") if mean > 0.0 else ("ground", "orbit")
            said.append(
                f"{name.capitalize()}: no single input would change the choice. {behind.capitalize()} "
                f"would have to gain {abs(mean):,.0f} on average to draw level with {ahead}, "
                f"{100.0 * abs(mean) / found['investment']:.0f} % of what ground costs."
            )
    said.append(
        "Worth by regression is a lower bound: a value of 0 may hide a small one. Everything less "
        "all inputs is luck, which no study tells, and what the fit misses. Sets and inputs "
        "overlap, so that they do not add up."
    )
    if check := found["check"]:
        short = -check["above"]
        verdict = (
            f"the regression falls short by {short:.1f} standard errors"
            if short > 0.0
            else f"the regression is {-short:.1f} standard errors above it, 4 are allowed"
        )
        said.append(
            f"Check of {check['key']} in the prior, by nested simulation without bias: "
            f"{_told(check['unbiased'], True)}; {verdict}."
        )
    return [line for text in said for line in (*textwrap.wrap(text, WIDTH), "")]


def _rows(name: str, cells: list[str]) -> list[str]:
    *above, last = textwrap.wrap(name, NAME - 3)
    return [*(f"  {part}" for part in above), _line(f"  {last}", cells)]


def _line(name: str, cells: list[str] | tuple[str, ...]) -> str:
    return f"{name:<{NAME}}{cells[0]:<{CELL}}{cells[1]}".rstrip()


def _told(found: dict[str, float], signed: bool = False) -> str:
    """An amount with its interval; what cannot be told from 0 says up to where, unless signed."""
    from risk.report.words import words

    say = words("en")
    value, low, high = (found[key] for key in ("value", "low", "high"))
    if low == high:
        return say.significant(value, 4)
    if low <= 0.0 and not signed:
        return f"0 (up to {say.significant(max(high, 0.0), 2)})"
    decimals = -math.floor(math.log10((high - low) / 2.0))
    decimals = max(0, min(decimals, 3 - math.floor(math.log10(max(abs(low), abs(high))))))
    texts = [say.signed(f"{number:,.{decimals}f}") for number in (value, low, high)]
    if texts[1] == texts[2]:
        return say.significant(value, 4)
    return f"{texts[0]} ({texts[1]} to {texts[2]})"
