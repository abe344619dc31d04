"""The limit: how fast is the same path in hand-written C with SIMD intrinsics?

Compiles `path.c` for this processor, hands it a scenario as flat arrays and gives back what the
engine's reducers keep. Which inputs are uncertain is fixed when it is compiled, their numbers are
not. It knows the scenarios that condition themselves: outside buyer, inference, no spare chips.
"""

import argparse
import ctypes
import json
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from kernels.counter import TILE, stream
from kernels.marginals import Constant
from risk.model.constants import QUARTERS
from risk.model.metrics import EVENTS, HEADLINE_QUARTERS, LAST_CROSSING, METRICS, PRICE_GRID
from risk.model.orbit import ALTITUDES_KM, dawn_dusk_season
from risk.scenario import Scenario, load

type Mode = Literal["wins", "all"]
type Array = NDArray[Any]

HERE = Path(__file__).parent
SOURCES = ("lanes.h", "words.h", "inputs.h", "start.h", "quarter.h", "reduce.h", "path.c")
FLAGS = ("-O3", "-ffast-math", "-fopenmp", "-fPIC", "-std=gnu11", "-Wall")
KINDS = ("SplitLogit", "SplitLognormal", "SplitNormal", "Triangular", "Uniform")
EVENT_INPUTS = ("launch.stand_down", "chips.generation_gap")
STARTS = ("behind_meter", "shortage", "generation_phase", "generation_gap")
UNIFORM_SHOCKS = ("losses", "shortage", "insurance")
SHOCKS = (
    *UNIFORM_SHOCKS,
    *("successes", "stand_down", "chip_price", "power_price", "cycle", "wacc"),
    *("generation_gap", "generation_level"),  # last: only the price of a PFLOP-h needs them
)
REPEATS = 5


class Unavailable(RuntimeError):
    """This machine cannot compile or run the rival; the message says why."""


class Table(NamedTuple):
    """Words of a Sobol' sequence: word(d, p) = base[tile, d] ^ words[d, p mod 2048]."""

    base: NDArray[np.uint32]
    words: NDArray[np.uint32]


@dataclass(frozen=True)
class Counts:
    """What a run kept: states by the names of the engine's reducers, and how they were made."""

    state: dict[str, Array]
    lanes: int
    ratio: Array | None  # (quarters, paths)
    kept_by: Array | None  # number of conditioned populations of each path


# ---------------------------------------------------------------------------- the layout
@cache
def _used(macro: str) -> list[str]:
    text = "\n".join((HERE / name).read_text() for name in SOURCES)
    names = dict.fromkeys(re.findall(rf"\b{macro}\((\w+)\)", text))
    names.pop("name", None)
    return [name.replace("_", ".", 1) for name in names]


def drawn(scenario: Scenario) -> list[str]:
    """Inputs that the C code draws, kind by kind; raises ValueError where the scenario differs."""
    priors, numbers = scenario.priors, _used("IN")
    wrong = [k for k in numbers if isinstance(priors[k].marginal, Constant)]
    wrong += [k for k in _used("FIX") if not isinstance(priors[k].marginal, Constant)]
    wrong += [k for k in EVENT_INPUTS if type(priors[k].marginal).__name__ != "SplitLognormal"]
    if wrong:
        raise ValueError(f"the C rival expects {', '.join(wrong)} as the scenario `base` has it")
    choices = {k: scenario.choices[k] for k in ("launch.buyer", "chips.workload")}
    if any(choices.values()) or priors["reliability.spares"].marginal != Constant(0.0):
        raise ValueError(f"the C rival knows an outside buyer, inference and no spares: {choices}")
    return sorted(numbers, key=lambda k: KINDS.index(type(priors[k].marginal).__name__))


def fixed_names() -> list[str]:
    """Inputs that the C code takes as fixed, in the order of their numbers."""
    return _used("FIX")


def draw_names(scenario: Scenario) -> list[tuple[str, int]]:
    """Stream name and step of each draw, in the order of a table's rows."""
    names = [(f"factor.{name}", 0) for name in scenario.factors]
    names += [(key, 0) for key in drawn(scenario)]
    names += [(f"starts.{name}", 0) for name in STARTS]
    names += [("conditioning.accept", 0)]
    return names + [(f"shocks.{s}", q) for q in range(QUARTERS - 1) for s in SHOCKS]


