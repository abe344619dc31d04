"""How large is the error after so much time, Sobol' against plain Monte Carlo?

The standard deviation of three answers for 2035Q4, each from so many paths: over the scrambles of
one run for Sobol', over runs with other seeds for plain Monte Carlo. A run of r scrambles has that
error over the root of r, whichever the sampler, so ratios hold for whole runs; such a run is what is
timed and drawn, on all cores with every reducer on. The probability near one half is that of the
cost ratio below a threshold at its median; the small one is the scenario's headline, P(orbit
cheaper), conditioned. A ratio of variances says how many times more plain paths buy the same error.
"""

import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.apart import apart
from benchmarks.bars import Bar, digits, table
from benchmarks.engine import SAMPLERS

QUARTER = 36  # 2035Q4
ANSWERS = {
    "lcoc": "mean cost of orbit, kUSD/kW/yr",
    "p": "P(R < threshold), near one half",
    "headline": "P(orbit cheaper), conditioned",
}
BARS = {"lcoc": 30.0, "p": 4.0}
AT = 1 << 17
Found = dict[str, Any]


def run(quick: bool = False) -> Found:
    """Seconds and standard deviations by sampler and number of paths."""
    powers, repeats = ((11, 13), 16) if quick else ((11, 13, 15, 17), 64)
    edge = apart(median_edge).value
    found = {
        sampler: apart(
            spreads, sampler=sampler, powers=powers, repeats=repeats, threshold=edge
        ).value
        for sampler in SAMPLERS.values()
    }
    return {"repeats": repeats, "threshold": edge, "samplers": found}


def median_edge() -> float:
    """Edge of R's coarse histogram nearest to its median."""
    from benchmarks import engine
    from risk.model.metrics import METRICS

    cells = np.cumsum(_below(engine.once(1 << 16, 1 << 20)).sum(axis=0)).astype(float)
    edges = METRICS["ratio"].bins.coarse.edges()
    return float(edges[int(np.argmin(np.abs(cells / cells[-1] - 0.5))) + 1])


def spreads(sampler: str, powers: list[int], repeats: int, threshold: float) -> dict[str, Found]:
    """By number of paths: seconds, and of each answer its mean and standard deviation."""
    from dataclasses import replace

    from benchmarks import engine
    from risk.model.metrics import METRICS

    METRICS["lcoc_orbit"] = replace(METRICS["lcoc_orbit"], moments=True)
    engine.once(engine.WARM_UP, 0, sampler)
    found = {}
    for power in powers:
        answers: dict[str, list[float]] = {name: [] for name in ANSWERS}
        began = time.perf_counter()
        whole = engine.once(repeats << power, 0, sampler, replicates=repeats)
        entry: Found = {"seconds": time.perf_counter() - began}
        parts = [whole]
        if whole.request.replicates == 1:
            parts = [engine.once(1 << power, seed, sampler) for seed in range(1, repeats + 1)]
        for made in parts:
            for name, values in _answers(made, threshold).items():
                answers[name] += values
        for name, values in answers.items():
            entry[name] = {"mean": statistics.fmean(values), "sd": statistics.stdev(values)}
        found[str(1 << power)] = entry
    return found


def _answers(made: Any, threshold: float) -> dict[str, list[float]]:
    """Every answer by replicate."""
    from risk.model.metrics import METRICS

    kept = made.state["population"][:, :-1]
    paths, conditioned = kept.sum(axis=1), kept[:, 1:].sum(axis=1)
    row = METRICS["lcoc_orbit"].quarters.index(QUARTER)
    costs = made.state["moments.lcoc_orbit"][:, 0, row].sum(axis=1)
    below = int(np.searchsorted(METRICS["ratio"].bins.coarse.edges(), threshold))
    wins = made.state["event.wins_on_cost"][:, QUARTER, 1:].sum(axis=1)
    return {
        "lcoc": [float(x) for x in costs / paths],
        "p": [float(x) for x in _below(made)[:, :below].sum(axis=1) / paths],
        "headline": [float(x) for x in wins / np.maximum(conditioned, 1)],
    }


