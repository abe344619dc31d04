"""What does a path cost whose fleets are rolled forward, over one that only has vintages?

One core, one call after the other in turn, so that a busy machine slows all of them alike. Either
asks for who wins, and fleets for capacity in orbit and ruin besides, or for what a report says of
them; or a mean reads every field that a quarter shows, so that none of it is left out as dead.
Fleets draw more numbers; that is counted.
"""

import statistics
import time
from typing import Any

from benchmarks.apart import apart
from benchmarks.bars import digits
from benchmarks.engine import SAMPLERS
from benchmarks.machine import cores
from kernels.platforms import PLATFORMS, platform

VERSIONS = (
    "vintages, who wins",
    "vintages, every field",
    "fleets, who wins",
    "fleets, what a report says",
    "fleets, every field",
)
OVER = {"what a report says": "vintages, who wins"}
"""What fleets are told over, where it is not vintages that are asked for the same."""
BAR = 3.0
"""Most that fleets may cost, times the vintages alone."""
Found = dict[str, Any]


def run(quick: bool = False) -> Found:
    """Microseconds a path of each version by sampler, on one core; one entry a round."""
    tiles, repeats = (4, 2) if quick else (PLATFORMS["cpu"].block, 7)
    samplers = list(SAMPLERS.values())[: 1 if quick else None]
    return {
        s: apart(timed, on=cores()[:1], sampler=s, tiles=tiles, repeats=repeats).value
        for s in samplers
    }


def timed(sampler: str, tiles: int, repeats: int) -> Found:
    """Microseconds of processor time a path by version."""
    import jax
    import jax.numpy as jnp

    from kernels.counter import TILE, tile_of
    from risk.run.devices import prepare

    prepare()
    programs = {name: _program(sampler, tiles, name) for name in VERSIONS}
    found: dict[str, list[float]] = {name: [] for name in VERSIONS}
    for number in range(repeats + 1):
        for name, (compiled, job) in programs.items():
            began = time.process_time()
            jax.block_until_ready(compiled(job, tile_of(number * tiles), jnp.int32(tiles * TILE)))
            if number:
                found[name].append(1e6 * (time.process_time() - began) / (tiles * TILE))
    memory = {
        name: compiled.memory_analysis().temp_size_in_bytes / 1e6
        for name, (compiled, _) in programs.items()
    }
    return {"versions": found, "memory, MB": memory, "native": platform().native}


def _program(sampler: str, tiles: int, version: str) -> tuple[Any, Any]:
    import jax
    import jax.numpy as jnp

    from kernels import reducers
    from kernels.counter import tile_of
    from kernels.paths import SPAN, block
    from risk.analysis.fleets import VIEW
    from risk.model.constants import QUARTERS
    from risk.run import fleets, simulate
    from risk.run.devices import cache_folder
    from risk.run.execute import job_of
    from risk.run.reductions import wins_reducers
    from risk.scenario import load

    rolled, everything = version.startswith("fleets"), version.endswith("every field")
    told = VIEW.fields if version.endswith("report says") else ("orbit_kw", "ruined")
    job, rows = job_of(load("base"), 1, sampler, fleets=rolled)
    groups = job.opinion.log_sd.shape[0] + 1
    made = wins_reducers(groups)
    if rolled:
        made = {name: fleets.of_vintage(reducer) for name, reducer in made.items()}

    def asked(seen: Any) -> Any:
        """One number a step made of all that is asked for."""
        leaves = jax.tree.leaves(seen) if everything else [seen.named(name) for name in told]
        return sum(leaf[::SPAN] for leaf in leaves)

    if rolled or everything:
        made["asked"] = reducers.moments(asked, QUARTERS // SPAN, groups)
    march = fleets.simulate if rolled else simulate.simulate
    run = jax.jit(
        block(
            simulate.shared,
            lambda given, common, several, fused: march(given, rows, common, several, fused),
            made,
            tiles,
            platform(),
            cache_folder(),
        )
    )
    return run.lower(job, tile_of(0), jnp.int32(1)).compile(), job


def lines(found: Found) -> list[str]:
    """Time by version, and how much more fleets cost."""
    rows = ["| version | sampler | µs a path | working memory, MB |", "|---|---|---|---|"]
    for sampler, one in found.items():
        for version, kept in one["versions"].items():
            spread = f"{statistics.median(kept):.2f} ({min(kept):.2f} to {max(kept):.2f})"
            rows.append(
                f"| {version} | {sampler} | {spread} | {digits(one['memory, MB'][version])} |"
            )
    rows += ["", f"| fleets over vintages (bar: at most {BAR:g}) | {' | '.join(found)} |"]
    rows += ["|---|" + "---|" * len(found)]
    for what in ("who wins", "what a report says", "every field"):
        ratios = [f"{times(one, what):.2f}" for one in found.values()]
        rows.append(f"| {what} | {' | '.join(ratios)} |")
    return rows


def times(one: Found, what: str) -> float:
    """Cost of fleets over vintages, of the fastest rounds."""
    best = {name: min(kept) for name, kept in one["versions"].items()}
    return best[f"fleets, {what}"] / best[OVER.get(what, f"vintages, {what}")]
