"""Steps of many paths as one loop of the machine's own code, printed from the traced step.

XLA:CPU makes a loop over the tile for every few operations of a step, and carries each result
through memory. Here the same traced step is printed as C++ over a register's worth of paths,
compiled once with the machine's compiler and called from within the XLA program: one loop, in
which nothing leaves the registers and the nearest cache. What follows from constants alone is
computed once for several steps, what all paths share once a step.
"""

import ctypes
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
from jax.extend import core
from jaxtyping import Array, Int32

from kernels.forms import Unavailable
from kernels.printer import Code, Printer, code_of, known

type Step = Callable[[Any, tuple[Any, Any]], tuple[Any, Any]]
"""(state, (number of the step, its part)) -> (state after it, outcome)."""

_ALWAYS = ("-march=native", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=fast")
FLAGS = ("-O3", *_ALWAYS, "-fno-gcse")
"""A quarter has more numbers than registers: what this pass of GCC's keeps for later is written to
the stack and read again."""
ONCE_FLAGS = ("-O1", *_ALWAYS)
"""For code that a path runs once: it is long, and optimising it further takes twice the time."""
_LINKING = ("-std=c++17", "-shared", "-fPIC", "-Wno-psabi", "-Wno-ignored-attributes")
_HEADERS = [Path(__file__).with_name(name) for name in ("native.h", "registers.h")]
_COUNT, _FLAGS, _RELAY = (
    Path(__file__).with_name(name) for name in ("count.cpp", "flags.cpp", "relay.cpp")
)
FLAGS_A_WORD = 31


def missing() -> str | None:
    """What this machine lacks to compile steps, or None."""
    return None if _compiler() else "no C++ compiler (c++, g++ or clang++) is on the PATH"


def available() -> bool:
    """Whether steps can be compiled here; ORBITRISK_NATIVE=0 in the environment says no."""
    return os.environ.get("ORBITRISK_NATIVE") != "0" and missing() is None


def scan(
    step: Step,
    state: Any,
    parts: Any,
    first: Int32[Array, ""],
    count: int,
    used: Callable[[Any, Any], Any],
    folder: Path | None = None,
    *,
    sliced: bool = False,
) -> tuple[Any, Any]:
    """`lax.scan` of an elementwise step over the steps `first` to `first + count`.

    A step takes its number and its part. State and outcome have shape (paths,); parts have the
    steps on the leading axis, all of them or, where they are `sliced`, the `count` of this call,
    and none or the paths on the last. `used` is a function of the last state and the stacked
    outcome: fields of an outcome that it does not read come back as zeros, and a state that
    nothing read depends on, now or later, as it was. Compiled code is kept in `folder`. Raises
    Unavailable for an operation that is not known and where there is no compiler.
    """
    given, tree = jax.tree.flatten(state)
    rows, rows_tree = jax.tree.flatten(parts)
    (lanes,) = given[0].shape

    def flat(*leaves: Array) -> tuple[list[Array], list[Array]]:
        before = jax.tree.unflatten(tree, leaves[: len(given)])
        part = jax.tree.unflatten(rows_tree, leaves[len(given) + 1 :])
        after, seen = step(before, (leaves[len(given)], part))
        outcomes.append(jax.tree.structure(seen))
        return jax.tree.leaves(after), jax.tree.leaves(seen)

    outcomes: list[Any] = []
    number = jax.ShapeDtypeStruct((), jnp.uint32)
    shapes = (jax.ShapeDtypeStruct(x.shape[1:], x.dtype) for x in rows)
    traced = jax.make_jaxpr(flat)(*given, number, *shapes)
    stacked = [
        jax.ShapeDtypeStruct((count, *v.shape), v.dtype) for v in traced.out_avals[len(given) :]
    ]
    read = _read(
        lambda *leaves: used(
            jax.tree.unflatten(tree, leaves[: len(given)]),
            jax.tree.unflatten(outcomes[0], leaves[len(given) :]),
        ),
        [*given, *stacked],
    )
    alive, seen = _alive(traced.jaxpr, read, len(given)), read[len(given) :]
    dead = [n for n in range(len(given)) if n not in alive]
    whole = code_of(traced.jaxpr)
    code = Code(
        [*whole.constants, *(whole.arguments[n] for n in dead)],
        [*(whole.arguments[n] for n in alive), *whole.arguments[len(given) :]],
        whole.equations,
        [*(whole.results[n] for n in alive), *whole.results[len(given) :]],
    )
    before = [given[n] for n in alive]
    operands = [first, *traced.consts, *(given[n] for n in dead), *before, *rows]
    source = Printer(lanes, count).text(code, len(alive), seen, sliced)
    kept = [shape for shape, wanted in zip(stacked, seen, strict=True) if wanted]
    results = [jax.ShapeDtypeStruct(x.shape, x.dtype) for x in before] + kept
    found = list(jax.ffi.ffi_call(_registered(source, folder), results)(*operands))
    after = list(given)
    for n, leaf in zip(alive, found, strict=False):
        after[n] = leaf
    shown = iter(found[len(alive) :])
    stack = [
        next(shown) if wanted else jnp.zeros(shape.shape, shape.dtype)
        for shape, wanted in zip(stacked, seen, strict=True)
    ]
    return jax.tree.unflatten(tree, after), jax.tree.unflatten(outcomes[0], stack)


def call(function: Callable[[], Any], lanes: int, folder: Path | None = None) -> Any:
    """`function()` of arrays that it closes over, elementwise along their last axis of `lanes`.

    What does not depend on the lanes, operations that are not known and what those need are left
    to XLA. Raises Unavailable where there is no compiler.
    """
    closed, shape = jax.make_jaxpr(function, return_shape=True)()
    jaxpr, tree = closed.jaxpr, jax.tree.structure(shape)
    left = _left(jaxpr, lanes)
    made = {v for e in left for v in e.outvars} | set(jaxpr.constvars)
    theirs = {id(e) for e in left}
    printed = [e for e in jaxpr.eqns if id(e) not in theirs]
    inside = {v for e in printed for v in e.outvars}
    results = [v for v in jaxpr.outvars if v in inside]
    used = (v for e in printed for v in e.invars if not isinstance(v, core.Literal))
    edge = [v for v in dict.fromkeys(used) if v in made]
    values = _evaluated(left, dict(zip(jaxpr.constvars, closed.consts, strict=True)))
    given = [values[v] for v in edge]
    code = Code(edge, [], printed, results)
    source = Printer(lanes, 1).text(code, 0, [True] * len(results))
    avals: list[Any] = [v.aval for v in results]
    shapes = [jax.ShapeDtypeStruct((1, *a.shape), a.dtype) for a in avals]
    name = _registered(source, folder, ONCE_FLAGS)
    ours = jax.ffi.ffi_call(name, shapes)(jnp.int32(0), *given)
    values |= {v: leaf[0] for v, leaf in zip(results, ours, strict=True)}
    leaves = [v.val if isinstance(v, core.Literal) else values[v] for v in jaxpr.outvars]
    return jax.tree.unflatten(tree, leaves)


def count(
    counts: list[Array],
    values: list[Array],
    bins: Sequence[tuple[int, ...]],
    first: list[Array],
    group: Array,
    weight: Array,
    folder: Path | None = None,
) -> list[Array]:
    """Histograms with more values in them.

    Counts have shape (rows x populations x bins,), int32, values (some rows, paths) from row
    `first` on; a path counts `weight` in population `group`, or nothing where that is out of range.
    Bins are bits to shift, number of the first bin's bits, bins a side, whether there are two, and
    the number of populations. Raises Unavailable where there is no compiler.
    """
    operands = [
        jnp.asarray(bins, jnp.int32),
        jnp.stack(first),
        group,
        weight,
        *values,
        *counts,
    ]
    shapes = [jax.ShapeDtypeStruct(x.shape, x.dtype) for x in counts]
    before = len(operands) - len(counts)
    same = {before + n: n for n in range(len(counts))}
    name = _registered(_COUNT.read_text(), folder)
    return list(jax.ffi.ffi_call(name, shapes, input_output_aliases=same)(*operands))


def count_flags(
    counts: list[Array],
    flags: Int32[Array, "step path"],
    first: Array,
    group: Array,
    weight: Array,
    folder: Path | None = None,
) -> list[Array]:
    """Counts of what is true of steps and paths, from step `first` on, with more flags in them.

    Counts have shape (steps, populations), int32; of the k-th the k-th lowest bit of a flag tells. A
    path counts `weight` in population `group`, or nothing where that is out of range. Raises
    Unavailable where there is no compiler.
    """
    operands = [first, group, weight, flags, *counts]
    shapes = [jax.ShapeDtypeStruct(x.shape, x.dtype) for x in counts]
    same = {4 + n: n for n in range(len(counts))}
    name = _registered(_FLAGS.read_text(), folder)
    return list(jax.ffi.ffi_call(name, shapes, input_output_aliases=same)(*operands))


def _evaluated(equations: list[Any], values: dict[Any, Any]) -> dict[Any, Any]:
    """These values and those that the operations give."""
    for equation in equations:
        given = (v.val if isinstance(v, core.Literal) else values[v] for v in equation.invars)
        bound = equation.primitive.get_bind_params(equation.params)
        functions, params = bound if isinstance(bound, tuple) else ((), bound)  # before jax 0.12
        with equation.ctx.manager:
            found = equation.primitive.bind(*functions, *given, **params)
        several = found if equation.primitive.multiple_results else [found]
        values |= dict(zip(equation.outvars, several, strict=True))
    return values


def _left(jaxpr: Any, lanes: int) -> list[Any]:
    """Operations that XLA makes: those that have no lanes or are not known, and what they need."""
    needed: set[Any] = set()
    left = []
    for equation in reversed(jaxpr.eqns):
        ends = [*equation.invars, *equation.outvars]
        wide = any(lanes in v.aval.shape for v in ends)
        if not wide or not known(equation, lanes) or needed & set(equation.outvars):
            left.append(equation)
            needed |= {v for v in equation.invars if not isinstance(v, core.Literal)}
    return left[::-1]


def _read(function: Callable[..., Any], shapes: list[Any]) -> list[bool]:
    """Which of these arrays a function reads."""
    jaxpr = jax.make_jaxpr(function)(*shapes).jaxpr
    seen = _needed(jaxpr, jaxpr.outvars)
    return [v in seen for v in jaxpr.invars]


def _alive(jaxpr: Any, read: list[bool], states: int) -> list[int]:
    """Numbers of the states that are read, or that what is read depends on sooner or later."""
    wanted = {n for n, is_read in enumerate(read) if is_read}
    while True:
        seen = _needed(jaxpr, [jaxpr.outvars[n] for n in wanted])
        alive = [n for n in range(states) if n in wanted or jaxpr.invars[n] in seen]
        if wanted.issuperset(alive):
            return alive
        wanted.update(alive)


def _needed(jaxpr: Any, wanted: Iterable[Any]) -> set[Any]:
    """Variables that these depend on."""
    seen = {v for v in wanted if not isinstance(v, core.Literal)}
    for equation in reversed(jaxpr.eqns):
        if seen & set(equation.outvars):
            seen |= {v for v in equation.invars if not isinstance(v, core.Literal)}
    return seen


# ---------------------------------------------------------------------------- compiling
@cache
def _compiler() -> str | None:
    return shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")


@cache
def _version(compiler: str) -> str:
    done = subprocess.run(
        [compiler, "-march=native", "-E", "-dM", "-x", "c++", os.devnull],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout  # the version and, in its macros, what the processor can do


@cache
def _workers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(thread_name_prefix="native")


@cache
def _temporary() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="native-")


_LOADED: dict[str, ctypes.CDLL] = {}
_PLACES = 64  # of relay.cpp
_Handler = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)
_RELAYED: dict[str, tuple[ctypes.CDLL, int]] = {}
"""Functions that XLA calls through a relay, and its place."""
_RECORDS: list[list[str]] = []
_UNDER_WAY: dict[str, tuple[Future[None], Path]] = {}
"""Functions that are being compiled, and the folder that they will stand in."""


