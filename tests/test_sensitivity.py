"""`orbitrisk sensitivity` as a user meets it: refusals before a device starts, and a whole small run."""

from pathlib import Path

import pytest

from risk.analysis import sensitivity as module
from risk.analysis.sensitivity import sensitivity
from risk.report import sensitivity_terminal
from risk.scenario import load
from tests.command import refused


def test_what_cannot_be_run_is_refused_in_one_sentence(tmp_path: Path) -> None:
    assert "no_such" in refused("sensitivity", "no_such")
    told = refused("sensitivity", "base", "--paths", "100", "--quiet")
    assert told == "orbitrisk: a sensitivity takes at least 4,096 paths, got 100\n"
    (tmp_path / "file").write_text("not a folder")
    refused("sensitivity", "base", "--json", str(tmp_path / "file" / "x.json"))


def test_a_seed_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match="0 to 2\\^64 - 1"):
        sensitivity(load("base"), paths=4096, seed=1 << 64)


@pytest.mark.slow
def test_a_small_run_adds_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the parts: shares sum to 1, and first order is not above total beyond their errors."""
    monkeypatch.setattr(module, "REPLICATES", 4)
    monkeypatch.setattr(module, "ORDERS", {"parts": 1, "inputs": 1})
    found = sensitivity(load("base"), paths=4096, seed=3)
    assert max(map(len, sensitivity_terminal(found).plain.splitlines())) <= 80
    assert found["population"] == "prior"
    for rows in found["shapley"].values():
        for output in ("log_ratio", "orbit_wins"):
            assert sum(row[output]["value"] for row in rows) == pytest.approx(1.0, abs=1e-9)
    for row in found["sobol"]:
        one = row["log_ratio"]
        assert one["first"]["low"] <= one["total"]["high"]
    named = {row["key"]: row["mean"] for row in found["elasticities"]}
    assert named["ground.availability"]["value"] == pytest.approx(1.0, abs=1e-4)
    assert named["platform.cost_today"]["low"] > 0.0
