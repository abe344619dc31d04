"""`orbitrisk fleet`: what the fleets reach and earn, and whether their sponsor lasts."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from risk.cli.output import BadInput, dump, print_text, require_room, write_whole
from risk.cli.running import choose_device

DEFAULT_ROLLED = 65_536
LARGEST_ROLLED = 1 << 20


def fleet(
    scenario: Annotated[
        str, typer.Argument(help="a shipped scenario's name, or a path to a TOML file")
    ],
    paths: Annotated[
        int, typer.Option(help="number of paths, rounded up to a power of two per scramble")
    ] = DEFAULT_ROLLED,
    seed: Annotated[int, typer.Option(help="seed of the random numbers, 0 to 2^64 - 1")] = 7,
    json_file: Annotated[
        str | None, typer.Option("--json", help="write the JSON document here; - is stdout")
    ] = None,
) -> None:
    """Say what both fleets reach and earn, what limits them, and whether the sponsor is ruined."""
    from risk.run.plan import Request, options_of
    from risk.scenario import ScenarioError, load

    try:
        loaded, request = load(scenario), Request(paths, seed)
    except (ScenarioError, ValueError) as error:
        raise BadInput(str(error)) from error
    if request.size > LARGEST_ROLLED:
        raise BadInput(f"at most {LARGEST_ROLLED:,} paths are rolled forward, got {paths:,}")
    if json_file not in (None, "-"):
        require_room(Path(str(json_file)).absolute().parent)
    choose_device(None, None)

    from risk.analysis.fleets import fleets

    document = {
        "scenario": {
            "name": loaded.name,
            "title": loaded.title,
            "digest": loaded.digest,
            "headline": {"year": loaded.headline.year},
        },
        "run": {
            "paths": request.size,
            "seed": request.seed,
            "command": shlex.join(["orbitrisk", "fleet", scenario, *options_of(request)]),
        },
        "fleets": [e.record() for e in fleets(loaded, request, request.size)],
    }
    if json_file == "-":
        print(dump(document), end="")
        return
    if json_file is not None:
        write_whole(Path(json_file), dump(document))

    from risk.report import fleet_terminal

    print_text(lambda unicode: fleet_terminal(document, unicode=unicode))