@contextmanager
def recorded() -> Iterator[list[str]]:
    """Names of the compiled functions that are asked for meanwhile.

    They are compiled side by side, while tracing goes on, and are there at the end; XLA can compile
    what calls them once they are `announced`. Raises Unavailable at the end where one cannot be
    compiled.
    """
    names: list[str] = []
    _RECORDS.append(names)
    try:
        yield names
    finally:
        _RECORDS.remove(names)
        begun = {name: _UNDER_WAY.pop(name) for name in names if name in _UNDER_WAY}
        wait([future for future, _ in begun.values()])
    for name, (future, folder) in begun.items():
        future.result()
        load(name, folder)


def announced() -> None:
    """Tell XLA of the functions that are being compiled, which may not be called before they are."""
    for name, (future, folder) in list(_UNDER_WAY.items()):
        place = len(_RELAYED)
        if name in _RELAYED:  # it could not be compiled once
            continue
        if place == _PLACES:
            future.result()
            load(name, folder)
        else:
            library = _relays(folder).result()
            _tell(name, _places(library, "relays")[place])
            _RELAYED[name] = library, place


def load(name: str, folder: Path) -> None:
    """Tell XLA of a function compiled before; raises Unavailable where it cannot be loaded."""
    if name in _LOADED:
        return
    _LOADED[name] = _opened(folder / f"{name}.so")
    if name not in _RELAYED:
        _tell(name, _LOADED[name].walk)
        return
    library, place = _RELAYED[name]
    _places(library, "targets")[place] = ctypes.cast(_LOADED[name].walk, _Handler)


