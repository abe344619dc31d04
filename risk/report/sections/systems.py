"""Systems side by side: the figure of costs (F10), the table of a year, P(cheapest) by year."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from risk.report.figures.systems import Row, Spec, systems
from risk.report.page import Block, Cell, Code, Column, Figure, Section, Table
from risk.report.reading import CONDITIONED, PRIOR, Document, Record, Records
from risk.report.sections.headline import YEARS
from risk.report.words import Words

LEVELS = ("p05", "p25", "p50", "p75", "p95")
OF_GROUND = ("region", "board")  # ways of serving the edge that are no fleet in orbit


@dataclass(frozen=True)
class Systems:
    """One comparison, looked up: its systems by their names, from the cheapest median up."""

    document: Document
    records: dict[str, Records]
    year: int

    @classmethod
    def of(cls, document: Document) -> "Systems":
        """Read the systems of a document and put them in the order of cost."""
        rows: dict[str, list[Document]] = {one["name"]: [] for one in document["systems"]}
        for row in document["estimates"]:
            rows[row["system"]].append(row)
        records = {name: Records.of({"estimates": found}) for name, found in rows.items()}
        made = cls(document, records, int(document["year"]))
        order = sorted(records, key=lambda name: made.cost(name)[LEVELS.index("p50")])
        return cls(document, {name: records[name] for name in order}, made.year)

    def known(
        self,
        name: str,
        metric: str,
        statistic: str,
        *,
        year: int | None = None,
        population: str = CONDITIONED,
    ) -> Record:
        """A record that every system has; raises ValueError where it is missing."""
        date = (year or self.year) + 0.75
        found = self.records[name].known(metric, date, population=population, statistic=statistic)
        if found is None:
            raise ValueError(f"the comparison has no {metric} ({statistic}) of {name!r} at {date}")
        return found

    def cost(self, name: str) -> tuple[float, ...]:
        """Cost at every level of `LEVELS`, $/PFLOP-h."""
        return tuple(self.known(name, "cost", level).value or 0.0 for level in LEVELS)

    def best(self, metric: str) -> str:
        """The system that is best most often."""
        return max(
            self.records, key=lambda name: self.known(name, metric, "probability").value or 0
        )

    def of_ground(self, name: str) -> bool:
        """Whether a system stands on the ground."""
        one = next(s for s in self.document["systems"] if s["name"] == name)
        return one["side"] in ("ground", "rented") or one["way"] in OF_GROUND


def spread(found: Systems, words: Words, name: str, metric: str) -> Cell:
    """Median, with 5 to 95 % under it; delays to two figures."""
    figures = 2 if metric == "delay" else 3
    low, middle, high = (
        words.significant(found.known(name, metric, level).value or 0.0, figures)
        for level in ("p05", "p50", "p95")
    )
    return Cell(middle, (words.say("number.interval", low=low, high=high),))


def chance(found: Systems, words: Words, name: str, metric: str, year: int | None = None) -> Cell:
    """A probability with its interval, and in the prior."""
    told = words.chance(found.known(name, metric, "probability", year=year))
    before = found.known(name, metric, "probability", year=year, population=PRIOR)
    prior = words.say("headline.prior", p=words.percent(before))
    return Cell(told.value, (*([told.bracket] if told.bracket else []), prior))


def regret(found: Systems, words: Words, name: str, metric: str) -> str:
    """An expected regret, to two figures."""
    return words.significant(found.known(name, metric, "mean").value or 0.0, 2)


def systems_section(found: Systems, words: Words) -> Section:
    """F10 and the table behind it."""
    figure = Figure(
        id="systems",
        title=title(found, words),
        subtitle=words.say("systems.subtitle", year=found.year),
        description=_described(found, words),
        draw=partial(systems, _spec(found, words)),
        data=_levels(found, words),
    )
    notes = {name: words.say(f"systems.note_{name}") for name in ("unit", "regret", "shared")}
    blocks = [
        Block((figure, cost_table(found, words)), tuple(notes.values())),
        Block((value_table(found, words),), (words.say("systems.note_value"),)),
    ]
    if served := [s["name"] for s in found.document["systems"] if s["way"]]:
        blocks.append(Block((_edge(found, words, served),), (words.say("systems.note_edge"),)))
    return Section("systems", words.say("systems.name"), figure.title, tuple(blocks))


def title(found: Systems, words: Words) -> str:
    """Which system is cheapest how often."""
    best = found.best("cheapest")
    slots = {"best": best, "year": found.year, "n": words.count(len(found.records))}
    if len(found.records) == 1:
        return words.say("systems.title_one", **slots)
    p = found.known(best, "cheapest", "probability").value or 0.0
    return words.say(
        "systems.title", often=round(100 * p) if p == 1 else min(99, round(100 * p)), **slots
    )


def _described(found: Systems, words: Words) -> str:
    rows = words.rows(
        words.say(
            "systems.described_row",
            name=name,
            cost=spread(found, words, name, "cost").text,
            p=chance(found, words, name, "cheapest").text,
        )
        for name in found.records
    )
    return words.say("systems.described", rows=rows)


def _spec(found: Systems, words: Words) -> Spec:
    rows = tuple(
        Row(
            name=name,
            ground=found.of_ground(name),
            cost=found.cost(name),
            cheapest=found.known(name, "cheapest", "probability").value or 0.0,
            chance=chance(found, words, name, "cheapest").text,
            regret=regret(found, words, name, "regret_cost"),
            delay=spread(found, words, name, "delay").text,
        )
        for name in found.records
    )
    heads = {name: words.say(f"systems.head_{name}") for name in ("cost", "cheapest", "regret")}
    lines = tuple(
        words.say("systems.line", p=row.chance, regret=row.regret, delay=row.delay) for row in rows
    )
    return Spec(rows, **heads, delay=words.say("systems.head_delay"), lines=lines)


def cost_table(found: Systems, words: Words) -> Table:
    """Cost in both units, how often cheapest and what not being so costs, and the wait."""
    heads = ("cost", "cost_per_kw", "cheapest", "regret_cost", "delay")
    rows = tuple(
        (
            Cell(name),
            spread(found, words, name, "cost"),
            spread(found, words, name, "cost_per_kw"),
            chance(found, words, name, "cheapest"),
            Cell(regret(found, words, name, "regret_cost")),
            spread(found, words, name, "delay"),
        )
        for name in found.records
    )
    return Table(words.say("systems.caption", year=found.year), _columns(words, heads), rows)


def value_table(found: Systems, words: Words) -> Table:
    """Value, how often the highest, and what not being so loses."""
    heads = ("value", "best_value", "regret_value")
    rows = tuple(
        (
            Cell(name),
            spread(found, words, name, "value"),
            chance(found, words, name, "best_value"),
            Cell(regret(found, words, name, "regret_value")),
        )
        for name in found.records
    )
    return Table(words.say("systems.value_caption", year=found.year), _columns(words, heads), rows)


def _columns(words: Words, heads: Iterable[str]) -> tuple[Column, ...]:
    named = (Column(words.say(f"systems.column_{name}"), number=True) for name in heads)
    return (Column(words.say("systems.system")), *named)


def _levels(found: Systems, words: Words) -> Table:
    """The numbers of the figure."""
    names = ("low", "quarter", "middle", "three_quarters", "high")
    columns = (
        Column(words.say("systems.system")),
        *(Column(words.say(f"systems.level_{name}"), number=True) for name in names),
    )
    rows = tuple(
        (Cell(name), *(Cell(words.significant(value)) for value in found.cost(name)))
        for name in found.records
    )
    return Table(words.say("systems.levels", year=found.year), columns, rows)


def _edge(found: Systems, words: Words, served: Iterable[str]) -> Table:
    columns = (
        Column(words.say("systems.system")),
        *(Column(words.say(f"column.{name}"), number=True) for name in ("low", "middle", "high")),
    )
    rows = []
    for name in served:
        values = [found.known(name, "end_to_end", level).value for level in ("p05", "p50", "p95")]
        rows.append((Cell(name), *(Cell(words.significant(value or 0.0)) for value in values)))
    return Table(words.say("systems.edge"), columns, tuple(rows))


def years_section(found: Systems, words: Words) -> Section:
    """P(cheapest) by commit year."""
    columns = (
        Column(words.say("systems.system")),
        *(Column(str(year), number=True) for year in YEARS),
    )
    rows = tuple(
        (Cell(name), *(chance(found, words, name, "cheapest", year) for year in YEARS))
        for name in found.records
    )
    table = Table(words.say("systems.years"), columns, rows)
    return Section(
        "years",
        words.say("systems.years_name"),
        words.say("systems.years_title", first=YEARS[0], last=YEARS[-1]),
        (Block((table,), (words.say("headline.note_bracket"),)),),
    )


def sources_section(found: Systems, words: Words) -> Section:
    """What the systems are, and the line that repeats the comparison."""
    run = found.document["run"]
    columns = (
        Column(words.say("systems.system")),
        Column(words.say("systems.what")),
        Column(words.say("systems.side")),
        Column(words.say("page.digest")),
    )
    rows = tuple(
        (
            Cell(one["scenario"]),
            Cell(one["title"], (one["source"],)),
            Cell(words.say(f"systems.side_{one['side']}")),
            Cell(one["digest"][:8]),
        )
        for one in {one["digest"]: one for one in found.document["systems"]}.values()
    )
    code = Code(words.say("run.line"), run["command"])
    table = Table(words.say("systems.what_caption"), columns, rows, style="words")
    return Section(
        "run",
        words.say("systems.what_name"),
        words.say("systems.what_title", n=words.count(run["paths"])),
        (Block((code, table), (words.say("run.note_same"),)),),
    )
