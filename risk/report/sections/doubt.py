"""Section 9: sampling error beside model uncertainty (F11), confidence, what is left out."""

import math
from functools import partial

from risk.report.figures.doubt import End, Ladder, Rung, ladder
from risk.report.page import Block, Cell, Column, Figure, Points, Prose, Section, Table
from risk.report.reading import ANY, COMPARATORS, CONDITIONED, NARROWER, PRIOR, Reading, Record
from risk.report.sections.confidence import confidence
from risk.report.sections.inputs import PERCENTILES, complete
from risk.report.words import Words

FACTORS = ("0", "0.5", "1", "1.25")
FILLED = "filled_share"
MOST_MOVED = 5

Named = list[tuple[str, Record]]


def doubt_section(reading: Reading, words: Words) -> Section:
    """The ladder of doubts, the conditioning, the confidence rule and the objections."""
    figure = ladder_figure(reading, words)
    blocks = [
        Block((figure,), _notes(reading, words)),
        _conditioning(reading, words),
        _confidence(reading, words),
        _limits(reading, words),
    ]
    return Section("doubt", words.say("doubt.name"), figure.title, tuple(blocks))


def doubts(reading: Reading, words: Words) -> dict[str, Named]:
    """Each doubt with the answers that it leaves open, named; doubts with one answer are absent."""
    headline, wins = reading.headline, reading.wins
    sds = _log_sds(reading)
    names = {CONDITIONED: sds[0], NARROWER: sds[1]}
    found: dict[str, list[tuple[str, Record | None]]] = {
        "populations": [
            (words.say(f"population.{p}"), wins(population=p)) for p in (CONDITIONED, PRIOR)
        ],
        "loadings": [
            (
                words.say("doubt.loading", factor=factor),
                headline
                if factor == "1"
                else wins(population=f"{CONDITIONED}, loadings x {factor}"),
            )
            for factor in FACTORS
        ],
        "width": [
            (words.say("doubt.log_sd", sd=sd), wins(population=population))
            for population, sd in names.items()
        ],
        "comparators": [
            (words.say(f"comparator.{name}"), wins(comparator=name)) for name in COMPARATORS
        ],
    }
    known = {key: [(n, r) for n, r in pairs if r] for key, pairs in found.items()}
    return {key: pairs for key, pairs in known.items() if len(pairs) > 1}


def _log_sds(reading: Reading) -> tuple[str, str]:
    given = reading.document["scenario"].get("conditioning", {}).get("log_sd", [0.55, 0.35])
    return f"{given[0]:g}", f"{given[-1]:g}"


def ladder_figure(reading: Reading, words: Words) -> Figure:
    """F11: the same P as a span under each doubt."""
    spans = {
        key: sorted(pairs, key=lambda pair: (pair[1].value or 0.0, pair[1].high or 0.0))
        for key, pairs in doubts(reading, words).items()
    }
    headline = reading.headline
    sampling = Rung(
        words.say("doubt.sampling"),
        End(headline.low or 0.0, words.say("doubt.end_sampling_low"), ""),
        End(headline.high or 0.0, words.say("doubt.end_sampling_high"), ""),
        (),
        words.chance(headline).bracket,
    )
    rungs = (sampling, *(_rung(words, key, pairs) for key, pairs in spans.items()))
    rows = words.rows(
        words.say(
            "doubt.described_row",
            name=words.say(f"doubt.{key}"),
            low=words.percent(pairs[0][1]),
            high=words.percent(pairs[-1][1]),
        )
        for key, pairs in spans.items()
    )
    spec = Ladder(rungs, headline.value or 0.0, words.say("doubt.axis"))
    return Figure(
        id="doubt",
        title=_title(reading, words, spans),
        subtitle=words.say("doubt.subtitle", year=reading.year),
        description=words.say("doubt.described", rows=rows),
        draw=partial(ladder, spec),
        data=_table(reading, words, spans),
    )


def _rung(words: Words, key: str, pairs: Named) -> Rung:
    ends = [
        End(r.value or r.high or 0.0, name, words.percent(r), below=not r.value)
        for name, r in (pairs[0], pairs[-1])
    ]
    between = tuple(record.value or 0.0 for _, record in pairs[1:-1])
    return Rung(words.say(f"doubt.{key}"), ends[0], ends[1], between, "")


def _title(reading: Reading, words: Words, spans: dict[str, Named]) -> str:
    """Sampling error is negligible when its span is at most a tenth of the longest, in logs."""
    record = reading.headline
    if not record.low or not record.high or not spans:
        return words.say("doubt.title_plain", year=reading.year)
    sampling = math.log(record.high / record.low)
    lengths = {
        key: _length(pairs[0][1].value or 0.0, pairs[-1][1].value or 0.0)
        for key, pairs in spans.items()
    }
    longest = max(lengths.values())
    if sampling <= longest / 10:
        told = [key for key, length in lengths.items() if length >= longest / 3]
        told.sort(key=lambda key: -lengths[key])
        verb = words.say("doubt.is" if len(told) == 1 else "doubt.are")
        names = words.join([words.say(f"doubt.the_{key}") for key in told])
        return words.say("doubt.title_negligible", list=names, verb=verb)
    if sampling <= longest:
        return words.say("doubt.title_smaller")
    return words.say("doubt.title_plain", year=reading.year)


def _length(low: float, high: float) -> float:
    return math.log(high / low) if low > 0 else math.inf if high > 0 else 0.0


