"""Reports as pure functions of one document: one model of it, one renderer a format, a terminal."""

import os
from collections.abc import Iterable
from pathlib import Path

from rich.text import Text

from risk.report.formats import DEFAULT, FORMATS, Made
from risk.report.page import Report
from risk.report.reading import Document


def html(document: Document, language: str = "en") -> str:
    """The report as one self-contained HTML page."""
    from risk.report.render import html as page

    return page.page(_built(document, language))


def markdown(document: Document, language: str = "en") -> tuple[str, dict[str, bytes]]:
    """The report as Markdown, and its figures by the relative path under which it shows them."""
    from risk.report.render import markdown as text

    made = Made(document, _built(document, language), name_of(document))
    return text.text(made.report, f"{made.stem}-figures")


def terminal(
    document: Document, width: int = 80, unicode: bool = True, language: str = "en"
) -> Text:
    """The summary for a terminal; `unicode=False` keeps to English in ASCII, `.plain` has no colour."""
    from risk.report.render import terminal as lines

    made = _built(document, language if unicode else "en")
    show = lines.systems if "systems" in document else lines.lines
    return show(made, width, unicode)


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


def _built(document: Document, language: str = "en") -> Report:
    """A run's report, or that of a comparison of systems."""
    from risk.report.build import build
    from risk.report.comparison import build_comparison

    made = build_comparison if "systems" in document else build
    return made(document, language)


def name_of(document: Document) -> str:
    """The scenario that a document is about; `systems` for a comparison."""
    return "systems" if "systems" in document else document["scenario"]["name"]


def contradiction(claim: Document) -> str:
    """A sum that fails, in one line."""
    from risk.report.render import claims as lines

    return lines.contradiction(claim)


def write(
    document: Document, out: Path | str, formats: Iterable[str] = DEFAULT, language: str = "en"
) -> list[Path]:
    """Write the report into the folder `out`; gives the files, those of `formats` first.

    Everything is built before the first file is opened, and each file is written beside its
    place and renamed at the end, so that a failure leaves no half-written file. Raises ValueError
    for an unknown format and OSError when the folder cannot be written.
    """
    contents = _contents(document, tuple(formats), language)
    folder = Path(out)
    written = {folder / name: folder / f"{name}.{os.getpid()}.part" for name in contents}
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


def _contents(document: Document, formats: tuple[str, ...], language: str) -> dict[str, bytes]:
    """Every file by its path relative to the output folder, figures of a format last."""
    unknown = [name for name in formats if name not in FORMATS]
    if unknown:
        raise ValueError(f"no report format {unknown[0]!r}; there are {', '.join(FORMATS)}")
    made = Made(document, _built(document, language), name_of(document))
    found = [list(FORMATS[name](made).items()) for name in dict.fromkeys(formats)]
    pages = [files[0] for files in found]
    return dict(pages + [file for files in found for file in files[1:]])
