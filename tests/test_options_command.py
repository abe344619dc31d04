"""`orbitrisk options` as a user meets it."""

import json
from pathlib import Path

import pytest

from tests.command import orbitrisk, refused


def test_bad_input_is_refused_in_a_sentence() -> None:
    assert "no_such" in refused("options", "no_such")


def test_rights_are_printed_and_written_with_bounds_that_hold(tmp_path: Path) -> None:
    file = tmp_path / "found.json"
    done = orbitrisk("options", "base", "--paths", "16384", "--json", str(file))
    assert done.returncode == 0, done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "perfect foresight" in done.stdout
    found = json.loads(file.read_text())
    for one in found["options"]["populations"].values():
        for row in (*one["waiting"], *one["staging"], *one["abandoning"]):
            assert row["lower"]["low"] <= row["upper"]["high"]
        for row in one["waiting"]:
            assert sum(row["taken"]) == pytest.approx(1.0)
            assert row["lower"]["high"] >= row["now"]["low"]
            assert row["upper"]["value"] < row["foresight"]["high"]
        for group in one["regret"]:
            assert all(row["expected"]["value"] >= 0.0 for row in group["rows"])
    for tail in found["tail"]["populations"].values():
        assert tail["cvar"]["value"] <= tail["p05"]["value"] <= tail["mean"]["value"]
        assert sorted(tail["dots"]) == tail["dots"]
