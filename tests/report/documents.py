"""Synthetic documents of about the real shape: invented numbers, no result of any run."""

import copy
import itertools
import math
import random
from typing import Any

from scipy import special

Document = dict[str, Any]

QUARTERS = [2026.75 + number / 4 for number in range(60)]
YEARS = [date for date in QUARTERS if date % 1 == 0.75]
CROSSINGS = QUARTERS[:57]
POPULATIONS = {"prior": 1_000_000, "conditioned": 765_000, "conditioned_0.35": 604_000}
COMPARATORS = ("cost", "value", "time-adjusted")
SCALE = {"prior": 1.0, "conditioned": 0.55, "conditioned_0.35": 0.25}
COST = ((2026.75, 5e-6), (2029.75, 0.0004), (2031.75, 0.0018), (2035.75, 0.0159), (2041.5, 0.06))
BY_COMPARATOR = {"cost": 1.0, "value": 0.6, "time-adjusted": 2.2}
PRICES = (0, 12, 25, 50, 100, 200, 400, 500, 1000, 2000, 3000)
Z = 1.959963984540054


def wilson(wins: float, n: int) -> tuple[float, float]:
    """The 95 % Wilson interval of a binomial share."""
    share, weight = wins / n, Z * Z / n
    centre = (share + weight / 2) / (1 + weight)
    half = Z * math.sqrt(share * (1 - share) / n + weight / (4 * n)) / (1 + weight)
    return (0.0 if wins == 0 else centre - half), (1.0 if wins == n else centre + half)


def probability(share: float, n: int) -> dict[str, Any]:
    """The numbers of an estimated probability; the share is rounded to whole paths."""
    wins = round(share * n)
    low, high = wilson(wins, n)
    return {
        "statistic": "probability",
        "value": wins / n,
        "stderr": math.sqrt(wins / n * (1 - wins / n) / n),
        "low": low,
        "high": high,
        "n": n,
        "unit": "1",
    }


def interpolated(points: tuple[tuple[float, float], ...], date: float) -> float:
    """Linear in the date and in the logarithm of the value."""
    for (before, low), (after, high) in itertools.pairwise(points):
        if date <= after:
            share = (date - before) / (after - before)
            return low * (high / low) ** share
    return points[-1][1]


