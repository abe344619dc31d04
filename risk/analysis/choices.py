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
from risk.analysis.cash import FAMILY, FLEETS, Cash, branches_of, cash_of, stopping
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
BESIDE = 2048
"""Paths with branches, from which the dual upper bounds come."""
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
    beside = branches_of(scenario, request.seed, BESIDE, DATES)
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
            "populations": {
                name: _options(one, beside[name], units[name], year) for name, one in found.items()
            },
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

    def mean(self, values: NDArray, beside: NDArray | float = 0.0) -> dict[str, Any]:
        """Mean over fresh paths, one number each; that of independent paths is added to it."""
        return _record(self.interval(values, beside), len(values))

    def interval(self, values: NDArray, beside: NDArray | float = 0.0) -> Interval:
        """The same as an interval."""
        found = _mean(values, self.replicate)
        return found if np.ndim(beside) == 0 else _sum(found, options.sampled(np.asarray(beside)))


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


def _options(cash: Cash, branches: Cash, unit: float, year: int) -> dict[str, Any]:
    even = cash.replicate % 2 == 0
    halves = Halves(even, np.unique(cash.replicate[~even], return_inverse=True)[1])
    offers = _offers(cash, unit, even)
    beside = Beside(branches.seen, _pays(branches, unit))
    return {
        "n": len(even),
        "fresh": int((~even).sum()),
        "kw": float(unit * 1000.0),  # $M over k$ a kW
        "waiting": [_waiting(name, cash, offer, beside, halves) for name, offer in offers.items()],
        "staging": [_staging(name, cash, offers, beside, halves) for name in offers],
        "abandoning": [
            _abandoning(fleet, cash, unit, first, halves)
            for first in dict.fromkeys((0, min(year, len(COMMIT_QUARTERS) - 3)))
            for fleet in FLEETS
        ],
        "mix": _mix(cash, unit, year),
        "regret": [_regret(cash, offers, first, halves) for first in dict.fromkeys((0, year))],
    }


def _pays(cash: Cash, unit: float) -> dict[str, NDArray]:
    """What committing pays by date, $M a unit today, by fleet and of the better one."""
    years = np.arange(cash.spent.shape[1])
    found = {fleet: cash.npv[fleet] * cash.discounted(fleet, years) * unit for fleet in FLEETS}
    return found | {"either": np.maximum(found["orbit"], found["ground"])}


def _offers(cash: Cash, unit: float, fit: NDArray[np.bool_]) -> dict[str, Offer]:
    """By fleet, and of whichever fleet the owner expects more of."""
    pays = _pays(cash, unit)
    found = {f: Offer(pays[f], _quote(cash.seen, pays[f], fit), pays[f]) for f in FLEETS}
    return found | {"either": _of_two(found["orbit"], found["ground"])}


def _quote(seen: NDArray, paid: NDArray, fit: NDArray[np.bool_]) -> NDArray:
    """What the owner expects a date to pay, given what is seen then; fitted on some paths."""
    law = options.expected(seen[fit], paid[fit])
    return np.stack([law.at(date, seen[:, date]) for date in range(paid.shape[1])], axis=1)


class Valued(NamedTuple):
    """A right on fresh paths."""

    used: options.Used  # by the fitted policy
    foresight: NDArray


def _valued(seen: NDArray, offer: Offer, halves: Halves) -> Valued:
    """A right by the policy that is fitted to the other paths; its bounds are checked."""
    fit, fresh = halves.fit, halves.fresh
    policy = options.fitted(seen[fit], offer.paid[fit], offer.quote[fit])
    used = options.used(policy, seen[fresh], offer.paid[fresh], offer.quote[fresh])
    foresight = options.foresight(offer.most[fresh])
    options.bracketed(halves.interval(used.cash), halves.interval(foresight))
    return Valued(used, foresight)


class Beside(NamedTuple):
    """Paths with their branches, in families; no path of the run is among them."""

    seen: NDArray  # (n, dates, k)
    pays: dict[str, NDArray]  # (n, dates)


def _upper(
    seen: NDArray, most: NDArray, aside: NDArray, best: NDArray, halves: Halves
) -> options.Upper:
    """Bound for an owner who knows all inputs and all luck so far, so for those who know less.

    `aside` and `best` are what `seen` and `most` are, on paths with branches. What committing pays
    follows from a path so far: a vintage's cash flows are expected ones.
    """
    told = np.concatenate([seen, most[..., None]], axis=-1)
    waiting = options.waiting(told[halves.fit], most[halves.fit])
    return options.upper(
        waiting,
        (told[halves.fresh], most[halves.fresh]),
        (np.concatenate([aside, best[..., None]], axis=-1), best),
        FAMILY,
    )


