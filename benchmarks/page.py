"""`results.json` and the page and figures made from it."""

import json
from pathlib import Path
from typing import Any

from benchmarks.registry import names, question

HERE = Path(__file__).parent
RESULTS, NOTES, PAGE, FIGURES = (
    HERE / name for name in ("results.json", "notes.md", "README.md", "figures")
)
HEAD = """# Benchmarks

Written by `python -m benchmarks` (or `make bench`) from `results.json` and `notes.md`; one question
alone is asked again by its name, `python -m benchmarks rivals`, and `--quick` prints a rough
answer without writing it. `orbitrisk bench` compares another machine with this page.

Quote ratios: absolute rates of a shared machine move by a quarter from run to run. Everything is
measured in processes of its own, warm unless it says cold, with the threads of BLAS pinned to one.
"""

type Results = dict[str, dict[str, Any]]
"""By question: `machine`, `seconds` that the measurement took, and what was `found`."""


def results() -> Results:
    """The committed results; empty where there are none."""
    return json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}


def keep(name: str, entry: dict[str, Any]) -> None:
    """Replace one question's results, draw its figures again, and write the page."""
    merged = {**results(), name: entry}
    ordered = {n: merged[n] for n in (*names(), *names("gpu")) if n in merged}
    RESULTS.write_text(json.dumps(ordered, indent=1) + "\n", "utf-8")
    draw(name, entry)
    PAGE.write_text(page(ordered, NOTES.read_text("utf-8")), "utf-8")


def draw(name: str, entry: dict[str, Any]) -> None:
    """The figures of one question."""
    module = question(name)
    if hasattr(module, "figure"):
        FIGURES.mkdir(exist_ok=True)
        module.figure(entry["found"], FIGURES)


def page(found: Results, notes: str) -> str:
    """The whole page in Markdown."""
    beside = paragraphs(notes)
    text = [HEAD]
    for name, entry in found.items():
        module = question(name)
        asked, _, how = (module.__doc__ or "").strip().partition("\n\n")
        text += [f"## {asked}", "", stamp(name, entry), ""]
        text += [how, ""] * bool(how)
        text += [*module.lines(entry["found"]), ""]
        for drawn in sorted(FIGURES.glob(f"{name}*.svg")):
            text += [f"![{title(drawn)}](figures/{drawn.name})", ""]
        text += [beside[name], ""] * (name in beside)
    return "\n".join(text).rstrip() + "\n"


def stamp(name: str, entry: dict[str, Any]) -> str:
    """Where and when a question was answered, and how to ask it again."""
    where = ", ".join(f"{key} {value}" for key, value in entry["machine"].items())
    device = " --device gpu" if name.startswith("gpu") else ""
    quick = " --quick" if entry.get("quick") else ""
    rough = " ROUGH, to be measured again." if quick else ""
    asked = f"`python -m benchmarks {name}{device}{quick}`"
    return f"{asked}, {entry['seconds']:.0f} s: {where}.{rough}"


def paragraphs(notes: str) -> dict[str, str]:
    """Hand-written text by question: what stands under each `# name`."""
    parts = ("\n" + notes).split("\n# ")[1:]
    return {p.split("\n", 1)[0].strip(): p.partition("\n")[2].strip() for p in parts}


def title(drawn: Path) -> str:
    """The title inside an SVG file."""
    return drawn.read_text("utf-8").split("<title>", 1)[1].split("</title>", 1)[0]
