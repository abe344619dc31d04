"""Prior against posterior of every fitted input, and the backtests, where a scenario has them."""

from functools import partial
from typing import Any

from risk.calibrate.backtest import missed
from risk.report.figures.dots import sparkline
from risk.report.figures.evidence import Forecast, forecasts
from risk.report.page import Block, Cell, Column, Figure, Section, Table
from risk.report.reading import Document, Reading
from risk.report.words import Words

NAMES = ("p05", "p50", "p95")


def evidence_section(reading: Reading, words: Words) -> Section | None:
    """None where the scenario was not calibrated."""
    evidence = reading.document.get("evidence")
    if not evidence or not (evidence.get("fitted") or evidence.get("backtests")):
        return None
    fitted, tests = evidence.get("fitted", []), evidence.get("backtests", [])
    blocks = []
    if fitted:
        inputs = {row["key"]: row for row in reading.document["inputs"]}
        notes = (
            words.say("evidence.note_prior"),
            words.say("evidence.note_made", date=evidence["date"], seed=evidence["seed"]),
            words.say("evidence.note_tables", list=words.rows(evidence["tables"])),
        )
        cautions = {row["fit"]: row["caution"] for row in fitted if row.get("caution")}
        warned = (words.say("evidence.caution", fit=f, text=t) for f, t in cautions.items())
        blocks.append(Block((_fitted(fitted, inputs, words),), (*warned, *notes)))
    if tests:
        lost = (_miss(test, words) for test in tests if missed(test["pit"]))
        told = (
            words.say("evidence.note_test", question=test["question"], note=test["note"])
            for test in tests
        )
        parts = (_figure(tests, words), _tests(tests, words))
        blocks.append(Block(parts, (*lost, words.say("evidence.note_scores"), *told)))
    title = words.say("evidence.title", n=len(fitted), outside=_outside(tests), tests=len(tests))
    return Section("evidence", words.say("evidence.name"), title, tuple(blocks))


def _outside(tests: list[Document]) -> int:
    return sum(missed(test["pit"]) for test in tests)


def _miss(test: Document, words: Words) -> str:
    unit = test["unit"]
    return words.say(
        "evidence.miss",
        question=test["question"],
        forecast=_range(test["forecast"], unit, words),
        came=words.amount(test["outcome"], unit),
        unit=words.unit(unit),
    )


def _fitted(rows: list[Document], inputs: dict[str, Any], words: Words) -> Table:
    titles = ("input", "after", "interval", "fit")
    columns = tuple(Column(words.say(f"evidence.{t}"), number=t == "after") for t in titles)
    body = []
    for row in rows:
        about = inputs[row["input"]]
        unit = about["unit"]
        said = {slot: _range(row[slot], unit, words) for slot in ("before", "after")}
        graphic = sparkline(
            dict(zip(NAMES, row["before"], strict=True)),
            dict(zip(NAMES, row["after"], strict=True)),
            words.say("evidence.spark", **said),
        )
        health = words.say(
            "evidence.health", r_hat=f"{row['r_hat']:.3f}", n=words.count(row["ess"])
        )
        body.append(
            (
                Cell(about["name"], (row["input"], *([] if unit == "1" else [words.unit(unit)]))),
                Cell(said["after"], (words.say("evidence.before", range=said["before"]),)),
                Cell("", graphic=graphic),
                Cell(row["fit"], (health,)),
            )
        )
    return Table(words.say("evidence.caption"), columns, tuple(body), style="fitted")


def _range(values: list[float], unit: str, words: Words) -> str:
    return " / ".join(words.amount(value, unit) for value in values)


def _tests(tests: list[Document], words: Words) -> Table:
    titles = ("question", "unit", "forecast", "came", "pit", "crps", "result")
    words_only = ("question", "unit", "result")
    columns = tuple(Column(words.say(f"evidence.{t}"), number=t not in words_only) for t in titles)
    body = tuple(
        (
            Cell(test["question"]),
            Cell(words.unit(test["unit"])),
            Cell(_range(test["forecast"], test["unit"], words)),
            Cell(words.amount(test["outcome"], test["unit"])),
            Cell(f"{test['pit']:.3f}"),
            Cell(f"{test['crps']:.2f}"),
            Cell(words.say("evidence.missed" if missed(test["pit"]) else "evidence.within")),
        )
        for test in tests
    )
    return Table(words.say("evidence.tests_caption"), columns, body)


def _figure(tests: list[Document], words: Words) -> Figure:
    spec = tuple(
        Forecast(
            question=test["question"],
            low=test["forecast"][0] / test["outcome"],
            middle=test["forecast"][1] / test["outcome"],
            high=test["forecast"][2] / test["outcome"],
            score=words.say("evidence.dot", pit=f"{test['pit']:.3f}"),
        )
        for test in tests
    )
    outside = _outside(tests)
    return Figure(
        id="backtests",
        title=words.say("evidence.figure_title", outside=outside, tests=len(tests)),
        subtitle=words.say("evidence.figure_subtitle"),
        description=words.say("evidence.figure_description", outside=outside, tests=len(tests)),
        draw=partial(forecasts, spec, words.say("evidence.axis")),
        data=_tests(tests, words),
    )
