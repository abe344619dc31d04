"""`orbitrisk options`: what waiting, staging, abandoning and mixing are worth, and their regret."""

import textwrap
from collections.abc import Callable
from typing import Annotated, Any

import typer

from risk.cli.given import Json, Name, Seed
from risk.cli.output import BadInput, passed_on, room_for
from risk.cli.running import about, choose_device, load

REPLICATES = 32
FEWEST = 8192
MOST = 1 << 21
NAME, CELL = 14, 22  # columns


def options(
    scenario: Name,
    paths: Annotated[int, typer.Option(help="number of paths", min=FEWEST, max=MOST)] = 65_536,
    seed: Seed = 7,
    json_file: Json = None,
) -> None:
    """Say what the rights to wait, stage, abandon and mix are worth per $1B, and the regret."""
    loaded = load(scenario)
    room_for(json_file)
    choose_device(None, None)

    from risk.analysis.choices import choices
    from risk.run.plan import Request

    try:
        request = Request(paths, seed, replicates=REPLICATES)
    except ValueError as error:
        raise BadInput(str(error)) from error
    found = choices(loaded, request, request.size)
    if found["options"] is None:
        raise BadInput(
            f"--paths {paths}: too few are left to fit policies; give {2 * FEWEST} or more"
        )
    run = {"paths": request.size, "seed": seed}
    document = {"scenario": about(loaded), "run": run, **found}
    if passed_on(document, json_file):
        return
    print(_text(document))


def _text(document: dict[str, Any]) -> str:
    said = document["options"]
    year = int(said["date"])
    unit = (
        f"$M today for the compute that costs ${said['capital_musd'] / 1000:g}B on the ground in "
        f"{year}. Each fleet's money is discounted at its own rate. An owner sees launch price, "
        "rent, cost ratio, ground's cost and power; never the inputs."
    )
    lines = [document["scenario"]["title"], *textwrap.wrap(unit, 80)]
    for population, one in said["populations"].items():
        lines += ["", f"{population}, {one['n']:,} paths; bounds from {one['fresh']:,} fresh ones"]
        for part in (_waiting, _staging, _abandoning, _mix, _regret):
            lines += ["", *part(one, said)]
    lines += ["", *textwrap.wrap(
        f"95 % sampling intervals over scrambles; {document['run']['paths']:,} paths, seed "
        f"{document['run']['seed']}, scenario {document['scenario']['digest'][:8]}. A lower bound "
        "is what a policy fitted on other paths earns. The upper bound of waiting and staging is a "
        "dual by nested simulation: no policy earns more, not even that of an owner who knows the "
        "inputs and all that happened so far. That of stopping is perfect foresight. Between the "
        "bounds lies what better policies or better sight could add. "
        f"First stage {100 * said['stage']:g} %, its cost "
        f"{100 * said['stage_cost']:g} % of the unit, {said['learning']} years to learn from it, "
        "and half a building's rest given back: judgements. Nothing comes back from orbit.", 80)]  # fmt: skip
    return "\n".join(lines)


def _table(heads: list[str], rows: list[list[str]]) -> list[str]:
    def line(cells: list[str]) -> str:
        first, *rest = cells
        return (f"{first:<{NAME}}" + "".join(f"{cell:>{CELL}}" for cell in rest)).rstrip()

    return [line(heads), *(line(row) for row in rows)]


def _money(record: dict[str, Any]) -> str:
    """Value with its interval, $M; decimals follow the error."""
    decimals = 0 if record["stderr"] >= 0.5 else 1
    value, low, high = (round(record[k], decimals) + 0.0 for k in ("value", "low", "high"))
    text = f"{value:,.{decimals}f} ({low:,.{decimals}f}, {high:,.{decimals}f})"
    return text if len(text) < CELL else text.replace(", ", ",")


def _waiting(one: dict[str, Any], said: dict[str, Any]) -> list[str]:
    rows = [
        [row["fleet"], _money(row["now"]), _money(row["lower"]), _money(row["upper"])]
        for row in one["waiting"]
    ]
    lines = ["Right to commit once, at a yearly date, or never",
             *_table(["", "commit now", "lower bound", "upper bound"], rows)]  # fmt: skip
    lines += _table(["", "over now or never", "bracket", "perfect foresight"], [
        [row["fleet"], _money(row["gain"]), _money(row["gap"]), _money(row["foresight"])]
        for row in one["waiting"]])  # fmt: skip
    years = [int(date) for date in said["dates"]]
    for row in one["waiting"]:
        when = [f"{y} {100 * s:.0f} %" for y, s in zip(years, row["taken"], strict=False) if s >= 0.005]  # fmt: skip
        lines += textwrap.wrap(
            f"{row['fleet']} commits in: {', '.join(when) or 'no year'}; never "
            f"{100 * row['taken'][-1]:.1f} %",
            80,
            subsequent_indent="  ",
        )
    return lines


def _staging(one: dict[str, Any], said: dict[str, Any]) -> list[str]:
    rows = [
        [row["fleet"], _money(row["lower"]), _money(row["upper"]), _money(row["gain_over_now"])]
        for row in one["staging"]
    ]
    return [f"{100 * said['stage']:g} % now, the rest later or not (either: first stage in orbit)",
            *_table(["", "lower bound", "upper bound", "over all now"], rows)]  # fmt: skip


def _abandoning(one: dict[str, Any], said: dict[str, Any]) -> list[str]:
    rows = [
        [f"{row['fleet']} {int(row['date'])}", _money(row["lower"]), _money(row["upper"]),
         f"{100 * row['stopped']:.1f} %"]
        for row in one["abandoning"]
    ]  # fmt: skip
    return ["Right to stop a committed fleet at a yearly age",
            *_table(["", "lower bound", "upper bound", "P(stopped)"], rows)]  # fmt: skip


def _mix(one: dict[str, Any], said: dict[str, Any]) -> list[str]:
    rows = []
    for row in one["mix"]["rows"]:
        aim = f"mean-{row['risk']:g}CVaR" if row["reward"] else "least CVaR"
        share = {key: 100.0 * value for key, value in row["share"].items()}
        rows.append([aim, _money(share), _money(row["mean"]), _money(row["cvar"])])
    return [f"Best share of orbit in {int(said['date'])}, and what it earns at that date",
            *_table(["", "share, %", "mean", "worst twentieth"], rows)]  # fmt: skip


def _regret(one: dict[str, Any], said: dict[str, Any]) -> list[str]:
    lines = []
    for group in one["regret"]:
        rows = [
            [_choice(row["choice"], said), _money(row["expected"]), _money(row["q95"]),
             f"{row['largest']:,.0f}"]
            for row in group["rows"]
        ]  # fmt: skip
        least = {key: _choice(name, said) for key, name in group["least"].items()}
        lines += [f"Regret of choices open in {int(group['date'])}",
                  *_table(["", "expected", "95 % quantile", "largest seen"], rows),
                  f"least: expected {least['expected']}, 95 % {least['q95']}, "
                  f"largest {least['largest']}"]  # fmt: skip
    return lines


def _choice(name: str, said: dict[str, Any]) -> str:
    kind, _, years = name.partition("_")
    spoken: dict[str, Callable[[], str]] = {
        "wait": lambda: f"wait {years} years",
        "mix": lambda: f"{100 * said['mix']:g} % orbit",
    }
    return spoken.get(kind, lambda: name)()
