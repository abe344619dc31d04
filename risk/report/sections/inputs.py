"""Section 10: every input with its interval, mark and source (T3)."""

from collections import Counter
from typing import TypeGuard

from risk.report.figures.dots import sparkline
from risk.report.page import Block, Cell, Column, Section, Table
from risk.report.reading import Document, Reading
from risk.report.words import Words

PERCENTILES = ("p05", "p50", "p95")
MARKS = ("published", "fitted", "second-hand", "judgement", "unverified")


def inputs_section(reading: Reading, words: Words) -> Section | None:
    """Drawn inputs, then fixed ones; None when the document lists no inputs."""
    rows = reading.document["inputs"]
    drawn = [row for row in rows if row["shape"] != "fixed"]
    fixed = [row for row in rows if row["shape"] == "fixed"]
    if not rows:
        return None
    counts = Counter(row["mark"] for row in drawn)
    marks = [
        words.say("inputs.title_mark", n=counts[mark], mark=words.say(f"mark_name.{mark}"))
        for mark in MARKS
        if counts[mark]
    ]
    title = words.say("inputs.title", drawn=len(drawn), marks=words.join(marks))
    if len(counts) == 1:
        mark = words.say(f"mark_name.{drawn[0]['mark']}")
        title = words.say("inputs.title_one", drawn=len(drawn), mark=mark)
    blocks = []
    if drawn:
        blocks.append(Block((_drawn_table(drawn, words),), _notes(drawn, words)))
    if fixed:
        heading = words.say("inputs.fixed_title", n=len(fixed))
        blocks.append(Block((_fixed_table(fixed, words),), title=heading if drawn else ""))
    return Section("inputs", words.say("inputs.name"), title, tuple(blocks))


def _notes(drawn: list[Document], words: Words) -> tuple[str, ...]:
    used = [words.say(f"mark.{mark}") for mark in MARKS if any(r["mark"] == mark for r in drawn)]
    notes = [
        words.say("inputs.note_spark"),
        words.say("inputs.note_marks", list=words.listed(used)),
    ]
    if not all(complete(row["prior"]) for row in drawn):
        notes.append(words.say("inputs.note_never"))
    samples = max((row.get("n") or 0 for row in drawn if row.get("conditioned")), default=0)
    if samples:
        notes.append(words.say("inputs.note_sample", n=words.count(samples)))
    return tuple(notes)


def _drawn_table(rows: list[Document], words: Words) -> Table:
    columns = (
        Column(words.say("inputs.input")),
        Column(words.say("inputs.unit")),
        *(Column(words.say(f"inputs.{name}"), number=True) for name in ("low", "middle", "high")),
        *(Column(words.say(f"inputs.{name}")) for name in ("interval", "mark", "source")),
    )
    return Table(
        words.say("inputs.caption"),
        columns,
        tuple(_drawn_row(row, words) for row in rows),
        style="inputs drawn",
    )


def _drawn_row(row: Document, words: Words) -> tuple[Cell, ...]:
    unit, prior, after = row["unit"], row["prior"], row.get("conditioned")
    numbers = [
        Cell(
            words.say("inputs.never")
            if prior.get(name) is None
            else words.amount(prior[name], unit)
        )
        for name in PERCENTILES
    ]
    graphic = Cell("")
    if complete(prior):
        said = {
            slot: words.amount(prior[name], unit)
            for slot, name in (("low", "p05"), ("middle", "p50"), ("high", "p95"))
        }
        key = "inputs.spark"
        if complete(after):
            key = "inputs.spark_both"
            said |= {
                slot: words.amount(after[name], unit)
                for slot, name in (("c_low", "p05"), ("c_middle", "p50"), ("c_high", "p95"))
            }
        graphic = Cell(
            "", graphic=sparkline(prior, after if complete(after) else None, words.say(key, **said))
        )
    source = Cell(str(row["source"]))
    return _name(row), Cell(words.unit(unit)), *numbers, graphic, _mark(row, words), source


def complete(percentiles: Document | None) -> TypeGuard[Document]:
    """Whether all three percentiles exist; one that is missing means that the event never comes."""
    return percentiles is not None and all(percentiles.get(n) is not None for n in PERCENTILES)


def _name(row: Document) -> Cell:
    return Cell(row["name"], (row["key"],))


def _mark(row: Document, words: Words) -> Cell:
    """How well the numbers are known, and under it how well what they were judged from is."""
    mark, anchors = words.say(f"mark.{row['mark']}"), row.get("anchors")
    if not anchors or anchors == row["mark"]:
        return Cell(mark)
    name = words.say(f"mark_name.{anchors}") if anchors in MARKS else anchors
    return Cell(mark, (words.say("inputs.anchors", anchors=name),))


def _fixed_table(rows: list[Document], words: Words) -> Table:
    columns = (
        Column(words.say("inputs.input")),
        Column(words.say("inputs.unit")),
        Column(words.say("inputs.value"), number=True),
        Column(words.say("inputs.mark")),
        Column(words.say("inputs.source")),
    )
    body = []
    for row in rows:
        value = row["prior"].get("p50")
        shown = (
            value if isinstance(value, str) or value is None else words.amount(value, row["unit"])
        )
        body.append(
            (
                _name(row),
                Cell(words.unit(row["unit"])),
                Cell(shown or words.say("number.no_unit")),
                _mark(row, words),
                Cell(str(row["source"])),
            )
        )
    return Table(words.say("inputs.fixed_caption"), columns, tuple(body), style="inputs")
