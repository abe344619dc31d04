"""The same quarters by others on the same device, and what a profiler says of one kernel."""

import importlib
import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.device import model
from benchmarks.device.timing import Size, seconds
from kernels import staging
from kernels.lanes import UNIT
from risk.model.constants import QUARTERS
from risk.run import gpu

ROOT = Path(__file__).parent.parent.parent
PROFILED = "sm__inst_issued.avg.pct_of_peak_sustained_active,sm__warps_active.avg.pct_of_peak_sustained_active,smsp__inst_executed.sum,l1tex__t_sector_hit_rate.pct,sm__pipe_xu_cycles_active.avg.pct_of_peak_sustained_active"


def rivals(size: Size) -> Iterator[tuple[str, Any]]:
    """PyTorch's eager mode over the model's own traced operations; absent where it is not there."""
    if importlib.util.find_spec("torch") is None:
        yield "torch", "not installed"
    else:
        yield "torch", _torch(size)


def _torch(size: Size) -> dict[str, Any]:
    """Paths a second of one PyTorch operation after another, words included, nothing fused."""
    torch: Any = importlib.import_module("torch")

    place = "cuda" if torch.cuda.is_available() else "cpu"
    paths = min(size.batch, 1 << 18) // UNIT * UNIT
    tile = model.begin(paths, size)
    source = model.tables(paths)
    constants, tree = jax.tree.flatten((tile.inputs, tile.fixed))
    first, state_tree = jax.tree.flatten(tile.state)

    def flat(c: Any, s: Any, w: Any, number: Any) -> Any:
        own, carried = jax.tree.unflatten(tree, c), jax.tree.unflatten(state_tree, s)
        after, shown = gpu.quarter(own, carried, tuple(w), number)
        return jax.tree.leaves(after), dict(shown.events)

    word = jax.ShapeDtypeStruct((paths,), jnp.uint32)
    program, out = staging.trace(flat, constants, first, [word] * source.draws, paths)
    after, events = jax.tree.unflatten(jax.tree.structure(out), program.results)
    inputs = (*program.state, *program.words, program.step)
    plan = staging.plan(program, [*after, *events.values()], inputs)
    edge = staging.before(program, [plan], constants, QUARTERS, paths)

    def moved(x: Any) -> Any:
        host = np.asarray(x)
        return torch.as_tensor(host.astype(np.int64) if host.dtype == np.uint32 else host).to(place)

    kept = {v: moved(x) for v, x in edge.items()}
    base, table = moved(source.base), moved(source.table)
    state = [moved(s) for s in first]

    def march() -> Any:
        carried, wins = list(state), []
        for step in range(QUARTERS):
            values = {v: (x[step] if v in plan.clock else x) for v, x in kept.items()}
            values |= dict(zip(program.state, carried, strict=True)) | {program.step: step}
            for k, value in enumerate(program.words):
                row = step * source.draws + k
                values[value] = (base[:, row, None] ^ table[None, row]).reshape(-1)
            _operate(torch, plan.loop, values, paths)
            carried = [_read(values, r) for r in after]
            wins.append([_read(values, r).sum() for r in events.values()])
        if place == "cuda":
            torch.cuda.synchronize()
        return wins

    taken = seconds(march, size.repeats)
    return {"paths": paths, "rate": paths / taken["median_s"], **taken}


def _read(values: dict[int, Any], result: Any) -> Any:
    return result.value.item() if isinstance(result, staging.Literal) else values[result]


def _operate(torch: Any, operations: list[Any], values: dict[int, Any], paths: int) -> None:
    def tensor(x: Any) -> Any:
        return x if isinstance(x, torch.Tensor) else torch.tensor(x)

    table: dict[str, Any] = {
        "add": lambda x, y: x + y, "sub": lambda x, y: x - y, "mul": lambda x, y: x * y,
        "div": lambda x, y: x / y, "max": lambda x, y: torch.maximum(*_alike(torch, x, y)),
        "min": lambda x, y: torch.minimum(*_alike(torch, x, y)), "lt": lambda x, y: x < y,
        "gt": lambda x, y: x > y, "ge": lambda x, y: x >= y, "le": lambda x, y: x <= y,
        "eq": lambda x, y: x == y, "and": lambda x, y: x & y, "or": lambda x, y: x | y,
        "xor": lambda x, y: x ^ y, "shift_right_logical": lambda x, y: x >> y,
        "exp": lambda x: torch.exp(tensor(x)), "exp2": lambda x: torch.exp2(tensor(x)),
        "log": lambda x: torch.log(tensor(x)), "sqrt": lambda x: torch.sqrt(tensor(x)),
        "abs": lambda x: abs(x), "neg": lambda x: -x, "not": lambda x: ~x,
        "square": lambda x: x * x,
        "select_n": lambda p, x, y: torch.where(tensor(p), y, x),
    }  # fmt: skip
    kinds = {"float32": torch.float32, "int32": torch.int64, "uint32": torch.int64}
    for op in operations:
        reads = [_read(values, r) for r in op.reads]
        name = op.primitive.name
        if name == "broadcast_in_dim":
            made = tensor(reads[0])
        elif name == "convert_element_type":
            kind = kinds[np.dtype(op.parameters["new_dtype"]).name]
            made = tensor(reads[0]).to(kind)
        elif name == "integer_pow":
            made = reads[0] ** op.parameters["y"]
        else:
            made = table[name](*reads)
        values[op.writes[0]] = made
    del paths


def _alike(torch: Any, x: Any, y: Any) -> tuple[Any, Any]:
    """Two operands as tensors on the device of the one that is one."""
    known = x if isinstance(x, torch.Tensor) else y
    pair = [
        v if isinstance(v, torch.Tensor) else torch.as_tensor(v, dtype=known.dtype).to(known.device)
        for v in (x, y)
    ]
    return pair[0], pair[1]


def profile(size: Size) -> Iterator[tuple[str, Any]]:
    """Issue slots, warps, hits and instructions of one kernel by Nsight Compute, where it is."""
    tool = shutil.which("ncu")
    if tool is None:
        yield "ncu", "not installed"
        return
    child = [sys.executable, "-m", "benchmarks.gpu", "--one-kernel"]
    command = [tool, "--clock-control", "none", "--launch-count", "1", "--csv"]
    command += ["--kernel-name", "regex:.*mosaic.*", "--metrics", PROFILED, *child]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = {}
    for line in done.stdout.splitlines():
        cells = [cell.strip('"') for cell in line.split('","')]
        if len(cells) > 3 and cells[-3] in PROFILED:
            found[cells[-3]] = f"{cells[-1]} {cells[-2]}"
    yield from (found or {"ncu": (done.stderr or done.stdout)[-500:]}).items()


def one_kernel(size: Size) -> None:
    """March one batch, for the profiler."""
    from kernels.pallas import Shape

    paths = size.batch // UNIT * UNIT
    tile = model.begin(paths, size)
    source = model.tables(paths)
    shape = Shape(approximate=True, interpret=size.interpret)
    jax.block_until_ready(model.runs(source, (), shape)(tile, source.operands()))
