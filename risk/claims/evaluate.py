"""Claims on the paths of a scenario: probabilities with intervals, verdicts, sums that fail."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray

from risk.analysis import scrambles
from risk.analysis.estimates import share
from risk.analysis.intervals import Interval
from risk.claims.language import plainly
from risk.claims.load import Claim, ordered
from risk.claims.terms import Seen
from risk.estimate import Estimate
from risk.inputs import value_of
from risk.model.fields import FLEET
from risk.model.path import Inputs
from risk.run.draw import PATH, WORLD
from risk.run.execute import population_names
from risk.run.look import View, look
from risk.run.plan import Request
from risk.scenario import Scenario

CLAIM_PATHS = 1 << 18
"""Most paths of a report's run on which claims are judged."""
VERDICTS = (
    (0.90, "well_supported"),
    (0.66, "supported"),
    (0.33, "open"),
    (0.10, "weak"),
    (0.0, "not_supported"),
)
"""Lowest conditioned probability of each verdict; half-open bands."""

type Record = dict[str, Any]


def judged(
    claims: Sequence[Claim], scenario: Scenario, request: Request, paths: int = CLAIM_PATHS
) -> list[Record]:
    """Every claim as a JSON-ready record, events with their probabilities by population.

    They are judged on the first `paths` of the request. A conditional claim has the probability
    given its condition, `otherwise` given the opposite, and the `difference` of the two. Paths on
    which an event or its condition hangs on what is not a number are left out and counted as
    `unclear`. `review` is the claim's limit where a population's probability is above it.
    """
    asked = [c for c in claims if c.event is not None]
    found = _probabilities(asked, scenario, request, paths) if asked else {}
    return [_record(claim, *found.get(claim.id, ({}, 0))) for claim in ordered(claims)]


def contradictions(claims: Sequence[Claim]) -> list[Record]:
    """The sums that do not add up; nothing is simulated."""
    checks = [_record(claim, {}) for claim in ordered(claims) if claim.kind == "check"]
    return [record for record in checks if record["verdict"] == "does_not_add_up"]


def verdict(claim: Claim, conditioned: Record | None) -> str:
    """What is to be said of a claim, by declared thresholds on its conditioned probability."""
    if claim.check is not None:
        return "adds_up" if plainly(claim.check) else "does_not_add_up"
    if claim.holds is not None:
        return "holds" if claim.holds else "does_not_hold"
    if claim.event is None:
        return "no_number"
    if conditioned is None or conditioned["value"] is None:
        return "never_given"
    return next(name for lowest, name in VERDICTS if conditioned["value"] >= lowest)


def _record(claim: Claim, found: Mapping[str, Estimate], unclear: int = 0) -> Record:
    records = {name: estimate.record() for name, estimate in found.items()}
    sides: dict[str, dict[str, Any]] = {"": {}, "otherwise": {}, "difference": {}}
    for name, record in records.items():
        side, _, population = name.rpartition(" ")
        sides[side][population] = record
    likely = max((r["value"] or 0.0 for r in sides[""].values()), default=0.0)
    review = claim.review_above if likely > (claim.review_above or 1.0) else None
    parts = (claim.event, claim.given, claim.check)
    event, given, check = (part.text if part is not None else None for part in parts)
    return {
        "id": claim.id,
        "number": claim.number,
        "text": claim.text,
        "kind": claim.kind,
        "source": claim.source,
        "evidence": claim.evidence,
        "expression": event or check,
        "given": given,
        "numbers": {label: plainly(part) for label, part in claim.show.items()},
        "probability": sides[""],
        "otherwise": sides["otherwise"],
        "difference": sides["difference"],
        "unclear": unclear,
        "review": review,
        "verdict": verdict(claim, records.get("conditioned")),
    }


def _probabilities(
    claims: Sequence[Claim], scenario: Scenario, request: Request, paths: int
) -> dict[str, tuple[dict[str, Estimate], int]]:
    """Estimates of each claim by population, of the complement of its condition, and of their
    difference; and the paths of which the claim says nothing."""
    seen = look(scenario, request, paths, _view(claims))
    happens, given, unclear = (np.asarray(part, bool) for part in seen.values)
    replicates = [seen.replicate == r for r in range(request.replicates)]
    found: dict[str, dict[str, Estimate]] = {claim.id: {} for claim in claims}
    counted = {claim.id: int(unclear[row].sum()) for row, claim in enumerate(claims)}
    for population, width in population_names(scenario).items():
        inside = [np.flatnonzero(r & (seen.kept_by >= width)) for r in replicates]
        for row, claim in enumerate(claims):
            sides = {"": given[row] & ~unclear[row]}
            if claim.given is not None:
                sides["otherwise "] = ~given[row] & ~unclear[row]
            counts = [_counts(happens[row], side, inside) for side in sides.values()]
            for side, (wins, of) in zip(sides, counts, strict=True):
                name = f"{side}{population}"
                found[claim.id][name] = _estimate(claim, population, share(wins, of), of)
            if claim.given is not None:
                wins, of = (np.stack(part) for part in zip(*counts, strict=True))
                apart = _estimate(
                    claim, population, scrambles.difference(wins, of), of, "difference"
                )
                found[claim.id][f"difference {population}"] = apart
    return {claim.id: (found[claim.id], counted[claim.id]) for claim in claims}


def _counts(
    happens: NDArray[np.bool_], condition: NDArray[np.bool_], inside: Sequence[NDArray[np.int64]]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """By replicate, the paths on which the event happens under the condition, and those under it."""
    of = np.asarray([condition[paths].sum() for paths in inside], np.int64)
    return np.asarray([(happens & condition)[paths].sum() for paths in inside], np.int64), of


def _estimate(
    claim: Claim,
    population: str,
    found: Interval,
    of: NDArray[np.int64],
    statistic: str = "probability",
) -> Estimate:
    value, stderr, low, high = (float(x) if np.isfinite(x) else None for x in found)
    name, n = f"claim.{claim.id}", int(of.sum())
    return Estimate(name, None, None, population, statistic, value, stderr, low, high, n, "1")


def _view(claims: Sequence[Claim]) -> View:
    parts = [part for c in claims for part in (c.event, c.given) if part is not None]
    text = "\n".join(part.text for part in parts)
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    fields = sorted({name for part in parts for name in part.fields}) or ["ratio"]

    def see(inputs: Inputs, outcome: dict[str, Array]) -> tuple[Array, Array, Array]:
        seen = Seen(jnp, outcome, lambda key: value_of(inputs, key))
        lanes = next(iter(outcome.values())).shape[1:]

        def truths(parts: Sequence[Any], unclear: bool) -> Array:
            on = seen._replace(unclear=unclear)
            values = [True if part is None else part.term.value(on) for part in parts]
            return jnp.stack([jnp.broadcast_to(jnp.asarray(v, bool), lanes) for v in values])

        sides = [c.event for c in claims], [c.given for c in claims]
        happens, given = (truths(side, False) for side in sides)
        hangs = (happens != truths(sides[0], True)) | (given != truths(sides[1], True))
        return happens, given, hangs

    named = {name for part in parts for name in (*part.fields, *part.inputs)}
    fleets = bool(named & (FLEET.keys() | WORLD - PATH))
    return View(f"claims with unclear {digest}", tuple(fields), see, fleets)
