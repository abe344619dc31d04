"""The evidence is sound, and rows that cannot be used are refused by their number."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from risk.calibrate.evidence import FOLDER, FORMS, EvidenceError, read, tables

HEADER = "family,first,attempts,losses,mark,source"
GOOD = ("Falcon,1,19,1,unverified,a note", "Falcon,20,344,0,second-hand,another note")


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    def write(*rows: str, header: str = HEADER) -> Path:
        (tmp_path / "reliability.csv").write_text("\n".join([header, *rows]) + "\n", "utf-8")
        return tmp_path

    return write


def test_every_shipped_table_is_sound_and_every_file_is_declared() -> None:
    found = tables()
    assert {path.stem for path in FOLDER.glob("*.csv")} == found.keys() == FORMS.keys()
    assert all(len(table) and len(table.digest) == 64 for table in found.values())


def test_a_sound_table_is_read_with_its_weakest_mark(written: Callable[..., Path]) -> None:
    table = read("reliability", written(*GOOD))
    assert table.column("attempts").tolist() == [19.0, 344.0]
    assert table.texts("family") == ["Falcon", "Falcon"]
    assert table.weakest == "unverified"
    assert len(table.where(first=20.0)) == len(table.until("first", 1.0)) == 1


@pytest.mark.parametrize(
    ("rows", "row", "sentence"),
    [
        ((GOOD[1], GOOD[0]), 3, "columns family, first: it belongs before row 2"),
        ((*GOOD, GOOD[1]), 4, "columns family, first: the same as in row 3"),
        (
            (GOOD[0], "Falcon,20,-3,0,published,x"),
            3,
            "column attempts: -3 is given; allowed: a whole number from 1 to 100000",
        ),
        (
            ("Falcon,1,19,20,published,x",),
            2,
            "column losses: 20 is given; allowed: at most attempts = 19",
        ),
        (("Falcon,1,nan,1,published,x",), 2, "column attempts: nan is given; allowed: a whole"),
        (("Falcon,1,1.5,1,published,x",), 2, "column attempts: 1.5 is given; allowed: a whole"),
        (("Falcon,1,many,1,published,x",), 2, "column attempts: 'many' is given; allowed: a"),
        (("Falcon,1,19,1,certain,x",), 2, "column mark: 'certain' is given; allowed: published"),
        (("Falcon,1,19,1,published,",), 2, "column source: it is empty; allowed: at least one"),
        (("Falcon,1,19",), 2, "3 cells are given; allowed: 6"),
        (('Falcon,1,19,1,published,"x',), 2, "this is not CSV"),
        ((GOOD[0], ""), 3, "0 cells are given"),
    ],
)
def test_a_row_that_cannot_be_used_is_refused_by_its_number(
    written: Callable[..., Path], rows: tuple[str, ...], row: int, sentence: str
) -> None:
    with pytest.raises(EvidenceError, match=re.escape(f"reliability.csv: row {row}: {sentence}")):
        read("reliability", written(*rows))


def test_every_fault_of_a_table_is_told_at_once(written: Callable[..., Path]) -> None:
    with pytest.raises(EvidenceError) as caught:
        read("reliability", written("Falcon,0,19,1,published,x", GOOD[0], "Falcon,1,1,1,rumour,x"))
    lines = str(caught.value).splitlines()
    assert [re.search(r"row (\d+)", line)[1] for line in lines] == ["2", "4"]  # type: ignore[index]


def test_a_header_and_a_file_that_are_not_there_are_refused(written: Callable[..., Path]) -> None:
    with pytest.raises(EvidenceError, match="row 1: the columns family,losses are given; allowed"):
        read("reliability", written(header="family,losses"))
    with pytest.raises(EvidenceError, match="no row is given; allowed: at least one"):
        read("reliability", written())
    with pytest.raises(EvidenceError, match=r"cadence\.csv: the file cannot be read"):
        read("cadence", written())


def test_a_date_that_has_not_come_is_refused(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "evidence")
    path = tmp_path / "evidence" / "rents.csv"
    path.write_text(path.read_text("utf-8").replace("2026.2,", "2031.2,"), "utf-8")
    with pytest.raises(EvidenceError, match=r"row 5: column date: 2031\.2 is given; allowed"):
        tables(tmp_path / "evidence")
