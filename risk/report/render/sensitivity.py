"""What `orbitrisk sensitivity` prints: shares of the variance with their intervals, 80 columns."""

import textwrap
from typing import Any

from rich.text import Text

from risk.report.render.terminal import plain_ascii
from risk.report.words import Words, digits_below_point, words

Document = dict[str, Any]
NAME, CELL, WIDTH = 30, 25, 80
MOST = 15  # inputs whose elasticities are printed


def lines(document: Document, unicode: bool = True) -> Text:
    """Sobol' indices, then Shapley shares of parts and of whole inputs, the largest first."""
    say = words("en")
    text = Text(no_wrap=True, end="")
    run, year = document["run"], int(document["date"])
    text.append(say.say("sensitivity.heading", title=document["scenario"]["title"]) + "\n", "bold")
    text.append(
        _wrapped(
            say.say(
                "sensitivity.about",
                comparator=say.say(f"comparator.{document['comparator']}"),
                year=year,
                p=say.significant(100 * document["p"], 2),
                paths=say.count(run["paths"]),
                replicates=run["replicates"],
                seed=run["seed"],
                digest=document["scenario"]["digest"][:8],
            )
        )
    )
    luck = document["sobol"][-1]["log_ratio"]
    told = say.say(
        "sensitivity.luck",
        first=_share(say, luck["first"]),
        total=_share(say, luck["total"]),
        rest=say.say("number.percent", value=f"{100 * (1 - luck['total']['value']):.1f}"),
    )
    text.append("\n" + _wrapped(told))
    sobol = [{**row, **row["log_ratio"]} for row in document["sobol"]]
    _table(text, say, "sobol", sobol, ("total", "first"))
    for key, rows in document["shapley"].items():
        _table(text, say, key, rows, ("log_ratio", "orbit_wins"))
    rows = sorted(document["elasticities"], key=lambda one: -abs(one["mean"]["value"]))[:MOST]
    text.append("\n" + _wrapped(say.say("sensitivity.title_elasticities")), "bold")
    text.append(
        (
            " " * NAME + say.say("sensitivity.mean").ljust(CELL) + say.say("sensitivity.tail")
        ).rstrip()
        + "\n",
        "dim",
    )
    for row in rows:
        name = textwrap.shorten(row["name"], NAME - 2, placeholder="…").ljust(NAME)
        cells = "".join(_elasticity(say, row[column]).ljust(CELL) for column in ("mean", "tail"))
        text.append(f"{name}{cells}".rstrip() + "\n")
    return text if unicode else plain_ascii(text)


def _elasticity(say: Words, found: dict[str, float]) -> str:
    value, low, high = (say.signed(f"{found[key]:.2f}") for key in ("value", "low", "high"))
    return say.say(
        "number.bracket", value=value, bracket=say.say("number.interval", low=low, high=high)
    )


def _table(
    text: Text, say: Words, key: str, rows: list[Document], columns: tuple[str, str]
) -> None:
    heads = [say.say(f"sensitivity.{column}") for column in columns]
    text.append("\n" + _wrapped(say.say(f"sensitivity.title_{key}")), "bold")
    text.append((" " * NAME + "".join(h.ljust(CELL) for h in heads)).rstrip() + "\n", "dim")
    for row in sorted(rows, key=lambda one: -one[columns[0]]["value"]):
        name = row["part"].replace("_", " ").ljust(NAME)
        cells = "".join(_share(say, row[column]).ljust(CELL) for column in columns)
        text.append(f"{name}{cells}".rstrip() + "\n")


def _share(say: Words, found: dict[str, float]) -> str:
    """A share in percent with its interval, or that it cannot be told from zero."""
    value, low, high = (100.0 * found[key] for key in ("value", "low", "high"))
    if value == high == 0.0:
        return say.say("sensitivity.none")
    if low <= 0.0:
        return say.say("sensitivity.zero", high=say.significant(max(high, 0.0), 1))
    decimals = max(1, digits_below_point(value))
    texts = [f"{bound:.{decimals}f}" for bound in (low, high)]
    bracket = say.say("number.interval", low=texts[0], high=texts[1])
    shown = say.say("number.percent", value=f"{value:.{decimals}f}")
    return say.say("number.bracket", value=shown, bracket=bracket)


def _wrapped(line: str) -> str:
    return "\n".join(textwrap.wrap(line, WIDTH, break_long_words=False)) + "\n"
