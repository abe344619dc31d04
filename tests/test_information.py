"""`orbitrisk information` as a user meets it."""

import json
from pathlib import Path

import pytest

from tests.command import orbitrisk, refused


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("information", "no_such"), "no_such"),
        (("information", "base", "--year", "1999"), "2026 to 2040"),
        (("information", "base", "--studies", "none.toml"), "none.toml"),
        (("information", "base", "--investment", "inf"), "finite"),
        (("information", "base", "--check", "lunch"), "did you mean 'launch'"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(words: tuple[str, ...], told: str) -> None:
    assert told in refused(*words)


def test_what_knowing_more_is_worth_is_printed_written_and_checked(tmp_path: Path) -> None:
    file = tmp_path / "found.json"
    words = ("information", "base", "--year", "2040", "--paths", "16384", "--check", "factors")
    done = orbitrisk(*words, "--json", str(file))
    assert done.returncode == 0, done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "no single input would change the choice" in " ".join(done.stdout.split())
    found = json.loads(file.read_text())["information"]
    for one in found["populations"].values():
        assert 0.0 < one["evpi"]["value"] < 20.0
        assert {study["id"] for study in one["studies"]} == {"chips", "flights", "radiator"}
        assert all(study["evsi"]["low"] <= one["evpi"]["high"] for study in one["studies"])
        sizes = {row["key"]: row["size"] for row in one["rows"] if row["kind"] == "set"}
        assert sizes.pop("factors") == 7
        assert sizes.pop("inputs") == sum(sizes.values())
    assert found["check"]["key"] == "factors"
    assert found["check"]["above"] <= 4.0
