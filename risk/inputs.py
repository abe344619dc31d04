"""How the model declares what it needs: uncertain numbers, events, choices and shocks.

A field of a `@group` class states name, unit, meaning and hard bounds, once, in the model file
whose equation uses it. Its numbers live in `scenarios/base.toml`. Validation, schema, random
streams, report tables and documentation are derived from these two and from nothing else.
"""

import dataclasses
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, dataclass_transform

import jax

Kind = Literal["number", "event", "choice", "normal", "uniform"]


@dataclass(frozen=True)
class Declaration:
    """What the model says about one input; `unit` is the unit used inside the model."""

    kind: Kind
    meaning: str
    unit: str = "1"
    low: float = -math.inf
    high: float = math.inf
    options: tuple[str, ...] = ()


def number(unit: str, meaning: str, *, low: float = -math.inf, high: float = math.inf) -> Any:
    """An input drawn once per path, or fixed by the scenario; `low`, `high` in `unit`."""
    return _declare(Declaration("number", meaning, unit, low, high))


def event(unit: str, meaning: str, *, low: float = -math.inf, high: float = math.inf) -> Any:
    """An input drawn anew at each event; what it owes to the common factors is the path's own."""
    return _declare(Declaration("event", meaning, unit, low, high))


def choice(meaning: str, *options: str) -> Any:
    """A decision of the scenario; the model receives the option's index as a float."""
    return _declare(Declaration("choice", meaning, options=options))


def normal(meaning: str) -> Any:
    """A random number of the path, standard normal."""
    return _declare(Declaration("normal", meaning))


def uniform(meaning: str) -> Any:
    """A random number of the path, uniform on (0, 1)."""
    return _declare(Declaration("uniform", meaning))


def _declare(declaration: Declaration) -> Any:
    return field(metadata={"declaration": declaration})


@dataclass_transform(frozen_default=True, kw_only_default=True)
def group[T](cls: type[T]) -> type[T]:
    """Make a frozen dataclass of declared fields, or of groups, that JAX sees as a tree."""
    made = dataclass(frozen=True, kw_only=True)(cls)
    names = [f.name for f in dataclasses.fields(made)]  # type: ignore[arg-type]
    return jax.tree_util.register_dataclass(made, data_fields=names, meta_fields=[])


def declarations(tree: type, prefix: str = "") -> Iterator[tuple[str, Declaration]]:
    """Every declared field of a group and of the groups inside it, as (dotted key, declaration)."""
    for f in dataclasses.fields(tree):
        if "declaration" in f.metadata:
            yield prefix + f.name, f.metadata["declaration"]
        elif isinstance(f.type, type):
            yield from declarations(f.type, f"{prefix}{f.name}.")
        else:
            raise TypeError(f"{tree.__name__}.{f.name} is neither declared nor a group")


def assemble[T](tree: type[T], values: dict[str, Any], prefix: str = "") -> T:
    """Build the group from a flat table of dotted keys; raises KeyError for a missing one."""
    return tree(
        **{
            f.name: values[prefix + f.name]
            if "declaration" in f.metadata
            else assemble(f.type, values, f"{prefix}{f.name}.")  # type: ignore[arg-type]
            for f in dataclasses.fields(tree)  # type: ignore[arg-type]
        }
    )


def value_of(tree: Any, key: str) -> Any:
    """The field of a group at a dotted key; raises AttributeError where there is none."""
    for name in key.split("."):
        tree = getattr(tree, name)
    return tree
