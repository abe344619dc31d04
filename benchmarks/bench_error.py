"""How large is the error after so much time, Sobol' against plain Monte Carlo?

The same run again and again with other seeds (scrambles, for Sobol'): the standard deviation of
three answers for 2035Q4 over the seeds, against the median seconds of such a run on all cores with
every reducer on. The probability near one half is that of the cost ratio below its median; the
small one is the scenario's headline, P(orbit cheaper), conditioned. A ratio of variances says how
many times more plain paths buy the same error.
"""

import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.apart import apart
from benchmarks.bars import Bar, digits, table
from benchmarks.engine import samplers

QUARTER = 36  # 2035Q4
ANSWERS = {
    "lcoc": "mean cost of orbit, kUSD/kW/yr",
    "p": "P(R < threshold), near one half",
    "headline": "P(orbit cheaper), conditioned",
}
BARS = {"lcoc": 30.0, "p": 4.0}
AT = 1 << 17
REPLICATES = 1
"""One scramble a run: the spread over seeds is then that of a scramble of all its points."""
Found = dict[str, Any]


def run(quick: bool = False) -> Found:
    """Seconds and standard deviations by sampler and number of paths."""
    powers, seeds = ((11, 13), 8) if quick else ((11, 13, 15, 17, 19), 32)
    row = apart(median_bin).value
    found = {
        sampler: apart(spreads, sampler=sampler, powers=powers, seeds=seeds, row=row).value
        for sampler in samplers()
    }
    return {"seeds": seeds, "threshold": _edges()[row], "samplers": found}


def median_bin() -> int:
    """Edge of R's histogram nearest to its median, from a run of its own."""
    from benchmarks import engine

    cells = np.cumsum(_cells(engine.once(1 << 15, 1 << 20), "ratio"))
    return int(np.argmin(np.abs(cells / cells[-1] - 0.5))) + 1


def spreads(sampler: str, powers: list[int], seeds: int, row: int) -> dict[str, Found]:
    """By number of paths: seconds of a run, and of each answer its mean and standard deviation."""
    from benchmarks import engine

    engine.once(2048, 0, sampler)
    found = {}
    for power in powers:
        answers, seconds = [], []
        for seed in range(seeds):
            began = time.perf_counter()
            made = engine.once(1 << power, seed, sampler, replicates=REPLICATES)
            seconds.append(time.perf_counter() - began)
            answers.append(_answers(made, row))
        entry: Found = {"seconds": statistics.median(seconds)}
        for name in ANSWERS:
            values = [one[name] for one in answers]
            entry[name] = {"mean": statistics.fmean(values), "sd": statistics.stdev(values)}
        found[str(1 << power)] = entry
    return found


def _answers(made: Any, row: int) -> dict[str, float]:
    from risk.analysis.result import headline

    costs, ratios = _cells(made, "lcoc_orbit"), _cells(made, "ratio")
    edges = np.asarray(_edges("lcoc_orbit"))
    middle = (edges[:-1] + edges[1:]) / 2
    middle[0], middle[-1] = edges[1], edges[-2]  # open bins, which hold nothing here
    return {
        "lcoc": float(costs @ middle / costs.sum()),
        "p": float(ratios[:row].sum() / ratios.sum()),
        "headline": headline(made.scenario, made.state) or 0.0,
    }


def _cells(made: Any, key: str) -> Any:
    from risk.analysis.estimates import histogram
    from risk.model.metrics import METRICS

    return histogram(made, key, METRICS[key].quarters.index(QUARTER), 0)


def _edges(key: str = "ratio") -> list[float]:
    from risk.model.metrics import METRICS

    return [float(edge) for edge in METRICS[key].bins.edges()]


def lines(found: Found) -> list[str]:
    """Errors by sampler and size, slopes, and the bars where both samplers ran."""
    rows = [
        f"Standard deviation over {found['seeds']} seeds; the threshold of R is "
        f"{digits(found['threshold'])}. A standard deviation from so many seeds is itself known "
        f"to {100 / np.sqrt(2 * (found['seeds'] - 1)):.0f} %.",
        "",
        "| sampler | paths | s | " + " | ".join(ANSWERS.values()) + " |",
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
                [entry[answer]["sd"] for entry in sizes.values()],
            )
            for sampler, sizes in found["samplers"].items()
            if all(entry[answer]["sd"] > 0 for entry in sizes.values())
        ]
        if drawn:
            drawing = curves(drawn, "seconds of a run", "standard deviation over seeds")
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
