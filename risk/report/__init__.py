"""Reports as pure functions of one document: a page, Markdown with figures, JSON, a terminal."""

import json
import os
from collections.abc import Iterable
from pathlib import Path

from rich.text import Text

from risk.report.build import build
from risk.report.reading import Document

FORMATS = ("html", "md", "json")


def html(document: Document) -> str:
    """The report as one self-contained HTML page."""
    from risk.report.render import html as page

    return page.page(build(document))


def markdown(document: Document) -> tuple[str, dict[str, bytes]]:
    """The report as Markdown, and its figures by the relative path under which it shows them."""
    from risk.report.render import markdown as text

    return text.text(build(document), figures_folder(document))


def terminal(document: Document, width: int = 80, unicode: bool = True) -> Text:
    """The summary for a terminal; `unicode=False` keeps to ASCII, `.plain` has no colour."""
    from risk.report.render import terminal as lines

    return lines.lines(build(document), width, unicode)


def claims_terminal(claims: list[Document], width: int = 80, unicode: bool = True) -> Text:
    """Judged claims for a terminal."""
    from risk.report.render import claims as lines

    return lines.lines(claims, width, unicode)


def figures_folder(document: Document) -> str:
    """Name of the folder beside the Markdown that holds its figures."""
    return f"{document['scenario']['name']}-figures"


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
    name = document["scenario"]["name"]
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
