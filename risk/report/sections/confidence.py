"""Confidence in the model: the worst of three criteria, and the reason that decided."""

from dataclasses import dataclass
from typing import Any

from risk.report.reading import CONDITIONED, PRIOR, Reading
from risk.report.words import Words

LEVELS = ("low", "medium", "high")


@dataclass(frozen=True)
class Criterion:
    """One of the three; `level` is None where the run does not hold what it needs."""

    key: str
    level: str | None
    reason: str


@dataclass(frozen=True)
class Confidence:
    """The level that is printed, its reason, and all three criteria."""

    level: str
    reason: str
    criteria: tuple[Criterion, ...]

    @property
    def left_out(self) -> list[str]:
        """The reasons why a criterion could not be computed."""
        return [criterion.reason for criterion in self.criteria if criterion.level is None]


def confidence(reading: Reading, words: Words) -> Confidence:
    """The worst of the criteria that this run can compute; without any, low."""
    criteria = (_share(reading, words), _odds(reading, words), _replays(reading, words))
    known = [criterion for criterion in criteria if criterion.level is not None]
    if not known:
        return Confidence("low", words.say("sure.nothing_measured"), criteria)
    worst = min(known, key=lambda criterion: LEVELS.index(criterion.level or "low"))
    return Confidence(worst.level or "low", worst.reason, criteria)


def _share(reading: Reading, words: Words) -> Criterion:
    drawn = [row for row in reading.document["inputs"] if row["shape"] != "fixed"]
    if drawn and not any(map(_grounded, drawn)):
        all_judged = all(row["mark"] == "judgement" for row in drawn)
        reason = "sure.every_judgement" if all_judged else "sure.none_published"
        return Criterion("share", "low", words.say(reason))
    share = grounded_share(reading)
    if share is None:
        return Criterion("share", None, words.say("sure.share_left_out"))
    level = "high" if share >= 0.6 else "medium" if share >= 0.3 else "low"
    return Criterion("share", level, words.say("sure.share", share=f"{100 * share:.0f}"))


def grounded_share(reading: Reading) -> float | None:
    """Part of all inputs' shares of variance that those published or fitted have, of 1.

    Shares of dependent inputs overlap, so each counts by its part of their sum. None without them.
    """
    found = reading.document.get("drivers")
    rows = found["populations"][CONDITIONED]["rows"] if found else []
    shares = {
        row["key"]: max(0.0, row["share"]["value"])
        for row in rows
        if row["kind"] == "input" and row["share"]
    }
    total = sum(shares.values())
    if not total:
        return None
    return (
        sum(shares.get(row["key"], 0.0) for row in reading.document["inputs"] if _grounded(row))
        / total
    )


def _grounded(row: dict[str, Any]) -> bool:
    """Published, or fitted to evidence that all is: a fit is no better than its weakest number."""
    return row["anchors" if row["mark"] == "fitted" else "mark"] == "published"


def _odds(reading: Reading, words: Words) -> Criterion:
    conditioned, prior = reading.headline.value, reading.wins(population=PRIOR)
    if prior is None or conditioned is None or {conditioned, prior.value} in ({0}, {1}):
        return Criterion("odds", None, words.say("sure.odds_left_out"))
    assert prior.value is not None
    if not (0 < conditioned < 1 and 0 < prior.value < 1):
        return Criterion("odds", "low", words.say("sure.odds_unbounded"))
    ratio = prior.value / (1 - prior.value) * (1 - conditioned) / conditioned
    factor = max(ratio, 1 / ratio)
    level = "high" if factor <= 1.5 else "medium" if factor <= 3 else "low"
    key = "sure.odds_alike" if factor < 1.05 else "sure.odds"
    key = "sure.odds_reversed" if ratio < 1 / 1.05 else key
    return Criterion("odds", level, words.say(key, ratio=words.ratio(factor)))


def _replays(reading: Reading, words: Words) -> Criterion:
    found = reading.document.get("validation")
    if not found or not found["total"]:
        return Criterion("replays", None, words.say("sure.replays_left_out"))
    share = found["passed"] / found["total"]
    level = "high" if share == 1 else "medium" if share >= 0.9 else "low"
    counts = {name: words.count(found[name]) for name in ("passed", "total")}
    return Criterion("replays", level, words.say("sure.replays", **counts))
