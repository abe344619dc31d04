"""Waiting, staging, abandoning, mixing and regret: what each way to commit is worth, with its error.

One unit is the compute that costs $1B on the ground: the present value of its cost, committed in
the headline year, mean over the population. Money is brought from each commit date to today with
the fleet's own rate of today. An owner decides by what `cash.SEEN` names, never by the inputs.
Policies are fitted on even scrambles and valued on odd ones.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from risk.analysis import options, scrambles
from risk.analysis.cash import FLEETS, Cash, cash_of, stopping
from risk.analysis.estimates import date_of
from risk.analysis.intervals import Interval
from risk.analysis.shares import LEVEL, best, tail
from risk.model.metrics import COMMIT_QUARTERS
from risk.run.plan import Request
from risk.scenario import Scenario

CAPITAL_MUSD = 1000.0
DATES = 13  # yearly commit dates, 2026Q4 to 2038Q4
STAGE = 0.10
"""Assumed first stage, share of the fleet; a judgement, 0.05 to 0.3."""
STAGE_COST = 0.02
"""Assumed cost of building in two stages, share of the unit's $1B; a judgement, 0 to 0.1."""
LEARNING = 2
"""Assumed years until a first stage has shown what it earns; a judgement, 1 to 4."""
MIX = 0.20
"""Share of orbit in the mixed fleet whose regret is told."""
WAITS = (3, 5, 9)
RISK_WEIGHTS = (0.25, 1.0)
"""Weights of CVaR against the mean."""
DOTS = 100
PATHS = 1 << 14  # of a report
FEWEST = 4096  # paths of a population; half of them fit policies of 31 weights


def choices(scenario: Scenario, request: Request, paths: int) -> dict[str, Any]:
    """`tail` and `options` of a document, from one look at a run's first paths; JSON-ready.

    A population with fewer than `FEWEST` paths is absent; without any both are None. Raises ArithmeticError where a lower
    bound lies above the upper one, or CVaR below VaR.
    """
    year = scenario.headline.year - 2026
    found = {
        name: one
        for name, one in cash_of(scenario, request, paths).items()
        if len(one.replicate) >= FEWEST
    }
    if not found:
        return {"tail": None, "options": None}
    units = {name: CAPITAL_MUSD / one.spent[:, year].mean() for name, one in found.items()}
    shared = {"capital_musd": CAPITAL_MUSD, "date": date_of(COMMIT_QUARTERS[year])}
    return {
        "tail": {
            **shared,
            "populations": {n: tail_of(one, units[n], year) for n, one in found.items()},
        },
        "options": {
            **shared,
            "dates": [date_of(t) for t in COMMIT_QUARTERS[:DATES]],
            "stage": STAGE,
            "stage_cost": STAGE_COST,
            "learning": LEARNING,
            "mix": MIX,
            "upper": "foresight",
            "populations": {n: _options(one, units[n], year) for n, one in found.items()},
        },
    }


def tail_of(cash: Cash, unit: float, year: int) -> dict[str, Any]:
    """NPV of orbit less NPV of ground, $M a unit at its commit date: F8."""
    gap = (cash.npv["orbit"] - cash.npv["ground"])[:, year] * unit
    n = len(gap)
    sizes = np.bincount(cash.replicate)
    worst = tail(-gap, cash.replicate)
    above = np.bincount(cash.replicate[gap > 0.0], minlength=len(sizes))
    low, high = np.quantile(gap, [0.005, 0.995])
    ends = min(float(low), 0.0), max(float(high), 0.0)
    return {
        "n": n,
        "dots": [float(v) for v in np.quantile(gap, (np.arange(DOTS) + 0.5) / DOTS)],
        "ends": list(ends),
        "beyond": [int((gap < ends[0]).sum()), int((gap > ends[1]).sum())],
        "above": _record(scrambles.proportion(above, sizes), n),
        "mean": _record(_mean(gap, cash.replicate), n),
        "p05": _record(_negative(worst.var), n),
        "cvar": _record(_negative(worst.cvar), n),
    }


class Halves(NamedTuple):
    """Paths that policies are fitted on, and fresh ones that value them."""

    fit: NDArray[np.bool_]
    replicate: NDArray  # of the fresh paths, from 0

    @property
    def fresh(self) -> NDArray[np.bool_]:
        """The paths that value."""
        return ~self.fit

    def mean(self, values: NDArray) -> dict[str, Any]:
        """Mean over fresh paths, one number each."""
        return _record(_mean(values, self.replicate), len(values))


class Offer(NamedTuple):
    """What committing pays by date, $M a unit today; every number has the shape (n, dates)."""

    paid: NDArray
    quote: NDArray  # what the owner expects it to pay
    most: NDArray  # what the better fleet pays, known in hindsight


def _of_two(orbit: Offer, ground: Offer) -> Offer:
    """Of whichever fleet the owner expects more."""
    return Offer(
        np.where(orbit.quote > ground.quote, orbit.paid, ground.paid),
        np.maximum(orbit.quote, ground.quote),
        np.maximum(orbit.most, ground.most),
    )