class Sheet:
    """Estimates being collected."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def add(
        self,
        metric: str,
        comparator: str | None,
        date: float | None,
        population: str,
        **numbers: Any,
    ) -> None:
        """One record."""
        place = {"metric": metric, "comparator": comparator, "date": date}
        self.rows.append({**place, "population": population, **numbers})

    def chance(
        self,
        metric: str,
        comparator: str | None,
        date: float | None,
        population: str,
        share: float,
        n: int,
    ) -> None:
        """One probability."""
        self.add(metric, comparator, date, population, **probability(share, n))

    def quantiles(
        self,
        metric: str,
        comparator: str | None,
        date: float | None,
        population: str,
        unit: str,
        n: int,
        values: dict[str, float | None],
    ) -> None:
        """Quantiles with an invented small sampling error."""
        for statistic, value in values.items():
            error = None if value is None else 0.002 * abs(value)
            low = None if value is None or error is None else value - 2 * error
            high = None if value is None or error is None else value + 2 * error
            self.add(
                metric,
                comparator,
                date,
                population,
                statistic=statistic,
                value=value,
                stderr=error,
                low=low,
                high=high,
                n=n,
                unit=unit,
            )


def share_of(comparator: str, date: float, population: str) -> float:
    """The invented P(orbit wins)."""
    share = interpolated(COST, date)
    narrowing = SCALE[population] ** (1 - 0.5 * (date - 2026.75) / 15) if share < 0.5 else 1.0
    return share * BY_COMPARATOR[comparator] * narrowing


def spread_at(date: float, population: str) -> dict[str, float]:
    """The invented quantiles of the cost ratio."""
    low = interpolated(((2026.75, 2.9), (2031.75, 1.5), (2041.5, 0.97)), date)
    middle = interpolated(((2026.75, 6.5), (2029.75, 3.6), (2035.75, 2.3), (2041.5, 1.78)), date)
    high = interpolated(((2026.75, 19.8), (2029.75, 9.5), (2035.75, 5.8), (2041.5, 4.5)), date)
    tight = {"prior": 1.0, "conditioned": 0.72, "conditioned_0.35": 0.55}[population]
    below, above = (low / middle) ** tight, (high / middle) ** tight
    return {
        "p05": middle * below,
        "p25": middle * below**0.4,
        "p50": middle,
        "p75": middle * above**0.4,
        "p95": middle * above,
    }


def chances(sheet: Sheet) -> None:
    """orbit_wins by quarter, and with other loadings and launch prices."""
    for population, n in POPULATIONS.items():
        for comparator in COMPARATORS:
            for date in QUARTERS:
                share = share_of(comparator, date, population)
                sheet.chance("orbit_wins", comparator, date, population, share, n)
    for population in ("prior", "conditioned"):
        n = POPULATIONS[population]
        for factor, times in (("0", 0.05), ("0.5", 0.2), ("1.25", 1.85)):
            for comparator in COMPARATORS:
                for date in YEARS:
                    share = times * share_of(comparator, date, population)
                    name = f"{population}, loadings x {factor}"
                    sheet.chance("orbit_wins", comparator, date, name, share, n)
        for date in (2029.75, 2031.75, 2035.75, 2040.75):
            free = 1.75 * share_of("cost", date, population)
            for price in PRICES:
                name = f"{population}, launch price {price} USD/kg"
                share = free * math.exp(-((price / 900) ** 0.7))
                sheet.chance("orbit_wins", "cost", date, name, share, n)
            sheet.chance("break_even_exists", "cost", date, population, free, n)
            none = {"p10": None, "p50": None, "p90": None}
            sheet.quantiles("break_even_launch_price", "cost", date, population, "USD/kg", n, none)
        sheet.chance("orbit_wins_upper_bound", None, 2035.75, population, 0.59, n)


def distributions(sheet: Sheet) -> None:
    """Ratios, costs and other quantities by date."""
    for population, n in POPULATIONS.items():
        for date in QUARTERS:
            ratio = spread_at(date, population)
            sheet.quantiles("ratio", "cost", date, population, "1", n, dict(ratio))
            later = {name: 0.93 * value for name, value in ratio.items()}
            sheet.quantiles("ratio", "time-adjusted", date, population, "1", n, dict(later))
            for side, (middle, width) in sides(date).items():
                costs = {
                    name: middle * math.exp(width * special.ndtri(int(name[1:]) / 100))
                    for name in ratio
                }
                sheet.quantiles(f"lcoc_{side}", None, date, population, "kUSD/kW/yr", n, costs)
        price = {"p05": 110.0, "p50": 253.0, "p95": 690.0}
        for date in YEARS:
            sheet.quantiles("launch_price", None, date, population, "USD/kg", n, dict(price))
        published = {"p05": 2.1, "p50": 4.1, "p95": 9.9}
        sheet.quantiles("published_ratio", None, 2026.75, population, "1", n, dict(published))


def sides(date: float) -> dict[str, tuple[float, float]]:
    """Invented median and log-sd of both costs."""
    orbit = interpolated(((2026.75, 64.0), (2029.75, 36.0), (2035.75, 24.0), (2041.5, 20.0)), date)
    return {"orbit": (orbit, 0.46), "ground": (9.8 + 0.06 * (date - 2026.75), 0.2)}


def crossings(sheet: Sheet) -> None:
    """The crossing distribution, its dates, and crossing back."""
    for population, n in POPULATIONS.items():
        for comparator in COMPARATORS:
            for date in CROSSINGS:
                share = 0.97 * share_of(comparator, date, population)
                sheet.chance("crossed", comparator, date, population, share, n)
            last = 0.97 * share_of(comparator, CROSSINGS[-1], population)
            early = next(
                (d for d in CROSSINGS if 0.97 * share_of(comparator, d, population) >= 0.05), None
            )
            dates = {"p05": early, "p50": None, "p95": None}
            sheet.quantiles("crossover_date", comparator, None, population, "yr", n, dates)
            crossed = round(last * n)
            back = 0.06 if comparator == "time-adjusted" else 0.007
            sheet.chance("crosses_back", comparator, None, population, back, crossed)


def shapes() -> list[Document]:
    """Histograms of both costs."""
    found = []
    for date in (2027.75, 2031.75, 2035.75, 2040.75):
        for population in ("prior", "conditioned"):
            for side, (middle, width) in sides(date).items():
                edges = [2 * (300 / 2) ** (number / 120) for number in range(121)]
                below = [special.ndtr(math.log(edge / middle) / width) for edge in edges]
                share = [float(b - a) for a, b in itertools.pairwise(below)]
                found.append(
                    {
                        "metric": f"lcoc_{side}",
                        "date": date,
                        "population": population,
                        "edges": edges,
                        "share": share,
                    }
                )
    return found


NAMED = (
    ("launch.cost_today", "launch cost today to the launch owner", "USD/kg", 400, 700, 1200),
    ("launch.learning_rate", "learning rate per doubling of launched mass", "1", 0.12, 0.19, 0.25),
    ("launch.filled_share", "part of the free lift filled with platforms", "1", 0.1, 0.5, 0.95),
    ("launch.cadence_growth", "growth of heavy-lift flights", "1/yr", 0.15, 0.5, 1.0),
    ("platform.cost_today", "platform cost today", "kUSD/kW", 12, 28.5, 60),
    ("ground.power_price", "power price", "USD/kWh", 0.045, 0.062, 0.095),
    ("finance.wacc_orbit", "nominal cost of capital, orbit", "1/yr", 0.085, 0.12, 0.17),
    ("licence.year", "year in which the licence is granted", "year", 2027, 2028.3, 2031.4),
    ("ground.credit", "carbon, land and water cost less subsidy", "USD/kW/yr", 0, 20, 120),
)


def inputs() -> list[Document]:
    """95 drawn and 45 fixed rows."""
    random_numbers = random.Random(20261123)
    rows = []
    for number in range(95):
        if number < len(NAMED):
            key, name, unit, low, middle, high = NAMED[number]
        else:
            key, name, unit = f"room.input_{number}", f"synthetic input {number}", "kW/kg"
            middle = 10 ** random_numbers.uniform(-2, 3)
            low, high = (
                middle / random_numbers.uniform(1.1, 4),
                middle * random_numbers.uniform(1.1, 4),
            )
        pull = random_numbers.uniform(-0.12, 0.12)
        shift = pull * (high - low)
        rows.append(
            {
                "key": key,
                "name": name,
                "unit": unit,
                "shape": "lognormal",
                "prior": {"p05": low, "p50": middle, "p95": high},
                "conditioned": {
                    "p05": low + 0.3 * abs(shift),
                    "p50": middle + shift,
                    "p95": high - 0.3 * abs(shift),
                },
                "n": 65536,
                "mark": "judgement",
                "anchors": "second-hand" if number % 3 else "published",
                "source": "synthetic; an analyst's estimate of about $1,500 now (Aug 2026) and a "
                "filing that implies $600 to 900 per kg",
                "factors": {"launch_success": -0.55},
            }
        )
    for number in range(45):
        rows.append(
            {
                "key": f"fixed.input_{number}",
                "name": f"synthetic constant {number}",
                "unit": "W/m**2/K**4" if number else "year",
                "shape": "fixed",
                "prior": dict.fromkeys(("p05", "p50", "p95"), 5.67e-8 if number else 2026),
                "conditioned": None,
                "n": None,
                "mark": "published" if number % 2 else "judgement",
                "anchors": None,
                "source": "synthetic",
                "factors": {},
            }
        )
    return rows


def futures() -> Document:
    """Five invented single futures of the ratio."""
    random_numbers = random.Random(5)
    lines = []
    for start in (-1.2, -0.5, 0.1, 0.6, 1.3):
        wander, line = 0.0, []
        for date in QUARTERS:
            wander = 0.93 * wander + random_numbers.gauss(0, 0.05)
            quantiles = spread_at(date, "conditioned")
            width = math.log(quantiles["p95"] / quantiles["p05"]) / 3.29
            line.append(quantiles["p50"] * math.exp(start * width + wander))
        lines.append(line)
    return {"dates": QUARTERS, "ratio": lines}


def synthetic() -> Document:
    """A document like that of a run of one million paths."""
    sheet = Sheet()
    chances(sheet)
    distributions(sheet)
    crossings(sheet)
    return {
        "scenario": {
            "name": "spacex_xai",
            "title": "SpaceX + xAI",
            "digest": "4be1c0d2" + "0" * 56,
            "source": "synthetic",
            "extends": "base",
            "headline": {"comparator": "cost", "year": 2035},
            "conditioning": {"centre": 4.2, "log_sd": [0.55, 0.35]},
            "horizon": 2041.5,
            "choices": {"launch.buyer": "owner", "chips.workload": "inference"},
        },
        "run": {
            "paths": 1_000_000,
            "accepted": {"conditioned": 765_000, "conditioned_0.35": 604_000},
            "invalid": 0,
            "seed": 7,
            "sampler": "mc",
            "replicates": 1,
            "device": "cpu",
            "devices": 2,
            "backend": "cpu",
            "versions": {"orbitrisk": "0.1.0", "jax": "0.12.0.1", "numpy": "2.5.5"},
            "seconds": 12.3,
            "compile_seconds": 5.1,
            "paths_per_second": 250_123.4,
            "date": "2026-11-23",
            "command": "orbitrisk report spacex_xai --paths 1000000 --seed 7",
        },
        "estimates": sheet.rows,
        "inputs": inputs(),
        "futures": futures(),
        "shapes": shapes(),
        "published": [
            {"name": "SemiAnalysis", "date": 2026.5, "ratio": 4.4},
            {"name": "Wood Mackenzie", "date": 2026.5, "ratio": 3.0},
            {"name": "BCG", "date": 2026.6, "ratio": 2.75},
            {"name": "jeshap", "date": 2026.5, "ratio": 2.16},
            {"name": "research-viewer", "date": 2026.5, "ratio": 5.0},
            {"name": "spacedc-mdao", "date": 2026.4, "ratio": 18.7},
        ],
        "validation": {"passed": 58, "total": 58},
    }


SYNTHETIC = synthetic()


def document() -> Document:
    """A fresh copy of the synthetic document, to change freely."""
    return copy.deepcopy(SYNTHETIC)


def claim(key: str, verdict: str, **parts: Any) -> Document:
    """One judged claim; `parts` replaces what a bare statement has."""
    kinds = {"adds_up": "check", "does_not_add_up": "check", "holds": "fact"}
    return {
        "id": key,
        "number": 1,
        "text": f"Statement {key}",
        "kind": kinds.get(verdict, "event"),
        "source": "an article",
        "evidence": f"What is known of {key}",
        "expression": None,
        "given": None,
        "numbers": {},
        "probability": {},
        "otherwise": {},
        "verdict": verdict,
    } | parts


def judged(**shares: float) -> Document:
    """A claim's probabilities by population."""
    return {name: probability(share, POPULATIONS[name]) for name, share in shares.items()}


