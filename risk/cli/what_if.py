"""`orbitrisk breakeven`, `sweep` and `stress`: the answer where an input is held, or shocked."""

import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from risk.cli.given import Json, Name, Seed, Year
from risk.cli.output import BadInput, passed_on, room_for
from risk.cli.running import choose_device

if TYPE_CHECKING:
    from risk.run.plan import Request
    from risk.scenario import Scenario

REPLICATES = 16
"""Scrambles: each fills a tile, so that fewer of them make small runs cheaper."""

Comparator = Annotated[
    str | None, typer.Option(help="cost, value or time-adjusted; the scenario's where not given")
]
Paths = Annotated[int, typer.Option(help="number of paths a point", min=REPLICATES)]

SHOCK, CELL, DRIVER = 31, 26, 32  # columns

type Found = Callable[["Scenario", "Request", int, str], dict[str, Any]]


def breakeven(
    scenario: Name,
    key: Annotated[
        str, typer.Option("--input", help="launch.price, or an input's key; KEY=low:high:count")
    ] = "launch.price",
    year: Year = None,
    comparator: Comparator = None,
    paths: Paths = 131_072,
    seed: Seed = 7,
    json_file: Json = None,
) -> None:
    """Say at which value of an input P(orbit wins) is 10, 50 and 90 %, and print the curve."""
    from risk.analysis.breakeven import break_even
    from risk.analysis.sweep import Axis, default_axis

    def found(loaded: "Scenario", request: "Request", at: int, by: str) -> dict[str, Any]:
        axis = Axis.of(key) if "=" in key else default_axis(loaded, key, 17)
        return break_even(loaded, axis, request, year=at, comparator=by).record()

    _answer(scenario, "breakeven", found, _curve, year, comparator, paths, seed, json_file)


def sweep(
    scenario: Name,
    vary: Annotated[
        list[str],
        typer.Option(help="KEY=low:high:count, once or twice; + joins keys that move together"),
    ],
    year: Year = None,
    comparator: Comparator = None,
    paths: Paths = 32_768,
    seed: Seed = 7,
    json_file: Json = None,
) -> None:
    """Say P(orbit wins) over one or two inputs held at a grid of values, on the same paths."""
    from risk.analysis.sweep import Axis
    from risk.analysis.sweep import sweep as run

    def found(loaded: "Scenario", request: "Request", at: int, by: str) -> dict[str, Any]:
        axes = [Axis.of(text) for text in vary]
        return run(loaded, axes, request, year=at, comparator=by).record()

    _answer(scenario, "sweep", found, _grid, year, comparator, paths, seed, json_file)


def stress(
    scenario: Name,
    shocks: Annotated[
        Path | None, typer.Option(help="a file of shocks of your own; the shipped ones without")
    ] = None,
    backwards: Annotated[
        bool, typer.Option("--reverse", help="also the most likely way for orbit to win (a minute)")
    ] = False,
    year: Year = None,
    comparator: Comparator = None,
    paths: Paths = 32_768,
    seed: Seed = 7,
    json_file: Json = None,
) -> None:
    """Say P(orbit wins) under named shocks, alone and together, on the same paths."""
    from risk.analysis.stress import load_shocks
    from risk.analysis.stress import stress as run

    def found(loaded: "Scenario", request: "Request", at: int, by: str) -> dict[str, Any]:
        chosen = load_shocks(shocks) if shocks else None
        made = run(loaded, request, year=at, comparator=by, shocks=chosen).record()
        if backwards:
            from risk.analysis.reverse import reverse

            made["reverse"] = reverse(loaded, year=at, comparator=by, seed=request.seed)
        return made

    _answer(scenario, "stress", found, _shocks, year, comparator, paths, seed, json_file)


def _answer(
    name: str,
    command: str,
    found: Found,
    text: Callable[[dict[str, Any]], list[str]],
    year: int | None,
    comparator: str | None,
    paths: int,
    seed: int,
    json_file: str | None,
) -> None:
    """Load, run, print or write; every refusal is one sentence."""
    from risk.run.plan import Request
    from risk.scenario import load

    room_for(json_file)
    try:
        loaded = load(name)
        request = Request(paths, seed, replicates=REPLICATES)
        choose_device(None, None)
        at, by = year or loaded.headline.year, comparator or loaded.headline.comparator
        made = found(loaded, request, at, by)
    except ValueError as error:
        raise BadInput(str(error)) from error
    about = {"name": loaded.name, "title": loaded.title, "digest": loaded.digest}
    document = {"scenario": about, command: made}
    if passed_on(document, json_file):
        return
    lines = [loaded.title, f"P(orbit wins), {by}, capacity committed in {at}", ""]
    lines += text(made)
    lines += ["", f"95 % sampling intervals; {made['paths']:,} paths, seed {made['seed']}, "
              f"scenario {loaded.digest[:8]}"]  # fmt: skip
    print("\n".join(lines))