def _table(reading: Reading, words: Words, spans: dict[str, Named]) -> Table:
    columns = tuple(Column(words.say(f"column.{name}")) for name in ("doubt", "from", "to"))
    headline = words.chance(reading.headline).whole
    rows = [(Cell(words.say("doubt.sampling")), Cell(headline), Cell(headline))]
    for key, pairs in spans.items():
        ends = [
            Cell(words.say("doubt.end", p=words.chance(record).whole, name=name))
            for name, record in (pairs[0], pairs[-1])
        ]
        rows.append((Cell(words.say(f"doubt.{key}")), ends[0], ends[1]))
    comparator = words.say(f"comparator.{reading.comparator}")
    caption = words.say("doubt.caption", year=reading.year, comparator=comparator)
    return Table(caption, columns, tuple(rows))


def _notes(reading: Reading, words: Words) -> tuple[str, ...]:
    notes = [
        words.say("doubt.note_two"),
        words.say("doubt.note_negligible"),
        words.say("doubt.note_base", p=words.chance(reading.headline).whole),
        words.say("doubt.note_dependence"),
    ]
    sds = _log_sds(reading)
    items = [
        words.say("doubt.width_item", sd=sd, p=words.chance(record).whole)
        for population, sd in zip((CONDITIONED, NARROWER), sds, strict=True)
        if (record := reading.wins(population=population))
    ]
    prior = reading.wins(population=PRIOR)
    if prior:
        items.append(words.say("doubt.width_none", p=words.chance(prior).whole))
    return (*notes, words.say("doubt.note_width", list=words.join(items)))


def _conditioning(reading: Reading, words: Words) -> Block:
    given = reading.document["scenario"].get("conditioning", {})
    sds = _log_sds(reading)
    centre = f"{given['centre']:g}" if "centre" in given else words.say("number.no_unit")
    paragraphs = [words.say("doubt.conditioning", centre=centre, sd=sds[0])]
    found = {
        slot: reading.records.known("published_ratio", _first_date(reading), ANY, name, statistic)
        for slot, name, statistic in (
            ("prior_low", PRIOR, "p05"),
            ("prior", PRIOR, "p50"),
            ("prior_high", PRIOR, "p95"),
            ("low", CONDITIONED, "p05"),
            ("conditioned", CONDITIONED, "p50"),
            ("high", CONDITIONED, "p95"),
        )
    }
    if all(found.values()):
        ratios = {slot: words.ratio(r.value or 0.0) for slot, r in found.items() if r}
        paragraphs.append(words.say("doubt.like_for_like", **ratios))
    moved = most_moved(reading, words)
    if moved:
        paragraphs.append(words.say("doubt.moved", list=words.rows(moved)))
    return Block((Prose(tuple(paragraphs)),), title=words.say("doubt.conditioning_title"))


def _first_date(reading: Reading) -> float | None:
    dates = [key[2] for key in reading.records.index if key[0] == "published_ratio"]
    return None if not dates or dates[0] is None else dates[0] / 1000


def most_moved(reading: Reading, words: Words) -> list[str]:
    """The inputs of which a percentile moved furthest, in widths of their own prior interval."""
    moves = []
    for row in reading.document["inputs"]:
        prior, after = row["prior"], row.get("conditioned")
        if complete(prior) and complete(after) and prior["p95"] > prior["p05"]:
            shift = max(abs(after[name] - prior[name]) for name in PERCENTILES)
            shift /= prior["p95"] - prior["p05"]
            moves.append((shift, row))
    moves.sort(key=lambda move: -move[0])
    return [
        words.say(
            "doubt.moved_item",
            name=row["name"],
            before_low=words.amount(row["prior"]["p05"], row["unit"]),
            before_high=words.amount(row["prior"]["p95"], row["unit"]),
            low=words.amount(row["conditioned"]["p05"], row["unit"]),
            high=words.amount(row["conditioned"]["p95"], row["unit"]),
            unit=""
            if row["unit"] in ("", "1")
            else words.say("doubt.unit_after", unit=words.unit(row["unit"])),
        )
        for _, row in moves[:MOST_MOVED]
    ]


def _confidence(reading: Reading, words: Words) -> Block:
    found = confidence(reading, words)
    columns = tuple(
        Column(words.say(f"doubt.{name}")) for name in ("criterion", "finding", "level")
    )
    rows = tuple(
        (
            Cell(words.say(f"doubt.criterion_{one.key}")),
            Cell(one.reason[:1].upper() + one.reason[1:]),
            Cell(words.say(f"sure.{one.level}" if one.level else "doubt.not_computed")),
        )
        for one in found.criteria
    )
    title = words.say("doubt.confidence_title", level=words.say(f"sure.{found.level}"))
    table = Table(words.say("doubt.confidence_rows"), columns, rows, style="words")
    return Block((table,), (words.say("doubt.confidence_rule"),), title)


def _limits(reading: Reading, words: Words) -> Block:
    items = words.every("limits.item")
    filled = next((r for r in reading.document["inputs"] if r["key"].endswith(FILLED)), None)
    if filled and filled["prior"].get("p05") is not None:
        ends = {
            slot: words.amount(filled["prior"][name], "1")
            for slot, name in (("low", "p05"), ("high", "p95"))
        }
        items.append(words.say("limits.filled", **ends))
    else:
        items.append(words.say("limits.filled_plain"))
    idle = reading.records.known("orbit_wins_upper_bound", reading.date)
    if idle:
        items.append(words.say("limits.idle", p=words.chance(idle).whole, year=reading.year))
    if all(r["mark"] == "judgement" for r in reading.document["inputs"] if r["shape"] != "fixed"):
        items.append(words.say("limits.judgement"))
    points = Points("", tuple(items))
    return Block((points,), title=words.say("limits.heading"))