def header(scenario: Scenario) -> str:
    """layout.h: the place of everything, from the scenario and the engine's registries."""
    numbers = drawn(scenario)
    kinds = [type(scenario.priors[k].marginal).__name__ for k in numbers]
    counts = dict(zip(("LOGITS", "LOGNORMALS", "NORMALS", "TRIANGULARS"), KINDS, strict=False))
    factors, first = len(scenario.factors), len(scenario.factors) + len(numbers)
    low, high = ALTITUDES_KM
    values: dict[str, object] = {name: kinds.count(kind) for name, kind in counts.items()}
    values |= {
        "NUMBERS": len(numbers),
        "EVENTS": len(EVENT_INPUTS),
        "FACTORS": factors,
        "STARTS": len(STARTS),
        "SHOCKS": len(SHOCKS),
        "UNIFORMS": len(UNIFORM_SHOCKS),
        "WIDTHS": len(scenario.conditioning.log_sd),
        "QUARTERS": QUARTERS,
        "DRAWS": len(draw_names(scenario)),
        "METRICS": len(METRICS),
        "HEADLINES": len(HEADLINE_QUARTERS),
        "HEADLINE_QUARTERS": _braced(HEADLINE_QUARTERS),
        "PRICES": len(PRICE_GRID),
        "PRICE_GRID": _braced(f"{np.float32(p)}" for p in PRICE_GRID),
        "BINS_OF_METRICS": _braced(
            _braced((m.bins.low, m.bins.side, int(m.bins.signed))) for m in METRICS.values()
        ),
        "LOWEST": f"{low}f",
        "KNOTS": int(high - low) + 1,
        "W_factors": 0,
        "W_numbers": factors,
        "W_starts": first,
        "W_shocks": first + len(STARTS) + 1,
    }
    lines = [f"#define {name} {value}" for name, value in values.items()]
    places = {"X": numbers, "F": _used("FIX"), "E": EVENT_INPUTS, "M": METRICS}
    places |= {"T": STARTS, "S": SHOCKS}
    for prefix, names in places.items():
        rows = ", ".join(f"{prefix}_{name.replace('.', '_')}" for name in names)
        lines.append(f"enum {{ {rows} }};")
    return "#pragma once\n" + "\n".join(lines) + "\n"


def _braced(values: Any) -> str:
    return "{" + ", ".join(str(v) for v in values) + "}"


# ---------------------------------------------------------------------------- the library
@cache
def _folder() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="orbitrisk-")


@cache
def _library(layout: str, architecture: str) -> ctypes.CDLL:
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise Unavailable("no C compiler: neither cc, gcc nor clang is on the PATH")
    folder = Path(tempfile.mkdtemp(dir=_folder().name))
    (folder / "layout.h").write_text(layout)
    for name in SOURCES:
        shutil.copy(HERE / name, folder)
    compile_ = [compiler, *FLAGS, f"-march={architecture}", "-c", "path.c", "-o", "path.o"]
    # Linked apart and without -ffast-math, which would flush denormals in the whole process.
    link = [compiler, "-shared", "-fopenmp", "path.o", "-o", "path.so", "-lm"]
    for command in (compile_, link):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Unavailable(f"{' '.join(command)} failed:\n{done.stderr.strip()[-2000:]}")
    return ctypes.CDLL(str(folder / "path.so"))


class _Given(ctypes.Structure):
    """`struct scenario`; pointers first."""

    _pointers = (
        ("fixed", np.float32),
        ("marginals", np.float32),
        ("own", np.float32),
        ("first", np.int32),
        ("factor", np.int32),
        ("loading", np.float32),
        ("root", np.float32),
        ("sunlight", np.float32),
        ("inverse_sd", np.float32),
        ("streams", np.uint32),
    )
    _fields_ = (
        *((name, ctypes.c_void_p) for name, _ in _pointers),
        ("centre", ctypes.c_float),
        ("launch_loss", ctypes.c_float),
        ("key0", ctypes.c_uint32),
        ("key1", ctypes.c_uint32),
    )


class _Words(ctypes.Structure):
    _fields_ = (("words", ctypes.c_void_p), ("base", ctypes.c_void_p))