def _chance(cell: dict[str, Any]) -> str:
    """P in percent with its interval; a bound where no path wins."""
    from risk.report.reading import Record
    from risk.report.words import words

    value, stderr, low, high = (float(cell[name]) for name in ("value", "stderr", "low", "high"))
    said = words("en").chance(Record(value, stderr, low, high, int(cell["n"]), "1"))
    return f"{said.number} ({said.bracket})"


def _curve(made: dict[str, Any]) -> list[str]:
    asked = made["input"]
    lines = [f"{asked['meaning']}, {asked['unit']}", ""]
    for population in ("conditioned", "prior"):
        lines.append(f"{population}:")
        for row in made["values"]:
            if row["population"] != population:
                continue
            value = "does not exist"
            if row["value"] is not None:
                ends = [
                    f"{row[e]:.4g}" if row[e] is not None else "no end" for e in ("low", "high")
                ]
                value = f"{row['value']:.4g} ({ends[0]} to {ends[1]})"
            lines.append(f"  P = {100 * row['probability']:.0f} % at  {value}")
    lines += ["", f"{asked['unit']:>14}  {'conditioned, %':<{CELL}}prior, %"]
    return lines + _rows(made["curve"])


def _rows(cells: list[dict[str, Any]]) -> list[str]:
    """A line a point: its place, then both populations."""
    by: dict[tuple[float, ...], dict[str, str]] = {}
    for cell in cells:
        by.setdefault(tuple(cell["at"].values()), {})[cell["population"]] = _chance(cell)
    return [
        f"{'  '.join(f'{v:.4g}' for v in place):>14}  {both['conditioned']:<{CELL}}{both['prior']}"
        for place, both in by.items()
    ]


def _grid(made: dict[str, Any]) -> list[str]:
    names = [f"{axis['meaning']}, {axis['unit']}" for axis in made["axes"]]
    return [*names, "", f"{'':>14}  {'conditioned, %':<{CELL}}prior, %", *_rows(made["cells"])]


def _shocks(made: dict[str, Any]) -> list[str]:
    lines = [f"{'shock':<{SHOCK}}{'conditioned, %':<{CELL}}prior, %"]
    for row in made["rows"]:
        cells = [_chance(row["chances"][p]) for p in ("conditioned", "prior")]
        *above, last = textwrap.wrap(row["name"] or "no shock", SHOCK - 1)
        lines += [*above, f"{last:<{SHOCK}}{cells[0]:<{CELL}}{cells[1]}"]
    stands = [f"{row['name']}: {row['stands_for']}" for row in made["rows"] if row["stands_for"]]
    lines += ["", "Sizes of all shocks are judgements; the file names their sources."]
    lines += [line for text in stands for line in textwrap.wrap(text, 80)]
    return lines + (_reverse(made["reverse"]) if "reverse" in made else [])


def _reverse(found: dict[str, Any]) -> list[str]:
    """Where orbit wins, and where it loses: medians beside the design point."""
    from risk.report.sections.reverse import MOVED
    from risk.report.words import words

    lines = [""]
    for population, groups in found["populations"].items():
        for way in ("win", "lose"):
            group = groups[way]
            if not group["rows"] or (way == "lose" and abs(group["rows"][0]["z"]) < MOVED):
                told = f"Where orbit {way}s, {population}: {group['n']:,} paths"
                lines += ["", f"{told}, none of whose medians stands out"]
                continue
            lines += ["", f"Where orbit {way}s, {population}: {group['n']:,} paths"
                      f"{', few for medians' if group.get('few') else ''}"]  # fmt: skip
            lines.append(f"{'':<{DRIVER}}{'median, quantile of prior':<30}design point")
            for row in group["rows"]:
                cells = [
                    _place(row["value"], row["quantile"], words("en").unit(row["unit"]), row),
                    _place(row["design_value"], row["design_quantile"], ""),
                ]
                *above, last = textwrap.wrap(row["name"], DRIVER - 2)
                lines += [*above, f"{last:<{DRIVER}}{cells[0]:<30}{cells[1]}"]
    design = found["design"]
    told = words("en").say(
        "reverse.design",
        beta=f"{design['beta']:.2f}",
        probability=f"{100 * design['probability']:.2g}",
    )
    if not design["settled"]:
        told += " " + words("en").say("reverse.unsettled", off=f"{design['off']:.2g}")
    wrapped = textwrap.wrap(told.replace("\u00a0", " ").replace("\u2212", "-"), 80)
    return [*lines, "", *wrapped, f"{found['paths']:,} paths"]


def _place(
    value: float | None, quantile: float, unit: str, row: dict[str, Any] | None = None
) -> str:
    """A value in its unit and its quantile of the prior, with the interval where there is one."""
    at = f"{100 * quantile:.0f} %"
    if row and row["low"] is not None:
        at += f" ({100 * row['low']:.0f} to {100 * row['high']:.0f})"
    return at if value is None else f"{value:.4g}{f' {unit}' if len(unit) > 1 else ''}, {at}"
