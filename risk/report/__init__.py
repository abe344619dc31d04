"""Reports as pure functions of one document: a page, Markdown with figures, JSON, a terminal."""

import json
import os
from collections.abc import Iterable
from pathlib import Path

from rich.text import Text

from risk.report.build import build
from risk.report.comparison import build_comparison
from risk.report.page import Report
from risk.report.reading import Document

FORMATS = ("html", "md", "json")


def html(document: Document) -> str:
    """The report as one self-contained HTML page."""
    from risk.report.render import html as page

    return page.page(_built(document))


def markdown(document: Document) -> tuple[str, dict[str, bytes]]:
    """The report as Markdown, and its figures by the relative path under which it shows them."""
    from risk.report.render import markdown as text

    return text.text(_built(document), figures_folder(document))


def terminal(document: Document, width: int = 80, unicode: bool = True) -> Text:
    """The summary for a terminal; `unicode=False` keeps to ASCII, `.plain` has no colour."""
    from risk.report.render import terminal as lines

    if "systems" in document:
        return lines.systems(_built(document), width, unicode)
    return lines.lines(build(document), width, unicode)


def claims_terminal(document: Document, width: int = 80, unicode: bool = True) -> Text:
    """The judged claims of a document for a terminal, and what they were judged on."""
    from risk.report.render import claims as lines

    return lines.lines(document, width, unicode)


def sensitivity_terminal(document: Document, unicode: bool = True) -> Text:
    """Shares of the variance for a terminal, as `orbitrisk sensitivity` found them."""
    from risk.report.render import sensitivity as lines

    return lines.lines(document, unicode)


def fleet_terminal(document: Document, width: int = 80, unicode: bool = True) -> Text:
    """The tables on a document's fleets for a terminal, and what they were counted on."""
    from risk.report.render import fleets as lines

    return lines.lines(document, width, unicode)


def _built(document: Document) -> Report:
    """A run's report, or that of a comparison of systems."""
    return build_comparison(document) if "systems" in document else build(document)


def name_of(document: Document) -> str:
    """The scenario that a document is about; `systems` for a comparison."""
    return "systems" if "systems" in document else document["scenario"]["name"]


def contradiction(claim: Document) -> str:
    """A sum that fails, in one line."""
    from risk.report.render import claims as lines

    return lines.contradiction(claim)


def figures_folder(document: Document) -> str:
    """Name of the folder beside the Markdown that holds its figures."""
    return f"{name_of(document)}-figures"


def write(document: Document, out: Path, formats: Iterable[str] = FORMATS) -> list[Path]:
    """Write the report into the folder `out`; gives the files, those of `formats` first.

    Everything is built before the first file is opened, and each file is written beside its
    place and renamed at the end, so that a failure leaves no half-written file. Raises ValueError
    for an unknown format and OSError when the folder cannot be written.
    """
    contents = _contents(document, tuple(formats))
    written = {out / name: out / f"{name}.{os.getpid()}.part" for name in contents}
    try:
        for (final, temporary), content in zip(written.items(), contents.values(), strict=True):
            final.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(content)
        for final, temporary in written.items():
            temporary.replace(final)
    finally:
        for temporary in written.values():
            temporary.unlink(missing_ok=True)
    return list(written)


def _contents(document: Document, formats: tuple[str, ...]) -> dict[str, bytes]:
    """Every file by its path relative to the output folder."""
    unknown = [name for name in formats if name not in FORMATS]
    if unknown:
        raise ValueError(f"no report format {unknown[0]!r}; there are {', '.join(FORMATS)}")
    name = name_of(document)
    files: dict[str, bytes] = {}
    pictures: dict[str, bytes] = {}
    for wanted in dict.fromkeys(formats):
        if wanted == "html":
            files[f"{name}.html"] = html(document).encode()
        elif wanted == "md":
            text, pictures = markdown(document)
            files[f"{name}.md"] = text.encode()
        else:
            text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)
            files[f"{name}.json"] = (text + "\n").encode()
    return files | pictures
