"""Lines and columns in a terminal, where a Chinese character takes two cells."""

import re
import textwrap

from rich.cells import cell_len

# A piece that a line may not break inside: a run without spaces or Chinese characters, or one
# such character, each with the punctuation that may not begin a line.
CLOSING = "，。；：、）？%"
PIECE = re.compile(
    rf"[\u3000-\u9fff（][{CLOSING}]*|[^\s\u3000-\u9fff（{CLOSING}]+[{CLOSING}]*|\s+|."
)


def wrap(text: str, width: int, whole: bool = False) -> list[str]:
    """The lines of a text; Chinese breaks between any two characters.

    `whole` leaves a word that is longer than a line as it is, and breaks at no hyphen.
    """
    if cell_len(text) == len(text):
        return textwrap.wrap(text, width, break_long_words=not whole, break_on_hyphens=not whole)
    lines, line = [], ""
    for piece in PIECE.findall(text.replace("\u200b", "")):
        if line and cell_len(line + piece.rstrip()) > width:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()]


def pad(text: str, width: int) -> str:
    """The text followed by spaces up to a number of cells."""
    return text + " " * max(0, width - cell_len(text))
