"""Office files against the schemas of their standard, ECMA-376 and ISO/IEC 29500 (transitional).

The schemas are the standard's own data and do not stand here: Ecma gives them away with parts 2
(packages) and 4 (the rest). `OFFICE_SCHEMAS` names a folder of its .xsd files.
"""

import io
import os
import posixpath
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

VARIABLE = "OFFICE_SCHEMAS"
XSD = "http://www.w3.org/2001/XMLSchema"
MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
WORD, SHEET, OPEN, PACKAGE = (
    f"application/vnd.openxmlformats-{kind}."
    for kind in (
        "officedocument.wordprocessingml",
        "officedocument.spreadsheetml",
        "officedocument",
        "package",
    )
)
ROOTS = {
    f"{WORD}document.main+xml": "document",
    f"{WORD}styles+xml": "styles",
    f"{WORD}settings+xml": "settings",
    f"{WORD}webSettings+xml": "webSettings",
    f"{WORD}fontTable+xml": "fonts",
    f"{WORD}numbering+xml": "numbering",
    f"{WORD}footer+xml": "ftr",
    f"{SHEET}sheet.main+xml": "workbook",
    f"{SHEET}worksheet+xml": "worksheet",
    f"{SHEET}sharedStrings+xml": "sst",
    f"{SHEET}styles+xml": "styleSheet",
    f"{OPEN}drawing+xml": "wsDr",
    f"{OPEN}drawingml.chart+xml": "chartSpace",
    f"{OPEN}theme+xml": "theme",
    f"{OPEN}extended-properties+xml": "Properties",
    f"{PACKAGE}core-properties+xml": "coreProperties",
    f"{PACKAGE}relationships+xml": "Relationships",
}
"""The element that a part of each content type begins with; another type is a fault."""
BINARY = {"image/png", f"{OPEN}obfuscatedFont"}
"""Content types that are no XML."""
CONTENT_TYPES = "[Content_Types].xml"

# What the standard imports and does not give: xml:space and xml:lang, and Dublin Core. Its own
# part 2 narrows Dublin Core to these: no refinements, dates as W3CDTF.
DC, TERMS = "http://purl.org/dc/elements/1.1/", "http://purl.org/dc/terms/"
ELEMENTS = ("creator", "description", "identifier", "language", "subject", "title")
BESIDE = {
    "xml": f"""<schema xmlns="{XSD}" targetNamespace="http://www.w3.org/XML/1998/namespace">
        <attribute name="lang" type="language"/>
        <attribute name="space"><simpleType><restriction base="NCName">
        <enumeration value="default"/><enumeration value="preserve"/>
        </restriction></simpleType></attribute></schema>""",
    "dc": f"""<schema xmlns="{XSD}" targetNamespace="{DC}">
        {"".join(f'<element name="{one}" type="string"/>' for one in ELEMENTS)}</schema>""",
    "dcterms": f"""<schema xmlns="{XSD}" xmlns:t="{TERMS}" targetNamespace="{TERMS}">
        <simpleType name="date"><union memberTypes="gYear gYearMonth date dateTime"/></simpleType>
        <complexType name="W3CDTF"><simpleContent><extension base="t:date"/></simpleContent>
        </complexType><element name="created" type="t:W3CDTF"/>
        <element name="modified" type="t:W3CDTF"/></schema>""",
}
LEFT_OUT = ("pml.xsd", "vml-presentationDrawing.xsd", "opc-digSig.xsd")
"""Slides and signatures: no part of a document or of a workbook."""


