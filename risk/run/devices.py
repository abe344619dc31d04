"""Which devices a run uses, and the caches and settings they need before the first one starts."""

import os
from pathlib import Path

import jax
import numpy as np
from jax.sharding import Mesh

AXIS = "block"


def prepare() -> None:
    """One CPU device a core, unless JAX was told a number or has started; compiled programs kept.

    The cache stands in the user's cache folder unless JAX was given one; where it cannot be
    written, programs are compiled anew each time.
    """
    if jax.config.jax_num_cpu_devices < 1:
        try:
            jax.config.update("jax_num_cpu_devices", cores())
        except RuntimeError:
            return  # a device has started: its number stands
    if jax.config.jax_compilation_cache_dir is None and (folder := cache_folder()) is not None:
        jax.config.update("jax_compilation_cache_dir", str(folder / "programs"))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", 0)


def cache_folder() -> Path | None:
    """Folder for what may be lost, made if need be; None where none can be written."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = home / "orbitrisk"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


def cores() -> int:
    """Cores that this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed is not None else os.cpu_count() or 1


def mesh(count: int | None = None) -> Mesh:
    """All local devices of the default platform, or the first `count` of them, in one row.

    Raises ValueError where there are fewer.
    """
    devices = jax.local_devices()
    if count is not None and not 1 <= count <= len(devices):
        raise ValueError(f"{count} devices are asked for, {len(devices)} are here")
    return Mesh(np.asarray(devices[:count]), (AXIS,))
