"""The resolved base scenario in one file, for machines that cannot read scenario files.

`python -m benchmarks.base` writes `base.npz`; a test keeps it fresh. A benchmark on a machine that
has jax and numpy and nothing else reads the same numbers that a run would use.
"""

import importlib
import json
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np

FILE = Path(__file__).parent / "base.npz"
SEED = 7


def encode(tree: Any, arrays: list[np.ndarray]) -> Any:
    """A tree of tuples, frozen dataclasses, names and arrays as JSON; arrays are put aside."""
    if isinstance(tree, str | int | float | bool | None):
        return tree
    if isinstance(tree, type):
        return {"type": _name(tree)}
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return {"of": _name(type(tree)), "with": _encoded(tree, tree._fields, arrays)}
    if is_dataclass(tree):
        names = [f.name for f in fields(tree)]
        return {"of": _name(type(tree)), "with": _encoded(tree, names, arrays)}
    if isinstance(tree, tuple | list):
        return {"tuple": [encode(item, arrays) for item in tree]}
    arrays.append(np.asarray(tree))
    return {"array": len(arrays) - 1}


def decode(code: Any, arrays: list[np.ndarray]) -> Any:
    """The tree again, with arrays on the device."""
    if not isinstance(code, dict):
        return code
    if "type" in code:
        return _found(code["type"])
    if "of" in code:
        inner = {k: decode(v, arrays) for k, v in code["with"].items()}
        return _found(code["of"])(**inner)
    if "tuple" in code:
        return tuple(decode(item, arrays) for item in code["tuple"])
    return jax.numpy.asarray(arrays[code["array"]])


def resolved() -> tuple[Any, Any]:
    """The base scenario's job and layouts, from its scenario file."""
    from risk.run.execute import job_of
    from risk.scenario import load

    return job_of(load("base"), SEED, "sobol")


def write(file: Path = FILE) -> None:
    """Resolve the base scenario and write it."""
    arrays: list[np.ndarray] = []
    code = json.dumps(encode(resolved(), arrays))
    named: dict[str, Any] = {f"a{k}": array for k, array in enumerate(arrays)}
    np.savez_compressed(file, tree=np.frombuffer(code.encode(), np.uint8), **named)


def read(file: Path = FILE) -> tuple[Any, Any]:
    """The job and layouts that `write` kept."""
    with np.load(file) as kept:
        code = json.loads(kept["tree"].tobytes())
        return decode(code, [kept[f"a{k}"] for k in range(len(kept.files) - 1)])


def _encoded(tree: Any, names: Any, arrays: list[np.ndarray]) -> dict[str, Any]:
    return {name: encode(getattr(tree, name), arrays) for name in names}


def _name(kind: type) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"


def _found(name: str) -> Any:
    module, kind = name.split(":")
    return getattr(importlib.import_module(module), kind)


if __name__ == "__main__":
    write()
    print(f"wrote {FILE.name}, {FILE.stat().st_size:,} bytes")
