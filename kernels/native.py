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
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
from jax.extend import core
from jaxtyping import Array, Int32

from kernels.printer import Printer, Unavailable

type Step = Callable[[Any, Any], tuple[Any, Any]]
"""(state, its part) -> (state after it, outcome), as `lax.scan` takes it."""

FLAGS = (
    *("-O3", "-march=native", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=fast"),
    *("-fschedule-insns", "-fsched-pressure"),
)
_LINKING = ("-std=c++17", "-shared", "-fPIC", "-Wno-psabi", "-Wno-ignored-attributes")
_HEADER = Path(__file__).with_name("native.h")


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
    used: Callable[[Any], Any],
    folder: Path | None = None,
) -> tuple[Any, Any]:
    """`lax.scan(step, state, parts[first : first + count])` of an elementwise step.

    State and outcome have shape (paths,); parts have the steps on the leading axis, and none or
    the paths on the last. `used` is a function of the stacked outcome: fields that it does not
    read are not computed, they come back as zeros. Compiled code is kept in `folder`. Raises
    Unavailable for an operation that is not known and where there is no compiler.
    """
    given, tree = jax.tree.flatten(state)
    rows, rows_tree = jax.tree.flatten(parts)
    (lanes,) = given[0].shape

    def flat(*leaves: Array) -> tuple[list[Array], list[Array]]:
        before = jax.tree.unflatten(tree, leaves[: len(given)])
        after, seen = step(before, jax.tree.unflatten(rows_tree, leaves[len(given) :]))
        outcomes.append(jax.tree.structure(seen))
        return jax.tree.leaves(after), jax.tree.leaves(seen)

    outcomes: list[Any] = []
    traced = jax.make_jaxpr(flat)(
        *given, *(jax.ShapeDtypeStruct(x.shape[1:], x.dtype) for x in rows)
    )
    stacked = [
        jax.ShapeDtypeStruct((count, *v.shape), v.dtype) for v in traced.out_avals[len(given) :]
    ]
    read = _read(lambda leaves: used(jax.tree.unflatten(outcomes[0], leaves)), stacked)
    operands = [first, *traced.consts, *given, *rows]
    source = Printer(lanes, count).text(traced, len(given), len(rows), read)
    name = _registered(source, folder)
    kept = [shape for shape, wanted in zip(stacked, read, strict=True) if wanted]
    results = [jax.ShapeDtypeStruct(x.shape, x.dtype) for x in given] + kept
    found = list(jax.ffi.ffi_call(name, results)(*operands))
    after, seen = found[: len(given)], iter(found[len(given) :])
    whole = [
        next(seen) if wanted else jnp.zeros(shape.shape, shape.dtype)
        for shape, wanted in zip(stacked, read, strict=True)
    ]
    return jax.tree.unflatten(tree, after), jax.tree.unflatten(outcomes[0], whole)


def _read(function: Callable[[Any], Any], shapes: list[Any]) -> list[bool]:
    """Which of these arrays a function reads."""
    jaxpr = jax.make_jaxpr(function)(shapes).jaxpr
    seen = {v for e in jaxpr.eqns for v in e.invars if not isinstance(v, core.Literal)}
    seen |= {v for v in jaxpr.outvars if not isinstance(v, core.Literal)}
    return [v in seen for v in jaxpr.invars]


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
def _temporary() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="native-")


_LOADED: dict[str, ctypes.CDLL] = {}


def _registered(source: str, folder: Path | None) -> str:
    """Name under which XLA finds this source's code, compiled unless it was."""
    if (reason := missing()) is not None:
        raise Unavailable(reason)
    compiler = _compiler()
    assert compiler is not None
    interface = Path(jax.ffi.include_dir()) / "xla" / "ffi" / "api" / "c_api.h"
    headers = (_HEADER.read_text(), interface.read_text())
    made_of = (_version(compiler), " ".join((*FLAGS, *_LINKING)), *headers, source)
    name = "walk_" + hashlib.sha256("\0".join(made_of).encode()).hexdigest()[:24]
    if name not in _LOADED:
        where = folder if folder is not None else Path(_temporary().name)
        library = where / f"{name}.so"
        if not library.exists():
            _compile(compiler, source, library)
        try:
            _LOADED[name] = ctypes.CDLL(str(library))
        except OSError as error:
            raise Unavailable(f"the compiled step cannot be loaded: {error}") from error
        jax.ffi.register_ffi_target(name, jax.ffi.pycapsule(_LOADED[name].walk), platform="cpu")
    return name


def _compile(compiler: str, source: str, library: Path) -> None:
    """Compile into a folder of its own and move, so that no one sees half a library."""
    library.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=library.parent) as folder:
        file, made = Path(folder) / "walk.cpp", Path(folder) / "walk.so"
        file.write_text(source)
        include = (f"-I{jax.ffi.include_dir()}", f"-I{_HEADER.parent}")
        command = [compiler, *FLAGS, *_LINKING, *include, str(file), "-o", str(made), "-lm"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Unavailable(f"{compiler} failed: {done.stderr.strip()[-1500:]}")
        made.replace(library)
