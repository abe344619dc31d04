"""What a report consists of, before any format: sections, blocks, figures, tables, sentences."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing


@dataclass(frozen=True)
class Cell:
    """A table cell: its text, smaller lines under it, or a small picture in its place."""

    text: str
    under: tuple[str, ...] = ()
    graphic: str = ""


@dataclass(frozen=True)
class Column:
    """A table column; numbers are set right, words left."""

    title: str
    number: bool = False


@dataclass(frozen=True)
class Table:
    """Rows of cells; the first cell of a row is its header."""

    kind: ClassVar[str] = "table"
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    style: str = "plain"

    def without_graphics(self) -> "Table":
        """The same table less its columns of small pictures, for formats that hold only text."""
        kept = [n for n in range(len(self.columns)) if not any(row[n].graphic for row in self.rows)]
        return replace(
            self,
            columns=tuple(self.columns[n] for n in kept),
            rows=tuple(tuple(row[n] for n in kept) for row in self.rows),
        )


@dataclass(frozen=True)
class Figure:
    """A picture drawn on demand for a wide or a narrow page, with its numbers as a table.

    `draw(narrow)` gives a matplotlib figure, or SVG text whose colours are token names.
    """

    kind: ClassVar[str] = "figure"
    id: str
    title: str
    subtitle: str
    description: str
    draw: "Callable[[bool], Drawing | str]"
    data: Table
    provenance: str = ""  # where its paths are not those of the report
    note: str = ""
    text: str = ""


@dataclass(frozen=True)
class Prose:
    """Paragraphs, under a small heading where there is one."""

    kind: ClassVar[str] = "prose"
    paragraphs: tuple[str, ...]
    heading: str = ""


@dataclass(frozen=True)
class Points:
    """A list of statements under a heading."""

    kind: ClassVar[str] = "points"
    heading: str
    items: tuple[str, ...]


@dataclass(frozen=True)
class Code:
    """A line to copy."""

    kind: ClassVar[str] = "code"
    heading: str
    text: str


@dataclass(frozen=True)
class Definitions:
    """Terms and what they mean."""

    kind: ClassVar[str] = "definitions"
    items: tuple[tuple[str, str], ...]


Part = Table | Figure | Prose | Points | Code | Definitions


@dataclass(frozen=True)
class Block:
    """Parts with a side note; the first block of a section stands under the section's title."""

    parts: tuple[Part, ...]
    notes: tuple[str, ...] = ()
    title: str = ""


@dataclass(frozen=True)
class Section:
    """A numbered part of the report; its title is a finding."""

    id: str
    name: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Dots:
    """A probability as a block of equal marks; `whole` is 0 where it is too small to draw."""

    id: str
    title: str
    whole: int
    filled: int
    ringed: int
    caption: str
    description: str


@dataclass(frozen=True)
class Fact:
    """One of the short answers under the main one."""

    name: str
    text: str


@dataclass(frozen=True)
class Box:
    """The decision box: what a reader who reads nothing else should take away."""

    question: str
    answer: str
    second: str
    closing: str
    key: str
    dots: tuple[Dots, ...]
    dots_key: str
    facts: tuple[Fact, ...]
    sure: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Summary:
    """What only the terminal prints: short labelled lines, the run in a few words."""

    heading: str
    digest: str
    when: tuple[int, str, str] | None
    lines: tuple[tuple[str, str], ...]
    run: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """A whole report, ready for any renderer."""

    language: str
    version: str
    title: str
    lead: str
    facts: tuple[Fact, ...]
    box: Box
    sections: tuple[Section, ...]
    contents: str
    missing: str
    provenance: str
    summary: Summary
