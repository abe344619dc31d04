"""What several commands are given: the same words, limits and help everywhere."""

from typing import Annotated

import typer

from risk.cli.output import BadInput


def _seed(value: int) -> int:
    if not 0 <= value < 1 << 64:
        raise BadInput(f"--seed {value}: a seed is a whole number from 0 to 2^64 - 1")
    return value


Name = Annotated[str, typer.Argument(help="a shipped scenario's name, or a path to a TOML file")]
Seed = Annotated[
    int, typer.Option(help="seed of the random numbers, 0 to 2^64 - 1", callback=_seed)
]
Year = Annotated[
    int | None, typer.Option(help="commit year, its fourth quarter; the scenario's where not given")
]
Device = Annotated[str | None, typer.Option(help="cpu, gpu or another JAX platform")]
Json = Annotated[
    str | None, typer.Option("--json", help="write the JSON document here; - is stdout")
]
