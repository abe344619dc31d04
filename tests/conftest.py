"""What every test runs under: four CPU devices, a shared compilation cache, repeatable examples."""

import os
from collections.abc import Iterator

import hypothesis
import jax
import pytest

DEVICES = 4
os.environ.setdefault("MPLBACKEND", "Agg")
jax.config.update("jax_num_cpu_devices", DEVICES)
os.environ["JAX_NUM_CPU_DEVICES"] = str(DEVICES)  # processes that tests start: the same programs

hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None)
hypothesis.settings.load_profile("repeatable")


def pytest_configure(config: pytest.Config) -> None:
    """Keep what is compiled in pytest's cache folder, for this process and those it starts."""
    os.environ["XDG_CACHE_HOME"] = str(config.cache.mkdir("cache"))
    folder = str(config.cache.mkdir("jax"))
    for name, value in {
        "jax_compilation_cache_dir": folder,
        "jax_persistent_cache_min_compile_time_secs": 0,
        "jax_persistent_cache_min_entry_size_bytes": -1,
    }.items():
        jax.config.update(name, value)
        os.environ[name.upper()] = str(value)


@pytest.fixture
def strict_types() -> Iterator[None]:
    """Within the test, mixing dtypes or ranks without saying so is an error."""
    with jax.numpy_dtype_promotion("strict"), jax.numpy_rank_promotion("raise"):
        yield
