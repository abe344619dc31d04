"""Posteriors as a scenario: an overlay whose inputs are marked fitted and name their evidence."""

import json
from collections.abc import Mapping, Sequence

from risk.calibrate.backtest import Backtest
from risk.calibrate.evidence import Table
from risk.calibrate.run import Fitted
from risk.scenario import Prior, Scenario

DIGITS = 4  # significant ones of a percentile
SHOWN = 8  # of a digest
CLIPS = ("at_least", "at_most")


def overlay(
    name: str,
    scenario: Scenario,
    fitted: Sequence[Fitted],
    backtests: Sequence[Backtest],
    tables: Mapping[str, Table],
    *,
    date: str,
    seed: int,
) -> str:
    """A TOML file that extends the scenario; fits that were refused are not in it."""
    used = [one for one in fitted if not one.verdict.refusals]
    lines = [
        "# Written by `orbitrisk calibrate`; what a fit does not inform stays as it is in "
        f"{scenario.name}.",
        "",
        f"name = {_text(name)}",
        f"title = {_text(f'{scenario.title}, fitted to evidence')}",
        f"extends = {_text(scenario.name)}",
        f"source = {_text(f'orbitrisk calibrate, {date}, seed {seed}, priors of {scenario.name}')}",
        "",
        "[evidence]",
        f"date = {_text(date)}",
        f"seed = {seed}",
        f"tables = {json.dumps([_told(table) for table in tables.values()])}",
    ]
    for one in used:
        for key in one.fit.informs:
            lines += _record(one, key)
    for test in backtests:
        lines += _backtest(test)
    for one in used:
        for key in one.fit.informs:
            lines += _input(one, scenario.priors[key], tables, date, seed)
    return "\n".join(lines) + "\n"


def _told(table: Table) -> str:
    return f"{table.name}.csv, {len(table)} rows, {table.digest[:SHOWN]}"


def _record(one: Fitted, key: str) -> list[str]:
    health = one.verdict.health[key]
    return [
        "",
        "[[evidence.fitted]]",
        f"input = {_text(key)}",
        f"fit = {_text(one.fit.name)}",
        f"before = {_numbers(one.before[key])}",
        f"after = {_numbers(one.after[key])}",
        f"r_hat = {health.r_hat:.4f}",
        f"ess = {min(health.ess_bulk, health.ess_tail):.1f}",
        *([f"caution = {_text(one.fit.caution)}"] if one.fit.caution else []),
    ]


def _backtest(test: Backtest) -> list[str]:
    return [
        "",
        "[[evidence.backtests]]",
        f"name = {_text(test.name)}",
        f"question = {_text(test.question)}",
        f"known_until = {float(test.known_until)!r}",
        f"unit = {_text(test.unit)}",
        f"forecast = {_numbers((test.p05, test.p50, test.p95))}",
        f"outcome = {_number(test.outcome)}",
        f"pit = {test.pit:.4f}",
        f"crps = {test.crps:.4f}",
        f"note = {_text(test.note)}",
    ]


def _input(
    one: Fitted, prior: Prior, tables: Mapping[str, Table], date: str, seed: int
) -> list[str]:
    """The scenario's own table with other percentiles: same shape, clips and factors."""
    used = [tables[name] for name in one.fit.tables]
    drawn = prior.shape != "fixed"
    said = f"fit {one.fit.name} to {'; '.join(map(_told, used))}; seed {seed}, {date}; "
    if drawn:
        said += f"prior: {prior.source}"
    else:
        factor = one.fit.loosened[prior.key]
        said += f"prior: the fixed value within a factor of {factor:g}, a judgement"
    if one.fit.caution:
        said += f"; caution: {one.fit.caution}"
    lines = ["", f"[{prior.key}]"]
    for name, value in zip(("p5", "p50", "p95"), one.after[prior.key], strict=True):
        lines.append(f"{name} = {_amount(float(value), prior)}")
    lines.append(f"shape = {_text(prior.shape if drawn else 'lognormal')}")
    lines += [f"{n} = {_amount(prior.numbers[n], prior)}" for n in CLIPS if n in prior.numbers]
    lines += [f"mark = {_text('fitted')}", f"anchors = {_text(weakest(used))}"]
    return [*lines, f"source = {_text(said)}", *_factors(one.factors, prior)]


def _factors(names: Sequence[str], prior: Prior) -> list[str]:
    held = {n: v for n, v in zip(names, prior.loadings, strict=True) if v}
    if not held:
        return []
    inside = ", ".join(f"{name} = {value!r}" for name, value in held.items())
    return [f"factors = {{ {inside} }}"]


def weakest(tables: Sequence[Table]) -> str:
    """The weakest mark among the rows of some tables."""
    order = ("published", "second-hand", "unverified", "judgement")
    return max((table.weakest for table in tables), key=order.index)


def _amount(value: float, prior: Prior) -> str:
    unit = prior.declaration.unit
    return _number(value) if unit == "1" else _text(f"{value:.{DIGITS}g} {unit}")


def _numbers(values: Sequence[float]) -> str:
    return f"[{', '.join(_number(value) for value in values)}]"


def _number(value: float) -> str:
    """A float of four significant digits as TOML takes it."""
    return repr(float(f"{value:.{DIGITS}g}"))


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
