"""From a drawing to SVG text: themed by tokens inside the page, or alone with fixed colours."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from risk.report.fonts import FAMILY, FILE
from risk.report.page import Figure as Picture
from risk.report.tokens import LIGHT, TOKEN

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SVG = "http://www.w3.org/2000/svg"
XLINK = "{http://www.w3.org/1999/xlink}href"
HEX = re.compile(r"#[0-9a-fA-F]{6}\b")
TOKEN_NAME = re.compile(r"var\(--(\w+)\)")
NUMBER = re.compile(r"-?\d+\.\d+")
REFERENCE = re.compile(r"url\(#([^)]+)\)")
COORDINATES = ("d", "x", "y", "width", "height", "transform", "points", "cx", "cy", "r")
NO_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}
FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', Arial, 'Noto Sans TC', 'DejaVu Sans', sans-serif"


def inline(drawing: Figure | str, name: str, title: str, description: str) -> str:
    """SVG for the page: colours are tokens, ids start with `name`, size comes from the page."""
    if not isinstance(drawing, str):
        drawing = _themed(_export(drawing, name, "none"), name)
    root = ET.fromstring(drawing)
    root.set("role", "img")
    root.set("aria-labelledby", f"{name}-title {name}-desc")
    for tag, text in (("desc", description), ("title", title)):
        child = ET.Element(f"{{{SVG}}}{tag}", {"id": f"{name}-{tag}"})
        child.text = text
        root.insert(0, child)
    return _text(root)


def standalone(drawing: Figure | str, name: str, title: str, description: str) -> bytes:
    """SVG as a file of its own: light colours, white ground, letters as outlines."""
    if not isinstance(drawing, str):
        root = _clean(_export(drawing, name, "path"))
    else:
        root = ET.fromstring(TOKEN_NAME.sub(lambda match: LIGHT[match[1]], drawing))
        root.set("font-family", FONTS)
        root.set("fill", LIGHT["ink"])
    _, _, width, height = root.attrib["viewBox"].split()
    root.set("width", width)
    root.set("height", height)
    ground = ET.Element(f"{{{SVG}}}rect", {"width": width, "height": height, "fill": LIGHT["bg"]})
    root.insert(0, ground)
    for tag, text in (("desc", description), ("title", title)):
        child = ET.Element(f"{{{SVG}}}{tag}")
        child.text = text
        root.insert(0, child)
    return _text(root).encode()


def svg(width: float, height: float, body: str, name: str = "") -> str:
    """A hand-made picture of that size."""
    label = f"<title>{escape(name)}</title>" if name else ""
    role = ' role="img"' if name else ""
    return f'<svg xmlns="{SVG}" viewBox="0 0 {width:g} {height:g}"{role}>{label}{body}</svg>'


def drawn(figure: Picture, narrow: bool) -> Figure | str:
    """The drawing of a figure, its texts measured in the fonts that it is written in.

    A text is no formula: what stands between two dollar signs is shown as it is.
    """
    import matplotlib

    with matplotlib.rc_context({"font.family": fallbacks(), "text.parse_math": False}):
        return figure.draw(narrow)


@cache
def fallbacks() -> list[str]:
    """The families that measure and draw text: matplotlib's own, then ours for what it lacks."""
    from matplotlib.font_manager import fontManager

    fontManager.addfont(FILE)
    # One weight ships; where bold is asked for, it stands in without a warning.
    fontManager.ttflist.append(replace(fontManager.ttflist[-1], weight=700))
    return ["DejaVu Sans", FAMILY]


def _export(drawing: Figure, name: str, fonts: str) -> ET.Element:
    import matplotlib

    stream = io.StringIO()
    settings: Any = {
        "svg.fonttype": fonts,
        "svg.hashsalt": name,
        "path.simplify": False,
        "font.family": fallbacks(),
    }
    with matplotlib.rc_context(settings):
        drawing.savefig(stream, format="svg", metadata=NO_METADATA, transparent=True)
    return ET.fromstring(stream.getvalue())


def _clean(root: ET.Element) -> ET.Element:
    """Without matplotlib's global style and metadata, with coordinates to one decimal."""
    for parent in list(root.iter()):
        for child in list(parent):
            tag = child.tag.rpartition("}")[2]
            if tag in ("metadata", "style") or (tag == "defs" and not len(child)):
                parent.remove(child)
            elif tag == "defs":
                for style in [one for one in child if one.tag.endswith("}style")]:
                    child.remove(style)
    inside = {id(element) for defs in root.iter(f"{{{SVG}}}defs") for element in defs.iter()}
    for element in root.iter():
        places = 2 if id(element) in inside else 1
        for key in COORDINATES:
            if key in element.attrib:
                element.set(key, _rounded(element.attrib[key], places))
    for key in ("width", "height", "version"):
        root.attrib.pop(key, None)
    return root


def _rounded(text: str, places: int) -> str:
    def shorter(match: re.Match[str]) -> str:
        number = f"{float(match[0]):.{places}f}".rstrip("0").rstrip(".")
        return "0" if number in ("-0", "") else number

    # A scale or a rotation needs its digits; a path, a place and a size do not.
    if "scale" in text or "rotate" in text or "matrix" in text:
        return text
    return " ".join(NUMBER.sub(shorter, text).split())


def _themed(root: ET.Element, name: str) -> str:
    _clean(root)
    used = set(_references(root))
    for element in root.iter():
        _tokens(element)
        own = element.attrib.pop("id", None)
        if own in used:
            element.set("id", f"{name}-{own}")
        elif own == "halo":
            element.set("class", own)
        for key, value in element.attrib.items():
            if key == XLINK and value.startswith("#"):
                element.set(key, f"#{name}-{value[1:]}")
            elif "url(#" in value:
                element.set(key, REFERENCE.sub(rf"url(#{name}-\1)", value))
    return _text(root)


def _references(root: ET.Element) -> Iterator[str]:
    for element in root.iter():
        for key, value in element.attrib.items():
            if key == XLINK and value.startswith("#"):
                yield value[1:]
            yield from REFERENCE.findall(value)


def _tokens(element: ET.Element) -> None:
    """Colours of one element as tokens, fonts without a family; an unknown colour is an error."""
    style = element.attrib.get("style")
    if style is not None:
        parts = [part.strip() for part in style.split(";") if part.strip()]
        kept = [part for given in parts for part in _declaration(given)]
        element.set("style", "; ".join(_coloured(part) for part in kept))
    for key in ("fill", "stroke"):
        if key in element.attrib:
            colour = _coloured(element.attrib.pop(key))
            element.set("style", f"{key}: {colour}; {element.attrib.get('style', '')}".strip("; "))


def _declaration(part: str) -> list[str]:
    """One CSS declaration; the `font` shorthand becomes size and weight."""
    name, _, value = part.partition(":")
    if name == "font-family":
        return []
    if name == "font":
        size = re.search(r"(\d+(?:\.\d+)?)px", value)
        weight = re.match(r"\s*(bold|\d{3})\s", value)
        found = [f"font-size: {size[1]}px"] if size else []
        return [*found, f"font-weight: {weight[1]}"] if weight else found
    return [f"{name}: {value.strip()}"]


def _coloured(text: str) -> str:
    def token(match: re.Match[str]) -> str:
        name = TOKEN.get(match[0].lower())
        if name is None:
            raise ValueError(f"a figure uses the colour {match[0]}, which is no token")
        return f"var(--{name})"

    return HEX.sub(token, text)


def _text(root: ET.Element) -> str:
    ET.register_namespace("", SVG)
    ET.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    return ET.tostring(root, encoding="unicode")
