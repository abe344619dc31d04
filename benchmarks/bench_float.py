"""Does float32 decide a path otherwise than float64?

The engine's own path twice on the same random words: as it runs, and with every number of the
scenario in float64, normals by the exact quantile, and JAX in its 64-bit mode. What is compared is
the sign of R < 1 in each of the 60 quarters. A path counts as different if any of them is; a rare
event that one precision sees and the other does not is in that share too.
"""

import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from benchmarks.apart import apart
from benchmarks.bars import Bar, table

LIMIT = 1e-4
Found = dict[str, Any]


def run(quick: bool = False) -> Found:
    """Shares of paths and of comparisons that differ, and relative differences of R."""
    tiles = 8 if quick else 128
    with tempfile.TemporaryDirectory() as folder:
        for bits in (32, 64):
            environment = {"JAX_ENABLE_X64": "1" if bits == 64 else "0"}
            file = str(Path(folder) / f"{bits}.npy")
            apart(ratios, environment=environment, tiles=tiles, bits=bits, file=file)
        single, double = (np.load(Path(folder) / f"{bits}.npy") for bits in (32, 64))
    assert double.dtype == np.float64
    assert single.dtype == np.float32
    differs = (single < 1) != (double < 1)
    relative = np.abs(single / double - 1)
    return {
        "paths": int(single.shape[1]),
        "paths_that_differ": int(differs.any(axis=0).sum()),
        "comparisons_that_differ": int(differs.sum()),
        "wins_float32": float((single < 1).mean()),
        "wins_float64": float((double < 1).mean()),
        "relative": {
            "median": float(np.median(relative)),
            "p99": float(np.quantile(relative, 0.99)),
            "largest": float(relative.max()),
        },
        "within_1e-4": float((relative < 1e-4).all(axis=0).mean()),
    }


def ratios(tiles: int, bits: int, file: str) -> None:
    """Save R by quarter and path of the first tiles."""
    import jax
    import jax.numpy as jnp

    from kernels.counter import tile_of
    from risk.run.devices import prepare
    from risk.run.execute import job_of
    from risk.run.simulate import outcomes, shared
    from risk.scenario import load

    prepare()
    job, rows = job_of(load("base"), 1, "mc")
    if bits == 64:
        job = jax.tree.map(_double, job)
    with (
        mock.patch("risk.run.simulate.normal", _normal64 if bits == 64 else _original("normal")),
        mock.patch("risk.run.simulate.uniform", _uniform64 if bits == 64 else _original("uniform")),
    ):
        trace = jax.jit(
            lambda given, tile: outcomes(given, rows, shared(given, tile), tile[None])[0].ratio
        )
        found = [np.asarray(trace(job, tile_of(t))) for t in range(tiles)]
    assert jnp.asarray(1.0).dtype == (jnp.float64 if bits == 64 else jnp.float32)
    np.save(file, np.concatenate(found, axis=1))


def _original(name: str) -> Any:
    import kernels.transforms

    return getattr(kernels.transforms, name)


def _double(leaf: Any) -> Any:
    import jax.numpy as jnp

    return leaf.astype(jnp.float64) if jnp.issubdtype(leaf.dtype, jnp.floating) else leaf


def _uniform64(words: Any) -> Any:
    import jax.numpy as jnp

    return ((words >> jnp.uint32(8)).astype(jnp.float64) + 0.5) * 2.0**-24


def _normal64(words: Any) -> Any:
    from jax.scipy.special import ndtri

    return ndtri(_uniform64(words))


def lines(found: Found) -> list[str]:
    """What differs, and the bar."""
    relative = found["relative"]
    rows = [
        f"{found['paths']:,} paths of the base scenario, {60 * found['paths']:,} comparisons.",
        "",
        "| | |",
        "|---|---|",
        f"| paths with any comparison that differs | {found['paths_that_differ']:,} |",
        f"| comparisons that differ | {found['comparisons_that_differ']:,} |",
        f"| share of comparisons won, float32 | {100 * found['wins_float32']:.5f} % |",
        f"| share of comparisons won, float64 | {100 * found['wins_float64']:.5f} % |",
        f"| relative difference of R: median | {relative['median']:.1e} |",
        f"| 99 % | {relative['p99']:.1e} |",
        f"| largest | {relative['largest']:.1e} |",
        f"| paths whose R agrees to 1e-4 in every quarter | {100 * found['within_1e-4']:.3f} % |",
        "",
    ]
    return rows + table(bars(found))


def bars(found: Found) -> list[Bar]:
    """Share of paths that differ, counted in any quarter."""
    share = found["paths_that_differ"] / found["paths"]
    return [Bar("share of paths that differ", share, LIMIT, at_least=False)]


def quote(found: Found) -> dict[str, str]:
    """How many paths float32 decides otherwise."""
    label = "paths that float32 decides otherwise than float64"
    return {label: f"{found['paths_that_differ']:,} of {found['paths']:,}"}
