"""The one font that ships: Noto Sans TC, for languages that few machines can set (OFL.txt).

`NotoSansTC-Regular.ttf` holds Latin, Greek, symbols and the characters of everyday Traditional
Chinese (level 1 of Big5, 5,401 of them). A page or a document embeds only those that it uses.
"""

import io
from functools import cache
from pathlib import Path

FAMILY = "Noto Sans TC"
FOLDER = Path(__file__).parent
FILE = FOLDER / "NotoSansTC-Regular.ttf"


@cache
def characters() -> frozenset[str]:
    """Every character that the font can set."""
    from fontTools.ttLib import TTFont

    with TTFont(FILE, lazy=True) as font:
        return frozenset(map(chr, font.getBestCmap()))


def missing(text: str) -> list[str]:
    """The characters of a text that the font cannot set, in order, less those that show nothing."""
    return sorted(set(text) - characters() - {"\n", "\u200b"})


def subset(text: str, flavour: str | None = None) -> bytes:
    """The font with only the characters of a text: TrueType, or WOFF2 as `flavour`."""
    from fontTools import subset as fonttools

    options = fonttools.Options(flavor=flavour, hinting=False, name_IDs=["*"])
    stream = io.BytesIO()
    with fonttools.load_font(str(FILE), options) as font:
        cutter = fonttools.Subsetter(options)
        cutter.populate(text=text)
        cutter.subset(font)
        fonttools.save_font(font, stream, options)
    return stream.getvalue()
