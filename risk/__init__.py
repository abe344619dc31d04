"""orbitrisk: with what probability, by when and at what price orbit beats ground.

import risk
result = risk.simulate(risk.load("spacex_xai"), paths=200_000, seed=7)
result.table()
"""

import importlib
import importlib.util
from pathlib import Path
from typing import Any

_PUBLIC = {
    "Comparison": "risk.analysis.compare",
    "Estimate": "risk.estimate",
    "Request": "risk.run.plan",
    "Result": "risk.analysis.result",
    "Run": "risk.run.execute",
    "Scenario": "risk.scenario",
    "ScenarioError": "risk.scenario",
    "compare": "risk.analysis.compare",
    "load": "risk.scenario",
    "shipped": "risk.scenario",
    "simulate": "risk.analysis.result",
    "write": "risk.report",
}
__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that `--help` starts no JAX."""
    if name not in _PUBLIC:
        raise AttributeError(
            f"module 'risk' has no attribute {name!r}; it has {', '.join(__all__)}"
        )
    return getattr(importlib.import_module(_PUBLIC[name]), name)


def _require_own_kernels() -> None:
    """Refuse another project's package `kernels`, which would shadow ours."""
    found = importlib.util.find_spec("kernels")
    home = Path(__file__).resolve().parent.parent
    origin = found.origin if found is not None else None
    if origin is None or Path(origin).resolve().parent.parent != home:
        raise ImportError(
            f"the package 'kernels' comes from {origin or 'nowhere'}, not from orbitrisk: "
            "remove the other package (pip uninstall kernels) and reinstall orbitrisk"
        )


_require_own_kernels()
