"""The one place where the benchmarks ask the engine for a run."""

from functools import cache

from risk.run.execute import Run, execute
from risk.run.plan import REPLICATES, Request
from risk.scenario import load

SAMPLERS = {"sobol": "sobol", "philox": "mc"}
"""Words by the name of the sampler that draws them."""
MODES = {"wins": True, "all": False}
"""What a run counts, and whether that is `wins_only`."""
_scenario = cache(load)

WARM_UP = 1 << 16
"""Paths of a run that is not timed: a whole tile of each of 32 scrambles."""


def once(
    paths: int,
    seed: int,
    sampler: str = "sobol",
    mode: str = "all",
    scenario: str = "base",
    replicates: int = REPLICATES,
) -> Run:
    """One run; `info["paths"]` says how many paths it took. A scenario is read the first time."""
    request = Request(paths, seed, sampler, replicates)
    return execute(_scenario(scenario), request, wins_only=MODES[mode])
