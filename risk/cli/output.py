"""What a command gives: text on stdout, whole files, and one sentence where it cannot."""

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.text import Text

ROOM_NEEDED = 32 << 20  # bytes free in the output folder before a run starts


class BadInput(Exception):
    """What the user gave cannot be used; the message says why and what can."""


def require_room(folder: Path) -> None:
    """Refuse a folder that cannot be written or has no room, before anything runs."""
    parent = folder
    while not parent.exists():
        parent = parent.parent
    if not parent.is_dir():
        raise BadInput(f"{parent} is not a folder; give --out a folder")
    try:
        with tempfile.TemporaryFile(dir=parent):
            pass
    except OSError as error:
        raise BadInput(f"cannot write in {parent}: {error.strerror}") from error
    free = shutil.disk_usage(parent).free
    if free < ROOM_NEEDED:
        raise BadInput(
            f"{parent} has {free >> 20} MB free, a report needs up to {ROOM_NEEDED >> 20} MB"
        )


def room_for(json_file: str | None) -> None:
    """Refuse a place for the document that cannot be written, before anything runs."""
    if json_file not in (None, "-"):
        require_room(Path(str(json_file)).absolute().parent)


def passed_on(document: dict[str, Any], json_file: str | None) -> bool:
    """Write the document where it was asked for; True on stdout, where no text may follow."""
    if json_file == "-":
        print(dump(document), end="")
    elif json_file is not None:
        write_whole(Path(json_file), dump(document))
    return json_file == "-"


def give(
    document: dict[str, Any],
    json_file: str | None,
    quiet: bool,
    written: Sequence[Path] = (),
    language: str = "en",
) -> None:
    """The document to a file or alone to stdout; otherwise its summary, and what was written."""
    if passed_on(document, json_file):
        return
    if not quiet:
        print_summary(document, language)
    for path in written:
        print(path)


def history_of(path: Path, document: dict[str, Any]) -> dict[str, Any] | None:
    """What changed since the run whose document lies there; None where there is none to read."""
    from risk.analysis.history import history

    if not path.is_file():
        return None
    try:
        return history(json.loads(path.read_text("utf-8")), document)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        print(
            f"orbitrisk: {path} is no earlier report, so nothing is said of changes: {error!r}",
            file=sys.stderr,
        )
        return None


def print_summary(document: dict[str, Any], language: str = "en") -> None:
    """The answer of a run, or of a comparison, on stdout."""
    from risk.report import terminal

    print_text(lambda unicode: terminal(document, unicode=unicode, language=language))


def print_text(text: "Callable[[bool], Text]") -> None:
    """Print text in colour where there is a terminal, in ASCII where that is all it takes."""
    from rich.console import Console

    encoding = (sys.stdout.encoding or "ascii").lower()
    Console(highlight=False, soft_wrap=True).print(text(encoding.startswith("utf")))


def dump(document: Any) -> str:
    """The JSON text of a document."""
    return json.dumps(document, indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8")
        return
    path.absolute().parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
