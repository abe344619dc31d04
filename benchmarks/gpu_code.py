"""How many machine instructions does a quarter of a path take on an H200, and what is the floor?

The quarter loop is compiled for the GPU on a machine without one, and the machine code between the
loop's label and its branch is counted. Nothing is timed: the floor is arithmetic, the counted
instructions over the issue slots of the device. Shapes alone matter, no number of a scenario does.

Needed: `pip install "jax[cuda13]" triton` beside the project (for ptxas and nvdisasm).
"""

import argparse
import collections
import importlib.metadata
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
FILE = Path(__file__).parent / "gpu_code.json"
QUARTERS, SPANS = 60, 2  # of a path; each span of 30 quarters is an inner loop

# One H200 (SXM). Slots, lanes of the special function units and clock: CUDA programming guide and
# data sheet; memory: data sheet, of which a copy reaches about 0.9.
PROCESSORS = 132
CLOCK_HZ = 1.98e9
ISSUE = 128  # thread instructions a processor and clock
SPECIAL = 16  # exp, log, root, reciprocal and conversions a processor and clock
BYTES_S = 4.8e12
REGISTERS = 65536  # of a processor

TARGET = """gpu_device_info {
  threads_per_block_limit: 1024
  threads_per_warp: 32
  shared_memory_per_block: 49152
  shared_memory_per_core: 233472
  threads_per_core_limit: 2048
  core_count: 132
  fpus_per_core: 128
  block_dim_limit_x: 2147483647
  block_dim_limit_y: 65535
  block_dim_limit_z: 65535
  memory_bandwidth: 4800000000000
  l2_cache_size: 62914560
  clock_rate_ghz: 1.98
  device_memory_size: 150000000000
  shared_memory_per_block_optin: 232448
  cuda_compute_capability { major: 9 }
  registers_per_core_limit: 65536
  registers_per_block_limit: 65536
}
platform_name: "CUDA"
dnn_version_info { major: 9 minor: 10 }
runtime_version { major: 13 minor: 0 patch: 0 }
device_description_str: "NVIDIA H200"
"""


@dataclass(frozen=True)
class Case:
    """One way to compile the loop."""

    label: str
    approximate: bool = False
    metrics: str = "none"  # or those of every quarter, "fans", or "all"
    warpgroups: int = 1
    words: str = "sobol"
    normals: int = 0  # instead of the model: so many normals, summed


CASES = {
    "accurate": Case("accurate, events"),
    "approximate": Case("approximate, events", approximate=True),
    "approximate_3": Case("approximate, events, 3 warpgroups", approximate=True, warpgroups=3),
    "approximate_4": Case("approximate, events, 4 warpgroups", approximate=True, warpgroups=4),
    "fans": Case("approximate, and 4 metrics every quarter", approximate=True, metrics="fans"),
    "all": Case("approximate, and all metrics (at most)", approximate=True, metrics="all"),
    "philox": Case("approximate, events, Philox words", approximate=True, words="philox"),
}
SHOCK = {  # enough normals that the compiler leaves the loop rolled
    "accurate": (Case("", normals=10), Case("", normals=20)),
    "approximate": (Case("", True, normals=10), Case("", True, normals=20)),
}
_LARGEST_PATHS = 3 * 4 << 16


def missing() -> str | None:
    """What is not installed for this question, in one sentence; None where all is."""
    absent = []
    plugins = importlib.util.find_spec("jax_plugins")
    homes = plugins.submodule_search_locations if plugins else None
    if not any((Path(home) / "xla_cuda13").exists() for home in homes or ()):
        absent.append('"jax[cuda13]"')
    if _tool("ptxas") is None or _tool("nvdisasm") is None:
        absent.append("triton")
    return f"counting needs more packages: pip install {' '.join(absent)}" if absent else None


