"""Section 6: what orbit earns less ground (F8), what rights to decide later are worth, regret."""

from functools import partial
from typing import Any

from risk.report.figures.tail import Tail, nice_ticks, tail
from risk.report.page import Block, Cell, Column, Figure, Section, Table
from risk.report.reading import CONDITIONED, PRIOR, Reading, Record
from risk.report.words import Words

FLEETS = ("orbit", "ground", "either")
BILLION = 1000.0  # $M


def tail_section(reading: Reading, words: Words) -> Section | None:
    """None where the document has no tail of the conditioned population."""
    found = (reading.document.get("tail") or {}).get("populations", {})
    if CONDITIONED not in found:
        return None
    figure = _figure(reading, words, found)
    blocks = [Block((figure,), _notes(words, found, reading.year))]
    said = reading.document.get("options")
    if said and CONDITIONED in said["populations"]:
        blocks += [
            Block((_rights(words, said),), _rights_notes(words, said)),
            Block((_regret(words, said),), _regret_notes(words, said)),
        ]
    return Section("tail", words.say("tail.name"), figure.title, tuple(blocks))


def money(words: Words, value: float, decimals: int | None = None) -> str:
    """An amount in $M; in $B with one decimal from a billion on."""
    large = abs(value) >= BILLION * 0.9995
    if large:
        decimals = 1 if decimals is None else decimals
        value /= BILLION
    shown = f"{abs(value):,.{decimals or 0}f}"
    if not float(shown.replace(",", "")):
        return words.say("tail.nothing")
    sign = "-" if value < 0.0 else ""
    return words.say(
        f"tail.{'billions' if large else 'millions'}", sign=words.signed(sign), value=shown
    )


def with_bracket(words: Words, found: dict[str, Any]) -> tuple[str, str]:
    """An amount and its sampling interval, with the decimals that the interval asks for."""
    half = (found["high"] - found["low"]) / 2.0
    top = max(abs(found[name]) for name in ("value", "low", "high"))
    decimals = (2 if half < 50.0 else 1) if top >= BILLION * 0.9995 else int(half < 1.0)
    large = top >= BILLION * 0.9995

    def said(value: float) -> str:
        if large and abs(value) < BILLION * 0.9995:  # keep one unit within a cell
            sign = words.signed("-") if value < 0.0 else ""
            shown = f"{abs(value) / BILLION:.{decimals}f}"
            return words.say("tail.billions", sign=sign, value=shown)
        return money(words, value, decimals)

    value, low, high = (said(found[name]) for name in ("value", "low", "high"))
    if value == low == high == words.say("tail.nothing"):
        return value, words.say(
            "number.tight", half=words.say("tail.millions", sign="", value="0.05")
        )
    return value, words.say("number.interval", low=low, high=high)


def _figure(reading: Reading, words: Words, found: dict[str, Any]) -> Figure:
    one = found[CONDITIONED]
    low, high = one["ends"]
    named = {name: money(words, one[name]["value"]) for name in ("p05", "cvar", "mean")}
    spec = Tail(
        values=tuple(one["dots"]),
        ends=(low, high),
        marks=(
            (one["cvar"]["value"], words.say("tail.mark_cvar", value=named["cvar"])),
            (one["p05"]["value"], words.say("tail.mark_p05", value=named["p05"])),
            (0.0, words.say("tail.mark_zero")),
        ),
        ticks=tuple((value, money(words, value)) for value in nice_ticks(low, high)),
        beyond=(
            words.say("tail.beyond_low", n=words.count(one["beyond"][0])),
            words.say("tail.beyond_high", n=words.count(one["beyond"][1])),
        ),
    )
    return Figure(
        id="tail",
        title=_title(words, one),
        subtitle=words.say("tail.subtitle", year=reading.year),
        description=words.say(
            "tail.described", above=words.frequency(_record(one["above"])), **named
        ),
        draw=partial(tail, spec),
        data=_numbers(words, found, reading.year),
        provenance=reading.provenance(words, one["n"], found[PRIOR]["n"]),
    )


