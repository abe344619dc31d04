"""A comparison of systems as a report: one document in, box, figure, tables and notes out."""

from risk.report.page import Box, Fact, Report, Summary
from risk.report.reading import CONDITIONED, PRIOR, Document
from risk.report.sections.systems import (
    Systems,
    regret,
    sources_section,
    spread,
    systems_section,
    title,
    years_section,
)
from risk.report.words import Words, words


def build_comparison(document: Document, language: str = "en") -> Report:
    """The report of one comparison, a pure function of its document."""
    say = words(language)
    found = Systems.of(document)
    return Report(
        language=language,
        version=document["run"]["versions"]["orbitrisk"],
        title=say.say("systems.page_title"),
        lead=say.say("systems.lead"),
        facts=_masthead(found, say),
        box=_box(found, say),
        sections=(
            systems_section(found, say),
            years_section(found, say),
            sources_section(found, say),
        ),
        contents=say.say("page.contents"),
        missing=say.say("systems.alone"),
        provenance=_provenance(found, say),
        summary=Summary(
            heading=say.say("systems.page_title"),
            digest="",
            when=None,
            lines=(),
            run=(_provenance(found, say), document["run"]["command"]),
        ),
    )


def _masthead(found: Systems, words: Words) -> tuple[Fact, ...]:
    run = found.document["run"]
    kept = run["accepted"].get(CONDITIONED, run["paths"])
    share = words.significant(100 * kept / run["paths"], 2)
    values = {
        "date": run["date"],
        "paths": words.count(run["paths"]),
        "accepted": words.say("page.accepted_of", n=words.count(kept), share=share),
        "seed": str(run["seed"]),
    }
    return tuple(Fact(words.say(f"page.{name}"), value) for name, value in values.items())


def _provenance(found: Systems, words: Words) -> str:
    run = found.document["run"]
    return words.say(
        "systems.provenance",
        accepted=words.count(run["accepted"].get(CONDITIONED, run["paths"])),
        paths=words.count(run["paths"]),
        seed=run["seed"],
        systems=len(found.records),
    )


def _box(found: Systems, words: Words) -> Box:
    cheapest, richest = found.best("cheapest"), found.best("best_value")
    one, prior = (
        found.known(cheapest, "cheapest", "probability", population=p) for p in (CONDITIONED, PRIOR)
    )
    facts = {
        "value": words.say(
            "systems.fact_value",
            best=richest,
            p=words.chance(found.known(richest, "best_value", "probability")).sentence,
        ),
        "regret": words.say(
            "systems.fact_regret",
            list=words.join(
                [
                    words.say(
                        "systems.regret_item",
                        name=name,
                        regret=regret(found, words, name, "regret_cost"),
                    )
                    for name in list(found.records)[:4]
                ]
            ),
        ),
        "delay": words.say(
            "systems.fact_delay",
            best=cheapest,
            years=spread(found, words, cheapest, "delay").text,
        ),
    }
    return Box(
        question=words.say("systems.question", year=found.year),
        answer=words.say("systems.answer", title=title(found, words), p=words.chance(one).sentence),
        second="",
        closing="",
        key=words.say("systems.key", prior=words.percent(prior)),
        dots=(),
        dots_key="",
        facts=tuple(Fact(words.say(f"systems.{name}"), text) for name, text in facts.items()),
        sure=words.say("systems.sure"),
        notes=(),
    )
