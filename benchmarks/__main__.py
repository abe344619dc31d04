"""Run every benchmark and rewrite the table that the repository carries."""

import json
from pathlib import Path

from benchmarks import bench_memory, bench_paths
from benchmarks.machine import describe

HERE = Path(__file__).parent
QUESTIONS = {"paths": bench_paths, "memory": bench_memory}


def main() -> None:
    """Measure, print, and write `results.json` and `README.md`."""
    machine = describe()
    results: dict[str, object] = {"machine": machine}
    text = [
        "# Benchmarks",
        "",
        "Written by `python -m benchmarks` (or `make bench`). Quote ratios: absolute rates of a "
        "shared machine move by a quarter from run to run. No GPU was there.",
        "",
        ", ".join(f"{key} {value}" for key, value in machine.items()),
        "",
    ]
    for name, question in QUESTIONS.items():
        found = question.run()
        results[name] = found
        text += [f"## {(question.__doc__ or '').strip()}", "", *question.lines(found), ""]
        print("\n".join(question.lines(found)), flush=True)
        (HERE / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    (HERE / "README.md").write_text("\n".join(text))


if __name__ == "__main__":
    main()
