"""What a report says: one document in, titles, sentences, tables and figures out."""

from risk.report.page import Fact, Report, Section
from risk.report.reading import CONDITIONED, DIGITS_OF_DIGEST, Document, Reading
from risk.report.sections.box import decision_box
from risk.report.sections.claims import claims_section
from risk.report.sections.costs import costs_section
from risk.report.sections.crossing import crossing_section
from risk.report.sections.doubt import doubt_section
from risk.report.sections.drivers import drivers_section
from risk.report.sections.evidence import evidence_section
from risk.report.sections.fleets import fleets_section
from risk.report.sections.headline import headline_section
from risk.report.sections.history import history_section
from risk.report.sections.information import information_section
from risk.report.sections.inputs import inputs_section
from risk.report.sections.launch import launch_section
from risk.report.sections.run import glossary_section, run_section
from risk.report.sections.stress import stress_section
from risk.report.sections.summary import summary
from risk.report.sections.tail import tail_section
from risk.report.words import Words, words

GIVEN = ("map", "drivers", "tail", "stress", "claims", "history")
"""Parts of a document that not every run has; a report says which are missing."""


def build(document: Document, language: str = "en") -> Report:
    """The report of one document, a pure function of it."""
    reading, say = Reading.of(document), words(language)
    scenario = document["scenario"]
    sections = tuple(section for section in _sections(reading, say) if section)
    absent = say.join([say.say(f"missing.{name}") for name in GIVEN if not document.get(name)])
    return Report(
        language=language,
        version=document["run"]["versions"]["orbitrisk"],
        title=say.say("page.title", title=scenario["title"]),
        lead=say.say("page.lead"),
        facts=_masthead(reading, say),
        box=decision_box(reading, say),
        sections=sections,
        contents=say.say("page.contents"),
        missing=say.say("page.missing", list=absent) if absent else "",
        provenance=reading.provenance(say),
        summary=summary(reading, say),
    )


def _sections(reading: Reading, say: Words) -> list[Section | None]:
    """In the order of the page; a section without its numbers is None."""
    return [
        headline_section(reading, say),
        costs_section(reading, say),
        crossing_section(reading, say),
        launch_section(reading, say),
        drivers_section(reading, say),
        information_section(reading, say),
        tail_section(reading, say),
        stress_section(reading, say),
        fleets_section(reading, say),
        claims_section(reading, say),
        doubt_section(reading, say),
        evidence_section(reading, say),
        inputs_section(reading, say),
        run_section(reading, say),
        history_section(reading, say),
        glossary_section(say),
    ]


def _masthead(reading: Reading, say: Words) -> tuple[Fact, ...]:
    run, scenario = reading.document["run"], reading.document["scenario"]
    kept = run["accepted"].get(CONDITIONED, run["paths"])
    share = say.significant(100 * kept / run["paths"], 2)
    values = {
        "scenario": scenario["name"],
        "date": run["date"],
        "paths": say.count(run["paths"]),
        "accepted": say.say("page.accepted_of", n=say.count(kept), share=share),
        "seed": str(run["seed"]),
        "digest": scenario["digest"][:DIGITS_OF_DIGEST],
    }
    return tuple(Fact(say.say(f"page.{name}"), value) for name, value in values.items())
