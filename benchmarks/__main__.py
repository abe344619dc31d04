"""Ask the questions, print the answers, and rewrite the page that the repository carries."""

import argparse
import json
import sys
from pathlib import Path

from benchmarks.page import Results, draw, keep, results, write
from benchmarks.registry import names, question
from benchmarks.standing import answer


def main() -> None:
    """Each answer is written as soon as it is there: a question that fails costs only itself."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(names() + names("gpu")))
    parser.add_argument("--quick", action="store_true", help="rough and short; not written")
    parser.add_argument("--keep", action="store_true", help="write even what is quick")
    parser.add_argument("--device", choices=("cpu", "gpu"), default="cpu")
    parser.add_argument("--render", action="store_true", help="page and figures, no measurement")
    parser.add_argument("--to", type=Path, metavar="FILE", help="answers into this file only")
    parser.add_argument("--merge", type=Path, metavar="FILE", help="take what --to wrote elsewhere")
    given = parser.parse_args()
    if given.render or given.merge:
        if given.merge:
            for name, entry in json.loads(given.merge.read_text("utf-8")).items():
                keep(name, entry)
        found = results()
        for name, entry in found.items():
            draw(name, entry)
        write(found)
        return
    answers: Results = {}
    failed = []
    for name in given.names or names(given.device):
        try:
            module = question(name)
        except KeyError as error:
            parser.error(error.args[0])
        print(f"\n## {(module.__doc__ or name).strip().splitlines()[0]}\n", flush=True)
        try:
            entry = answer(name, given.quick)
        except RuntimeError as error:
            failed.append(name)
            print(f"{name}: {error}", file=sys.stderr, flush=True)
            continue
        print("\n".join(module.lines(entry["found"])), flush=True)
        if given.to:
            answers[name] = entry
            given.to.write_text(json.dumps(answers, indent=1) + "\n", "utf-8")
        elif given.keep or not given.quick:
            keep(name, entry)
    if failed:
        sys.exit(f"not answered: {', '.join(failed)}")


if __name__ == "__main__":
    main()
