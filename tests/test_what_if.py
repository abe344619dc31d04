"""`orbitrisk breakeven`, `sweep`, `stress` and `rare` as a user meets them."""

import json
from pathlib import Path

import pytest

from tests.command import orbitrisk, refused


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("breakeven", "no_such"), "no_such"),
        (("breakeven", "base", "--input", "nope"), "nope"),
        (("breakeven", "base", "--year", "1999"), "1999"),
        (("sweep", "base", "--vary", "x=1"), "KEY=low:high:count"),
        (("sweep", "base", "--vary", "platform.cost_today=1:2:500"), "500 points"),
        (("stress", "base", "--comparator", "price"), "time-adjusted"),
        (("stress", "base", "--shocks", "none.toml"), "none.toml"),
        (("rare", "base", "--by", "2028"), "2029Q1"),
        (("rare", "base", "--comparator", "price"), "time-adjusted"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(words: tuple[str, ...], told: str) -> None:
    assert told in refused(*words)


def test_a_break_even_is_printed_and_written(tmp_path: Path) -> None:
    file = tmp_path / "found.json"
    done = orbitrisk("breakeven", "base", "--paths", "16384", "--json", str(file))
    assert done.returncode == 0, done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "P = 50 % at  does not exist" in done.stdout
    found = json.loads(file.read_text())["breakeven"]
    assert [row["value"] for row in found["values"] if row["probability"] == 0.5] == [None, None]
    free = next(cell for cell in found["curve"] if cell["at"] == {"launch.price": 0.0})
    assert 0.005 < free["value"] < 0.05
