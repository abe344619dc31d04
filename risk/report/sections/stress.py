"""Section 6: P under named shocks (F9), alone and together."""

from functools import partial
from typing import Any

from risk.report.figures.stress import Row, Spec, stress
from risk.report.page import Block, Cell, Column, Figure, Section, Table
from risk.report.reading import CONDITIONED, PRIOR, Reading, Record
from risk.report.sections.reverse import reverse_block
from risk.report.words import TERMS, Words, term

FEWEST_NAMED = 2  # shocks that a title names
RANKS = {name: rank for rank, (_, name) in enumerate(reversed(TERMS))}


def stress_section(reading: Reading, words: Words) -> Section | None:
    """None where the document has no stress."""
    if not rows_of(reading):
        return None
    figure = _figure(reading, words)
    notes = [words.say("stress.note_same"), words.say("stress.note_size")]
    if any(row["of"] for row in rows_of(reading)):
        notes.append(words.say("stress.note_together"))
    if left_out := reading.document["stress"].get("left_out"):
        names = words.rows(words.named(shock["name"]) for shock in left_out)
        notes.append(words.say("stress.note_left_out", list=names))
    blocks = (Block((figure,), tuple(notes)), *filter(None, [reverse_block(reading, words)]))
    return Section("stress", words.say("stress.name"), figure.title, blocks)


def rows_of(reading: Reading) -> list[dict[str, Any]]:
    """The row without a shock, then shocks from the highest conditioned P to the lowest."""
    found = reading.document.get("stress")
    if not found:
        return []
    rows = sorted(found["rows"], key=lambda row: _value(row), reverse=True)
    return sorted(rows, key=lambda row: row["id"] != "base")


def largest_single(reading: Reading) -> dict[str, Any] | None:
    """The shock that by itself moves the conditioned P furthest; None where none was asked."""
    rows = rows_of(reading)
    single = [row for row in rows[1:] if not row["of"]]
    return max(single, key=lambda row: abs(_value(row) - _value(rows[0])), default=None)


def under(row: dict[str, Any], population: str) -> Record:
    """P under a shock."""
    numbers = row["chances"][population]
    value, stderr, low, high = (numbers[name] for name in ("value", "stderr", "low", "high"))
    return Record(value, stderr, low, high, numbers["n"], "1")


def _value(row: dict[str, Any]) -> float:
    return float(row["chances"][CONDITIONED]["value"])


def _name(words: Words, row: dict[str, Any]) -> str:
    return words.named(row["name"]) or words.say("stress.none")


def _figure(reading: Reading, words: Words) -> Figure:
    found, rows = reading.document["stress"], rows_of(reading)

    def drawn(row: dict[str, Any]) -> Row:
        record = under(row, CONDITIONED)
        chance, prior = words.chance(record), under(row, PRIOR)
        none = not record.value
        low, high = record.low or 0.0, record.high or 0.0
        value = high if none else record.value or 0.0
        text = chance.value if none else chance.whole
        return Row(_name(words, row), value, low, high, none, prior.value or 0.0, text)

    spec = Spec(tuple(map(drawn, rows)), words.say("stress.axis"))
    ends = [words.say("stress.ends", name=_name(words, row), p=words.percent(under(row, CONDITIONED)))
            for row in (rows[0], rows[1], rows[-1])]  # fmt: skip
    told = {
        "year": found["year"],
        "comparator": words.say(f"comparator.{found['comparator']}"),
        "paths": words.count(found["paths"]),
        "seed": found["seed"],
    }
    return Figure(
        id="stress",
        title=_title(words, rows),
        subtitle=words.say("stress.subtitle", **told),
        description=words.say("stress.described", rows=len(rows), list=words.rows(ends)),
        draw=partial(stress, spec),
        data=_table(words, rows, told),
        provenance=reading.provenance(words, under(rows[0], CONDITIONED).n, found["paths"]),
    )


def _title(words: Words, rows: list[dict[str, Any]]) -> str:
    """Which shocks take P to the furthest term: at most two by name, otherwise what none does.

    A title that names a term needs intervals that lie within one; without that it gives the
    furthest P alone.
    """
    base, shocks = under(rows[0], CONDITIONED), rows[1:]
    up = (base.value or 0.0) < 0.5
    way = "up" if up else "down"
    furthest = shocks[0] if up else shocks[-1]
    there = under(furthest, CONDITIONED)
    p, rank = words.percent(there), _rank(there)
    sure = _within(there) and all(_within(under(row, CONDITIONED)) for row in (rows[0], *shocks))
    reaching = [row for row in shocks if _rank(under(row, CONDITIONED)) == rank]
    moved = rank > _rank(base) if up else rank < _rank(base)
    if sure and moved and len(reaching) <= FEWEST_NAMED:
        rest = [r for r in rows if r not in reaching]
        edge = max(rest, key=_value) if up else min(rest, key=_value)
        verb = words.say("stress.one" if len(reaching) == 1 else "stress.two")
        names = words.join([words.say("stress.quoted", name=_name(words, row)) for row in reaching])
        known = words.terms(under(edge, CONDITIONED))
        return words.say(f"stress.title_only_{way}", list=names, verb=verb, term=known, p=p)
    if _within(there):
        return words.say(f"stress.title_none_{way}", term=words.terms(there), p=p)
    return words.say("stress.title_plain", name=_name(words, furthest), p=p)


def _rank(record: Record) -> int:
    return RANKS[term(record.value or 0.0)]


def _within(record: Record) -> bool:
    """Whether the whole sampling interval has one likelihood term."""
    return term(record.low or 0.0) == term(record.value if record.high is None else record.high)  # type: ignore[arg-type]


def _table(words: Words, rows: list[dict[str, Any]], told: dict[str, Any]) -> Table:
    heads = ("shock", "when", "mark", "p", "prior")
    columns = tuple(
        Column(words.say(f"stress.column_{head}"), number=head in ("p", "prior")) for head in heads
    )
    names, body = {row["id"]: _name(words, row) for row in rows}, []
    for row in rows:
        parts = words.rows(names.get(part, part) for part in row["of"])
        stands = tuple(filter(None, [parts or row["stands_for"], row["source"]]))
        body.append(
            (
                Cell(_name(words, row), stands),
                Cell(words.named(row["date"])),
                Cell(words.say(f"mark.{row['mark']}") if row["mark"] else ""),
                Cell(words.chance(under(row, CONDITIONED)).whole),
                Cell(words.chance(under(row, PRIOR)).whole),
            )
        )
    return Table(words.say("stress.caption", **told), columns, tuple(body))