def with_claims() -> Document:
    """The synthetic document with a claim of every kind."""
    never = {"value": None, "stderr": None, "low": None, "high": None, "n": 0, "unit": "1"}
    return document() | {
        "claims": [
            claim("E1", "not_supported", probability=judged(prior=0.04, conditioned=0.021)),
            claim(
                "E2",
                "well_supported",
                probability=judged(prior=0.93, conditioned=0.951),
                otherwise=judged(prior=0.2, conditioned=0.123),
            ),
            claim("E3", "never_given", probability={"prior": never, "conditioned": never}),
            claim("E4", "does_not_add_up", numbers={"one satellite, kW": 1000.0, "off by": 8.33}),
            claim("E5", "adds_up", numbers={"revenue, $B a year": 15.47}),
            claim("E6", "does_not_hold", kind="fact"),
            claim("E8", "no_number", kind="unquantified"),
        ]
    }


def forced(
    conditioned: float,
    prior: float,
    crossing: float | None = None,
    paths: int = 1_000_000,
    accepted: int = 765_000,
) -> Document:
    """A document whose headline and whose crossing are set, the rest in proportion."""
    made = document()
    made["run"] |= {
        "paths": paths,
        "accepted": {"conditioned": accepted, "conditioned_0.35": accepted // 2},
    }
    headline = {"prior": prior, "conditioned": conditioned, "conditioned_0.35": conditioned}
    end = conditioned if crossing is None else crossing
    for row in made["estimates"]:
        population = row["population"].split(",")[0]
        n = {"prior": paths, "conditioned": accepted}.get(population, max(accepted // 2, 1))
        if (
            row["metric"] in ("orbit_wins", "break_even_exists")
            and row["statistic"] == "probability"
        ):
            share = _bent(headline[population], row["date"], 2035.75, row["comparator"])
            share = _set(share, row["population"])
            row |= probability(share, n)
        elif row["metric"] == "crossed":
            share = end * max(0.0, min(1.0, (row["date"] - 2027) / (2040.75 - 2027)))
            row |= probability(share, n)
        elif row["metric"] == "crosses_back":
            row |= probability(0.02, round(end * n)) if end * n >= 1 else {"value": None, "n": 0}
        elif row["metric"] == "crossover_date":
            need = int(row["statistic"][1:]) / 100
            row["value"] = 2027 + need / end * 13.75 if end > need else None
            row["low"] = row["high"] = row["value"]
        elif row["metric"] == "break_even_launch_price" and row["statistic"] == "p50":
            exists = headline[population] >= 0.5
            row |= {"value": 240.0, "low": 236.0, "high": 244.0} if exists else {}
    return made


def _bent(share: float, date: float, at: float, comparator: str | None) -> float:
    """Around the forced share: lower before, higher after, higher when adjusted for time."""
    if share in (0.0, 1.0):
        return share
    odds = share / (1 - share) * math.exp(0.3 * (date - at))
    odds *= {"time-adjusted": 2.5, "value": 0.7}.get(comparator or "", 1.0)
    return odds / (1 + odds)


def _set(share: float, population: str) -> float:
    """The share under the setting that a population names."""
    if share in (0.0, 1.0) or "," not in population:
        return share
    setting = population.partition(", ")[2]
    odds = share / (1 - share)
    if setting.startswith("loadings x "):
        odds *= {"0": 0.2, "0.5": 0.5, "1.25": 1.5}[setting.removeprefix("loadings x ")]
    else:
        odds *= 1.6 * math.exp(-((float(setting.split()[2]) / 900) ** 0.7))
    return odds / (1 + odds)