@cache
def _sunlight() -> Array:
    """Sunlit share, longest eclipse and period by altitude: value and rise, [3, 2, knots]."""
    low, high = ALTITUDES_KM
    seasons = [dawn_dusk_season(h) for h in np.arange(low, high + 1.0)]
    columns = [(1.0 - s.eclipse, s.longest_minutes, s.period_minutes) for s in seasons]
    table = np.asarray(columns).T
    return np.stack([table, np.diff(table, append=0.0)], axis=1)


def arrays(scenario: Scenario) -> dict[str, Array]:
    """The scenario's numbers as flat arrays, in the order of the layout."""
    priors, numbers = scenario.priors, drawn(scenario)
    rows = [priors[k] for k in (*numbers, *EVENT_INPUTS)]
    marginals = np.zeros((len(rows), 5))
    for i, prior in enumerate(rows):
        values = [getattr(prior.marginal, f.name) for f in fields(prior.marginal)]
        marginals[i, : len(values)] = values
    loadings = np.asarray([p.loadings for p in rows]) * scenario.scale
    share = np.einsum("di,ij,dj->d", loadings, scenario.correlation, loadings)
    row, factor = np.nonzero(loadings)
    names = dict.fromkeys(name for name, _ in draw_names(scenario))
    return {
        "fixed": np.asarray([_constant(scenario, k) for k in _used("FIX")]),
        "marginals": marginals,
        "own": np.sqrt(1.0 - share),
        "first": np.searchsorted(row, np.arange(len(rows) + 1)),
        "factor": factor,
        "loading": loadings[row, factor],
        "root": np.linalg.cholesky(scenario.correlation),
        "sunlight": _sunlight(),
        "inverse_sd": 1.0 / np.asarray(scenario.conditioning.log_sd),
        "streams": np.asarray([stream(name) for name in names], np.uint32),
    }


def _constant(scenario: Scenario, key: str) -> float:
    marginal = scenario.priors[key].marginal
    assert isinstance(marginal, Constant)
    return float(marginal.value)


