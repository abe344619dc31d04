"""From a name or a path to the files it means: find, parse, check each, follow `extends`."""

import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from risk.scenario.check import Entry, head_of, inputs_of
from risk.scenario.problems import (
    Place,
    Problem,
    ScenarioError,
    did_you_mean,
    dotted,
    line_of,
    lines_of,
    one_of,
)

SHIPPED = Path(__file__).parent.parent / "scenarios"
LARGEST_FILE = 1 << 20  # bytes


@dataclass(frozen=True)
class Source:
    """One file after the checks that need no other file."""

    path: Path
    lines: dict[Place, int]
    head: dict[str, Any]
    faulty: set[str | int]  # keys of the head that have a fault and were left out
    inputs: dict[str, Entry | int | None]

    def problem(self, place: Place, text: str) -> Problem:
        """A problem at a place in this file."""
        return Problem(str(self.path), line_of(self.lines, place), dotted(place), text)


def shipped() -> list[str]:
    """Names of the scenarios that come with the package."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def chain_of(
    start: str | os.PathLike[str],
    inputs: type,
    problems: list[Problem],
    opponent_in: Source | None = None,
) -> list[Source]:
    """The file and those that it extends, child first, as far as they can be read.

    `opponent_in` is the file that names this one as its opponent.
    """
    chain: list[Source] = []
    wanted: str | None = os.fspath(start)
    while wanted is not None:
        namer = chain[-1] if chain else opponent_in
        try:
            path = _find(wanted, namer.path.parent if namer else Path())
            _refuse_circle(path, chain)
        except ValueError as error:
            text = str(error)
            place = ("extends" if chain else "opponent",)
            problems.append(
                namer.problem(place, text) if namer else Problem(wanted, None, "", text)
            )
            break
        try:
            chain.append(_read(path, inputs, problems))
        except ScenarioError as error:
            problems += error.problems
            break
        wanted = chain[-1].head.get("extends")
    return chain


def _find(text: str, folder: Path) -> Path:
    """A shipped scenario by its name, otherwise a file by its path from `folder`.

    Raises ValueError with what there is instead.
    """
    if text in shipped():
        return SHIPPED / f"{text}.toml"
    path = folder / text
    for file in (path, folder / f"{text}.toml"):
        if os.path.isfile(file):
            return file
    if os.path.exists(path):
        kind = "a folder" if os.path.isdir(path) else "no regular file"
        raise ValueError(f"{text!r} is {kind}; {one_of([*shipped(), 'a TOML file'], text)}")
    if text.endswith(".toml") or "/" in text or os.sep in text:
        beside = sorted(p.name for p in path.parent.glob("*.toml")) if path.parent.is_dir() else []
        given = path.stem if path.stem in shipped() else path.name
        near = did_you_mean([*beside, *shipped()], given)
        raise ValueError(f"there is no file {text!r}{near}")
    raise ValueError(
        f"there is no scenario {text!r}; {one_of([*shipped(), 'a path to a TOML file'], text)}"
    )


def _refuse_circle(path: Path, chain: list[Source]) -> None:
    if any(os.path.samefile(path, source.path) for source in chain):
        circle = " -> ".join(p.name for p in [*(source.path for source in chain), path])
        raise ValueError(f"{circle} is a circle; allowed: a scenario that does not extend this one")


def _read(path: Path, inputs: type, problems: list[Problem]) -> Source:
    """Parse and check one file; raises ScenarioError where it is no TOML at all."""
    text = text_of(path)
    data = toml_of(path, text)
    lines = lines_of(text)

    def report(place: Place, sentence: str) -> None:
        problems.append(Problem(str(path), line_of(lines, place), dotted(place), sentence))

    head, faulty = head_of(data, report)
    name = head.get("name", path.stem)
    if name != path.stem:
        report(("name",), f"{name!r} is given; allowed: the name of the file, {path.stem!r}")
    return Source(path, lines, head, faulty, inputs_of(data, inputs, report))


def text_of(path: Path) -> str:
    """The text of a small file; raises ScenarioError with what is wrong with it."""
    try:
        if (size := path.stat().st_size) > LARGEST_FILE:
            raise _refusal(path, f"the file has {size:,} bytes; allowed: up to {LARGEST_FILE:,}")
        raw = path.read_bytes()
    except OSError as error:
        raise _refusal(path, f"the file cannot be read: {error.strerror}") from None
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        wrong = f"byte {raw[error.start]:#04x} is not UTF-8; allowed: a text file in UTF-8"
        raise _refusal(path, wrong, line) from None


def toml_of(path: Path, text: str) -> dict[str, Any]:
    """The tables of a TOML document; raises ScenarioError with the line that is none."""
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise _refusal(path, "tables are nested too deeply; allowed: two levels") from None
    except ValueError as error:
        where = re.search(r"at line (\d+)", str(error))
        line = int(where[1]) if where else text.rstrip().count("\n") + 1
        raise _refusal(path, f"this is not TOML: {error}", line) from None


def _refusal(path: Path, text: str, line: int | None = None) -> ScenarioError:
    return ScenarioError([Problem(str(path), line, "", text)])
