"""The decision box: the answer, by when, at what price, and how sure."""

import math

from risk.report.page import Box, Dots, Fact
from risk.report.reading import CONDITIONED, PRIOR, Reading, Record
from risk.report.sections.confidence import confidence
from risk.report.sections.drivers import largest, of_driver
from risk.report.sections.stress import largest_single, under
from risk.report.words import TERMS, Words, term

SCARCE = 400
APART = ("rented", "edge")  # sides whose own numbers a run alone does not show
LOADINGS = ("0", "1.25")


def decision_box(reading: Reading, words: Words) -> Box:
    """All of the box; facts whose numbers the run does not hold are absent."""
    headline = reading.headline
    answer = words.say(
        f"answer.{reading.comparator}",
        term=words.terms(headline),
        year=reading.year,
        p=words.chance(headline).sentence,
    )
    beside = "cost" if reading.comparator == "time-adjusted" else "time-adjusted"
    other = reading.wins(comparator=beside)
    second = ""
    if other:
        p = words.chance(other).sentence
        second = words.say(f"second.{beside}", term=words.terms(other), p=p)
    dots = _dots(reading, words)
    facts: tuple[Fact, ...] = (Fact(words.say("box.when"), by_when(reading, words)),)
    price = at_what_price(reading, words)
    if price:
        facts += (Fact(words.say("box.price"), price),)
    change = what_would_change_it(reading, words)
    if change:
        facts += (Fact(words.say("box.change"), change),)
    return Box(
        question=words.say("box.question"),
        answer=answer,
        second=second,
        closing=_closing(reading, words),
        key=_key(reading, words, [record for record in (headline, other) if record]),
        dots=dots,
        dots_key=_dots_key(reading, dots, words),
        facts=facts,
        sure=how_sure(reading, words),
        notes=_notes(reading, words),
    )


def _closing(reading: Reading, words: Words) -> str:
    """The sentence that time, not cost, decides.

    Only when the rent lifts P to a higher term and to 33 % or more, and cost alone would not do.
    """
    cost, time = (reading.wins(comparator=name) for name in ("cost", "time-adjusted"))
    if not cost or not time or cost.value is None or time.value is None:
        return ""
    higher = term(time.value) != term(cost.value) and time.value > cost.value
    return words.say("second.closing") if higher and cost.value < 0.5 and time.value >= 0.33 else ""


def _key(reading: Reading, words: Words, said: list[Record]) -> str:
    """The ranges of the terms that were used, what the brackets are, and the prior."""
    used = {
        term(value)
        for record in said
        for value in (record.value, record.low, record.high)
        if value is not None
    }
    terms = [
        words.say("box.key_term", term=words.say(f"term.{name}"), range=words.say(f"range.{name}"))
        for _, name in TERMS
        if name in used
    ]
    prior = reading.wins(population=PRIOR)
    text = words.rows(terms)
    shown = words.chance(prior).whole if prior else words.say("number.absent")
    return words.say("box.key", terms=text[:1].upper() + text[1:], prior=shown)


def _dots(reading: Reading, words: Words) -> tuple[Dots, ...]:
    """Both comparators as blocks of equally many marks, or as text where one mark is too much."""
    pairs = [
        (name, record, reading.wins(comparator=name, population=PRIOR))
        for name in dict.fromkeys((reading.comparator, "cost", "time-adjusted"))
        if (record := reading.wins(comparator=name))
    ][:2]
    rarer = [min(record.value or 0.0, 1 - (record.value or 0.0)) for _, record, _ in pairs]
    drawn = [size for size in rarer if size >= 0.001]
    whole = 0 if not drawn else 100 if min(drawn) >= 0.01 else 1000
    return tuple(
        _block(words, name, record, prior, whole if size >= 0.001 else 0)
        for (name, record, prior), size in zip(pairs, rarer, strict=True)
    )


