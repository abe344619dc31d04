"""Studies that could be made before a choice: what they observe, and data that they might give."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Annotated, Literal, NotRequired, TypedDict

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, with_config

from risk.inputs import declarations
from risk.model.path import Inputs
from risk.run.sample import OBSERVED, Sample
from risk.scenario import Scenario, ScenarioError
from risk.scenario.check import Report, checked
from risk.scenario.files import text_of, toml_of
from risk.scenario.form import FIRST_YEAR, LAST_YEAR, STRICT, Mark, Name, Positive, Real, Text
from risk.scenario.problems import Place, Problem, dotted, line_of, lines_of, one_of

SHIPPED = Path(__file__).with_name("studies.toml")
OUTCOME = "outcome."
"""What the name of an observed outcome begins with; other names are keys of inputs."""
SIZES = {"poisson": "exposure", "binomial": "trials", "lognormal": "error"}
"""How each law says how much it tells."""


_RARE = 1e-12  # a probability, or mean count, below which nothing is ever seen


@with_config(STRICT)
class ObservationTable(TypedDict):
    """One observed quantity, the product of what is named, and how it becomes data."""

    of: Annotated[list[str], Field(min_length=1)]
    law: Literal["poisson", "binomial", "lognormal"]
    year: NotRequired[Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR)]]
    exposure: NotRequired[Positive]
    trials: NotRequired[Annotated[int, Field(ge=1)]]
    error: NotRequired[Positive]


@with_config(STRICT)
class StudyTable(TypedDict):
    """One study; its cost in $M."""

    id: Name
    name: Text
    cost: Annotated[Real, Field(ge=0)]
    mark: Mark
    source: Text
    observes: Annotated[list[ObservationTable], Field(min_length=1)]


@with_config(STRICT)
class StudyFile(TypedDict):
    """A file of studies."""

    study: list[StudyTable]


@dataclass(frozen=True)
class Observation:
    """One observed quantity and the law of what is seen of it; `size` is that of `SIZES`."""

    of: tuple[str, ...]
    year: int
    law: str
    size: float

    def data(self, quantity: NDArray, u: NDArray) -> NDArray:
        """What is seen at a uniform `u` a path: a count, or the log of a measurement."""
        from scipy.special import bdtr, bdtrik, ndtri, pdtr, pdtrik

        if self.law == "lognormal":
            return np.log(quantity) + self.size * ndtri(u)
        if self.law == "poisson":
            mean = self.size * quantity
            count = _least(pdtrik(u, np.maximum(mean, _RARE)), u, lambda k: pdtr(k, mean))
            return np.where(mean > _RARE, count, 0.0)
        trials = int(self.size)
        inside = np.clip(quantity, _RARE, 1.0 - _RARE)
        count = _least(bdtrik(u, trials, inside), u, lambda k: bdtr(k, trials, inside))
        return np.clip(count, 0, trials)

    def allowed(self, quantity: NDArray) -> bool:
        """Whether the law can be one of this quantity on every path."""
        if self.law == "lognormal":
            return bool((quantity > 0.0).all())
        return bool((quantity >= 0.0).all() and (self.law == "poisson" or quantity.max() <= 1.0))


@dataclass(frozen=True)
class Study:
    """What could be found out before the choice, and what that costs, $M."""

    id: str
    name: str
    cost: float
    mark: str
    source: str
    observes: tuple[Observation, ...]

    def quantities(self, scenario: Scenario, taken: Sample) -> NDArray:
        """What it observes on every path of a sample, (n, observations), in double precision.

        Raises ValueError for a quantity that its law cannot have.
        """
        columns = []
        for one in self.observes:
            product = np.ones(len(taken.replicate))
            for name in one.of:
                product *= _values(scenario, taken, name, one.year)
            if not one.allowed(product):
                raise ValueError(
                    f"study {self.id}: {' x '.join(one.of)} is {product.min():.6g} to "
                    f"{product.max():.6g}; a {one.law} law takes "
                    + ("0 to 1" if one.law == "binomial" else "what is above 0")
                )
            columns.append(product)
        return np.column_stack(columns)

    def data(self, quantities: NDArray, seed: int) -> NDArray:
        """One data set a path, (n, observations); its random numbers hang on seed and id alone."""
        columns = []
        for k, (one, quantity) in enumerate(zip(self.observes, quantities.T, strict=True)):
            name = blake2b(f"{self.id} {k}".encode(), digest_size=8).digest()
            key = np.array([seed, int.from_bytes(name)], np.uint64)
            rng = np.random.Generator(np.random.Philox(key=key))
            columns.append(one.data(quantity, rng.random(len(quantity))))
        return np.column_stack(columns)


def _least(inverse: NDArray, u: NDArray, below: Callable[[NDArray], NDArray]) -> NDArray:
    """Least count whose probability of not being exceeded, `below`, reaches `u`."""
    count = np.ceil(inverse)
    one_less = np.maximum(count - 1.0, 0.0)
    return np.where(below(one_less) >= u, one_less, count)


def load_studies(path: Path = SHIPPED) -> tuple[Study, ...]:
    """The studies of a file; raises ScenarioError with every fault, its line and what is allowed."""
    text = text_of(path)
    lines, problems = lines_of(text), list[Problem]()

    def report(place: Place, sentence: str) -> None:
        problems.append(Problem(str(path), line_of(lines, place), dotted(place), sentence))

    found, faulty = checked(StudyFile, toml_of(path, text), (), report)
    if faulty:
        raise ScenarioError(problems)
    studies: dict[str, Study] = {}
    for number, table in enumerate(found["study"]):
        if table["id"] in studies:
            report(("study", number, "id"), f"{table['id']!r} is taken; allowed: another id")
        observes = tuple(
            _observation(given, ("study", number, "observes", k), report)
            for k, given in enumerate(table["observes"])
        )
        about = {k: table[k] for k in ("id", "name", "cost", "mark", "source")}
        studies[table["id"]] = Study(**about, observes=observes)
    if problems:
        raise ScenarioError(problems)
    return tuple(studies.values())


def _observation(given: ObservationTable, place: Place, report: Report) -> Observation:
    known = [key for key, declared in declarations(Inputs) if declared.kind == "number"]
    names = [*known, *(OUTCOME + field for field in OBSERVED)]
    for name in given["of"]:
        if name not in names:
            report((*place, "of"), f"{name!r} cannot be observed; {one_of(names, name)}")
    dated = any(name.startswith(OUTCOME) for name in given["of"])
    if dated != ("year" in given):
        said = "needs a year" if dated else "has a year, yet an input has the same value in all"
        report(place, f"what is observed {said}; allowed: a year with an outcome, none without")
    law = given["law"]
    sizes = [name for name in SIZES.values() if name in given]
    if sizes != [SIZES[law]]:
        said = ", ".join(sizes) if sizes else "none of them"
        report(place, f"{law} takes {SIZES[law]!r}, given: {said}; allowed: {SIZES[law]!r} alone")
    size = dict(given).get(SIZES[law], 1.0)
    assert isinstance(size, float | int)
    return Observation(tuple(given["of"]), given.get("year", 0), law, float(size))


def _values(scenario: Scenario, taken: Sample, name: str, year: int) -> NDArray:
    if name.startswith(OUTCOME):
        return taken.choices[name.removeprefix(OUTCOME)][year - FIRST_YEAR].astype(np.float64)
    if name in taken.inputs:
        return taken.inputs[name].astype(np.float64)
    return np.full(len(taken.replicate), scenario.priors[name].median)
