"""The questions: every `bench_*.py` of this folder, and every `gpu*.py` that has a `run`.

A question is a module whose docstring asks it. `run(quick) -> dict` measures and gives what JSON
can hold; `lines(found) -> list[str]` is the answer in Markdown. Optional: `figure(found, folder)`
writes `<name>*.svg`; `bars(found)` lists what the numbers are held against; `compare(found)` gives
the labelled numbers that `orbitrisk bench` sets beside the committed ones; `quote(found)` gives the
labelled texts that the project's README carries.
"""

import importlib
import pkgutil
from types import ModuleType

import benchmarks

ORDER = ("rivals", "throughput", "split", "error", "float", "compile", "start", "memory")
"""How the page is read; what is not named here follows by its name."""
CORE = ("rivals", "compile", "memory")
"""What `orbitrisk bench` asks of a user's machine."""


def names(device: str = "cpu") -> list[str]:
    """Questions for a device in reading order; those for a GPU start with `gpu`."""
    found = [info.name for info in pkgutil.iter_modules(benchmarks.__path__)]
    if device == "gpu":
        return sorted(name for name in found if name.startswith("gpu") and _asks(name))
    asked = sorted(n.removeprefix("bench_") for n in found if n.startswith("bench_"))
    return [n for n in ORDER if n in asked] + [n for n in asked if n not in ORDER]


def question(name: str) -> ModuleType:
    """The module of a question; raises KeyError for a name that is none."""
    for device, prefix in (("cpu", "bench_"), ("gpu", "")):
        if name in names(device):
            return importlib.import_module(f"benchmarks.{prefix}{name}")
    raise KeyError(f"{name!r} is no question; there are {', '.join(names() + names('gpu'))}")


def _asks(name: str) -> bool:
    module = importlib.import_module(f"benchmarks.{name}")
    return hasattr(module, "run") and hasattr(module, "lines")
