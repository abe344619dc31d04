"""Where does the time go: words, normals, the model or the counting?

By ablation on one core: the block is compiled again with one part after another replaced by
something nearly free or left out, and all versions are timed in turn on the same tiles. What a
part costs is the difference. Cheap words are one multiply and one shift of the counter; cheap
normals are uniforms of variance one. What a version does not count, the compiler does not compute,
so the cost of a histogram holds that of its metric.

The last table is read from the program that XLA compiles where there is no C++ compiler, so no load
of the machine moves it: it makes one loop over a tile for each array that it keeps, and what one
loop hands to another goes through the cache.
"""

import statistics
import time
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from benchmarks import program
from benchmarks.apart import apart
from benchmarks.bars import digits
from benchmarks.engine import SAMPLERS
from benchmarks.machine import cores
from kernels.platforms import PLATFORMS, platform

NORMAL = "risk.run.simulate.normal"
"""Where a block turns its words into normals, as a name to replace."""
VERSIONS = {
    "everything": ("all", False, False),
    "without histograms": ("no histograms", False, False),
    "who wins only": ("wins", False, False),
    "who wins, cheap words": ("wins", True, False),
    "who wins, cheap words and normals": ("wins", True, True),
    "the same up to the first quarter": ("population", True, True),
}
"""What is counted, and whether words and normals are cheap."""
PARTS = {
    "histograms": ("everything", "without histograms"),
    "events, crossings, prices": ("without histograms", "who wins only"),
    "random words": ("who wins only", "who wins, cheap words"),
    "normals from words": ("who wins, cheap words", "who wins, cheap words and normals"),
    "the sixty quarters, who wins": (
        "who wins, cheap words and normals",
        "the same up to the first quarter",
    ),
    "inputs and conditioning": ("the same up to the first quarter", None),
}
Found = dict[str, Any]


def run(quick: bool = False) -> Found:
    """Microseconds a path of each version by sampler, on one core, and what was compiled."""
    tiles, repeats = (4, 2) if quick else (PLATFORMS["cpu"].block, 7)
    every = SAMPLERS.values()
    return {
        s: apart(timed, on=cores()[:1], sampler=s, tiles=tiles, repeats=repeats).value
        for s in every
    }


def timed(sampler: str, tiles: int, repeats: int) -> Found:
    """Microseconds of processor time a path by version, one entry a round; and the programs."""
    import jax
    import jax.numpy as jnp

    from kernels.counter import TILE, tile_of
    from risk.run.devices import prepare

    prepare()
    native = platform().native
    programs = {n: _program(sampler, tiles, *which, native) for n, which in VERSIONS.items()}
    found: dict[str, list[float]] = {name: [] for name in VERSIONS}
    for number in range(repeats + 1):
        for name, (compiled, job) in programs.items():
            began = time.process_time()
            jax.block_until_ready(compiled(job, tile_of(number * tiles), jnp.int32(tiles * TILE)))
            if number:
                found[name].append(1e6 * (time.process_time() - began) / (tiles * TILE))
    made: Found = {"the code as written": _written(sampler)}
    for name in ("everything", "who wins only"):
        compiled = _program(sampler, tiles, *VERSIONS[name], native=False)[0]
        memory = compiled.memory_analysis().temp_size_in_bytes / 1e6
        made[name] = {**program.compiled(compiled.as_text(), TILE), "working memory, MB": memory}
    return {"versions": found, "programs": made, "native": native}


def _written(sampler: str) -> dict[str, int]:
    import jax

    from kernels.counter import TILE, tile_of
    from risk.run.execute import job_of
    from risk.run.simulate import outcomes, shared
    from risk.scenario import load

    job, rows = job_of(load("base"), 1, sampler)
    trace = jax.make_jaxpr(lambda given, t: outcomes(given, rows, shared(given, t), t[None])[0])
    return program.written(trace(job, tile_of(0)).jaxpr, TILE)


