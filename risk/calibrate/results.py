"""What a calibration leaves: a table, the overlay, a JSON document and pictures."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from risk.calibrate.backtest import MISSED, Backtest, backtests, missed
from risk.calibrate.evidence import Table
from risk.calibrate.fit import Fit
from risk.calibrate.overlay import overlay
from risk.calibrate.pictures import draw
from risk.calibrate.run import Fitted, calibrate
from risk.scenario import Scenario

NAME = "calibrated"


class Made(NamedTuple):
    """The table as text, the files written, and a sentence for each check that failed."""

    table: str
    written: list[Path]
    refusals: list[str]


def make(
    wanted: Sequence[Fit],
    scenario: Scenario,
    tables: Mapping[str, Table],
    folder: Path,
    *,
    seed: int,
    told: Callable[[str], None],
) -> Made:
    """Fit, check, backtest and write; an overlay without any fit left is not written."""
    fitted = calibrate(wanted, scenario, tables, seed=seed, told=lambda n: told(f"fit {n}"))
    told("backtests")
    scored = backtests(scenario, tables, seed)
    folder.mkdir(parents=True, exist_ok=True)
    today = date.today().isoformat()
    written = [folder / f"{NAME}.json"]
    text = json.dumps(document(fitted, scored, tables, today, seed), indent=1, allow_nan=False)
    written[0].write_text(text + "\n", encoding="utf-8")
    if any(not one.verdict.refusals for one in fitted):
        written.append(folder / f"{NAME}.toml")
        made = overlay(NAME, scenario, fitted, scored, tables, date=today, seed=seed)
        written[-1].write_text(made, encoding="utf-8")
    told("pictures")
    written += [path for one in fitted for path in draw(one, folder)]
    refusals = [sentence for one in fitted for sentence in one.verdict.refusals]
    return Made(f"{fit_table(fitted)}\n\n{backtest_table(scored)}", written, refusals)


def document(
    fitted: Sequence[Fitted],
    scored: Sequence[Backtest],
    tables: Mapping[str, Table],
    today: str,
    seed: int,
) -> dict[str, Any]:
    """Everything but the draws, ready for JSON."""
    return {
        "date": today,
        "seed": seed,
        "evidence": {
            name: {"rows": len(t), "weakest": t.weakest, "sha256": t.digest}
            for name, t in tables.items()
        },
        "fits": {one.fit.name: _record(one) for one in fitted},
        "backtests": [asdict(test) | {"missed": missed(test.pit)} for test in scored],
    }


def _record(one: Fitted) -> dict[str, Any]:
    v = one.verdict
    return {
        "asks": one.fit.asks,
        "tables": list(one.fit.tables),
        "inputs": {
            key: {"before": one.before[key], "after": one.after[key], **asdict(v.health[key])}
            for key in one.fit.informs
        },
        "divergences": v.divergences,
        "predictive": dict(v.predictive),
        "refusals": list(v.refusals),
        "caution": one.fit.caution,
    }


def fit_table(fitted: Sequence[Fitted]) -> str:
    """One line an input: fit, P5/P50/P95 before and after, R-hat, ESS, divergences, predictive.

    Below it a line for each fit that is to be read with caution.
    """
    head = ("fit", "input", "prior 5/50/95", "posterior 5/50/95", "R-hat", "ESS", "div", "PPC")
    rows = [head]
    for one in fitted:
        checked = one.verdict
        worst = min(checked.predictive.values(), key=lambda share: min(share, 1.0 - share))
        for key in one.fit.informs:
            health = checked.health[key]
            rows.append(
                (
                    one.fit.name if not checked.refusals else f"{one.fit.name} (refused)",
                    key,
                    _slashed(one.before[key]),
                    _slashed(one.after[key]),
                    f"{health.r_hat:.3f}",
                    f"{min(health.ess_bulk, health.ess_tail):.0f}",
                    str(checked.divergences),
                    f"{worst:.2f}",
                )
            )
    told = [f"caution, fit {o.fit.name}: {o.fit.caution}" for o in fitted if o.fit.caution]
    return "\n".join([_aligned(rows), *told])


def backtest_table(scored: Sequence[Backtest]) -> str:
    """One line a backtest: what was forecast, what came, PIT and CRPS; a line for each miss."""
    rows = [("backtest", "question", "unit", "forecast 5/50/95", "came", "PIT", "CRPS of logs", "")]
    for t in scored:
        forecast = _slashed((t.p05, t.p50, t.p95))
        scores = (f"{t.outcome:.4g}", f"{t.pit:.3f}", f"{t.crps:.2f}")
        said = "missed" if missed(t.pit) else "within"
        rows.append((t.name, t.question, t.unit, forecast, *scores, said))
    lost = [
        f"missed: {t.name} ({t.question}): {t.outcome:.4g} {t.unit} came, PIT {t.pit:.3f} is outside "
        f"{MISSED} to {1.0 - MISSED}; {t.note}"
        for t in scored
        if missed(t.pit)
    ]
    return "\n".join([_aligned(rows), *lost])


def _slashed(values: Sequence[float]) -> str:
    return " / ".join(f"{value:.3g}" for value in values)


def _aligned(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in rows]
    return "\n".join(line.rstrip() for line in lines)
