"""`results.json` and the page and figures made from it."""

import html
import json
from pathlib import Path
from typing import Any

from benchmarks.registry import names, question

HERE = Path(__file__).parent
RESULTS, NOTES, PAGE, FIGURES = (
    HERE / name for name in ("results.json", "notes.md", "README.md", "figures")
)
FRONT = HERE.parent / "README.md"
START, END = "<!-- speed: written by python -m benchmarks -->", "<!-- end of speed -->"
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
    write(ordered)


def write(found: Results) -> None:
    """The page, and the figures of speed in the project's README where there is one."""
    PAGE.write_text(page(found, NOTES.read_text("utf-8")), "utf-8")
    if FRONT.exists():
        FRONT.write_text(with_speed(FRONT.read_text("utf-8"), found), "utf-8")


def with_speed(text: str, found: Results) -> str:
    """The README with its block between the two marks written again; as it is without them."""
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not end:
        return text
    return "\n".join([before + start, *speed(found), end + after])


def speed(found: Results) -> list[str]:
    """Each question's figures for the README, with the command that measures them again.

    Rough ones are left out.
    """
    rows = ["", "| | | measured again by |", "|---|---|---|"]
    for name, entry in found.items():
        module = question(name)
        if entry.get("quick"):
            continue
        for label, text in module.quote(entry["found"]).items() if hasattr(module, "quote") else ():
            rows.append(f"| {label} | {text} | {command(name, entry)} |")
    return [*rows, ""]


def command(name: str, entry: dict[str, Any]) -> str:
    """The command that asks a question again."""
    device = " --device gpu" if name.startswith("gpu") else ""
    quick = " --quick" if entry.get("quick") else ""
    return f"`python -m benchmarks {name}{device}{quick}`"


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
        text += [beside[name], ""] if name in beside else []
    return "\n".join(text).rstrip() + "\n"


def stamp(name: str, entry: dict[str, Any]) -> str:
    """Where and when a question was answered, and how to ask it again."""
    where = ", ".join(f"{key} {value}" for key, value in entry["machine"].items())
    rough = " **Rough, to be measured again.**" if entry.get("quick") else ""
    return f"{command(name, entry)}, {entry['seconds']:.0f} s: {where}.{rough}"


def paragraphs(notes: str) -> dict[str, str]:
    """Hand-written text by question: what stands under each `# name`."""
    parts = ("\n" + notes).split("\n# ")[1:]
    return {p.split("\n", 1)[0].strip(): p.partition("\n")[2].strip() for p in parts}


def title(drawn: Path) -> str:
    """The title inside an SVG file."""
    return html.unescape(drawn.read_text("utf-8").split("<title>", 1)[1].split("</title>", 1)[0])
