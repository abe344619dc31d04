"""`orbitrisk fleet`: what the fleets reach and earn, and whether their sponsor lasts."""

import shlex
from typing import Annotated

import typer

from risk.cli.given import Json, Name, Seed
from risk.cli.output import (
    BadInput,
    passed_on,
    print_text,
    room_for,
)
from risk.cli.running import choose_device

DEFAULT_ROLLED = 65_536
LARGEST_ROLLED = 1 << 20


def fleet(
    scenario: Name,
    paths: Annotated[
        int, typer.Option(help="number of paths, rounded up to a power of two per scramble")
    ] = DEFAULT_ROLLED,
    seed: Seed = 7,
    json_file: Json = None,
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
    room_for(json_file)
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
    if passed_on(document, json_file):
        return

    from risk.report import fleet_terminal

    print_text(lambda unicode: fleet_terminal(document, unicode=unicode))
