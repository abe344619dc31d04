"""Who is measured against whom: every module of this folder that has a function `measure`.

    measure(paths, words, mode, threads) -> dict

runs so many paths of the scenario `base`, warm, and returns at least `paths_per_second` (wall) and
`paths_per_cpu_second` (all its threads and processes together); what is compiled or warmed up for
that is done before the clock starts, and may be told as `compile_seconds`. `words` is "philox", "sobol" or "own" (its library's generator): a module
names those it has in `WORDS`. `mode` is "wins" (who wins by quarter, three comparators) or "all"
(every metric's histogram). What it does not offer it refuses with ValueError; a package or a
compiler that is not there is an ImportError or an OSError. `LABEL` says in a few words what it is.
"""

import importlib
import pkgutil
from types import ModuleType

WORDS = ("sobol", "philox")


def found() -> tuple[dict[str, ModuleType], dict[str, str]]:
    """Rivals by name, and why others are not there."""
    here, missing = {}, {}
    for info in pkgutil.iter_modules(__path__):
        name = info.name.removesuffix("_path")
        try:
            module = importlib.import_module(f"{__name__}.{info.name}")
        except (ImportError, OSError) as error:
            missing[name] = f"not installed ({error})"
            continue
        if hasattr(module, "measure"):
            here[name] = module
    return here, missing


def words_of(module: ModuleType) -> tuple[str, ...]:
    """The kinds of random words that a rival says it has."""
    return getattr(module, "WORDS", WORDS)


def label_of(name: str, module: ModuleType) -> str:
    """What it is, in a few words."""
    return getattr(module, "LABEL", name)
