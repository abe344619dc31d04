"""`orbitrisk sensitivity`: what the answer depends on, with luck and dependence told apart."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from risk.cli.output import BadInput, dump, print_text, require_room, write_whole
from risk.cli.running import choose_device


def sensitivity(
    scenario: Annotated[
        str, typer.Argument(help="a shipped scenario's name, or a path to a TOML file")
    ],
    paths: Annotated[
        int, typer.Option(help="base points, rounded up to a power of two per scramble")
    ] = 32_768,
    seed: Annotated[int, typer.Option(help="seed of the random numbers, 0 to 2^64 - 1", min=0)] = 7,
    device: Annotated[str | None, typer.Option(help="cpu, gpu or another JAX platform")] = None,
    json_file: Annotated[
        str | None, typer.Option("--json", help="write the JSON document here; - is stdout")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="no progress")] = False,
) -> None:
    """Share out the variance of the answer: factors, inputs and luck (minutes)."""
    from risk.scenario import ScenarioError, load

    try:
        loaded = load(scenario)
    except ScenarioError as error:
        raise BadInput(str(error)) from error
    if json_file not in (None, "-"):
        require_room(Path(str(json_file)).absolute().parent)
    choose_device(device, None)

    from risk.analysis.sensitivity import sensitivity as run
    from risk.report import sensitivity_terminal

    def told(text: str) -> None:
        if not quiet:
            print(f"orbitrisk: {text}", file=sys.stderr, flush=True)

    try:
        document = run(loaded, paths=paths, seed=seed, told=told)
    except ValueError as error:
        raise BadInput(str(error)) from error
    if json_file == "-":
        print(dump(document), end="")
        return
    if json_file is not None:
        write_whole(Path(json_file), dump(document))
    print_text(lambda unicode: sensitivity_terminal(document, unicode=unicode))
