"""A scenario as one npz file, for rivals whose interpreter has NumPy and not this project."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from benchmarks.numpy_draws import Sampler
from benchmarks.numpy_path import _sunlight as sunlight
from risk.scenario import Scenario

KINDS = ("normal", "lognormal", "logit")


def export(scenario: Scenario, file: Path) -> None:
    """Write what a path needs of a scenario: arrays by name, and the rest as one JSON text."""
    sampler = Sampler(scenario, np.float32)
    condition = scenario.conditioning
    text = {
        "keys": sampler.keys,
        "rows": {kind: [int(rows.start), int(rows.stop)] for kind, rows in sampler.rows.items()},
        "fixed": sampler.fixed,
        "other": [asdict(marginal) for marginal in sampler.other],
        "events": {key: asdict(m) | {"own": own} for key, (m, own) in sampler.events.items()},
        "conditioning": [condition.centre, list(condition.log_sd), condition.launch_loss],
    }
    pieces = {kind: np.stack(sampler.pieces[kind]) for kind in KINDS}
    np.savez(
        file,
        text=np.asarray(json.dumps(text, default=float)),
        loadings=sampler.loadings,
        own=sampler.own,
        sunlight=np.stack(sunlight()).astype(np.float32),
        **pieces,  # type: ignore[arg-type]
    )