def count(case: Case) -> dict[str, Any]:
    """Compile one case in a process of its own and count; raises RuntimeError where that fails."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "JAX_SKIP_CUDA_CONSTRAINTS_CHECK": "1",
            "JAX_PLATFORMS": "cpu",
            "MOSAIC_GPU_DUMP_TO": folder,
            "MOSAIC_GPU_DUMP_PTX": "1",
        }
        environment.pop("JAX_COMPILATION_CACHE_DIR", None)
        child = [sys.executable, "-m", "benchmarks.gpu_code", "--compile", repr(vars(case))]
        done = subprocess.run(
            child, env=environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
        sources = sorted(Path(folder).glob("*.ptx"))
        if done.returncode or not sources:
            raise RuntimeError(f"the kernel did not compile: {done.stderr[-2000:]}")
        (operands,) = (
            json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")
        )
        return _counted(sources[0], Path(folder), case) | operands


def _counted(source: Path, folder: Path, case: Case) -> dict[str, Any]:
    cubin = folder / "kernel.cubin"
    ptxas, nvdisasm = (_tool(name) or name for name in ("ptxas", "nvdisasm"))
    assembler = [ptxas, "-arch=sm_90a", "-O3", "-v", str(source), "-o", str(cubin)]
    notes = subprocess.run(assembler, capture_output=True, text=True, check=True).stderr
    listing = subprocess.run(
        [nvdisasm, "-c", str(cubin)], capture_output=True, text=True, check=True
    ).stdout
    code, loops = parse(listing)
    quarter, outer = loop(loops)
    inside = code[quarter[0] : quarter[1] + 1]
    kinds = collections.Counter(_kind(line) for line in inside)
    between = (outer[1] - outer[0] + 1) - len(inside)
    once = len(code) - (outer[1] - outer[0] + 1)
    path = once + SPANS * between + QUARTERS * len(inside)
    special = kinds["MUFU"] + kinds["F2I"] + kinds["I2F"]
    slots = PROCESSORS * CLOCK_HZ
    return {
        "label": case.label,
        "quarter": len(inside),
        "path": path,
        "registers": int(re.findall(r"Used (\d+) registers", notes)[0]),
        "spilled_bytes": sum(int(n) for n in re.findall(r"(\d+) bytes spill", notes)),
        "code_bytes": 16 * len(code),
        "special": special,
        "loads": kinds["LDG"],
        "mix": dict(kinds.most_common(12)),
        "floor_issue": slots * ISSUE / path,
        "floor_special": slots * SPECIAL / (QUARTERS * special) if special else None,
    }


def parse(listing: str) -> tuple[list[str], list[tuple[int, int]]]:
    """Instructions of a listing, and the first and last of each loop (a branch back to a label)."""
    code: list[str] = []
    labels: dict[str, int] = {}
    branches: list[tuple[str, int]] = []
    for line in listing.splitlines():
        if label := re.match(r"(\.L_x_\d+):", line):
            labels[label.group(1)] = len(code)
        elif instruction := re.match(r"\s+/\*[0-9a-f]{4,}\*/\s+(.*?);", line):
            if target := re.search(r"\bBRA\b.*\((\.L_x_\d+)\)", instruction.group(1)):
                branches.append((target.group(1), len(code)))
            code.append(instruction.group(1).strip())
    end = max((at for at, text in enumerate(code) if "EXIT" in text), default=len(code) - 1)
    loops = [(labels[to], at) for to, at in branches if labels[to] < at]
    return code[: _last(code, end) + 1], sorted(loops, key=lambda ends: ends[1] - ends[0])


def _last(code: list[str], end: int) -> int:
    """Last instruction that can run: what follows the exit is reached by a jump, or is padding."""
    real = [at for at, text in enumerate(code) if at > end and _kind(text) not in ("NOP", "BRA")]
    return max(real, default=end)


def loop(loops: list[tuple[int, int]]) -> tuple[tuple[int, int], tuple[int, int]]:
    """The loop over quarters and the one around it; raises RuntimeError where there is none."""
    if not loops:
        raise RuntimeError("no loop in the machine code: the compiler unrolled it")
    inner = loops[0]
    around = [other for other in loops[1:] if other[0] <= inner[0] and other[1] >= inner[1]]
    return inner, around[0] if around else inner


def _kind(instruction: str) -> str:
    return re.sub(r"^@!?U?P\w+\s+", "", instruction).split()[0].split(".")[0]


def _tool(name: str) -> str | None:
    """Path of a CUDA tool inside the installed wheels: the newest ptxas is JAX's own."""
    for package, place in (("nvidia", "cu13/bin"), ("triton", "backends/nvidia/bin")):
        found = importlib.util.find_spec(package)
        for home in (found.submodule_search_locations or ()) if found else ():
            if (Path(home) / place / name).exists():
                return str(Path(home) / place / name)
    return None


