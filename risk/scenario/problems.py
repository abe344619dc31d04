"""What is wrong with a scenario, and in which line of which file."""

import difflib
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

type Place = tuple[str | int, ...]
"""Where something stands in a TOML document: keys, and indices into arrays of tables."""

_HEADER = re.compile(r"\s*(\[\[?)(.+?)\]\]?\s*(?:#.*)?")
_KEY = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")


@dataclass(frozen=True)
class Problem:
    """One fault; `text` is a sentence that says what was given and what is allowed."""

    file: str
    line: int | None
    key: str
    text: str

    def __str__(self) -> str:
        """`file:line: key: sentence`, without the parts that are not known."""
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        return ": ".join(part for part in (where, self.key, self.text) if part)


class ScenarioError(ValueError):
    """A scenario that cannot be used, with every problem found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keep the problems in the order they were found."""
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        """One line a problem."""
        return "\n".join(str(problem) for problem in self.problems)


def dotted(place: Place) -> str:
    """`("published", 0, "ratio")` as `published[0].ratio`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return text.removeprefix(".")


def one_of(names: Iterable[str], given: object) -> str:
    """`allowed: a, b, c`, followed by the nearest name where one is near."""
    known = list(names)
    return f"allowed: {', '.join(known)}{did_you_mean(known, given)}"


def did_you_mean(names: Sequence[str], given: object) -> str:
    """`; did you mean x?`, or nothing where no name is near."""
    near = difflib.get_close_matches(str(given).lower(), names, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def line_of(lines: dict[Place, int], place: Place) -> int | None:
    """Line of a place, or of the nearest table around it that the file names."""
    return next((lines[place[:n]] for n in range(len(place), 0, -1) if place[:n] in lines), None)


def lines_of(text: str) -> dict[Place, int]:
    """Line where each table and key of a valid TOML document is first named."""
    found: dict[Place, int] = {}
    arrays: dict[Place, int] = {}
    table: Place = ()
    inside = ""  # the quotes of a text that goes on over several lines
    for number, line in enumerate(text.splitlines(), 1):
        if inside:
            inside = "" if line.count(inside) % 2 else inside
            continue
        if header := _HEADER.fullmatch(line):
            table = _keys(header[2])
            if header[1] == "[[":
                arrays[table] = arrays.get(table, -1) + 1
                table = (*table, arrays[table])
            elif inner := [n for n in range(len(table)) if table[:n] in arrays]:
                table = (*table[: inner[-1]], arrays[table[: inner[-1]]], *table[inner[-1] :])
            given = table
        elif key := _KEY.match(line):
            given = (*table, *_keys(key[1]))
        else:
            given = ()
        for n in range(1, len(given) + 1):
            found.setdefault(given[:n], number)
        inside = next((quotes for quotes in ('"""', "'''") if line.count(quotes) % 2), "")
    return found


def _keys(text: str) -> Place:
    place: list[str] = []
    try:
        tree = tomllib.loads(f"{text} = 0")
    except tomllib.TOMLDecodeError:
        return (text,)
    while isinstance(tree, dict):
        name = next(iter(tree))
        place.append(name)
        tree = tree[name]
    return tuple(place)
