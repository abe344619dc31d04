"""Claims in a terminal: one statement after another with its probability and its verdict."""

import textwrap
from typing import Any

from rich.text import Text

from risk.report.build import DIGITS_OF_DIGEST
from risk.report.reading import CONDITIONED, PRIOR
from risk.report.render.terminal import plain_ascii
from risk.report.sections.claims import (
    apart,
    contrary,
    numbers,
    probability,
    statement,
    warnings,
)
from risk.report.words import Words, words

LABEL = 10


def lines(document: dict[str, Any], width: int, unicode: bool, language: str = "en") -> Text:
    """Every claim, already broken at `width`; last, paths, seed and scenario of what has a P."""
    say, claims = words(language), document["claims"]
    text = Text(no_wrap=True, end="")
    for claim in claims:
        text.append(_wrapped(claim["id"], f"{claim['text']}.", width), "bold")
        text.append(_wrapped("", _told(claim, say), width))
        for warning in warnings(claim, say):
            text.append(_wrapped("", f"{warning}.", width), "bold")
        text.append(_wrapped("", say.say("claims.evidence", text=claim["evidence"]), width), "dim")
    if any(claim["probability"] for claim in claims):
        text.append(f"\n{provenance(document, say)}", "dim")
    return text if unicode else plain_ascii(text)


def contradiction(claim: dict[str, Any], language: str = "en") -> str:
    """A sum that fails, in one line: its statement, and what the engine works out instead."""
    say = words(language)
    verdict, told = say.say(f"verdict.{claim['verdict']}"), numbers(claim, say)
    line = say.say("claims.line_sum", verdict=verdict, numbers=statement(claim, say))
    return f"{line} ({told})" if told else line


def provenance(document: dict[str, Any], say: Words) -> str:
    """Paths, seed and scenario in one line."""
    run, digest = document["run"], document["scenario"]["digest"]
    return say.say(
        "page.provenance_all",
        paths=say.count(run["paths"]),
        seed=run["seed"],
        digest=digest[:DIGITS_OF_DIGEST],
    )


def _told(claim: dict[str, Any], say: Words) -> str:
    verdict = say.say(f"verdict.{claim['verdict']}")
    here, before = (probability(claim, name) for name in (CONDITIONED, PRIOR))
    if here is None or before is None:
        told = numbers(claim, say)
        return say.say("claims.line_sum", verdict=verdict, numbers=told) if told else verdict
    return say.say(
        "claims.line",
        verdict=verdict,
        p=say.chance(here).sentence,
        prior=say.chance(before).whole,
        otherwise="".join(f"; {s}" for s in (contrary(claim, say), apart(claim, say)) if s),
    )


def _wrapped(label: str, line: str, width: int) -> str:
    parts = textwrap.wrap(line, width - LABEL) or [""]
    heads = [label.ljust(LABEL), *[" " * LABEL] * (len(parts) - 1)]
    return "".join(f"{head}{part}\n" for head, part in zip(heads, parts, strict=True))