def _waiting(name: str, cash: Cash, offer: Offer, beside: Beside, halves: Halves) -> dict[str, Any]:
    """The right to commit once at a yearly date, against committing now and against now or never."""
    offer = Offer(*(values[:, :DATES] for values in offer))
    seen = cash.seen[:, :DATES]
    used, foresight = _valued(seen, offer, halves)
    best = beside.pays[name][:, :DATES]
    upper = _upper(seen, offer.most, beside.seen[:, :DATES], best, halves)
    options.bracketed(halves.interval(used.cash), halves.interval(*upper))
    now = offer.paid[halves.fresh, 0]
    sighted = np.where(offer.quote[halves.fresh, 0] > 0.0, now, 0.0)
    taken = np.bincount(used.date, minlength=DATES + 1) / len(used.date)
    return {
        "fleet": name,
        "now": halves.mean(now),
        "now_or_never": halves.mean(sighted),
        "lower": halves.mean(used.cash),
        "upper": halves.mean(*upper),
        "foresight": halves.mean(foresight),
        "gain": halves.mean(used.cash - sighted),
        "gain_over_now": halves.mean(used.cash - now),
        "gap": halves.mean(upper.first - used.cash, upper.rest),
        "taken": [float(share) for share in taken],
    }


def _staging(
    name: str, cash: Cash, offers: dict[str, Offer], beside: Beside, halves: Halves
) -> dict[str, Any]:
    """A first stage now, which shows what it earns; the rest at a later date or not at all.

    Where either fleet may follow, the first stage is in orbit: the ground needs no proof.
    """
    fleet = "orbit" if name == "either" else name
    first = offers[fleet].paid[:, 0]
    later = slice(LEARNING, DATES)
    seen = _shown(cash.seen[:, later], first)
    after = {
        fleet: Offer(paid, _quote(seen, paid, halves.fit), paid)
        for fleet in (FLEETS if name == "either" else (name,))
        for paid in [offers[fleet].paid[:, later]]
    }
    offer = _of_two(*after.values()) if name == "either" else after[name]
    used, _ = _valued(seen, offer, halves)
    aside = _shown(beside.seen[:, later], beside.pays[fleet][:, 0])
    upper = _upper(seen, offer.most, aside, beside.pays[name][:, later], halves)
    start = STAGE * first[halves.fresh] - STAGE_COST * CAPITAL_MUSD
    now = offers[name].paid[halves.fresh, 0]
    whole = start + (1.0 - STAGE) * used.cash
    most = start + (1.0 - STAGE) * upper.first, (1.0 - STAGE) * upper.rest
    options.bracketed(halves.interval(whole), halves.interval(*most))
    return {
        "fleet": name,
        "lower": halves.mean(whole),
        "upper": halves.mean(*most),
        "gain_over_now": halves.mean(whole - now),
        "follows": float((used.date < seen.shape[1]).mean()),
    }


def _shown(seen: NDArray, first: NDArray) -> NDArray:
    """What is seen at the later dates, with what the first stage earns."""
    return np.concatenate(
        [seen, np.broadcast_to(first[:, None, None], (*seen.shape[:2], 1))], axis=-1
    )


def _abandoning(fleet: str, cash: Cash, unit: float, first: int, halves: Halves) -> dict[str, Any]:
    """The right to stop a fleet that was committed, at yearly ages."""
    stop = stopping(cash, fleet, first)
    paid = stop.paid * unit
    offer = Offer(paid, _quote(stop.seen, paid, halves.fit), paid)
    used, foresight = _valued(stop.seen, offer, halves)
    ages = paid.shape[1]
    return {
        "fleet": fleet,
        "date": date_of(COMMIT_QUARTERS[first]),
        "lower": halves.mean(used.cash),
        "upper": halves.mean(foresight),
        "stopped": float((used.date < ages).mean()),
        "at_age": [float(s) for s in np.bincount(used.date, minlength=ages + 1) / len(used.date)],
    }


def _mix(cash: Cash, unit: float, year: int) -> dict[str, Any]:
    """The share of orbit that is best for tail and mean, committed in the headline year.

    Found on even scrambles, told on odd ones; its interval is that of the optima of pairs of even
    scrambles. Where the best share is 0 or 1 it ends there and covers about 99 %.
    """
    npv = np.stack([cash.npv[fleet][:, year] for fleet in FLEETS], axis=1) * unit
    fit = cash.replicate % 2 == 0
    groups = cash.replicate // 4
    rows = []
    for reward, risk in ((0.0, 1.0), *((1.0, weight) for weight in RISK_WEIGHTS)):
        x = _share(npv[fit], reward, risk)
        each = [
            _share(npv[fit & (groups == group)], reward, risk) for group in range(groups.max() + 1)
        ]
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


def _sum(one: Interval, other: Interval) -> Interval:
    """Of two independent estimates: errors and half-widths add in quadrature."""
    value = one.value + other.value
    half = float(np.hypot(one.high - one.value, other.high - other.value))
    error = float(np.hypot(one.stderr, other.stderr))
    return Interval(value, error, value - half, value + half)


def _negative(one: Interval) -> Interval:
    return Interval(-one.value, one.stderr, -one.high, -one.low)


def _record(found: Interval, n: int) -> dict[str, Any]:
    value, stderr, low, high = (float(x) for x in found)
    return {"value": value, "stderr": stderr, "low": low, "high": high, "n": n}