def compile_only(case: Case) -> dict[str, Any]:
    """Lower and compile the loop for the target; the dump folder receives its PTX."""
    import jax
    import numpy as np
    from jax.experimental import topologies
    from jax.sharding import AbstractDevice, AbstractMesh, SingleDeviceSharding, use_abstract_mesh

    from benchmarks.base import read
    from kernels.counter import tile_of
    from kernels.lanes import UNIT, Philox, Sobol
    from kernels.pallas import Shape
    from risk.model.metrics import METRICS
    from risk.run import gpu
    from risk.run.simulate import shared, start

    topology = topologies.get_topology_desc(platform="cuda", target_config=TARGET, topology="1x1x1")
    place = SingleDeviceSharding(topology.devices[0])
    paths = _LARGEST_PATHS

    def like(leaf: Any, count: int = paths) -> Any:
        shape = (count,) if leaf.shape else ()
        return jax.ShapeDtypeStruct(shape, leaf.dtype, sharding=place)

    def table(*shape: int) -> Any:
        return jax.ShapeDtypeStruct(shape, np.uint32, sharding=place)

    job, rows = read()
    shapes = jax.eval_shape(lambda j: start(j, rows, shared(j, tile_of(0)), tile_of(0)[None]), job)
    begun = jax.tree.map(like, shapes)
    every_quarter = tuple(k for k in METRICS if gpu.stride(k) == 1)
    names = {"none": (), "fans": every_quarter, "all": tuple(METRICS)}[case.metrics]
    shape = Shape(warpgroups=case.warpgroups, approximate=case.approximate)
    draws = case.normals or gpu.DRAWS

    def run(begun: Any, base: Any, columns: Any, key: Any) -> Any:
        source: Any = Sobol(base, columns, draws)
        if case.words == "philox":
            source = Philox(key[:2], key[:2], key[:draws])
        if case.normals:
            return _normals(begun.state, source, shape)
        return gpu.quarters(begun, source, names, shape)

    device = AbstractDevice(device_kind="NVIDIA H200", num_cores=None, platform="gpu")
    size = draws * QUARTERS
    operands = (begun, table(paths // UNIT, size), table(size, UNIT), table(draws))
    with use_abstract_mesh(AbstractMesh((1,), ("device",), abstract_device=device)):
        traced = jax.jit(run).trace(*operands)
        lowered = traced.lower(lowering_platforms=("cuda",))
    lowered.compile()
    kept = sum(leaf.dtype.itemsize * leaf.size for leaf in jax.tree.leaves(traced.out_info))
    given = sum(leaf.dtype.itemsize for leaf in jax.tree.leaves(begun) if leaf.shape)
    return {"bytes_in": given + 4 * size / UNIT, "bytes_out": kept / paths}


def _normals(state: Any, source: Any, shape: Any) -> Any:
    """A path that only sums normals, for the cost of one shock."""
    from kernels.pallas import Shown, march
    from kernels.transforms import normal

    def step(constants: Any, state: Any, words: Any, number: Any) -> Any:
        del constants, number
        total = state
        for word in words:
            total = total + normal(word)
        return total, Shown({"high": total > 1.0}, {})

    return march(step, (), state.flown_kw, source, QUARTERS, {}, shape)


def run(quick: bool = False) -> dict[str, Any]:
    """Count every case (the first two when quick); raises RuntimeError where tools are missing."""
    if absent := missing():
        raise RuntimeError(absent)
    chosen = list(CASES)[: 2 if quick else None]
    found: dict[str, Any] = {"cases": {name: count(CASES[name]) for name in chosen}, "shock": {}}
    for name, (few, many) in SHOCK.items():
        more = count(many)["quarter"] - count(few)["quarter"]
        found["shock"][name] = more / (many.normals - few.normals)
    for case in found["cases"].values():
        case["floor_bytes"] = BYTES_S / (case["bytes_in"] + case["bytes_out"])
    found["versions"] = {p: importlib.metadata.version(p) for p in ("jax", "triton")}
    return found


def lines(found: dict[str, Any]) -> list[str]:
    """The counts in a table, each with how it moved since the committed one."""
    before = json.loads(FILE.read_text())["cases"] if FILE.exists() else {}
    rows = [
        "| loop | instructions a quarter | committed | a path | registers | warps a processor | "
        "bytes spilled | special a quarter | bytes a path, in + out | floor by issue, 1e9 paths/s | by special functions |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, case in found["cases"].items():
        old = f"{before[name]['quarter']:,}" if name in before else "none"
        threads = 128 * CASES[name].warpgroups
        warps = REGISTERS // (-(-case["registers"] // 8) * 8 * threads) * threads // 32
        rows.append(
            f"| {case['label']} | {case['quarter']:,} | {old} | {case['path']:,} | "
            f"{case['registers']} | {warps} | {case['spilled_bytes']} | {case['special']} | "
            f"{case['bytes_in']:.0f} + {case['bytes_out']:.0f} | {case['floor_issue'] / 1e9:.3f} | "
            f"{case['floor_special'] / 1e9:.3f} |"
        )
    shock = ", ".join(f"{name} {n:.1f}" for name, n in found["shock"].items())
    rows += ["", f"A shock (word and normal) costs, in instructions: {shock}."]
    rows += [f"Floors: {PROCESSORS} processors at {CLOCK_HZ / 1e9} GHz; counted, not timed."]
    return rows


def main() -> None:
    """Count, print, and with `--write` replace the committed counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compile", help=argparse.SUPPRESS)
    parser.add_argument("--write", action="store_true", help="replace the committed counts")
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    if given.compile:
        import ast

        print(json.dumps(compile_only(Case(**ast.literal_eval(given.compile)))))
        return
    if absent := missing():
        sys.exit(absent)
    found = run(given.quick)
    print("\n".join(lines(found)))
    if given.write:
        title = (__doc__ or "").splitlines()[0]
        table = [f"# {title}", "", "Written by `python -m benchmarks.gpu_code --write`.", ""]
        FILE.with_suffix(".md").write_text("\n".join([*table, *lines(found)]) + "\n")
        FILE.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
