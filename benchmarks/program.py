"""What the compiler made of the quarter loop: loops over arrays, bytes between them, operations."""

import math
import re
from collections import Counter
from typing import Any

QUARTERS = 60
COUNTED = {
    "exp and log": {"exponential", "log", "exp", "log1p", "expm1"},
    "division and root": {"divide", "div", "sqrt", "rsqrt"},
}
"""Dear operations by kind, as XLA and as JAX name them; cheap ones fuse, and are not comparable."""
_BYTES = {"pred": 1, "s8": 1, "u8": 1, "f32": 4, "s32": 4, "u32": 4, "f64": 8, "s64": 8, "u64": 8}
_INSTRUCTION = re.compile(r"^(?:ROOT )?(%[\w.\-]+) = (\(.*?\)|\S+) ([\w\-]+)\(")
_LOOP = re.compile(r'body=(%[\w.\-]+).*known_trip_count":{"n":"(\d+)"')
_CALLS = re.compile(r"calls=(%[\w.\-]+)")


def compiled(text: str, paths: int) -> dict[str, float]:
    """Of the body of the loop over quarters, in optimised HLO: fusions, bytes, operations a path.

    Empty where the text has no such loop.
    """
    computations = _computations(text)
    bodies = [body for body, count in _LOOP.findall(text) if int(count) == QUARTERS]
    if not bodies:
        return {}
    found: Counter[str] = Counter()
    for line in computations[max(bodies, key=lambda name: len(computations[name]))]:
        kind, shape = _kind(line), _shape(line)
        if kind not in ("fusion", "copy", "concatenate") or _size(shape) < paths:
            continue  # the loop's counter and other single numbers
        found["loops over a tile"] += 1
        found["bytes written a path"] += round(_size(shape) / paths)
        called = _CALLS.search(line)
        if called:
            found.update(_operations(called[1], computations, paths))
    return dict(found)


def written(jaxpr: Any, paths: int) -> dict[str, int]:
    """Of the body of the scan over quarters, as the model's code has it: operations a path."""
    for equation in _equations(jaxpr):
        if equation.primitive.name == "scan" and equation.params["length"] == QUARTERS:
            inner = _equations(equation.params["jaxpr"].jaxpr)
            sizes = [(e.primitive.name, v.aval.size // paths) for e in inner for v in e.outvars]
            return {
                kind: sum(size for name, size in sizes if name in same)
                for kind, same in COUNTED.items()
            }
    return {}


def _equations(jaxpr: Any) -> list[Any]:
    """All equations, those of called functions too, but not those of a loop's body."""
    found = []
    for equation in jaxpr.eqns:
        found.append(equation)
        for name in ("jaxpr", "call_jaxpr"):
            inner = equation.params.get(name)
            if inner is not None and equation.primitive.name not in ("scan", "while"):
                found += _equations(getattr(inner, "jaxpr", inner))
    return found


def _computations(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    name = ""
    for line in text.splitlines():
        if line.endswith("{") and not line.startswith(" "):
            name = line.removeprefix("ENTRY ").split(" ", 1)[0]
            found[name] = []
        elif line.startswith(" ") and name:
            found[name].append(line.strip())
    return found


def _operations(name: str, computations: dict[str, list[str]], paths: int) -> Counter[str]:
    found: Counter[str] = Counter()
    for line in computations[name]:
        called = _CALLS.search(line)
        if _kind(line) == "fusion" and called:
            found.update(_operations(called[1], computations, paths))
        for kind, same in COUNTED.items():
            if _kind(line) in same:
                found[kind] += math.prod(_dimensions(_shape(line))) // paths
    return found


def _kind(line: str) -> str:
    match = _INSTRUCTION.match(line)
    return match[3] if match else ""


def _shape(line: str) -> str:
    match = _INSTRUCTION.match(line)
    return match[2] if match else ""


def _dimensions(shape: str) -> list[int]:
    match = re.search(r"\[([\d,]*)\]", shape)
    return [int(n) for n in match[1].split(",") if n] if match else []


def _size(shape: str) -> float:
    """Bytes of a result; one of all quarters is written one quarter at a time."""
    total = 0.0
    for kind, numbers in re.findall(r"(\w+)\[([\d,]*)\]", shape):
        dimensions = [int(n) for n in numbers.split(",") if n]
        quarters = QUARTERS if dimensions[:1] == [QUARTERS] else 1
        total += _BYTES.get(kind, 0) * math.prod(dimensions) / quarters
    return total
