"""The one place where the benchmarks call the engine."""

from dataclasses import fields
from typing import Any

from risk.run.execute import Run, execute, use_cache
from risk.run.plan import Request
from risk.scenario import load

SAMPLERS = {"sobol": "sobol", "philox": "mc"}
"""Words by the name of the sampler that draws them."""
MODES = {"wins": True, "all": False}
"""What a run counts, and whether that is `wins_only`."""


def request(paths: int, seed: int, sampler: str, replicates: int | None = None) -> Request:
    """What is asked of a run; raises ValueError for a sampler that the engine has not got."""
    options: dict[str, Any] = {}
    if replicates is not None and "replicates" in {field.name for field in fields(Request)}:
        options["replicates"] = replicates
    return Request(paths, seed, sampler, **options)


def once(
    paths: int,
    seed: int,
    sampler: str = "mc",
    mode: str = "all",
    scenario: str = "base",
    replicates: int | None = None,
) -> Run:
    """One run with the compilation cache on."""
    use_cache()
    asked = request(paths, seed, sampler, replicates)
    return execute(load(scenario), asked, wins_only=MODES[mode])


def refusal(sampler: str) -> str | None:
    """Why the engine does not have a sampler; None where it has it."""
    try:
        request(1 << 20, 0, sampler)
    except ValueError as error:
        return str(error)
    return None


def samplers() -> list[str]:
    """The samplers that this engine has, of those that the benchmarks know."""
    return [sampler for sampler in SAMPLERS.values() if refusal(sampler) is None]
