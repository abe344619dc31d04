"""`orbitrisk sensitivity`: what the answer depends on, with luck and dependence told apart."""

from typing import Annotated

import typer

from risk.cli.given import Device, Json, Name, Seed
from risk.cli.output import (
    BadInput,
    passed_on,
    print_text,
    room_for,
)
from risk.cli.running import choose_device, load, telling


def sensitivity(
    scenario: Name,
    paths: Annotated[
        int, typer.Option(help="base points, rounded up to a power of two per scramble")
    ] = 32_768,
    seed: Seed = 7,
    device: Device = None,
    json_file: Json = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="no progress")] = False,
) -> None:
    """Share out the variance of the answer: factors, inputs and luck (minutes)."""
    loaded = load(scenario)
    room_for(json_file)
    choose_device(device, None)

    from risk.analysis.sensitivity import sensitivity as run
    from risk.report import sensitivity_terminal

    try:
        document = run(loaded, paths=paths, seed=seed, told=telling(quiet))
    except ValueError as error:
        raise BadInput(str(error)) from error
    if passed_on(document, json_file):
        return
    print_text(lambda unicode: sensitivity_terminal(document, unicode=unicode))
