"""Shocks of a report: one that a scenario cannot take costs a row, not the report."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from risk.analysis import stress
from risk.scenario import load


def test_a_shock_that_cannot_be_is_left_out_with_its_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, *rest = stress.load_shocks()
    impossible = replace(first, set=(("finance.ground_wacc", "-3 1/year"),), times=())
    monkeypatch.setattr(stress, "load_shocks", lambda: (impossible, *rest))

    def counted(*_: Any, shocks: list[stress.Shock], **__: Any) -> Any:
        return SimpleNamespace(record=lambda: {"rows": [shock.id for shock in shocks]})

    monkeypatch.setattr(stress, "stress", counted)
    found = stress.of_report(load("base"), seed=7)
    assert found["rows"] == [shock.id for shock in rest]
    assert [row["id"] for row in found["left_out"]] == [first.id]
    assert found["left_out"][0]["reason"]