def _options(cash: Cash, unit: float, year: int) -> dict[str, Any]:
    even = cash.replicate % 2 == 0
    halves = Halves(even, np.unique(cash.replicate[~even], return_inverse=True)[1])
    offers = _offers(cash, unit, even)
    return {
        "n": len(even),
        "fresh": int((~even).sum()),
        "kw": float(unit * 1000.0),  # $M over k$ a kW
        "waiting": [_waiting(name, cash, offer, halves) for name, offer in offers.items()],
        "staging": [_staging(name, cash, offers, halves) for name in offers],
        "abandoning": [
            _abandoning(fleet, cash, unit, first, halves)
            for first in dict.fromkeys((0, min(year, len(COMMIT_QUARTERS) - 3)))
            for fleet in FLEETS
        ],
        "mix": _mix(cash, unit, year),
        "regret": [_regret(cash, offers, first, halves) for first in dict.fromkeys((0, year))],
    }


def _offers(cash: Cash, unit: float, fit: NDArray[np.bool_]) -> dict[str, Offer]:
    """By fleet, and of whichever fleet the owner expects more of."""
    years = np.arange(len(COMMIT_QUARTERS))
    found = {}
    for fleet in FLEETS:
        paid = cash.npv[fleet] * cash.discounted(fleet, years) * unit
        found[fleet] = Offer(paid, _quote(cash.seen, paid, fit), paid)
    return found | {"either": _of_two(found["orbit"], found["ground"])}


def _quote(seen: NDArray, paid: NDArray, fit: NDArray[np.bool_]) -> NDArray:
    """What the owner expects a date to pay, given what is seen then; fitted on some paths."""
    law = options.expected(seen[fit], paid[fit])
    return np.stack([law.at(date, seen[:, date]) for date in range(paid.shape[1])], axis=1)


class Valued(NamedTuple):
    """A right on fresh paths."""

    used: options.Used  # by the fitted policy
    upper: NDArray  # with foresight
    policy: options.Policy


def _valued(seen: NDArray, offer: Offer, halves: Halves) -> Valued:
    """A right by the policy that is fitted to the other paths; its bounds are checked."""
    fit, fresh = halves.fit, halves.fresh
    policy = options.fitted(seen[fit], offer.paid[fit], offer.quote[fit])
    used = options.used(policy, seen[fresh], offer.paid[fresh], offer.quote[fresh])
    upper = options.foresight(offer.most[fresh])
    options.bracketed(_mean(used.cash, halves.replicate), _mean(upper, halves.replicate))
    return Valued(used, upper, policy)


def _waiting(name: str, cash: Cash, offer: Offer, halves: Halves) -> dict[str, Any]:
    """The right to commit once at a yearly date, against committing now and against now or never."""
    offer = Offer(*(values[:, :DATES] for values in offer))
    seen = cash.seen[:, :DATES]
    used, upper, policy = _valued(seen, offer, halves)
    dual = options.regressed(policy, seen, offer.paid, offer.quote, halves.fit)
    now = offer.paid[halves.fresh, 0]
    sighted = np.where(offer.quote[halves.fresh, 0] > 0.0, now, 0.0)
    taken = np.bincount(used.date, minlength=DATES + 1) / len(used.date)
    return {
        "fleet": name,
        "now": halves.mean(now),
        "now_or_never": halves.mean(sighted),
        "lower": halves.mean(used.cash),
        "upper": halves.mean(upper),
        "dual": halves.mean(dual),  # an estimate, no bound
        "gain": halves.mean(used.cash - sighted),
        "gain_over_now": halves.mean(used.cash - now),
        "gap": halves.mean(upper - used.cash),
        "taken": [float(share) for share in taken],
    }


def _staging(name: str, cash: Cash, offers: dict[str, Offer], halves: Halves) -> dict[str, Any]:
    """A first stage now, which shows what it earns; the rest at a later date or not at all.

    Where either fleet may follow, the first stage is in orbit: the ground needs no proof.
    """
    first = offers["orbit" if name == "either" else name].paid[:, 0]
    later = slice(LEARNING, DATES)
    shown = np.broadcast_to(first[:, None, None], (*cash.seen[:, later].shape[:2], 1))
    seen = np.concatenate([cash.seen[:, later], shown], axis=-1)
    after = {
        fleet: Offer(paid, _quote(seen, paid, halves.fit), paid)
        for fleet in (FLEETS if name == "either" else (name,))
        for paid in [offers[fleet].paid[:, later]]
    }
    used, upper, _ = _valued(
        seen, _of_two(*after.values()) if name == "either" else after[name], halves
    )
    start = STAGE * first[halves.fresh] - STAGE_COST * CAPITAL_MUSD
    now = offers[name].paid[halves.fresh, 0]
    whole = start + (1.0 - STAGE) * used.cash
    return {
        "fleet": name,
        "lower": halves.mean(whole),
        "upper": halves.mean(start + (1.0 - STAGE) * upper),
        "gain_over_now": halves.mean(whole - now),
        "follows": float((used.date < seen.shape[1]).mean()),
    }