def _title(words: Words, one: dict[str, Any]) -> str:
    """How often the ground earns more, and the mean of the worst twentieth for orbit."""
    ground = round(100 * (1.0 - one["above"]["value"]))
    who = "all" if ground == 100 else "none" if ground == 0 else "some"
    short = one["cvar"]["value"] < 0.0
    return words.say(
        "tail.title",
        who=words.say(f"tail.who_{who}", n=ground),
        worst=words.say(
            "tail.worst_short" if short else "tail.worst_ahead",
            value=money(words, abs(one["cvar"]["value"])),
        ),
    )


def _record(numbers: dict[str, Any]) -> Record:
    return Record(
        numbers["value"], numbers["stderr"], numbers["low"], numbers["high"], numbers["n"], "1"
    )


def _numbers(words: Words, found: dict[str, Any], year: int) -> Table:
    populations = [name for name in (CONDITIONED, PRIOR) if name in found]
    columns = (
        Column(words.say("tail.column_what")),
        *(Column(words.say(f"column.{name}"), number=True) for name in populations),
    )
    rows = [
        (
            Cell(words.say("tail.row_above")),
            *(Cell(words.chance(_record(found[name]["above"])).whole) for name in populations),
        )
    ]
    for key in ("mean", "p05", "cvar"):
        cells = [with_bracket(words, found[name][key]) for name in populations]
        texts = [words.say("number.bracket", value=v, bracket=b) for v, b in cells]
        rows.append((Cell(words.say(f"tail.row_{key}")), *(Cell(text) for text in texts)))
    n = words.count(found[CONDITIONED]["n"])
    return Table(words.say("tail.caption", year=year, n=n), columns, tuple(rows))


def _notes(words: Words, found: dict[str, Any], year: int) -> tuple[str, ...]:
    notes = [words.say("tail.note_read"), words.say("tail.note_unit", year=year)]
    if PRIOR in found:
        prior = {name: money(words, found[PRIOR][name]["value"]) for name in ("p05", "cvar")}
        above = words.chance(_record(found[PRIOR]["above"])).value
        notes.append(words.say("tail.note_prior", above=above, **prior))
    return tuple(notes)


def _amount(words: Words, populations: dict[str, Any], pick: Any) -> Cell:
    """An amount with its interval and the prior's under it; a dash where there is none."""
    found = pick(populations[CONDITIONED])
    if found is None:
        return Cell(words.say("number.no_unit"))
    value, bracket = with_bracket(words, found)
    under = [bracket]
    if PRIOR in populations:
        prior = with_bracket(words, pick(populations[PRIOR]))[0]
        under.append(words.say("tail.prior", value=prior))
    return Cell(value, tuple(under))


def _rights(words: Words, said: dict[str, Any]) -> Table:
    """Each right by fleet: what it is worth at least, and at most where somebody sees all."""

    def waiting(key: str, fleet: str) -> Any:
        return lambda one: next(row[key] for row in one["waiting"] if row["fleet"] == fleet)

    def staging(key: str, fleet: str) -> Any:
        return lambda one: next(row[key] for row in one["staging"] if row["fleet"] == fleet)

    def stopping(key: str, fleet: str) -> Any:
        first = said["dates"][0]
        return lambda one: next(
            (r[key] for r in one["abandoning"] if (r["fleet"], r["date"]) == (fleet, first)), None
        )

    asked = (
        ("now", waiting, "now"),
        ("now_or_never", waiting, "now_or_never"),
        ("wait_lower", waiting, "lower"),
        ("wait_upper", waiting, "upper"),
        ("stage_lower", staging, "lower"),
        ("stage_upper", staging, "upper"),
        ("stop_lower", stopping, "lower"),
        ("stop_upper", stopping, "upper"),
    )
    slots = {
        "first": int(said["dates"][0]),
        "last": int(said["dates"][-1]),
        "stage": f"{100 * said['stage']:g}",
    }
    rows = tuple(
        (
            Cell(words.say(f"tail.right_{name}", **slots)),
            *(_amount(words, said["populations"], of(key, fleet)) for fleet in FLEETS),
        )
        for name, of, key in asked
    )
    columns = (
        Column(words.say("tail.column_right")),
        *(Column(words.say(f"tail.fleet_{fleet}"), number=True) for fleet in FLEETS),
    )
    n = words.count(said["populations"][CONDITIONED]["fresh"])
    return Table(words.say("tail.rights_caption", n=n), columns, rows)


