"""Compiled programs that are kept between runs, so that a warm start neither traces nor lowers.

JAX's own cache spares the compiler but needs the program's text first, which takes longer than
a hundred thousand paths. Here a program is found by what it is made of: the sources, the versions,
the machine, and what it is asked for.
"""

import hashlib
import os
import pickle
import platform
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import jax
from jax.experimental import serialize_executable
from jax.experimental.compilation_cache import compilation_cache
from jax.stages import Compiled, Wrapped

from kernels import native

_SOURCES = ("*.py", "*.h", "*.cpp", "*.npz", "*.txt", "*.toml")
_CACHE = "jax_enable_compilation_cache"
_ONE_AT_A_TIME = threading.Lock()  # what is recorded and JAX's settings are the whole process's


def kept(
    what: Any,
    program: Wrapped,
    arguments: tuple[Any, ...],
    devices: Sequence[jax.Device],
    folder: Path | None,
) -> Compiled:
    """A program compiled for arguments like these, from `folder` where it was kept there.

    `devices` are those that it runs on. `what` tells it from others with the same arguments. On a CPU only; elsewhere it is compiled
    each time, which JAX's own cache shortens.
    """
    if folder is None or jax.default_backend() != "cpu":
        return program.lower(*arguments).compile()
    leaves, tree = jax.tree.flatten(arguments)
    asked = (
        what,
        [d.id for d in devices],
        tree,
        [(leaf.shape, str(leaf.dtype)) for leaf in leaves],
    )
    name = hashlib.sha256("\0".join((_made_of(), repr(asked))).encode()).hexdigest()[:24]
    file = folder / f"program_{name}.pickle"
    if (found := _restored(file, devices, folder)) is not None:
        return found
    with _ONE_AT_A_TIME, native.recorded() as used:
        lowered = program.lower(*arguments)
        native.announced()
        with _without_cache():
            compiled = lowered.compile()
    _keep(compiled, used, file)
    return compiled


@contextmanager
def _without_cache() -> Iterator[None]:
    """Compile anew: what comes from JAX's cache cannot be written down a second time."""
    before = getattr(jax.config, _CACHE)
    jax.config.update(_CACHE, False)
    compilation_cache.reset_cache()
    try:
        yield
    finally:
        jax.config.update(_CACHE, before)
        compilation_cache.reset_cache()


def _restored(file: Path, devices: Sequence[jax.Device], folder: Path) -> Compiled | None:
    try:
        names, (program, given, left) = pickle.loads(file.read_bytes())
        for name in names:
            native.load(name, folder)
        load = serialize_executable.deserialize_and_load
        return load(program, given, left, execution_devices=list(devices))
    except Exception:  # noqa: BLE001  (whatever is wrong with a file that may be lost)
        return None


def _keep(compiled: Compiled, names: list[str], file: Path) -> None:
    try:
        program = pickle.dumps((names, serialize_executable.serialize(compiled)))
        with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as half:
            half.write(program)
        Path(half.name).replace(file)
    except (OSError, ValueError, NotImplementedError):
        return  # it runs all the same


@cache
def _made_of() -> str:
    """Everything but the request that a compiled program depends on."""
    whole = hashlib.sha256()
    for top in (Path(native.__file__).parent, Path(__file__).parents[1]):
        for file in sorted(f for kind in _SOURCES for f in top.rglob(kind)):
            whole.update(str(file.relative_to(top)).encode())
            whole.update(file.read_bytes())
    versions = [metadata.version(name) for name in ("jax", "jaxlib", "numpy")]
    settings = [os.environ.get(k, "") for k in ("XLA_FLAGS", "ORBITRISK_NATIVE")]
    return "\n".join((whole.hexdigest(), platform.python_version(), *versions, *settings, _cpu()))


def _cpu() -> str:
    """What this processor can do, as far as the system says."""
    told = Path("/proc/cpuinfo")
    if told.exists():
        lines = dict.fromkeys(
            line
            for line in told.read_text().splitlines()
            if line.startswith(("flags", "Features", "model name", "cpu family", "model\t"))
        )
        return "\n".join(lines)
    return " ".join(platform.uname()[2:])
