"""`orbitrisk rare`: a probability too small to count, by two methods that must agree."""

import re
import sys
from typing import Annotated, Any

import typer

from risk.cli.given import Json, Name, Seed
from risk.cli.output import BadInput, passed_on, room_for
from risk.cli.running import about, choose_device, load, telling


def rare(
    scenario: Name,
    by: Annotated[
        str, typer.Option(help="last quarter in which the crossing may begin, as 2029Q1")
    ] = "2029Q1",
    comparator: Annotated[str, typer.Option(help="cost, value or time-adjusted")] = "cost",
    seed: Seed = 7,
    json_file: Json = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="no progress")] = False,
) -> None:
    """Say how likely an early crossing is (four quarters in a row), however small (a minute)."""
    from risk.analysis.rare import DisagreementError
    from risk.analysis.soon import MARGINS, crossing_by

    loaded = load(scenario)
    if comparator not in MARGINS:
        raise BadInput(f"--comparator {comparator}: allowed are {', '.join(MARGINS)}")
    quarter = _quarter(by)
    room_for(json_file)
    choose_device(None, None)

    try:
        found = crossing_by(loaded, comparator, quarter, seed=seed, told=telling(quiet))
    except DisagreementError as error:
        print(f"orbitrisk: {error}", file=sys.stderr)
        raise typer.Exit(1) from error
    document = {"scenario": about(loaded), "rare": found}
    if passed_on(document, json_file):
        return
    print(_text(document, by))


def _quarter(text: str) -> int:
    """Number of a quarter written as 2029Q1; raises BadInput for one that cannot be asked."""
    from risk.analysis.estimates import quarter_of
    from risk.model.metrics import LAST_CROSSING

    match = re.fullmatch(r"(\d{4})Q([1-4])", text)
    quarter = quarter_of(int(match[1]) + (int(match[2]) - 1) / 4) if match else -1
    if not 0 <= quarter <= LAST_CROSSING:
        raise BadInput(f"--by {text}: allowed is a quarter from 2026Q4 to 2040Q4, as 2029Q1")
    return quarter


def _text(document: dict[str, Any], by: str) -> str:
    found = document["rare"]
    lines = [
        f"{document['scenario']['title']}",
        f"P(orbit crosses by {by}), {found['comparator']}, four quarters in a row below parity",
        "",
        f"{'':<13}{'importance sampling':<34}subset simulation",
    ]
    for population, both in found["found"].items():
        cells = [_cell(both[name]) for name in ("importance", "subset")]
        lines.append(f"{population:<13}{cells[0]:<34}{cells[1]}")
    apart = max(both["apart"] for both in found["found"].values())
    lines += [
        "",
        "95 % sampling intervals. The two work independently and are at most",
        f"{apart:.1f} of their standard errors apart (4 would be an error). seed {found['seed']}, "
        f"scenario {document['scenario']['digest'][:8]}",
    ]
    return "\n".join(lines)


def _cell(found: dict[str, Any]) -> str:
    from risk.report.reading import Record
    from risk.report.words import words

    value, stderr, low, high = (found[name] for name in ("value", "stderr", "low", "high"))
    said = words("en").chance(Record(value, stderr, low, high, found["evaluations"], "1"))
    return f"{said.value} ({said.bracket})"
