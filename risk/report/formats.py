"""The formats of a report: each is one entry here, and everything else lists this table."""

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from risk.report.page import Report
from risk.report.reading import Document


@dataclass(frozen=True)
class Made:
    """What every renderer is given: the stored document, the report of it, the files' name."""

    document: Document
    report: Report
    name: str

    @property
    def stem(self) -> str:
        """Name of the files of this language, without their ending."""
        return self.name if self.report.language == "en" else f"{self.name}.{self.report.language}"

    @property
    def date(self) -> datetime:
        """Noon of the day of the run, the only date that a file carries."""
        return datetime.fromisoformat(self.document["run"]["date"]).replace(hour=12, tzinfo=UTC)


Files = dict[str, bytes]


def _html(made: Made) -> Files:
    from risk.report.render.html import page

    return {f"{made.stem}.html": page(made.report).encode()}


def _markdown(made: Made) -> Files:
    from risk.report.render.markdown import text

    written, pictures = text(made.report, f"{made.stem}-figures")
    return {f"{made.stem}.md": written.encode(), **pictures}


def _json(made: Made) -> Files:
    """The stored result itself, which has no language."""
    text = json.dumps(made.document, indent=1, ensure_ascii=False, allow_nan=False)
    return {f"{made.name}.json": (text + "\n").encode()}


def _pdf(made: Made) -> Files:
    from risk.report.render.pdf import pdf

    return {f"{made.stem}.pdf": pdf(made.report, made.date)}


def _docx(made: Made) -> Files:
    from risk.report.render.docx import docx

    return {f"{made.stem}.docx": packed(docx(made.report, made.date), made.date)}


def _xlsx(made: Made) -> Files:
    from risk.report.render.xlsx import xlsx

    return {f"{made.stem}.xlsx": packed(xlsx(made.document, made.report, made.date), made.date)}


FORMATS: dict[str, Callable[[Made], Files]] = {
    "html": _html,
    "md": _markdown,
    "json": _json,
    "pdf": _pdf,
    "docx": _docx,
    "xlsx": _xlsx,
}
DEFAULT = ("html", "md", "json")


def packed(archive: bytes, date: datetime) -> bytes:
    """The same Office file with every part dated alike, so that two builds are equal."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(archive)) as given,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for part in given.infolist():
            entry = zipfile.ZipInfo(part.filename, date.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 0
            made.writestr(entry, given.read(part))
    return stream.getvalue()
