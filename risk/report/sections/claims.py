"""Section 7: what others say, with the probability of each statement (T2)."""

from typing import Any

from risk.report.figures.dots import strip
from risk.report.page import Block, Cell, Column, Points, Section, Table
from risk.report.reading import CONDITIONED, PRIOR, Reading, Record
from risk.report.words import Words

type Claim = dict[str, Any]

SUPPORTED = ("well_supported", "supported")
FAILED = ("does_not_add_up", "does_not_hold")


def claims_section(reading: Reading, words: Words) -> Section | None:
    """Events, then sums and facts, then what has no number; None where no claim was judged."""
    claims = reading.document.get("claims")
    if not claims:
        return None
    events = [c for c in claims if c["probability"]]
    sums = [c for c in claims if c["kind"] in ("check", "fact")]
    without = [c for c in claims if c["kind"] == "unquantified"]
    blocks = [Block((_events(events, words),), _notes(events, words))] if events else []
    if sums:
        blocks.append(Block((_sums(sums, words),), title=words.say("claims.sums_title")))
    if without:
        points = Points("", tuple(statement(c, words) for c in without))
        blocks.append(Block((points,), title=words.say("claims.without_title")))
    title = words.say(
        "claims.title",
        supported=sum(c["verdict"] in SUPPORTED for c in events),
        events=len(events),
        failed=sum(c["verdict"] in FAILED for c in sums),
        sums=len(sums),
    )
    return Section("claims", words.say("claims.name"), title, tuple(blocks))


def probability(claim: Claim, population: str, side: str = "probability") -> Record | None:
    """Probability of a claim in a population; None where its condition is never met."""
    found = claim[side].get(population)
    if found is None or found["value"] is None:
        return None
    return Record(*(found[name] for name in Record._fields))


def statement(claim: Claim, words: Words) -> str:
    """The claim's sentence behind its name."""
    return words.say("claims.item", id=claim["id"], text=claim["text"])


def numbers(claim: Claim, words: Words) -> str:
    """What a sum shows, in one line."""
    return words.rows(
        words.say("claims.number", name=name, value=words.significant(value))
        for name, value in claim["numbers"].items()
    )


def contrary(claim: Claim, words: Words) -> str:
    """The probability where the condition does not hold, or nothing."""
    record = probability(claim, CONDITIONED, "otherwise")
    return words.say("claims.otherwise", p=words.chance(record).whole) if record else ""


def apart(claim: Claim, words: Words) -> str:
    """P under the condition less P otherwise, in points with its interval, or nothing."""
    found = claim.get("difference", {}).get(CONDITIONED)
    if not found or found["value"] is None:
        return ""
    ends = (found["low"], found["value"], found["high"])
    low, value, high = (words.signed(f"{100.0 * end:.1f}") for end in ends)
    return words.say("claims.difference", value=value, low=low, high=high)


def warnings(claim: Claim, words: Words) -> list[str]:
    """A probability that calls for a second look; paths of which the claim says nothing."""
    said = []
    if claim.get("review"):
        said.append(words.say("claims.review", limit=f"{claim['review']:.0%}"))
    if claim.get("unclear"):
        said.append(words.say("claims.unclear", n=words.count(claim["unclear"])))
    return said


def _events(claims: list[Claim], words: Words) -> Table:
    columns = (
        Column(words.say("claims.claim")),
        Column(words.say("claims.strip")),
        Column(words.say("claims.p"), number=True),
        Column(words.say("claims.prior"), number=True),
        Column(words.say("claims.verdict")),
    )
    rows = tuple(_event(claim, words) for claim in claims)
    return Table(words.say("claims.caption"), columns, rows, style="claims")


def _event(claim: Claim, words: Words) -> tuple[Cell, ...]:
    here, before = (probability(claim, name) for name in (CONDITIONED, PRIOR))
    name = Cell(
        statement(claim, words),
        (words.say("claims.evidence", text=claim["evidence"]), *warnings(claim, words)),
    )
    verdict = Cell(words.say(f"verdict.{claim['verdict']}"))
    if here is None or before is None:
        return name, Cell("", graphic=" "), Cell(words.say("number.no_unit")), Cell(""), verdict
    chance, earlier = words.chance(here), words.chance(before)
    said = words.say("claims.described", p=chance.value, prior=earlier.value)
    under = [part for part in (chance.bracket, contrary(claim, words), apart(claim, words)) if part]
    picture = strip(here.value or 0.0, before.value or 0.0, said)
    return (
        name,
        Cell("", graphic=picture),
        Cell(chance.value, tuple(under)),
        Cell(earlier.value, (earlier.bracket,) if earlier.bracket else ()),
        verdict,
    )


def _sums(claims: list[Claim], words: Words) -> Table:
    columns = tuple(Column(words.say(f"claims.{name}")) for name in ("claim", "sum", "verdict"))
    rows = tuple(
        (
            Cell(statement(c, words), (words.say("claims.evidence", text=c["evidence"]),)),
            Cell(numbers(c, words) or words.say("number.no_unit")),
            Cell(words.say(f"verdict.{c['verdict']}")),
        )
        for c in claims
    )
    return Table(words.say("claims.sums_caption"), columns, rows, style="words")


def _notes(claims: list[Claim], words: Words) -> tuple[str, ...]:
    n = max((c["probability"][PRIOR]["n"] for c in claims), default=0)
    notes = ["note_verdict", "note_strip", "note_source"]
    told = [words.say(f"claims.{name}") for name in notes]
    if any(c["otherwise"] for c in claims):
        told.append(words.say("claims.note_given"))
    return (*told, words.say("claims.note_paths", n=words.count(n)))
