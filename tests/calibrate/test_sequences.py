"""Rows that are possible each by itself but not one after the other are refused by their number."""

import re
import shutil
from pathlib import Path

import pytest

from risk.calibrate.evidence import FOLDER, EvidenceError, read

OVERLAP = "column first: 15 is given; allowed: from 20 up, because row 4 holds those before"


@pytest.mark.parametrize(
    ("table", "was", "now", "row", "sentence"),
    [
        (
            "survival",
            "5,0.9426",
            "5,0.9826",
            3,
            "column survival: 0.9826 is given; allowed: at most 0.9719, as in row 2",
        ),
        ("reliability", "Falcon,20,344", "Falcon,15,344", 5, OVERLAP),
        (
            "reliability",
            "Falcon,20,344",
            "Falcon,20,400",
            6,
            "column first: 364 is given; allowed: from 420 up, because row 5 holds those before",
        ),
        (
            "satellites",
            "422,5,",
            "1422,5,",
            3,
            "column launched: 900 is given; allowed: at least 1422, as in row 2",
        ),
        (
            "satellites",
            "422,5,",
            "422,50,",
            3,
            "column failed: 22 is given; allowed: at least 50, as in row 2",
        ),
        ("rents", "9.17", "9_17", 2, "column rent: '9_17' is given; allowed: a number from"),
    ],
)
def test_a_row_that_contradicts_the_one_before_it_is_refused(
    tmp_path: Path, table: str, was: str, now: str, row: int, sentence: str
) -> None:
    text = (FOLDER / f"{table}.csv").read_text("utf-8")
    assert text.count(was) == 1
    (tmp_path / f"{table}.csv").write_text(text.replace(was, now), "utf-8")
    with pytest.raises(EvidenceError, match=re.escape(f"{table}.csv: row {row}: {sentence}")):
        read(table, tmp_path)


def test_another_fleet_starts_its_own_totals(tmp_path: Path) -> None:
    shutil.copy(FOLDER / "satellites.csv", tmp_path)
    with (tmp_path / "satellites.csv").open("a", encoding="utf-8") as file:
        file.write("Zeta,2015.5,3,0,0.1,judgement,made up for this test\n")
    assert len(read("satellites", tmp_path)) == 3
