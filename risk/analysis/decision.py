"""What it is worth to know more before money goes into orbit or into ground.

The choice: the same delivered compute from a fleet in orbit or on the ground, committed in the
headline year, by the NPV at the market price of compute. Worth is given in $M for a ground fleet
whose costs have a mean present value of the investment.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from risk.analysis import scrambles
from risk.analysis.drivers import INVESTMENT_MUSD, candidates
from risk.analysis.given_data import FEWEST, Sorted, paths_of
from risk.analysis.given_data import evppi as evppi_of_one
from risk.analysis.information import checked, evpi, evppi, evsi, scaled_gain
from risk.analysis.intervals import Interval
from risk.analysis.margins import commit_place
from risk.analysis.studies import Study, load_studies
from risk.analysis.unbiased import FACTORS, INPUTS, compared, unbiased
from risk.run.draw import layout
from risk.run.plan import Request
from risk.run.sample import Sample, sample
from risk.scenario import Scenario
from risk.scenario.problems import did_you_mean

POPULATIONS = {"conditioned": 1, "prior": 0}
"""How many conditions keep a path of each."""
LARGEST = "largest"
"""What is asked for to check the set, other than of all inputs, that is worth most."""
_ALIKE = 1e-9  # relative difference that rounding makes


type Told = Callable[[str], None]


def information(
    scenario: Scenario,
    request: Request,
    studies: Sequence[Study],
    *,
    investment: float = INVESTMENT_MUSD,
    year: int | None = None,
    neither: bool = False,
    check: str | None = None,
    told: Told = lambda text: None,
) -> dict[str, Any]:
    """EVPI, EVPPI of factors, inputs and sets of them, and EVSI of studies, $M; JSON-ready.

    `investment` in $M; `neither` adds the third action of building nothing, whose NPV is 0; `check`
    names what is also valued by nested simulation. Raises as `worth` and `unbiased`, and
    Disagreement where the two ways disagree.
    """
    year = year or scenario.headline.year
    place = commit_place(year)
    if check is not None:
        _require(scenario, check)
    told(f"{request.size:,} paths")
    taken = sample(scenario, request, request.size)
    told("regressions")
    found = {
        **worth(
            scenario,
            taken,
            studies,
            investment=investment,
            year=year,
            seed=request.seed,
            neither=neither,
        ),
        "paths": request.size,
        "seed": request.seed,
        "check": None,
    }
    if check is None:
        return found
    row = named(found["populations"]["prior"]["rows"], check)
    told(f"nested simulation of {row['key']}")
    value = unbiased(
        scenario,
        row["key"],
        year=year,
        scale=investment / spent_on_ground(taken, place),
        neither=neither,
        seed=request.seed,
    )
    bound = Interval(**row["evppi"])
    return {**found, "check": {"key": row["key"], **compared(bound, value, row["key"])}}


def named(rows: list[dict[str, Any]], key: str) -> dict[str, Any]:
    """The row of a key; of `LARGEST`, the set other than of all inputs that is worth most."""
    if key != LARGEST:
        return next(row for row in rows if row["key"] == key)
    sets = [row for row in rows if row["kind"] == "set" and row["key"] != INPUTS]
    return max(sets, key=lambda row: float(row["evppi"]["value"]))


def _require(scenario: Scenario, key: str) -> None:
    """Raises ValueError where nothing that can be known has this name."""
    keys = layout(scenario).numbers
    groups = sorted({name.split(".")[0] for name in keys})
    allowed = (LARGEST, INPUTS, FACTORS, *groups, *scenario.factors)
    if key not in (*allowed, *keys):
        near = did_you_mean((*allowed, *keys), key)
        raise ValueError(
            f"--check {key}: nothing has this name; allowed: {', '.join(allowed)} or the key of an "
            f"uncertain input{near}"
        )


def reported(scenario: Scenario, taken: Sample, seed: int) -> dict[str, Any] | None:
    """What a report says of the sample of its run: EVPI and the shipped studies, per $1B.

    None where a population has too few paths; `refused` says why where parts do not add up.
    """
    if int((taken.kept_by >= 1).sum()) < FEWEST:
        return None
    asked: dict[str, Any] = {"investment": INVESTMENT_MUSD, "year": scenario.headline.year}
    try:
        found = worth(scenario, taken, load_studies(), **asked, seed=seed, each=False)
    except ArithmeticError as error:
        return {**asked, "refused": str(error)}
    return {**found, "refused": None}


def worth(
    scenario: Scenario,
    taken: Sample,
    studies: Sequence[Study],
    *,
    investment: float,
    year: int,
    seed: int,
    neither: bool = False,
    each: bool = True,
) -> dict[str, Any]:
    """As `information`, from a sample; without `each`, of everything and of studies alone.

    Raises ValueError for a year, a study or too few paths, and ArithmeticError where a part is
    worth more than what contains it, or a shift of all actions moves what anything is worth.
    """
    place = commit_place(year)
    asked = {s.id: s.quantities(scenario, taken) for s in studies}
    seen = {s.id: s.data(asked[s.id], seed) for s in studies}
    found = {}
    for name, least in POPULATIONS.items():
        chosen = np.flatnonzero(taken.kept_by >= least)
        if len(chosen) < FEWEST:
            raise ValueError(
                f"{len(chosen):,} paths are {name}; at least {FEWEST:,} are needed: ask for more"
            )
        gain = _gains(taken, place, chosen, investment, neither)
        replicate = taken.replicate[chosen]
        whole = evpi(gain, replicate)
        rows = _rows(scenario, taken, chosen, gain) if each else []
        if each:
            _coherent(rows, whole)
        told = [
            _study(s, gain, asked[s.id][chosen], seen[s.id][chosen], replicate, whole)
            for s in studies
        ]
        found[name] = {
            "n": len(chosen),
            "orbit": _record(_mean((gain[:, 0] > 0.0) * 1.0, replicate)),
            "mean": _record(_mean(gain[:, 0], replicate)),
            "evpi": _record(whole),
            "rows": [{**row, "evppi": _record(row["evppi"])} for row in rows],
            "studies": told,
        }
    return {
        "year": year,
        "date": year + 0.75,
        "comparator": "value",
        "actions": ["ground", "orbit", *(["neither"] if neither else [])],
        "investment": investment,
        "unit": "MUSD",
        "populations": found,
    }


def spent_on_ground(taken: Sample, place: int) -> float:
    """Mean present value of what ground costs in the prior, per kW, as `scaled_gain` counts it."""
    sold, npv = (taken.choices[name][place] for name in ("sold_ground", "npv_ground"))
    return float((sold.astype(np.float64) - npv).mean())


def _gains(taken: Sample, place: int, chosen: NDArray, investment: float, neither: bool) -> NDArray:
    """NPV of orbit, and of neither, less that of ground, (n, actions - 1); orbit comes first.

    Raises ArithmeticError where the same amount added to both NPVs moves the worth of information.
    """
    at = {name: values[place][chosen].astype(np.float64) for name, values in taken.choices.items()}
    orbit, ground, sold = at["npv_orbit"], at["npv_ground"], at["sold_ground"]
    gain = scaled_gain(orbit, ground, sold, investment)
    spent = (sold - ground).mean()
    shift = float(spent)
    moved = scaled_gain(orbit + shift, ground + shift, sold + shift, investment)
    one, other = (evpi(values, taken.replicate[chosen]).value for values in (gain, moved))
    if abs(one - other) > _ALIKE * investment:
        raise ArithmeticError(
            f"perfect information is worth {one:.6g}, and {other:.6g} where the same is added to "
            "both net benefits"
        )
    return np.column_stack([gain, -ground * investment / spent] if neither else [gain])


def _rows(
    scenario: Scenario, taken: Sample, chosen: NDArray, gain: NDArray
) -> list[dict[str, Any]]:
    """Sets, then every common factor and every input, each with its EVPPI."""
    replicate = taken.replicate[chosen]
    design = paths_of(replicate)
    single, values = [], {}
    for kind, key, name, unit, drawn in candidates(scenario, taken):
        values[kind, key] = column = drawn[chosen].astype(np.float64)
        if gain.shape[1] == 1:  # as the drivers of a report count it
            found = evppi_of_one(Sorted.by(design, design.rising(column)), gain[:, 0])
        else:
            found = evppi(gain, column, replicate)
        single.append({"kind": kind, "key": key, "name": name, "unit": unit, "evppi": found})
    sets = {INPUTS: [k for k in values if k[0] == "input"]}
    sets[FACTORS] = [k for k in values if k[0] == "factor"]
    for _, key in sets[INPUTS]:
        sets.setdefault(key.split(".")[0], []).append(("input", key))
    rows = []
    for key, of in sets.items():
        found = evppi(gain, np.column_stack([values[k] for k in of]), replicate)
        rows.append({"kind": "set", "key": key, "name": "", "size": len(of), "evppi": found})
    return rows + single


def _coherent(rows: list[dict[str, Any]], whole: Interval) -> None:
    """Raises ArithmeticError where an input is worth more than its set, or a set than all."""
    sets = {row["key"]: row["evppi"] for row in rows if row["kind"] == "set"}
    single = {row["key"]: row for row in rows if row["kind"] != "set"}
    checked({row["key"]: row["evppi"] for row in rows}, whole)
    groups = {key: found for key, found in sets.items() if key not in (INPUTS, FACTORS)}
    checked(groups, sets[INPUTS])
    for key, row in single.items():
        inside = FACTORS if row["kind"] == "factor" else key.split(".")[0]
        checked({key: row["evppi"]}, sets[inside])


def _study(
    study: Study,
    gain: NDArray,
    quantities: NDArray,
    data: NDArray,
    replicate: NDArray,
    whole: Interval,
) -> dict[str, Any]:
    known = evppi(gain, quantities, replicate)
    told = evsi(gain, data, replicate)
    checked({f"the data of study {study.id}": told}, known)
    checked({f"what study {study.id} observes": known}, whole)
    return {
        "id": study.id,
        "name": study.name,
        "mark": study.mark,
        "source": study.source,
        "evsi": _record(told),
        "evppi": _record(known),
        "cost": study.cost,
        "net": _record(
            Interval(
                told.value - study.cost, told.stderr, told.low - study.cost, told.high - study.cost
            )
        ),
    }


def _mean(values: NDArray, replicate: NDArray) -> Interval:
    number = np.unique(replicate, return_inverse=True)[1]
    if number.max() == 0:  # independent paths, dealt to as many parts as a design has
        number = np.arange(len(values)) % 32
    return scrambles.mean(np.bincount(number, values), np.bincount(number))


def _record(found: Interval) -> dict[str, float]:
    return {key: float(x) for key, x in found._asdict().items()}
