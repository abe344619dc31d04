"""One scenario from a file and those it extends, and the checks that need the whole of it."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from risk.inputs import Declaration, declarations
from risk.model.systems import SystemInputs
from risk.scenario.check import Entry
from risk.scenario.files import Source, chain_of
from risk.scenario.problems import Problem, ScenarioError, one_of
from risk.scenario.sides import merged_inputs, opponent_of, side_of
from risk.scenario.units import example
from risk.scenario.values import (
    Conditioning,
    Headline,
    Prior,
    Published,
    Scenario,
    scale_fault,
)

LEAST_EIGENVALUE = 1e-6
"""Of a factor correlation, so that its Cholesky factor has meaning in single precision."""

_PROPOSED_EIGENVALUE = 0.01  # of a matrix proposed instead, so that three digits of it suffice
_MISSING_LISTED = 10

type Pairs = Mapping[frozenset[str], float]
"""Correlation of each pair of factors that has one."""


def load(name_or_path: str | os.PathLike[str], *, inputs: type = SystemInputs) -> Scenario:
    """A shipped scenario by its name, or one from a file.

    An input's table replaces the table of that input in the scenario extended; `headline`,
    `conditioning` and `dependence` merge key by key (factors by name, correlations by pair);
    `published` is replaced. An opponent's files give the inputs of the other fleet. `inputs` is
    the tree of declarations to be filled. Raises ScenarioError with every problem found.
    """
    problems: list[Problem] = []
    chain = chain_of(name_or_path, inputs, problems)
    opponent, theirs = opponent_of(chain, inputs, problems)
    known = dict(declarations(inputs))
    if chain and "extends" not in chain[-1].head.keys() | chain[-1].faulty:
        problems += _missing_inputs(chain, known)
        if not any(source.faulty for source in chain):
            problems += _missing_sections(chain)
            problems += _unknown_factors(chain, theirs)
    if problems:
        raise ScenarioError(problems)
    pairs = _pairs(chain, problems)
    correlation = _matrix(list(_merged(chain, "dependence")["factors"]), pairs)
    problems += _indefinite(chain, pairs, correlation)
    given = merged_inputs(chain, theirs)
    scenario = _scenario(chain, known, given, opponent, correlation)
    if not problems and (fault := scale_fault(scenario.priors, correlation, scenario.scale)):
        problems.append(_blamed([*chain, *theirs], *fault))
    if problems:
        raise ScenarioError(problems)
    return scenario


def _scenario(
    chain: Sequence[Source],
    known: Mapping[str, Declaration],
    given: Mapping[str, Any],
    opponent: str | None,
    correlation: NDArray[np.float64],
) -> Scenario:
    head, dependence = chain[0].head, _merged(chain, "dependence")
    conditioning = _merged(chain, "conditioning")
    published: list[Any] = next((s.head["published"] for s in chain if "published" in s.head), [])
    choices = {key: d for key, d in known.items() if d.kind == "choice"}
    return Scenario(
        name=head["name"],
        title=head["title"],
        source=head["source"],
        extends=head.get("extends"),
        side=side_of(chain),
        opponent=opponent,
        priors={
            key: _prior(key, d, given[key], dependence["factors"])
            for key, d in known.items()
            if key not in choices
        },
        choices={key: given[key] for key in choices},
        options={key: d.options for key, d in choices.items()},
        factors=dependence["factors"],
        correlation=correlation,
        scale=dependence["scale"],
        conditioning=Conditioning(**conditioning | {"log_sd": tuple(conditioning["log_sd"])}),
        headline=Headline(**_merged(chain, "headline")),
        published=tuple(Published(**row) for row in published),
        evidence=next((s.head["evidence"] for s in chain if "evidence" in s.head), None),
    )


def _prior(key: str, declaration: Declaration, entry: Entry, factors: Mapping[str, str]) -> Prior:
    return Prior(
        key=key,
        declaration=declaration,
        shape=entry.shape,
        numbers=entry.numbers,
        marginal=entry.marginal,
        loadings=tuple(entry.factors.get(name, 0.0) for name in factors),
        mark=entry.mark,
        anchors=entry.anchors,
        source=entry.source,
    )


def _blamed(chain: Sequence[Source], key: str, text: str) -> Problem:
    """The scale, where a file sets it and inherits the input; otherwise the input."""
    for source in chain:
        if key in source.inputs:
            return source.problem(tuple(key.split(".")), text)
        if "scale" in source.head.get("dependence", {}):
            return source.problem(("dependence", "scale"), text)
    raise AssertionError(f"no file gives {key}")


def _merged(chain: Sequence[Source], section: str) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for source in reversed(chain):
        given = source.head.get(section, {})
        if "factors" in given:
            given = given | {"factors": merged.get("factors", {}) | given["factors"]}
        merged |= given
    return merged


def _missing_inputs(chain: Sequence[Source], known: Mapping[str, Declaration]) -> list[Problem]:
    missing = [key for key in known if all(key not in source.inputs for source in chain)]
    found = [
        chain[0].problem(
            tuple(key.split(".")), f"the input is missing; allowed: {_wanted(known[key])}"
        )
        for key in missing[:_MISSING_LISTED]
    ]
    if rest := missing[_MISSING_LISTED:]:
        text = f'{len(rest)} more inputs are missing; extends = "base" would give them'
        found.append(chain[0].problem((), text))
    return found


def _wanted(d: Declaration) -> str:
    return f"one of {', '.join(d.options)}" if d.options else f"a table with {example(d.unit)}"


def _missing_sections(chain: Sequence[Source]) -> list[Problem]:
    needed = {
        "headline": [f.name for f in fields(Headline)],
        "conditioning": [f.name for f in fields(Conditioning)],
        "dependence": ["scale", "source", "factors"],
    }
    return [
        chain[0].problem((section, key), f"{key!r} is missing; needed: {', '.join(keys)}")
        for section, keys in needed.items()
        for key in keys
        if _merged(chain, section).get(key) in (None, {})
    ]


def _unknown_factors(chain: Sequence[Source], theirs: Sequence[Source]) -> list[Problem]:
    """Factors that nobody declares, in inputs and in correlations."""
    known = _merged(chain, "dependence").get("factors", {})
    found = [
        source.problem((*key.split("."), "factors", name), f"no such factor; {one_of(known, name)}")
        for source in (*chain, *theirs)
        for key, entry in source.inputs.items()
        if isinstance(entry, Entry)
        for name in entry.factors
        if name not in known
    ]
    for source in chain:
        for i, row in enumerate(_correlations(source)):
            place = ("dependence", "correlations", i, "between")
            found += [
                source.problem(place, f"there is no factor {name!r}; {one_of(known, name)}")
                for name in row["between"]
                if name not in known
            ]
    return found


def _pairs(chain: Sequence[Source], problems: list[Problem]) -> Pairs:
    pairs: dict[frozenset[str], float] = {}
    for source in reversed(chain):
        seen: set[frozenset[str]] = set()
        for i, row in enumerate(_correlations(source)):
            pair = frozenset(row["between"])
            if len(pair) == 1 or pair in seen:
                said = "a pair given twice" if pair in seen else "no pair"
                text = f"{' and '.join(row['between'])} is {said}; allowed: each two factors once"
                problems.append(source.problem(("dependence", "correlations", i, "between"), text))
                continue
            seen.add(pair)
            pairs[pair] = row["value"]
    return pairs


def _correlations(source: Source) -> list[dict[str, Any]]:
    return source.head.get("dependence", {}).get("correlations", [])


def _matrix(names: Sequence[str], pairs: Pairs) -> NDArray[np.float64]:
    matrix = np.eye(len(names))
    for pair, value in pairs.items():
        i, j = (names.index(name) for name in pair)
        matrix[i, j] = matrix[j, i] = value
    matrix.setflags(write=False)
    return matrix


def _indefinite(
    chain: Sequence[Source], pairs: Pairs, matrix: NDArray[np.float64]
) -> list[Problem]:
    smallest = float(np.linalg.eigvalsh(matrix).min())
    if smallest > LEAST_EIGENVALUE:
        return []
    names = list(_merged(chain, "dependence")["factors"])
    near = nearest_correlation(matrix)
    proposed = []
    for pair, value in pairs.items():
        i, j = sorted(names.index(name) for name in pair)
        if near[i, j] != round(value, 3):
            proposed.append(f"{names[i]} and {names[j]} {near[i, j]:g} instead of {value:g}")
    latest = next(source for source in chain if _correlations(source))
    return [
        latest.problem(
            ("dependence", "correlations"),
            f"the factor correlation is not positive definite, its smallest eigenvalue is "
            f"{smallest:.3g}; allowed: above {LEAST_EIGENVALUE:g}; nearest valid: "
            f"{', '.join(proposed)}",
        )
    ]


def nearest_correlation(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """The nearest correlation matrix with the same zeros and no eigenvalue below 0.01.

    Dykstra's alternating projections, as in Higham (2002), IMA J. Numer. Anal. 22, 329, here onto
    the matrices with this pattern; rounded to three digits.
    """
    given = matrix != 0.0
    near, correction = matrix.copy(), np.zeros_like(matrix)
    for _ in range(500):
        values, vectors = np.linalg.eigh(near - correction)
        definite = (vectors * np.maximum(values, _PROPOSED_EIGENVALUE)) @ vectors.T
        correction = definite - (near - correction)
        near = np.where(given, definite, 0.0)
        np.fill_diagonal(near, 1.0)
    return np.round(near, 3)
