"""The report as one self-contained HTML page: no script, nothing loaded."""

import base64
from functools import cache
from importlib import resources

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from risk.report.figures.dots import dots
from risk.report.figures.themed import drawn, inline
from risk.report.fonts import FAMILY, subset
from risk.report.page import Dots, Figure, Report
from risk.report.tokens import DARK, LIGHT
from risk.report.words import Words, words


@cache
def _source(name: str) -> str:
    return (resources.files("risk.report") / "templates" / name).read_text("utf-8")


def page(report: Report) -> str:
    """The whole page; text from the scenario is escaped."""
    environment = Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
    )
    language: Words = words(report.language)

    def made(font: Markup) -> str:
        return _rendered(environment, report, language, font)

    page = made(Markup())
    return page if report.language == "en" else made(_font(page))


def _font(page: str) -> Markup:
    """The shipped font with the characters of a page, for a machine without one of its own."""
    packed = base64.b64encode(subset(page, "woff2")).decode()
    source = f"url(data:font/woff2;base64,{packed}) format('woff2')"
    return Markup(f'@font-face {{ font-family: "{FAMILY}"; src: {source}; }}\n')


def _rendered(environment: Environment, report: Report, language: Words, font: Markup) -> str:
    return environment.from_string(_source("report.html")).render(
        report=report,
        font=font,
        say=language.say,
        style=Markup(_source("style.css")),
        light=LIGHT,
        dark=DARK,
        picture=_picture,
        dots=_dots,
        safe=Markup,
        version=report.version,
    )


def _picture(figure: Figure, narrow: bool) -> Markup:
    name = f"{figure.id}-{'narrow' if narrow else 'wide'}"
    return Markup(inline(drawn(figure, narrow), name, figure.title, figure.description))


def _dots(block: Dots) -> Markup:
    drawing = dots(block)
    if not drawing:
        return Markup("")
    return Markup(inline(drawing, block.id, block.title, block.description))