def _block(words: Words, name: str, record: Record, prior: Record | None, whole: int) -> Dots:
    value = record.value or 0.0
    filled = round(value * whole)
    before = round((prior.value or 0.0) * whole) if prior else filled
    shown = words.percent(record)
    said = words.percent(prior) if prior else words.say("number.absent")
    if whole:
        caption = words.say("box.dots_caption", value=shown, prior=said)
    elif record.value in (0, 1):
        caption = words.frequency(record)
    elif value < 0.5:
        caption = words.say("box.dots_text", frequency=words.frequency(record))
    else:
        caption = words.say("box.dots_text_high", value=shown)
    return Dots(
        id=f"dots-{name}",
        title=words.say(f"column.{name}"),
        whole=whole,
        filled=filled,
        ringed=max(0, before - filled),
        caption=caption,
        description=words.say(
            "box.dots_described",
            filled=words.count(filled),
            whole=words.count(whole),
            prior=words.count(before),
        ),
    )


def _dots_key(reading: Reading, dots: tuple[Dots, ...], words: Words) -> str:
    whole = max((block.whole for block in dots), default=0)
    if not whole:
        return ""
    kind = "dots" if whole == 100 else "squares"
    ringed = any(block.ringed for block in dots)
    return words.say(f"box.{kind}_key_{'all' if ringed else 'plain'}", year=reading.year)


def by_when(reading: Reading, words: Words) -> str:
    """The crossing date of the headline comparator, from the crossing distribution only."""
    crossed = reading.crossed_by_horizon
    if crossed is None or crossed.value is None:
        return words.say("number.absent")
    sentences = [_date(reading, words, crossed.value)]
    end, name = reading.horizon - 0.25, reading.comparator
    prior = reading.records.known("crossed", end, name, PRIOR)
    sentences.append(
        words.say(
            "when.chance",
            year=reading.horizon,
            p=words.chance(crossed).told,
            prior=words.percent(prior) if prior else words.say("number.absent"),
        )
    )
    back = reading.records.known("crosses_back", None, name)
    if back and back.value is not None and back.value > 0.01:
        sentences.append(words.say("when.back", p=words.chance(back).whole))
    return words.sentences(sentences)


def crossing_dates(reading: Reading, words: Words) -> dict[str, str]:
    """The 5, 50 and 95 % crossing dates as text; one beyond the horizon is "not by"."""
    names = {"low": "p05", "median": "p50", "high": "p95"}
    found = {
        slot: reading.records.known(
            "crossover_date", None, reading.comparator, CONDITIONED, statistic
        )
        for slot, statistic in names.items()
    }
    never = words.say("when.not_by", year=reading.horizon)
    return {
        slot: words.quarter(record.value) if record and record.value is not None else never
        for slot, record in found.items()
    }


def _date(reading: Reading, words: Words, crossed: float) -> str:
    dates = crossing_dates(reading, words)
    never = words.say("when.not_by", year=reading.horizon)
    if crossed >= 0.5:
        return words.say("when.median", **dates)
    if crossed < 0.05:
        return words.say("when.hardly", year=reading.horizon)
    n = 100 - round(100 * crossed)
    if dates["low"] == never:
        return words.say("when.partly_undated", n=n, year=reading.horizon)
    return words.say("when.partly", n=n, year=reading.horizon, date=dates["low"])


def price_for_half(reading: Reading, population: str = CONDITIONED) -> Record | None:
    """The launch price at which P is 50 % in the headline year, where there is one."""
    return reading.records.known(
        "break_even_launch_price", reading.date, population=population, statistic="p50"
    )


def at_what_price(reading: Reading, words: Words) -> str:
    """The launch price for P = 50 %, or what even free launch gives; empty when not computed."""
    half = price_for_half(reading)
    if half and half.value is not None:
        known = half.low is not None and half.high is not None
        interval = ""
        if known:
            low, high = (words.price(bound or 0.0) for bound in (half.low, half.high))
            interval = words.say("price.interval", low=low, high=high)
        price = words.price(half.value)
        return words.say("price.for_half", price=price, interval=interval, year=reading.year)
    free = {
        name: reading.records.known("break_even_exists", reading.date, population=name)
        for name in (CONDITIONED, PRIOR)
    }
    at = {name: at_price(reading, name, 200.0) for name in (CONDITIONED, PRIOR)}
    with_free, before = free[CONDITIONED], free[PRIOR]
    if not with_free or not before:
        return ""
    if (with_free.value or 0.0) >= 0.5:
        return ""
    slots = {"free": words.chance(with_free).whole, "prior_free": words.percent(before)}
    with_price, price_before = at[CONDITIONED], at[PRIOR]
    if not with_price or not price_before:
        return words.say("price.none_free", **slots)
    slots |= {"at": words.chance(with_price).whole, "prior_at": words.percent(price_before)}
    return words.say("price.none", **slots)


