"""The section of drivers, the box's sentence, and what the terminal says of a sensitivity."""

import copy
from typing import Any

import pytest

from risk import report
from risk.report.build import build
from risk.report.reading import Reading
from risk.report.sections.confidence import confidence, grounded_share
from risk.report.words import NO_BREAK, words
from tests.report.documents import Document, document, probability

N = 76_500
COMPARATORS = ("cost", "value", "time-adjusted")


def index(value: float, half: float) -> dict[str, Any]:
    """An index with its interval."""
    return {
        "value": value, "stderr": half / 2, "low": value - half, "high": value + half, "n": N,
    }  # fmt: skip


def row(kind: str, key: str, low: float, high: float, share: float, evppi: float = 0.0) -> Document:
    """A driver; its P is that of every comparator."""
    p = {"low": probability(low, N // 10), "high": probability(high, N // 10)}
    return {
        "kind": kind, "key": key, "name": f"name of {key}", "unit": "1",
        "p": {name: copy.deepcopy(p) for name in COMPARATORS},
        "share": index(share, 0.005), "evppi": index(evppi, min(0.2, evppi)),
    }  # fmt: skip


def driven(evppi: float = 0.0) -> Document:
    """The synthetic document with seven factors and twelve inputs."""
    rows = [row("factor", f"f{k}", 0.001, 0.02 + 0.01 * k, 0.05 * k, evppi) for k in range(7)]
    rows += [row("input", f"g.x{k}", 0.03 + 0.001 * k, 0.0, 0.02 * k) for k in range(12)]
    one = {
        "n": N, "p": {name: probability(0.016, N) for name in COMPARATORS},
        "evpi": index(2.0, 0.3), "refused": None, "rows": rows,
    }  # fmt: skip
    found = {
        "date": 2035.75, "comparator": "cost", "share_of": "ratio",
        "populations": {"conditioned": one, "prior": copy.deepcopy(one)},
    }  # fmt: skip
    return document() | {"drivers": found}


def section(made: Document) -> Any:
    """The section of drivers, or None."""
    return next((s for s in build(made).sections if s.id == "drivers"), None)


def test_a_document_without_drivers_has_no_section_and_says_so() -> None:
    assert section(document()) is None
    assert "drivers and value of information" in build(document()).missing
    assert "drivers" not in build(driven()).missing
    assert all(fact.name != "What would change it" for fact in build(document()).box.facts)


def test_the_factors_come_first_and_then_the_ten_largest_inputs() -> None:
    figure = section(driven()).blocks[0].parts[0]
    names = [cells[0].text for cells in figure.data.rows]
    assert names[0] == "name of f6"
    assert names[:7] == [f"name of f{k}" for k in range(6, -1, -1)]
    assert names[7:] == [f"name of g.x{k}" for k in range(11, 1, -1)]
    assert "name of f6" in figure.title
    assert "name of g.x11" in figure.title


def test_the_box_names_the_driver_and_its_better_tenth() -> None:
    text = next(f.text for f in build(driven()).box.facts if f.name == "What would change it")
    assert "“name of f6”: in its highest tenth P =" in text
    assert f"8.0{NO_BREAK}% (7.4 to 8.6)" in text
    made = driven()
    made["drivers"]["populations"]["conditioned"]["rows"][8]["p"]["cost"]["low"] = probability(
        0.4, N // 10
    )
    text = next(f.text for f in build(made).box.facts if f.name == "What would change it")
    assert "“name of g.x1”: in its lowest tenth" in text


def test_values_of_information_that_are_all_zero_lose_their_panel() -> None:
    none, some = (section(driven(evppi)).blocks[0] for evppi in (0.0, 0.7))
    assert [len(block.parts[0].data.columns) for block in (none, some)] == [4, 5]
    assert any("No single input would change the choice" in note for note in none.notes)
    assert any("before choosing" in note for note in some.notes)
    assert "$0.7M (0.5 to 0.9)" in [cells[4].text for cells in some.parts[0].data.rows]


def test_an_index_that_holds_zero_or_does_not_exist_says_so() -> None:
    made = driven()
    figure = section(made).blocks[0].parts[0]
    texts = {cells[0].text: cells[3].text for cells in figure.data.rows}
    assert texts["name of f0"] == f"indistinguishable from 0 (below 0.5{NO_BREAK}%)"
    population = made["drivers"]["populations"]["conditioned"]
    population["refused"] = "the output's tail index is 0.80"
    for one in population["rows"]:
        one["share"] = None
    block = section(made).blocks[0]
    assert {cells[3].text for cells in block.parts[0].data.rows} == {"does not exist"}
    assert any("tail index is 0.80" in note for note in block.notes)


@pytest.mark.parametrize("evppi", [0.0, 0.7])
@pytest.mark.parametrize("narrow", [False, True])
def test_the_figure_is_drawn_and_the_page_stays_whole(evppi: float, narrow: bool) -> None:
    made = driven(evppi)
    drawing = section(made).blocks[0].parts[0].draw(narrow)
    assert len(drawing.axes) == (3 if evppi else 2)
    page = report.html(made)
    assert 'id="drivers"' in page
    assert report.html(made) == page


def test_confidence_takes_the_share_of_what_is_published_or_fitted() -> None:
    made = driven()
    first, second = made["inputs"][:2]
    for one in made["inputs"]:
        one |= {"shape": "lognormal", "mark": "judgement", "anchors": "judgement"}
    first["mark"] = "published"
    rows = made["drivers"]["populations"]["conditioned"]["rows"]
    rows[7]["key"], rows[7]["share"] = first["key"], index(0.8, 0.01)
    rows[8]["key"], rows[8]["share"] = second["key"], index(-0.01, 0.02)
    assert grounded_share(Reading.of(made)) == pytest.approx(0.8 / (0.8 + 0.02 * sum(range(2, 12))))
    criterion = confidence(Reading.of(made), words()).criteria[0]
    assert (criterion.level, criterion.reason[-32:]) == (
        "medium",
        "of all inputs' shares of variance"[-32:],
    )
    assert grounded_share(Reading.of(document())) is None


def sensitivity() -> Document:
    """What `orbitrisk sensitivity` found, of invented numbers."""
    both = {"log_ratio": index(0.4, 0.01), "orbit_wins": index(0.001, 0.02)}
    pair = {"first": index(0.3, 0.01), "total": index(0.5, 0.01)}
    return {
        "scenario": {"name": "x", "title": "A title", "digest": "0123456789"},
        "run": {"paths": 32768, "replicates": 16, "seed": 7, "evaluations": 1},
        "population": "prior", "comparator": "cost", "date": 2035.75, "p": 0.0167,
        "sobol": [{"part": "luck", "log_ratio": pair, "orbit_wins": pair}],
        "shapley": {"parts": [{"part": "chip_progress", **both}], "inputs": [{"part": "mass", **both}]},
        "elasticities": [
            {"key": "a.b", "name": "an input " * 9, "mean": index(-0.5, 0.01), "tail": index(0.2, 0.3)}
        ],
    }  # fmt: skip


def test_the_terminal_says_population_luck_and_what_is_zero_in_80_columns() -> None:
    text = report.sensitivity_terminal(sensitivity()).plain
    assert max(map(len, text.splitlines())) <= 80
    for said in ("prior, all paths", "seed 7", "chip progress", "not told from 0", "\u22120.50"):
        assert said in text
    assert f"explains 30.0{NO_BREAK}% (29.0 to 31.0)" in " ".join(text.split("\n"))
    assert report.sensitivity_terminal(sensitivity(), unicode=False).plain.isascii()