def _program(
    sampler: str, tiles: int, mode: str, cheap_words: bool, cheap_normals: bool, native: bool
) -> tuple[Any, Any]:
    import jax
    import jax.numpy as jnp

    from kernels import reducers
    from kernels.counter import tile_of
    from kernels.paths import SPAN, Fused, Walk, block
    from risk.run.execute import job_of
    from risk.run.reductions import all_reducers, wins_reducers
    from risk.run.simulate import shared, simulate, start
    from risk.scenario import load

    job, rows = job_of(load("base"), 1, sampler)
    if cheap_words:
        philox: Any = job_of(load("base"), 1, "mc")[0].source
        job = job._replace(source=_cheap(philox.once_streams, philox.each_streams))
    groups = job.opinion.log_sd.shape[0] + 1
    made = wins_reducers(groups) if mode == "wins" else all_reducers(groups)
    if mode == "no histograms":
        made = {k: r for k, r in made.items() if not k.startswith("histogram.")}
    if mode == "population":
        made = {"population": reducers.population(groups)}

    def one(given: Any, common: Any, several: Any, fused: Fused) -> Walk:
        if mode != "population":
            return simulate(given, rows, common, several, fused)
        begun = fused(lambda: start(given, rows, common, several))
        return Walk(
            state=jnp.zeros_like(begun.group),
            step=lambda state, at: (state, state),
            words=lambda part: part,
            parts=None,
            steps=SPAN,
            valid=lambda seen: jnp.all(seen == seen, axis=0),
            group=begun.group,
            groups=groups,
        )

    where = PLATFORMS["cpu"]._replace(native=native)
    run = jax.jit(block(shared, one, made, tiles, where))
    with mock.patch(NORMAL, _cheap_normal) if cheap_normals else nullcontext():
        return run.lower(job, tile_of(0), jnp.int32(1)).compile(), job


def _cheap(once: Any, each: Any) -> Any:
    """A provider of words that differ by path, stream and step; random they are not."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    from kernels.counter import TILE

    @jax.tree_util.register_dataclass
    @dataclass(frozen=True)
    class Cheap:
        once_streams: Any
        each_streams: Any

        def shared(self, tile: Any) -> None:
            return None

        def once(self, shared: None, tiles: Any) -> Any:
            return self._words(tiles, self.once_streams)

        def steps(self, shared: None, tiles: Any) -> Any:
            return jnp.arange(program.QUARTERS, dtype=jnp.uint32)

        def each(self, tiles: Any, part: Any) -> Any:
            return self._words(tiles, self.each_streams * (part + jnp.uint32(1)))

        def _words(self, tiles: Any, numbers: Any) -> Any:
            path = np.arange(TILE, dtype=np.uint32) + tiles[0, 0] * jnp.uint32(TILE)
            mixed = path[None, :] * jnp.uint32(2654435769) + numbers[:, None]
            return mixed ^ (mixed >> jnp.uint32(15))

    return Cheap(once, each)


def _cheap_normal(words: Any) -> Any:
    from kernels.transforms import uniform

    return (uniform(words) - 0.5) * 3.4641016


def lines(found: Found) -> list[str]:
    """Time by version, and by part; then what was compiled."""
    names = " | ".join(f"{s}, µs a path" for s in found)
    ran = "native" if all(one.get("native") for one in found.values()) else "XLA"
    rows = [f"| version ({ran}) | {names} |", "|---|" + "---|" * len(found)]
    for version in VERSIONS:
        cells = " | ".join(_spread(one["versions"][version]) for one in found.values())
        rows.append(f"| {version} | {cells} |")
    spent = {sampler: parts(one) for sampler, one in found.items()}
    rows += ["", f"| part | {names} |", "|---|" + "---|" * len(found)]
    for part in PARTS:
        cells = " | ".join(
            f"{digits(us[part])} ({100 * us[part] / sum(us.values()):.0f} %)"
            for us in spent.values()
        )
        rows.append(f"| {part} | {cells} |")
    return rows + _compiled(found)


def _compiled(found: Found) -> list[str]:
    """What the compiler made of one quarter, by sampler and version."""
    kinds = ("loops over a tile", "bytes written a path", *program.COUNTED, "working memory, MB")
    rows = ["", "| one quarter of the compiled block | " + " | ".join(kinds) + " |"]
    rows += ["|---|" + "---|" * len(kinds)]
    for sampler, one in found.items():
        for name, counts in one["programs"].items():
            cells = " | ".join(digits(counts[k]) if k in counts else "" for k in kinds)
            rows.append(f"| {sampler}: {name} | {cells} |")
    return rows


def _spread(kept: list[float]) -> str:
    return f"{statistics.median(kept):.2f} ({min(kept):.2f} to {max(kept):.2f})"


def parts(one: Found) -> dict[str, float]:
    """Microseconds a path by part, from the fastest rounds of one sampler."""
    best = {name: min(kept) for name, kept in one["versions"].items()}
    return {
        part: best[whole] - (0.0 if without is None else best[without])
        for part, (whole, without) in PARTS.items()
    }


def figure(found: Found, folder: Path) -> None:
    """The parts as bars, one figure a sampler."""
    from benchmarks.plots import parts as draw
    from benchmarks.plots import save

    for sampler, one in found.items():
        title = f"Time of a path by part, one core, {sampler}"
        save(draw(parts(one), "µs"), folder / f"split_{sampler}.svg", title)