def _places(relays: ctypes.CDLL, name: str) -> Any:
    return (_Handler * _PLACES).in_dll(relays, name)


def _tell(name: str, function: Any) -> None:
    jax.ffi.register_ffi_target(name, jax.ffi.pycapsule(function), platform="cpu")


def _opened(library: Path) -> ctypes.CDLL:
    try:
        return ctypes.CDLL(str(library))
    except OSError as error:
        raise Unavailable(f"the compiled step cannot be loaded: {error}") from error


@cache
def _relays(folder: Path) -> Future[ctypes.CDLL]:
    """The compiled relays, from now on under way."""

    def made() -> ctypes.CDLL:
        compiler, _, library = _asked(_RELAY.read_text(), folder, ONCE_FLAGS)
        if not library.exists():
            _compile(compiler, ONCE_FLAGS, _RELAY.read_text(), library)
        return _opened(library)

    return _workers().submit(made)


def _asked(source: str, folder: Path | None, flags: tuple[str, ...]) -> tuple[str, str, Path]:
    """The compiler, and what this source's code is called and where it stands."""
    if (reason := missing()) is not None:
        raise Unavailable(reason)
    compiler = _compiler()
    assert compiler is not None
    interface = Path(jax.ffi.include_dir()) / "xla" / "ffi" / "api" / "c_api.h"
    headers = [header.read_text() for header in (*_HEADERS, interface)]
    made_of = (_version(compiler), " ".join((*flags, *_LINKING)), *headers, source)
    name = "walk_" + hashlib.sha256("\0".join(made_of).encode()).hexdigest()[:24]
    where = folder if folder is not None else Path(_temporary().name)
    return compiler, name, where / f"{name}.so"


def _registered(source: str, folder: Path | None, flags: tuple[str, ...] = FLAGS) -> str:
    """Name under which XLA finds this source's code, compiled unless it was."""
    compiler, name, library = _asked(source, folder, flags)
    where = library.parent
    if name in _LOADED or name in _UNDER_WAY:
        pass
    elif _RECORDS and not library.exists():
        _relays(where)
        _UNDER_WAY[name] = _workers().submit(_compile, compiler, flags, source, library), where
    else:
        if not library.exists():
            _compile(compiler, flags, source, library)
        load(name, where)
    for names in _RECORDS:
        names.append(name)
    return name


def _compile(compiler: str, flags: tuple[str, ...], source: str, library: Path) -> None:
    """Compile into a folder of its own and move, so that no one sees half a library."""
    library.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=library.parent) as folder:
        file, made = Path(folder) / "walk.cpp", Path(folder) / "walk.so"
        file.write_text(source)
        include = (f"-I{jax.ffi.include_dir()}", f"-I{_HEADERS[0].parent}")
        command = [compiler, *flags, *_LINKING, *include, str(file), "-o", str(made), "-lm"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Unavailable(f"{compiler} failed: {done.stderr.strip()[-1500:]}")
        made.replace(library)