class Schemas:
    """All schemas as one, and the namespaces that they know."""

    def __init__(self, folder: Path) -> None:
        files = {file.name: file.read_bytes() for file in sorted(folder.glob("*.xsd"))}
        files |= {f"{name}.xsd": text.encode() for name, text in BESIDE.items()}
        spaces = {
            name: etree.fromstring(text).get("targetNamespace")
            for name, text in files.items()
            if name not in LEFT_OUT
        }
        imports = (
            f'<import namespace="{space}" schemaLocation="{name}"/>'
            for name, space in sorted(spaces.items(), key=lambda one: one[0] != "xml.xsd")
        )
        parser = etree.XMLParser()
        parser.resolvers.add(_Stored(files))
        self.known = set(spaces.values())
        self._all = etree.XMLSchema(
            etree.fromstring(f'<schema xmlns="{XSD}">{"".join(imports)}</schema>', parser)
        )

    def faults(self, content: bytes) -> list[str]:
        """What is wrong with an Office file, part by part; every part is looked at."""
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        found = self._part(CONTENT_TYPES, parts[CONTENT_TYPES], "Types")
        for name, kind in types(parts).items():
            if kind in ROOTS:
                found += self._part(name, parts[name], ROOTS[kind])
            elif kind not in BINARY:
                found.append(f"{name}: no schema is known for {kind or 'a part without a type'}")
        return found

    def _part(self, name: str, text: bytes, root: str) -> list[str]:
        try:
            element = self.understood(etree.fromstring(text))
        except (etree.XMLSyntaxError, ValueError) as error:
            return [f"{name}: {error}"]
        if etree.QName(element).localname != root:
            return [f"{name}: begins with {element.tag}, not with {root}"]
        if self._all.validate(element):
            return []
        return [f"{name}: {error.message}" for error in self._all.error_log]

    def understood(self, root: Any) -> Any:
        """What a reader of these namespaces alone reads (ISO/IEC 29500-3): the rest may be ignored."""
        self._understand(root, frozenset())
        return root

    def _understand(self, element: Any, ignored: frozenset[str]) -> None:
        ignored |= _spaces(element, "Ignorable") - self.known
        if unknown := _spaces(element, "MustUnderstand") - self.known:
            raise ValueError(f"{element.tag} must be understood: {sorted(unknown)}")
        if element.get(f"{{{MC}}}ProcessContent"):
            raise ValueError(f"{element.tag}: ProcessContent is not handled here")
        for name in list(element.attrib):
            if etree.QName(name).namespace in ignored | {MC}:
                del element.attrib[name]
        for child in list(element.iterchildren(etree.Element)):
            if child.tag == f"{{{MC}}}AlternateContent":
                place = element.index(child)
                element[place : place + 1] = self._chosen(child)
            elif etree.QName(child).namespace in ignored:
                element.remove(child)
        for child in element.iterchildren(etree.Element):
            self._understand(child, ignored)

    def _chosen(self, alternatives: Any) -> list[Any]:
        """The content of the first Choice that is understood, otherwise of the Fallback."""
        for one in alternatives:
            wanted = {one.nsmap[prefix] for prefix in one.get("Requires", "").split()}
            if etree.QName(one).localname == "Fallback" or wanted <= self.known:
                return list(one)
        return []


class _Stored(etree.Resolver):
    """Gives a schema by the last part of its address; nothing is fetched."""

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__()
        self.files = files

    def resolve(self, url: str, public_id: str, context: Any) -> Any:
        return self.resolve_string(self.files[posixpath.basename(url)], context)


def _spaces(element: Any, attribute: str) -> frozenset[str]:
    """The namespaces whose prefixes an attribute of markup compatibility lists."""
    return frozenset(element.nsmap[p] for p in element.get(f"{{{MC}}}{attribute}", "").split())


def types(parts: dict[str, bytes]) -> dict[str, str | None]:
    """Content type of each part but the list of types: by its name, else by its ending."""
    named, ending = {}, {}
    for one in etree.fromstring(parts[CONTENT_TYPES]):
        if etree.QName(one).localname == "Override":
            named[one.get("PartName")] = one.get("ContentType")
        else:
            ending[one.get("Extension")] = one.get("ContentType")
    return {
        name: named.get(f"/{name}", ending.get(name.rpartition(".")[2]))
        for name in parts
        if name != CONTENT_TYPES
    }


@cache
def schemas() -> Schemas | None:
    """Those of the standard; None where the variable names no folder."""
    folder = os.environ.get(VARIABLE)
    return Schemas(Path(folder)) if folder else None


def changed(content: bytes, name: str, old: bytes, new: bytes) -> bytes:
    """The same file with a piece of one part replaced wherever it occurs."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as given, zipfile.ZipFile(stream, "w") as made:
        for part in given.namelist():
            text = given.read(part)
            assert part != name or old in text
            made.writestr(part, text.replace(old, new) if part == name else text)
    return stream.getvalue()