def _below(made: Any) -> Any:
    """Coarse histogram of R by replicate, all paths."""
    from risk.analysis.estimates import groups
    from risk.model.metrics import METRICS

    bins, quarters = METRICS["ratio"].bins, METRICS["ratio"].quarters
    if made.request.replicates == 1:
        cells = bins.coarsen(made.state["histogram.ratio"].reshape(-1, bins.count))[None]
    else:
        cells = made.state["coarse.ratio"]
    shape = (len(cells), len(quarters), groups(made), bins.coarse.count)
    return cells.reshape(shape)[:, quarters.index(QUARTER)].sum(axis=1)


def lines(found: Found) -> list[str]:
    """Errors by sampler and size, slopes, and the bars where both samplers ran."""
    rows = [
        f"Standard deviation over {found['repeats']} scrambles or seeds, itself known to "
        f"{100 / np.sqrt(2 * (found['repeats'] - 1)):.0f} %; the threshold of R is "
        f"{digits(found['threshold'])}.",
        "",
        f"| sampler | paths | s, {found['repeats']} times so many | "
        + " | ".join(ANSWERS.values())
        + " |",
        "|---|---|---|" + "---|" * len(ANSWERS),
    ]
    for sampler, sizes in found["samplers"].items():
        for n, entry in sizes.items():
            cells = " | ".join(
                f"{digits(entry[a]['mean'])} ± {entry[a]['sd']:.2g}" for a in ANSWERS
            )
            rows.append(f"| {sampler} | {int(n):,} | {entry['seconds']:.3f} | {cells} |")
    rows += ["", "| slope of log error on log paths | " + " | ".join(ANSWERS.values()) + " |"]
    rows += ["|---|" + "---|" * len(ANSWERS)]
    for sampler, sizes in found["samplers"].items():
        slopes = " | ".join(f"{_slope(sizes, a):.2f}" for a in ANSWERS)
        rows.append(f"| {sampler} | {slopes} |")
    return [*rows, "", *table(bars(found))]


def bars(found: Found) -> list[Bar]:
    """Variance of plain Monte Carlo over that of Sobol' with 2^17 paths."""
    made = []
    for answer, limit in BARS.items():
        runs = [found["samplers"].get(s, {}).get(str(AT)) for s in ("mc", "sobol")]
        ratio = None if None in runs else (runs[0][answer]["sd"] / runs[1][answer]["sd"]) ** 2
        made.append(Bar(f"variance ratio at 2^17, {ANSWERS[answer]}", ratio, limit, "×"))
    return made


def figure(found: Found, folder: Path) -> None:
    """Error against time for each answer."""
    from benchmarks.plots import Curve, curves, save

    for answer, name in ANSWERS.items():
        drawn = [
            Curve(
                sampler,
                [entry["seconds"] for entry in sizes.values()],
                [entry[answer]["sd"] / found["repeats"] ** 0.5 for entry in sizes.values()],
            )
            for sampler, sizes in found["samplers"].items()
            if all(entry[answer]["sd"] > 0 for entry in sizes.values())
        ]
        if drawn:
            drawing = curves(drawn, "seconds of a run", "standard deviation of its answer")
            save(drawing, folder / f"error_{answer}.svg", f"Error against time: {name}")


def _slope(sizes: dict[str, Found], answer: str) -> float:
    points = [(int(n), entry[answer]["sd"]) for n, entry in sizes.items() if entry[answer]["sd"]]
    if len(points) < 2:
        return float("nan")
    x, y = np.log(np.asarray(points, float)).T
    return float(np.polyfit(x, y, 1)[0])


def quote(found: Found) -> dict[str, str]:
    """Variance ratios, where both samplers ran."""
    return {
        bar.name.replace("variance ratio", "variance, plain Monte Carlo over Sobol',"): digits(
            bar.value
        )
        for bar in bars(found)
        if bar.value is not None
    }
