"""What every test runs under: four CPU devices, a shared compilation cache, repeatable examples."""

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import jax
import pytest

TESTS = Path(__file__).parent
DEVICES = 4
LONGEST = (
    "test_cli", "test_types", "kernels/test_native", "run/test_same_bits", "calibrate/test_fits",
    "test_fleet_oracle", "analysis/test_given_data", "analysis/test_compare",
    "benchmarks/test_same_words", "test_information", "run/test_hosts", "model/test_fleets",
    "test_oracle", "analysis/test_coverage", "model/test_self_consistency",
    "analysis/test_fleets", "analysis/test_sweep", "report/test_office", "report/test_drivers",
    "model/test_fleet_duality", "run/test_programs", "analysis/test_reverse",
)  # fmt: skip
"""Files that take longest, in that order: begun first, two processes end together."""

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, the others in their order."""
    place = {TESTS / f"{name}.py": n for n, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path, len(LONGEST)))


@pytest.fixture
def strict_types() -> Iterator[None]:
    """Within the test, mixing dtypes or ranks without saying so is an error."""
    with jax.numpy_dtype_promotion("strict"), jax.numpy_rank_promotion("raise"):
        yield
