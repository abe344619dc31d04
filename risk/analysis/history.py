"""What changed between two runs of one scenario: its probabilities, its inputs, its conditions."""

import math
from typing import Any

Document = dict[str, Any]

POPULATION = "conditioned"
YEARS = (2029, 2031, 2035, 2040)
COMPARATORS = ("cost", "value", "time-adjusted")
PERCENTILES = ("p05", "p50", "p95")
SAMPLE = ("seed", "paths", "sampler", "replicates")
Z = 1.959963984540054  # two-sided 95 %
KEPT = 24
"""Earlier runs that a document remembers."""


def history(before: Document, now: Document) -> Document | None:
    """What a document says of the run before it; of an equal run, what that one said.

    `since` and `runs` are the conditions of the earlier runs, `changed` says which of inputs,
    version and sample differ, `changes` has one row for each probability of the headline table,
    `inputs` the percentiles that moved. Raises KeyError or TypeError for a document of another
    shape.
    """
    past: list[Document] = (before.get("history") or {}).get("runs", [])
    old, new = conditions(before), conditions(now)
    changed = {
        "inputs": old["digest"] != new["digest"],
        "version": old["version"] != new["version"],
        "sample": any(old[name] != new[name] for name in SAMPLE),
    }
    if not any(changed.values()):
        return before.get("history")
    return {
        "since": old,
        "now": new,
        "changed": changed,
        "changes": _changes(before, now, changed),
        "inputs": _inputs(before, now),
        "runs": [*past, old][-KEPT:],
    }


def conditions(document: Document) -> Document:
    """Under what a run was made, and the headline that it gave."""
    run, scenario = document["run"], document["scenario"]
    headline = scenario["headline"]
    place = (headline["comparator"], headline["year"] + 0.75)
    found = _wins(document).get(place, {})
    return {
        "date": run["date"],
        "version": run["versions"]["orbitrisk"],
        "digest": scenario["digest"],
        **{name: run[name] for name in SAMPLE},
        "comparator": headline["comparator"],
        "year": headline["year"],
        "headline": {name: found.get(name) for name in ("value", "stderr", "low", "high", "n")},
    }


def _wins(document: Document) -> dict[tuple[str, float], Document]:
    return {
        (row["comparator"], row["date"]): row
        for row in document["estimates"]
        if row["metric"] == "orbit_wins"
        and row["population"] == POPULATION
        and row["statistic"] == "probability"
    }


def _changes(before: Document, now: Document, changed: dict[str, bool]) -> list[Document]:
    """One row a year and comparator that both runs estimated, with the cause of its change."""
    old, new = _wins(before), _wins(now)
    places = [(name, year + 0.75) for year in YEARS for name in COMPARATORS]
    rows = []
    for place in places:
        first, second = old.get(place), new.get(place)
        if not first or not second or first["value"] is None or second["value"] is None:
            continue
        change = second["value"] - first["value"]
        half = Z * math.hypot(first.get("stderr") or 0.0, second.get("stderr") or 0.0)
        names = ("value", "stderr", "low", "high", "n")
        rows.append(
            {
                "comparator": place[0],
                "date": place[1],
                "before": {name: first.get(name) for name in names},
                "now": {name: second.get(name) for name in names},
                "change": change,
                "low": change - half,
                "high": change + half,
                "beyond": abs(change) > half,
                "cause": _cause(changed),
            }
        )
    return rows


def _cause(changed: dict[str, bool]) -> str:
    """What a change beyond sampling error can come from; two causes at once are not told apart."""
    if changed["inputs"] and changed["version"]:
        return "both"
    return "inputs" if changed["inputs"] else "version" if changed["version"] else "sample"


def _inputs(before: Document, now: Document) -> list[Document]:
    """The inputs of which a percentile moved, or that came or went; None where one is not."""
    old, new = ({row["key"]: row for row in one["inputs"]} for one in (before, now))
    rows = []
    for key in dict.fromkeys([*new, *old]):
        first, second = (
            {name: one[key]["prior"].get(name) for name in PERCENTILES} if key in one else None
            for one in (old, new)
        )
        if first != second:
            facts = new.get(key) or old[key]
            named = {"key": key, "name": facts["name"], "unit": facts["unit"]}
            rows.append({**named, "before": first, "now": second})
    return rows