def _abandoning(fleet: str, cash: Cash, unit: float, first: int, halves: Halves) -> dict[str, Any]:
    """The right to stop a fleet that was committed, at yearly ages."""
    stop = stopping(cash, fleet, first)
    paid = stop.paid * unit
    offer = Offer(paid, _quote(stop.seen, paid, halves.fit), paid)
    used, upper, _ = _valued(stop.seen, offer, halves)
    ages = paid.shape[1]
    return {
        "fleet": fleet,
        "date": date_of(COMMIT_QUARTERS[first]),
        "lower": halves.mean(used.cash),
        "upper": halves.mean(upper),
        "stopped": float((used.date < ages).mean()),
        "at_age": [float(s) for s in np.bincount(used.date, minlength=ages + 1) / len(used.date)],
    }


def _mix(cash: Cash, unit: float, year: int) -> dict[str, Any]:
    """The share of orbit that is best for tail and mean, committed in the headline year.

    Found on even scrambles, told on odd ones; its interval is that of the optima of groups of four
    scrambles.
    """
    npv = np.stack([cash.npv[fleet][:, year] for fleet in FLEETS], axis=1) * unit
    fit = cash.replicate % 2 == 0
    groups = cash.replicate // 4
    rows = []
    for reward, risk in ((0.0, 1.0), *((1.0, weight) for weight in RISK_WEIGHTS)):
        x = _share(npv[fit], reward, risk)
        each = [_share(npv[groups == group], reward, risk) for group in range(groups.max() + 1)]
        error = float(np.std(each, ddof=1) / np.sqrt(len(each)))
        margin = scrambles.student(len(each) - 1) * error
        share = Interval(x, error, max(0.0, x - margin), min(1.0, x + margin))
        fresh = npv[~fit] @ [x, 1.0 - x]
        replicate = np.unique(cash.replicate[~fit], return_inverse=True)[1]
        rows.append(
            {
                "reward": reward,
                "risk": risk,
                "share": _record(share, int(fit.sum())),
                "mean": _record(_mean(fresh, replicate), len(fresh)),
                "cvar": _record(_negative(tail(-fresh, replicate).cvar), len(fresh)),
            }
        )
    return {"level": LEVEL, "rows": rows}


def _share(npv: NDArray, reward: float, risk: float) -> float:
    """The best share of the first of two fleets whose NPVs are the columns."""
    both = ([[1.0, 1.0]], [1.0])
    return float(
        best(lambda x: (npv @ x, npv), [0.5, 0.5], reward=reward, risk=risk, equal=both).x[0]
    )


def _regret(cash: Cash, offers: dict[str, Offer], first: int, halves: Halves) -> dict[str, Any]:
    """What a choice loses to the best of those listed, path by path; $M a unit today."""
    fresh = halves.fresh
    orbit, ground = (offers[fleet].paid[fresh, first] for fleet in FLEETS)
    paid = {"ground": ground, "orbit": orbit, "mix": MIX * orbit + (1.0 - MIX) * ground}
    either = offers["either"]
    for wait in WAITS:
        if first + wait < len(COMMIT_QUARTERS):
            at = first + wait
            decided = np.where(either.quote[fresh, at] > 0.0, either.paid[fresh, at], 0.0)
            paid[f"wait_{wait}"] = decided
    highest = np.max(np.stack(list(paid.values())), axis=0)
    sizes = np.bincount(halves.replicate)
    rows: list[dict[str, Any]] = []
    for name, values in paid.items():
        lost = highest - values
        order = np.argsort(lost, kind="stable")
        q95 = scrambles.sorted_quantiles(lost[order], halves.replicate[order], sizes, [0.95])[0]
        rows.append(
            {
                "choice": name,
                "value": halves.mean(values),
                "expected": halves.mean(lost),
                "q95": _record(q95, len(lost)),
                "largest": float(lost.max()),
            }
        )
    least = {
        key: min(rows, key=lambda row: row[key]["value"])["choice"] for key in ("expected", "q95")
    }
    least["largest"] = min(rows, key=lambda row: row["largest"])["choice"]
    return {"date": date_of(COMMIT_QUARTERS[first]), "rows": rows, "least": least}


def _mean(values: NDArray, replicate: NDArray) -> Interval:
    sizes = np.bincount(replicate)
    return scrambles.mean(np.bincount(replicate, values), sizes)


def _negative(one: Interval) -> Interval:
    return Interval(-one.value, one.stderr, -one.high, -one.low)


def _record(found: Interval, n: int) -> dict[str, Any]:
    value, stderr, low, high = (float(x) for x in found)
    return {"value": value, "stderr": stderr, "low": low, "high": high, "n": n}
