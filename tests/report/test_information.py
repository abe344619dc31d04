"""The section on what finding out would be worth; numbers are invented."""

from typing import Any

import pytest

from risk.report.build import build
from risk.report.page import Prose, Table
from tests.report.documents import Document, document


def amounts(value: float, half: float) -> dict[str, float]:
    """A value with its interval."""
    return {"value": value, "stderr": half / 2, "low": value - half, "high": value + half}


def informed(evsi: float, names: tuple[str, ...] = ("A panel",)) -> Document:
    """The synthetic document with studies that cost $2M each."""
    studies = [
        {"id": name, "name": name, "mark": "judgement", "source": "a guess", "cost": 2.0,
         "evsi": amounts(evsi, evsi / 10), "evppi": amounts(2 * evsi, evsi / 10),
         "net": amounts(evsi - 2.0, evsi / 10)}
        for name in names
    ]  # fmt: skip
    one = {"n": 50_000, "orbit": amounts(0.01, 0.001), "mean": amounts(-900.0, 3.0),
           "evpi": amounts(3 * evsi, evsi / 10), "rows": [], "studies": studies}  # fmt: skip
    found = {"year": 2035, "date": 2035.75, "comparator": "value", "investment": 1000.0,
             "populations": {"conditioned": one, "prior": one}, "refused": None}  # fmt: skip
    return document() | {"information": found}


def section(made: Document, language: str = "en") -> Any:
    """The section, or None."""
    return next((s for s in build(made, language).sections if s.id == "information"), None)


def test_a_document_without_it_has_no_section() -> None:
    assert section(document()) is None


@pytest.mark.parametrize(
    ("evsi", "title"),
    [(0.0, "None of these studies would pay"), (5.0, "At least one study is worth more")],
)
def test_the_title_says_whether_a_study_pays(evsi: float, title: str) -> None:
    assert section(informed(evsi)).title.startswith(title)
    assert section(informed(evsi), "zh-TW").title


def test_the_table_has_everything_and_a_row_a_study() -> None:
    table = section(informed(5.0)).blocks[0].parts[0]
    assert isinstance(table, Table)
    rows = [[cell.text for cell in row] for row in table.rows]
    assert rows[0][:2] == ["Everything", "$15.0M (14.5 to 15.5)"]
    assert rows[1] == ["A panel", "$5.0M (4.5 to 5.5)", "$5.0M (4.5 to 5.5)", "$2M"]
    nothing = section(informed(0.0)).blocks[0].parts[0]
    assert nothing.rows[0][1].text == "$0M"


def test_parts_that_do_not_add_up_are_said_and_no_number_is_given() -> None:
    made = document() | {"information": {"refused": "information on x is worth 2, more than 1"}}
    prose = section(made).blocks[0].parts[0]
    assert isinstance(prose, Prose)
    assert "more than 1" in prose.paragraphs[0]
