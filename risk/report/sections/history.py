"""Section 12: what changed since the last run of this scenario."""

from typing import Any

from risk.report.page import Block, Cell, Column, Part, Section, Table
from risk.report.reading import Reading, Record
from risk.report.words import Words, digits_below_point

FACTS = ("date", "version", "digest", "seed", "paths", "sampler", "replicates")
NAMED = {"version": {"name": "orbitrisk"}}


def history_section(reading: Reading, words: Words) -> Section | None:
    """Each probability of the headline table then and now; None without an earlier run."""
    found = reading.document.get("history")
    if not found:
        return None
    moved = [row for row in found["changes"] if row["beyond"]]
    counts = {"moved": len(moved), "total": len(found["changes"]), "date": found["since"]["date"]}
    title = words.say("history.title_moved" if moved else "history.title_still", **counts)
    parts: tuple[Part, ...] = (_changes(found, words), _what(found, words))
    blocks = [Block(parts, _notes(found, words))]
    if found["inputs"]:
        blocks.append(Block((_inputs(found, words),)))
    blocks.append(Block((_runs(found, words),)))
    return Section("history", words.say("history.name"), title, tuple(blocks))


def _changes(found: dict[str, Any], words: Words) -> Table:
    names = ("year", "before", "now", "change", "cause")
    columns = tuple(
        Column(words.say(f"history.{name}"), number=name not in ("year", "cause")) for name in names
    )
    rows = tuple(
        (
            Cell(
                words.say(
                    "history.place",
                    year=int(row["date"]),
                    comparator=words.say(f"comparator.{row['comparator']}"),
                )
            ),
            _chance(row["before"], words),
            _chance(row["now"], words),
            Cell(_points(row, words)),
            Cell(_cause(row, words)),
        )
        for row in found["changes"]
    )
    return Table(words.say("history.caption"), columns, rows)


def _chance(numbers: dict[str, Any], words: Words) -> Cell:
    if numbers["value"] is None:
        return Cell(words.say("number.absent"))
    chance = words.chance(_record(numbers))
    return Cell(chance.value, (chance.bracket,) if chance.bracket else ())


def _record(numbers: dict[str, Any]) -> Record:
    value, stderr, low, high = (numbers[name] for name in ("value", "stderr", "low", "high"))
    return Record(value, stderr, low, high, int(numbers["n"] or 0), "1")


def _points(row: dict[str, Any], words: Words) -> str:
    """The change in percentage points with its interval, to two figures of half its width."""
    change, low, high = (100 * row[name] for name in ("change", "low", "high"))
    half = (high - low) / 2
    if half == 0:
        return words.say("number.no_unit")
    decimals = min(6, max(1, digits_below_point(half) + 1))
    shown = [words.signed(f"{number:+z.{decimals}f}") for number in (change, low, high)]
    return words.say("history.change_of", change=shown[0], low=shown[1], high=shown[2])


def _cause(row: dict[str, Any], words: Words) -> str:
    if not row["beyond"] and row["cause"] != "sample":
        return words.say("history.cause_sampling_only")
    return words.say(f"history.cause_{row['cause']}")


def _what(found: dict[str, Any], words: Words) -> Table:
    """The conditions of both runs that differ."""
    columns = tuple(Column(words.say(f"history.{name}")) for name in ("what", "before", "now"))
    rows = [
        (Cell(words.say(f"run.{name}", **NAMED.get(name, {}))), *_both(found, name, words))
        for name in FACTS
        if found["since"][name] != found["now"][name]
    ]
    return Table(words.say("history.what_caption"), columns, tuple(rows), style="words")


def _both(found: dict[str, Any], name: str, words: Words) -> tuple[Cell, Cell]:
    then, now = (_fact(found[when][name], name, words) for when in ("since", "now"))
    return Cell(then), Cell(now)


def _fact(value: Any, name: str, words: Words) -> str:
    if name == "digest":
        return str(value)[:8]
    return words.count(value) if name in ("paths", "replicates") else str(value)


def _inputs(found: dict[str, Any], words: Words) -> Table:
    columns = tuple(Column(words.say(f"history.{name}")) for name in ("input", "before", "now"))
    rows = tuple(
        (
            Cell(row["name"], (row["key"],)),
            Cell(_percentiles(row["before"], row["unit"], words)),
            Cell(_percentiles(row["now"], row["unit"], words)),
        )
        for row in found["inputs"]
    )
    return Table(words.say("history.inputs_caption"), columns, rows, style="words")


def _percentiles(numbers: dict[str, Any] | None, unit: str, words: Words) -> str:
    if numbers is None:
        return words.say("history.absent")
    shown = {
        slot: words.say("inputs.never") if value is None else words.amount(value, unit)
        for slot, value in zip(("low", "middle", "high"), numbers.values(), strict=True)
    }
    told = words.say("history.percentiles", **shown)
    return told if unit in ("", "1") else f"{told} {words.unit(unit)}"


def _runs(found: dict[str, Any], words: Words) -> Table:
    names = ("run", *FACTS[1:5], "headline")
    columns = tuple(
        Column(
            words.say(f"history.{name}")
            if name in ("run", "headline")
            else words.say(f"run.{name}", **NAMED.get(name, {})),
            number=name in ("paths", "headline"),
        )
        for name in names
    )
    rows = tuple(
        (
            *(Cell(_fact(run[name], name, words)) for name in FACTS[:5]),
            _chance(run["headline"], words),
        )
        for run in (*found["runs"], found["now"])
    )
    return Table(words.say("history.runs_caption"), columns, rows, style="words")


def _notes(found: dict[str, Any], words: Words) -> tuple[str, ...]:
    notes = [words.say("history.note_split")]
    if found["changed"]["inputs"] and found["changed"]["version"]:
        notes.append(words.say("history.note_both"))
    if found["changed"]["inputs"] and not found["inputs"]:
        notes.append(words.say("history.note_scenario"))
    return (*notes, words.say("history.note_interval"))