def what_would_change_it(reading: Reading, words: Words) -> str:
    """P in the better tenth of the driver that lifts it most, and under the largest single shock.

    What was not computed is left out; empty where neither was.
    """
    said, absent = [], words.say("number.absent")
    best = largest(reading)
    if best:
        prior = of_driver(reading, best, PRIOR)
        slots = {"name": best.row["name"], "p": words.chance(best.p).told}
        slots |= {"prior": words.percent(prior) if prior else absent}
        said.append(words.say("change.driver", end=words.say(f"drivers.{best.end}"), **slots))
    shock = largest_single(reading)
    if shock:
        p, prior = under(shock, CONDITIONED), under(shock, PRIOR)
        slots = {"p": words.chance(p).told, "prior": words.percent(prior)}
        said.append(words.say("change.stress", name=words.named(shock["name"]), **slots))
    return words.sentences(said)


def at_price(reading: Reading, population: str, price: float) -> Record | None:
    """P(orbit cheaper) in the headline year at one launch price, where it was computed."""
    curve = reading.records.priced(population, reading.date)
    return next((found.record for found in curve if math.isclose(found.price, price)), None)


def how_sure(reading: Reading, words: Words) -> str:
    """Sampling error and model uncertainty, named apart, and the confidence in the model."""
    record = reading.headline
    crosses = len({term(bound) for bound in (record.low, record.high) if bound is not None}) > 1
    sampling = "sure.sampling_moves" if crosses else "sure.sampling_same"
    sentences = [words.say(sampling, points=words.points(record))]
    prior = reading.wins(population=PRIOR)
    ends = [reading.wins(population=f"{CONDITIONED}, loadings x {factor}") for factor in LOADINGS]
    if prior:
        values = [r.value for r in (record, prior, *ends) if r and r.value is not None]
        half = ((record.high or 0.0) - (record.low or 0.0)) / 2
        times = (max(values) - min(values)) / half if half > 0 else math.inf
        size = "far_larger" if times >= 10 else "larger" if times >= 1 else "no_larger"
        slots = {"size": words.say(f"sure.{size}"), "prior": words.percent(prior)}
        if ends[0] and ends[1]:
            slots |= {"low": words.percent(ends[0]), "high": words.percent(ends[1])}
            sentences.append(words.say("sure.model", **slots))
        else:
            sentences.append(words.say("sure.model_prior", **slots))
    found = confidence(reading, words)
    level = words.say(f"sure.{found.level}")
    sentences.append(words.say("sure.confidence", level=level, reason=found.reason))
    return words.sentences(sentences)


def how_sure_facts(reading: Reading, words: Words) -> dict[str, str]:
    """The same in three words, for a line of the terminal."""
    prior = reading.wins(population=PRIOR)
    return {
        "points": words.points(reading.headline),
        "prior": words.percent(prior) if prior else words.say("number.absent"),
        "level": words.say(f"sure.{confidence(reading, words).level}"),
    }


def _notes(reading: Reading, words: Words) -> tuple[str, ...]:
    """Warnings that belong beside the answer: few accepted paths, few winning ones."""
    run, record = reading.document["run"], reading.headline
    share = run["accepted"].get(CONDITIONED, run["paths"]) / run["paths"]
    wins = round((record.value or 0.0) * record.n)
    side = reading.document["scenario"].get("side")
    notes = [words.say(f"systems.alone_{side}")] if side in APART else []
    if share < 0.02:
        notes.append(words.say("sure.few_accepted", share=words.significant(100 * share, 2)))
    if wins == 0:
        notes.append(words.say("sure.no_wins"))
    elif wins < SCARCE:
        notes.append(words.say("sure.few_wins", n=words.count(wins)))
    return tuple(notes)
