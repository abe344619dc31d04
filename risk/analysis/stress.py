"""What single shocks do to P(orbit wins), and shocks together: one program, the same paths."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NotRequired, TypedDict

from pydantic import with_config

from risk.analysis.intervals import Interval
from risk.analysis.margins import chance, margins, populations, share
from risk.analysis.reverse import reverse
from risk.run.plan import Request
from risk.scenario import Scenario, ScenarioError
from risk.scenario.check import checked
from risk.scenario.files import text_of, toml_of
from risk.scenario.form import STRICT, Mark, Name, Text
from risk.scenario.problems import Place, Problem, dotted, line_of, lines_of, one_of

SHIPPED = Path(__file__).with_name("stress.toml")
BASE = "base"
"""Id of the row without any shock."""
ABOUT = ("id", "name", "date", "mark", "source", "stands_for")
"""What a row says of its shock, beside the ids of those that act together in it."""
PATHS, REPLICATES = 16_384, 16
"""Of each row of a report."""


@with_config(STRICT)
class ShockTable(TypedDict):
    """One shock: what it holds, what it multiplies, when, and how much of it is known."""

    id: Name
    name: Text
    date: Text
    mark: Mark
    source: Text
    stands_for: NotRequired[Text]
    set: NotRequired[dict[str, float | str]]
    times: NotRequired[dict[str, float]]


@with_config(STRICT)
class TogetherTable(TypedDict):
    """Several shocks at once; one that holds an input goes before one that multiplies it."""

    id: Name
    name: Text
    of: list[str]


@with_config(STRICT)
class StressFile(TypedDict):
    """A file of shocks."""

    shock: list[ShockTable]
    together: NotRequired[list[TogetherTable]]


@dataclass(frozen=True)
class Shock:
    """A row of the stress table: one shock, or several together."""

    id: str
    name: str
    date: str
    mark: str
    source: str
    stands_for: str
    set: tuple[tuple[str, float | str], ...]
    times: tuple[tuple[str, float], ...]
    of: tuple[str, ...] = ()  # ids of the shocks that act together; none where it acts alone

    def on(self, scenario: Scenario) -> Scenario:
        """The scenario under this shock; raises ScenarioError for a key or number that cannot be.

        What multiplies is laid over what the scenario gives, what holds over that.
        """
        for key, factor in self.times:
            scenario = scenario.with_times(key, factor)
        for key, value in self.set:
            scenario = scenario.with_held(key, value)
        return scenario


@dataclass(frozen=True)
class Stress:
    """P(orbit wins) under every shock, beside P without one."""

    scenario: Scenario
    request: Request
    year: int
    comparator: str
    rows: tuple[dict[str, Any], ...]

    def record(self) -> dict[str, Any]:
        """JSON-ready; each row has `chances`, and `changes` of P on the same paths."""
        return {
            "year": self.year,
            "comparator": self.comparator,
            "paths": self.request.size,
            "seed": self.request.seed,
            "rows": list(self.rows),
        }


def load_shocks(path: Path = SHIPPED) -> tuple[Shock, ...]:
    """The shocks of a file, those together last; raises ScenarioError with every fault."""
    text = text_of(path)
    lines, problems = lines_of(text), list[Problem]()

    def report(place: Place, sentence: str) -> None:
        problems.append(Problem(str(path), line_of(lines, place), dotted(place), sentence))

    found, faulty = checked(StressFile, toml_of(path, text), (), report)
    if faulty:
        raise ScenarioError(problems)
    shocks: dict[str, Shock] = {}
    for number, table in enumerate(found["shock"]):
        if table["id"] in {*shocks, BASE}:
            report(("shock", number, "id"), f"{table['id']!r} is taken; allowed: another id")
        shocks[table["id"]] = Shock(
            **{k: table[k] for k in ("id", "name", "date", "mark", "source")},
            stands_for=table.get("stands_for", ""),
            set=tuple(table.get("set", {}).items()),
            times=tuple(table.get("times", {}).items()),
        )
    for number, group in enumerate(found.get("together", [])):
        place: Place = ("together", number, "of")
        for name in group["of"]:
            if name not in shocks:
                report(place, f"there is no shock {name!r}; {one_of(shocks, name)}")
        shocks[group["id"]] = _together(group, [shocks[n] for n in group["of"] if n in shocks])
    if problems:
        raise ScenarioError(problems)
    return tuple(shocks.values())


def _together(group: TogetherTable, parts: Sequence[Shock]) -> Shock:
    return Shock(
        id=group["id"],
        name=group["name"],
        date="",
        mark="judgement",
        source="",
        stands_for="; ".join(part.name for part in parts),
        set=tuple(item for part in parts for item in part.set),
        times=tuple(item for part in parts for item in part.times),
        of=tuple(part.id for part in parts),
    )


def stress(
    scenario: Scenario,
    request: Request,
    *,
    year: int,
    comparator: str = "cost",
    shocks: Sequence[Shock] | None = None,
) -> Stress:
    """P(orbit wins) without a shock and under each, from the least to the greatest P.

    A change of P is paired path by path. Raises as `margins`, and ScenarioError for a shock that
    this scenario cannot take.
    """
    shocks = load_shocks() if shocks is None else shocks
    found = margins([scenario, *(s.on(scenario) for s in shocks)], request, year, comparator)
    base = next(found)
    rows: list[dict[str, Any]] = []
    for shock, paths in zip((None, *shocks), (base, *found), strict=True):
        chances, changes = {}, {}
        for population, least in populations(scenario).items():
            n = int((paths.kept_by >= least).sum())
            chances[population] = {**_numbers(chance(paths, least)), "n": n}
            kept = (base.kept_by >= least) & (paths.kept_by >= least)
            gained = share(paths.wins() & ~base.wins(), kept, base.replicate)
            lost = share(base.wins() & ~paths.wins(), kept, base.replicate)
            changes[population] = {"gained": gained.value, "lost": lost.value}
        about: dict[str, Any] = {**dict.fromkeys(ABOUT, ""), "id": BASE, "of": []}
        if shock is not None:
            about = {name: getattr(shock, name) for name in ABOUT} | {"of": list(shock.of)}
        rows.append({**about, "chances": chances, "changes": changes})
    rows.sort(key=lambda row: row["chances"]["prior"]["value"])
    return Stress(scenario, request, year, comparator, tuple(rows))


def of_report(scenario: Scenario, seed: int, backwards: bool = False) -> dict[str, Any]:
    """The record that a report holds: the shipped shocks on the scenario's own headline.

    A shock that this scenario cannot take is named in `left_out`. With `backwards` also the reverse
    stress, as `reverse`.
    """
    asked, request = scenario.headline, Request(PATHS, seed, replicates=REPLICATES)
    year, comparator = asked.year, asked.comparator
    taken, left_out = [], []
    for shock in load_shocks():
        try:
            shock.on(scenario)
        except ScenarioError as error:
            left_out.append({"id": shock.id, "name": shock.name, "reason": str(error)})
        else:
            taken.append(shock)
    found = stress(scenario, request, year=year, comparator=comparator, shocks=taken).record()
    found["left_out"] = left_out
    if backwards:
        found["reverse"] = reverse(scenario, year=year, comparator=comparator, seed=seed)
    return found


def _numbers(found: Interval) -> dict[str, float]:
    return {name: float(value) for name, value in found._asdict().items()}