def _rights_notes(words: Words, said: dict[str, Any]) -> tuple[str, ...]:
    one = said["populations"][CONDITIONED]
    by = {row["fleet"]: row for row in one["waiting"]}
    taken = {fleet: by[fleet]["taken"] for fleet in ("orbit", "ground")}
    shown = {fleet: with_bracket(words, by[fleet]["gap"])[0] for fleet in ("orbit", "ground")}
    return (
        words.say("tail.note_sight"),
        words.say("tail.note_bounds", **shown),
        words.say(
            "tail.note_dates",
            orbit=f"{100 * taken['orbit'][-1]:.0f}",
            ground=f"{100 * taken['ground'][0]:.0f}",
            first=int(said["dates"][0]),
        ),
        words.say(
            "tail.note_judged",
            stage=f"{100 * said['stage']:g}",
            cost=f"{100 * said['stage_cost']:g}",
            years=said["learning"],
        ),
        words.say("tail.note_stop"),
    )


def _regret(words: Words, said: dict[str, Any]) -> Table:
    """Regret of the choices that are open in the headline year."""
    keys = ("value", "expected", "q95")
    columns = (
        Column(words.say("tail.column_choice")),
        *(Column(words.say(f"tail.column_{key}"), number=True) for key in keys),
        Column(words.say("tail.column_largest"), number=True),
    )
    groups = {name: one["regret"][-1] for name, one in said["populations"].items()}
    rows = []
    for place, row in enumerate(groups[CONDITIONED]["rows"]):
        rows.append(
            (
                Cell(_choice(words, row["choice"], said)),
                *(
                    _amount(words, groups, lambda g, p=place, k=key: g["rows"][p][k])
                    for key in keys
                ),
                Cell(money(words, row["largest"])),
            )
        )
    year = int(groups[CONDITIONED]["date"])
    return Table(words.say("tail.regret_caption", year=year), columns, tuple(rows))


def _choice(words: Words, name: str, said: dict[str, Any]) -> str:
    kind, _, years = name.partition("_")
    return words.say(f"tail.choice_{kind}", years=years, share=f"{100 * said['mix']:g}")


def _regret_notes(words: Words, said: dict[str, Any]) -> tuple[str, ...]:
    one = said["populations"][CONDITIONED]
    least = {key: _choice(words, name, said) for key, name in one["regret"][-1]["least"].items()}
    safest, *weighed = [_share(words, row["share"]) for row in one["mix"]["rows"]]
    weights = [f"{row['risk']:g}" for row in one["mix"]["rows"][1:]]
    return (
        words.say("tail.note_regret", **least),
        words.say(
            "tail.note_mix",
            year=int(said["date"]),
            safest=safest,
            weights=words.join(weights),
            weighed=words.join(weighed),
        ),
        words.say("tail.note_largest"),
    )


def _share(words: Words, found: dict[str, Any]) -> str:
    """A share of orbit with its interval, in percent."""
    value, low, high = (f"{100 * found[name]:.1f}" for name in ("value", "low", "high"))
    bracket = words.say("number.interval", low=low, high=high)
    if value == low == high:
        bracket = words.say("number.tight", half="0.05")
        value = value if float(value) else "0"
    percent = words.say("number.percent", value=value)
    return words.say("number.bracket", value=percent, bracket=bracket)
