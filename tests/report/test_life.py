"""The map of launch price and life: which lines exist, what its title says, what it draws."""

import math
from typing import Any

import pytest

from risk.report.build import build
from risk.report.figures.life import existing
from risk.report.words import NO_BREAK
from tests.report.documents import Document, document, probability

N = 12_000
LIVES, PRICES = (4.0, 6.5, 12.5), (12.0, 200.0, 3000.0)


def cell(p: float) -> Document:
    """A cell of both populations."""
    made = probability(p, N) | {"at": {}}
    return {name: made | {"population": name} for name in ("conditioned", "prior")}


def mapped(cheap: float = 0.008, long: float = 0.14, top: float = 0.2) -> Document:
    """The synthetic document with an invented map that rises with life and falls with price."""
    cells = [
        both[name]
        for years in LIVES
        for price in PRICES
        for both in [cell(top * (years / 12.5) ** 4 * math.exp(-price / 500))]
        for name in both
    ]
    axes = [{"values": list(values)} for values in (LIVES, PRICES)]
    centre = {"life": 5.3, "price": 253.0, "here": cell(0.002)}
    centre |= {"cheap": cell(cheap), "long": cell(long)}
    found = {"year": 2035, "paths": 16_384, "seed": 7, "axes": axes, "cells": cells}
    return document() | {"map": found | {"centre": centre}}


def block(made: Document, language: str = "en") -> Any:
    """The block of the map within its section, or None."""
    section = next(s for s in build(made, language).sections if s.id == "launch")
    return next((b for b in section.blocks if b.parts[0].id == "life"), None)


def test_a_document_without_a_map_has_none_and_says_so() -> None:
    assert block(document()) is None
    assert "map of launch price" in build(document()).missing
    assert "map of launch price" not in build(mapped()).missing


@pytest.mark.parametrize(
    ("cheap", "long", "title"),
    [
        (0.008, 0.14, "Satellites that last 12.5 years help more than launch at $12/kg: P = 14"),
        (0.14, 0.008, "Launch at $12/kg helps more than satellites that last 12.5 years: P = 14"),
        (0.050, 0.051, "P(orbit cheaper) by launch price and life in orbit, 2035"),
    ],
)
def test_the_title_says_which_helps_more_unless_intervals_overlap(
    cheap: float, long: float, title: str
) -> None:
    assert block(mapped(cheap, long)).title.startswith(title)


def test_lines_outside_the_map_do_not_exist_and_the_subtitle_says_it_of_50_percent() -> None:
    assert existing(((0.001, 0.02), (0.002, 0.3))) == (1, 3, 10, 25)
    assert existing(((0.0, 0.0), (0.0, 0.0))) == ()
    assert "does not exist" in block(mapped()).parts[0].subtitle
    assert "does not exist" not in block(mapped(top=0.7)).parts[0].subtitle


@pytest.mark.parametrize("top", [0.0, 0.2, 0.999])
@pytest.mark.parametrize("narrow", [False, True])
def test_the_map_is_drawn_with_a_label_on_each_line_that_exists(top: float, narrow: bool) -> None:
    figure = block(mapped(top=top)).parts[0]
    spec = figure.draw.args[0]
    (axes,) = figure.draw(narrow).axes
    shown = {text.get_text() for text in axes.texts}
    assert {f"{level}{NO_BREAK}%" for level in existing(spec.p)} <= shown
    assert "central case" in shown


def test_the_table_has_a_column_a_life_and_an_interval_in_every_cell() -> None:
    table = block(mapped()).parts[0].data
    assert [column.title for column in table.columns[1:]] == ["4 years", "6.5 years", "12.5 years"]
    assert all("(" in one.text or "<" in one.text for row in table.rows for one in row[1:])
    assert block(mapped(), "zh-TW").parts[0].data.rows