# ---------------------------------------------------------------------------- running it
@dataclass(frozen=True)
class Program:
    """The compiled path and the scenario's arrays: what does not change from run to run."""

    scenario: Scenario
    library: ctypes.CDLL
    arrays: list[Array]
    draws: int

    @classmethod
    def of(cls, scenario: Scenario, architecture: str = "native") -> Self:
        """Compile it for `-march=architecture`; raises Unavailable where that cannot be."""
        library, flat = _library(header(scenario), architecture), arrays(scenario)
        kept = [np.ascontiguousarray(flat[name], kind) for name, kind in _Given._pointers]
        return cls(scenario, library, kept, len(draw_names(scenario)))

    def simulate(
        self,
        paths: int,
        seed: int = 0,
        *,
        mode: Mode = "all",
        threads: int = 1,
        table: Table | None = None,
        curves: bool = False,
    ) -> Counts:
        """Run paths 0 to `paths` - 1; words come from Philox, or from `table` where given.

        `curves` keeps every path's ratio and population.
        """
        opinion = self.scenario.conditioning
        given = _Given(
            centre=opinion.centre,
            launch_loss=opinion.launch_loss,
            key0=seed & 0xFFFFFFFF,
            key1=seed >> 32,
        )
        for (name, _), values in zip(_Given._pointers, self.arrays, strict=True):
            setattr(given, name, values.ctypes.data)
        tiles = -(-paths // TILE)
        words = _Words()
        if table is not None:
            shapes = {"base": (tiles, self.draws), "words": (self.draws, TILE)}
            for name, values in table._asdict().items():
                kind = (values.shape, values.dtype, values.flags.c_contiguous)
                if kind != (shapes[name], np.uint32, True):
                    raise ValueError(f"{name} must be contiguous uint32 of shape {shapes[name]}")
                setattr(words, name, values.ctypes.data)
        groups = len(opinion.log_sd) + 1
        sizes = _shapes(groups, mode)
        counts = np.zeros(sum(int(np.prod(s)) for s in sizes.values()), np.int64)
        moments = np.zeros((2, QUARTERS // 4, groups))
        ratio = np.zeros((QUARTERS, tiles * TILE), np.float32) if curves else None
        kept_by = np.zeros(tiles * TILE, np.float32) if curves else None
        lanes = self.library.run(
            ctypes.byref(given),
            ctypes.byref(words),
            ctypes.c_long(0),
            ctypes.c_long(paths),
            int(mode == "all"),
            threads,
            *(None if a is None else ctypes.c_void_p(a.ctypes.data) for a in (counts, moments)),
            *(None if a is None else ctypes.c_void_p(a.ctypes.data) for a in (ratio, kept_by)),
        )
        state = _state(counts, moments, sizes, mode)
        if ratio is None or kept_by is None:
            return Counts(state, lanes, None, None)
        return Counts(state, lanes, ratio[:, :paths], kept_by[:paths].astype(np.int32))


def _shapes(groups: int, mode: Mode) -> dict[str, tuple[int, ...]]:
    wins = [key for key, event in EVENTS.items() if event.name == "orbit_wins"]
    shapes: dict[str, tuple[int, ...]] = {"population": (groups + 1,)}
    shapes |= {f"event.{key}": (QUARTERS, groups) for key in EVENTS}
    shapes |= {f"crossing.{key}": (LAST_CROSSING + 2, groups) for key in wins}
    shapes |= {f"back.{key}": (1, groups) for key in wins}
    shapes["prices"] = (len(HEADLINE_QUARTERS) * len(PRICE_GRID), groups)
    for key, metric in METRICS.items() if mode == "all" else ():
        shapes[f"histogram.{key}"] = (len(metric.quarters), metric.bins.count, groups)
    return shapes


def _state(
    counts: Array, moments: Array, shapes: dict[str, tuple[int, ...]], mode: Mode
) -> dict[str, Array]:
    state, start = {}, 0
    for name, shape in shapes.items():
        size = int(np.prod(shape))
        values = counts[start : start + size].reshape(shape)
        start += size
        state[name] = values.transpose(0, 2, 1).ravel() if "histogram" in name else values
    if mode == "wins":
        wins = {f"event.{key}" for key, event in EVENTS.items() if event.name == "orbit_wins"}
        return {name: v for name, v in state.items() if name in wins | {"population"}}
    moved = {f"moments.{key}": moments for key, metric in METRICS.items() if metric.moments}
    return state | moved


LABEL = "C with intrinsics, the hand-written limit"


def random_table(scenario: Scenario, paths: int, seed: int = 0) -> Table:
    """A table of the right shape filled at random: it costs what Sobol' words cost."""
    rng, draws = np.random.default_rng(seed), len(draw_names(scenario))

    def fill(rows: int, columns: int) -> NDArray[np.uint32]:
        return rng.integers(0, 1 << 32, (rows, columns), dtype=np.uint32)

    return Table(fill(-(-paths // TILE), draws), fill(draws, TILE))


def measure(
    paths: int,
    words: Literal["philox", "sobol"] = "philox",
    mode: Mode = "wins",
    threads: int = 1,
    architecture: str = "native",
) -> dict[str, float]:
    """Warm up, then time whole runs of the base scenario; rates are paths a second."""
    start = time.perf_counter()
    base = load("base")
    program = Program.of(base, architecture)
    compiling = time.perf_counter() - start
    table = random_table(base, paths) if words == "sobol" else None
    wall, cpu = [], []
    lanes = 0
    for seed in range(REPEATS + 1):
        start, before = time.perf_counter(), time.process_time()
        found = program.simulate(paths, seed, mode=mode, threads=threads, table=table)
        wall.append(paths / (time.perf_counter() - start))
        cpu.append(paths / (time.process_time() - before))
        lanes = found.lanes
    wall, cpu = wall[1:], cpu[1:]
    return {
        "compile_seconds": compiling,
        "lanes": lanes,
        "paths_per_second": statistics.median(wall),
        "slowest": min(wall),
        "fastest": max(wall),
        "paths_per_cpu_second": statistics.median(cpu),
        "slowest_per_cpu_second": min(cpu),
        "fastest_per_cpu_second": max(cpu),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--paths", type=int, default=400_000)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--architecture", default="native", help="of -march; x86-64-v3 is AVX2")
    options = parser.parse_args()
    for which in ("philox", "sobol"):
        for mode in ("wins", "all"):
            found = measure(options.paths, which, mode, options.threads, options.architecture)
            print(which, mode, json.dumps({k: round(v, 1) for k, v in found.items()}), flush=True)
