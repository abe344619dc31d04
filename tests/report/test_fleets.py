"""The section Capacity and cash: a figure, what is reached and earned, which cap binds."""

import copy
from typing import Any

import numpy as np
import pytest

from risk.model.fleet_metrics import FLEET_METRICS
from risk.report import fleet_terminal
from risk.report.build import build
from risk.report.figures.fleets import Capacity, capacity, limits
from risk.report.page import Figure, Section, Table
from risk.report.render.markdown import text
from risk.report.sections.fleets import told
from risk.report.words import words
from tests.report.documents import Sheet, synthetic

YEARS = [year + 0.75 for year in range(2026, 2041)]
SIZES = {"prior": 65_536, "conditioned": 49_000}


def records(*, launched: bool) -> list[dict[str, Any]]:
    """Invented estimates of every metric of the registry; without a launch orbit has nothing."""
    sheet = Sheet()
    for (key, metric), (population, n) in (
        (m, p) for m in FLEET_METRICS.items() for p in SIZES.items()
    ):
        orbital = key.startswith(("orbit", "first", "large", "deployed"))
        scale = 0.0 if orbital and not launched else 1.0
        if metric.kind == "date":
            middle = None if scale == 0.0 else 2031.25
            levels = {"p05": middle, "p50": middle, "p95": None}
            sheet.quantiles(key, None, None, population, "yr", n, levels)
        for k, date in enumerate(YEARS):
            if metric.kind == "quantity":
                size = scale * {"kW": 2.0e3, "PFLOP/s": 3.0e4}.get(metric.unit, 0.5)
                size *= 1.0 + k if key != "orbit_value" else -1.0
                levels = {"p05": 0.0, "p50": size, "p95": 10 * size}
                sheet.quantiles(key, None, date, population, metric.unit, n, levels)
            else:
                sheet.chance(key, None, date, population, 0.3 * scale, n)
    return sheet.rows


def built(*, launched: bool = True) -> Section:
    document: dict[str, Any] = copy.deepcopy(synthetic())
    document["fleets"] = records(launched=launched)
    report = build(document)
    assert text(report, "pictures")[0]
    return next(found for found in report.sections if found.id == "fleets")


def parts(section: Section, kind: type) -> list[Any]:
    return [p for block in section.blocks for p in block.parts if isinstance(p, kind)]


def test_the_title_says_what_the_median_future_has() -> None:
    assert built().title == (
        "In the median future of 2035 orbit has 20 MW in service, the ground 20 MW"
    )


def test_a_system_that_never_deploys_is_told_with_dates_that_do_not_come() -> None:
    section = built(launched=False)
    assert section.title.startswith("In half of all futures nothing is in service in orbit in 2035")
    rows = {row[0].text: row[1] for row in parts(section, Table)[0].rows}
    assert rows["First launch"].text == "not by 2041"
    assert rows["Payback of the orbital fleet"].text == "not by 2041"
    assert rows["P(launched by 2040)"].under == ("none of 49,000",)
    assert rows["Payback of the ground fleet"].text == "2031Q2"
    for narrow in (False, True):
        assert parts(section, Figure)[0].draw(narrow).axes


def test_every_cap_has_its_row_and_the_notes_say_what_is_a_judgement() -> None:
    section = built()
    assert [row[0].text for row in parts(section, Table)[1].rows] == [
        "Lift",
        "Licence",
        "Factory",
        "Cash",
        "None: all flies",
    ]
    notes = " ".join(note for block in section.blocks for note in block.notes)
    assert "wide judgements" in notes
    assert "Compute contracts carry no cost of their own" in notes
    assert "first 65,536 paths of this run; 49,000 of them" in notes


@pytest.mark.parametrize("narrow", [False, True])
def test_the_figure_draws_medians_on_a_log_axis_and_leaves_zero_out(*, narrow: bool) -> None:
    zero, some = (0.0, 0.0), (1e3, 1e5)
    spec = Capacity((2026, 2027), {"orbit": (zero, (0.0, 1e3), some)}, {"orbit": "orbit x"}, {})
    axes = capacity(spec, narrow).axes[0]
    assert axes.get_yscale() == "log"
    low, high, middle = (line.get_ydata() for line in axes.lines)
    assert np.isnan(low).all()
    assert list(high) == [1e3, 1e5]
    assert np.isnan(middle[0])
    assert middle[1] == 1e3


def test_the_axis_covers_medians_and_upper_lines_in_seven_decades_at_most() -> None:
    three = (0.0,), (3e3,), (2e5,)
    assert limits(Capacity((2026,), {"orbit": three}, {}, {})) == (1e3, 1e6)
    wide = (0.0,), (1e-3,), (2e9,)
    assert limits(Capacity((2026,), {"orbit": wide}, {}, {})) == (1e3, 1e10)
    nothing = (0.0,), (0.0,), (0.0,)
    assert limits(Capacity((2026,), {"orbit": nothing}, {}, {})) == (1.0, 10.0)


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (13_077.0, "kW", "13 MW"),
        (4.45e6, "kW", "4.5 GW"),
        (1.2e5, "PFLOP/s", "120 EFLOP/s"),
        (-3.6, "GUSD", "−$3.6B"),
        (0.123, "1", "12\u00a0%"),
        (0.0, "kW", "0"),
    ],
)
def test_amounts_are_told_in_the_unit_that_a_reader_expects(
    value: float, unit: str, expected: str
) -> None:
    assert told(value, unit, words()) == expected


def test_a_terminal_line_is_at_most_80_characters_wide() -> None:
    document = {
        "scenario": {"digest": "4be1c0d2", "headline": {"year": 2035}},
        "run": {"paths": 65_536, "seed": 7},
        "fleets": records(launched=True),
    }
    lines = fleet_terminal(document).plain.splitlines()
    assert max(map(len, lines)) <= 80
    assert any(line.startswith("P(sponsor ruined by 2035)") for line in lines)


def test_a_document_without_fleets_has_no_such_section() -> None:
    assert all(section.id != "fleets" for section in build(synthetic()).sections)
