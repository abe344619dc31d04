"""Where does the time go: words, normals, the model or the counting?

By ablation on one core: the block is compiled again with one part after another replaced by
something nearly free or left out, and all versions are timed in turn on the same tiles. What a
part costs is the difference. Cheap words are one multiply and one shift of the counter; cheap
normals are uniforms of variance one. What a version does not count, the compiler does not compute,
so the cost of a histogram holds that of its metric.

The last table is read from the compiled program, so no load of the machine moves it: XLA makes one
loop over a tile for each array that it keeps, and what one loop hands to another goes through the
cache.
"""

import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from benchmarks import program
from benchmarks.apart import apart
from benchmarks.bars import digits
from benchmarks.machine import cores

WORDS = ("risk.run.draw.words", "risk.run.simulate.words")
"""Where a block takes its random words from, as names to replace."""
NORMALS = ("risk.run.draw.normal",)
VERSIONS = {
    "everything": ("all", ()),
    "without histograms": ("no histograms", ()),
    "who wins only": ("wins", ()),
    "who wins, cheap words": ("wins", ("words",)),
    "who wins, cheap words and normals": ("wins", ("words", "normals")),
    "the same up to the first quarter": ("population", ("words", "normals")),
}
"""What is counted, and which parts are cheap."""
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
    """Microseconds a path of each version, on one core."""
    tiles, repeats = (4, 2) if quick else (32, 7)
    return apart(timed, on=cores()[:1], tiles=tiles, repeats=repeats).value


def timed(tiles: int, repeats: int) -> Found:
    """Microseconds of processor time a path by version, one entry a round; and the programs."""
    import jax
    import jax.numpy as jnp

    from kernels.counter import TILE, tile_of
    from risk.run.execute import use_cache

    use_cache()
    programs = {name: _program(mode, cheap) for name, (mode, cheap) in VERSIONS.items()}
    found: dict[str, list[float]] = {name: [] for name in VERSIONS}
    for number in range(repeats + 1):
        for name, (compiled, job) in programs.items():
            began = time.process_time()
            jax.block_until_ready(compiled(job, tile_of(number * tiles), jnp.int32(tiles * TILE)))
            if number:
                found[name].append(1e6 * (time.process_time() - began) / (tiles * TILE))
    made: Found = {"the code as written": _written()}
    for name in ("everything", "who wins only"):
        compiled = programs[name][0]
        memory = compiled.memory_analysis().temp_size_in_bytes / 1e6
        made[name] = {**program.compiled(compiled.as_text(), TILE), "working memory, MB": memory}
    return {"versions": found, "programs": made}


def _written() -> dict[str, int]:
    import jax

    from kernels.counter import TILE, tile_of
    from risk.run.execute import job_of
    from risk.run.simulate import tile_outcome
    from risk.scenario import load

    job, rows = job_of(load("base"), 1)
    trace = jax.make_jaxpr(lambda given, tile: tile_outcome(given, rows, tile)[0])
    return program.written(trace(job, tile_of(0)).jaxpr, TILE)


def _program(mode: str, cheap: tuple[str, ...]) -> tuple[Any, Any]:
    import jax.numpy as jnp

    from kernels import reducers
    from kernels.counter import tile_of
    from kernels.paths import block
    from risk.run.execute import all_reducers, job_of, wins_reducers
    from risk.run.simulate import simulate, start
    from risk.scenario import load

    job, rows = job_of(load("base"), 1)
    groups = job.opinion.log_sd.shape[0] + 1
    made = wins_reducers(groups) if mode == "wins" else all_reducers(groups)
    if mode == "no histograms":
        made = {k: r for k, r in made.items() if not k.startswith("histogram.")}
    if mode == "population":
        made = {"population": reducers.population(groups)}

    def one(given: Any, tile: Any) -> Any:
        if mode == "population":
            return None, start(given, rows, tile).group
        return simulate(given, rows, tile)

    with _replaced(cheap):
        return block(one, made).lower(job, tile_of(0), jnp.int32(1)).compile(), job


@contextmanager
def _replaced(cheap: tuple[str, ...]) -> Iterator[None]:
    names = {"words": (WORDS, _cheap_words), "normals": (NORMALS, _cheap_normal)}
    with ExitStack() as stack:
        for part in cheap:
            places, instead = names[part]
            for place in places:
                stack.enter_context(mock.patch(place, instead))
        yield


def _cheap_words(key: Any, tile: Any, numbers: Any, step: Any) -> Any:
    """Words of the right shape that differ by path, stream and step; random they are not."""
    import jax.numpy as jnp

    from kernels.counter import TILE

    path = jnp.arange(TILE, dtype=jnp.uint32) + tile[0] * jnp.uint32(TILE)
    mixed = path[None, :] * jnp.uint32(2654435769) + (numbers + step * key[0])[:, None]
    return mixed ^ (mixed >> jnp.uint32(15))


def _cheap_normal(words: Any) -> Any:
    from kernels.transforms import uniform

    return (uniform(words) - 0.5) * 3.4641016


def lines(found: Found) -> list[str]:
    """Time by version, and by part."""
    rows = ["| version | µs a path (fastest to slowest) |", "|---|---|"]
    for name, kept in found["versions"].items():
        middle = statistics.median(kept)
        rows.append(f"| {name} | {middle:.2f} ({min(kept):.2f} to {max(kept):.2f}) |")
    spent = parts(found)
    whole = sum(spent.values())
    rows += ["", "| part | µs a path | share |", "|---|---|---|"]
    rows += [f"| {n} | {digits(us)} | {100 * us / whole:.0f} % |" for n, us in spent.items()]
    return rows + _compiled(found)


def _compiled(found: Found) -> list[str]:
    """What the compiler made of one quarter, by version."""
    kinds = ("loops over a tile", "bytes written a path", *program.COUNTED, "working memory, MB")
    rows = ["", "| one quarter of the compiled block | " + " | ".join(kinds) + " |"]
    rows += ["|---|" + "---|" * len(kinds)]
    for name, counts in found["programs"].items():
        cells = " | ".join(digits(counts[k]) if k in counts else "" for k in kinds)
        rows.append(f"| {name} | {cells} |")
    return rows


def parts(found: Found) -> dict[str, float]:
    """Microseconds a path by part, from the fastest rounds."""
    best = {name: min(kept) for name, kept in found["versions"].items()}
    return {
        part: best[whole] - (0.0 if without is None else best[without])
        for part, (whole, without) in PARTS.items()
    }


def figure(found: Found, folder: Path) -> None:
    """The parts as bars."""
    from benchmarks.plots import parts as draw
    from benchmarks.plots import save

    save(draw(parts(found), "µs"), folder / "split.svg", "Time of a path by part, one core")
