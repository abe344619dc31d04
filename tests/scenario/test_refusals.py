"""Everything that is refused, with the file, the line, the dotted key and what is allowed."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.scenario import Problem, ScenarioError, load
from risk.scenario.resolve import LEAST_EIGENVALUE, nearest_correlation
from tests.scenario.conftest import HEAD, INPUTS, MARKED, Small, text_of

type Refused = Callable[..., tuple[Problem, ...]]
type Write = Callable[..., Path]


class Case(NamedTuple):
    """A text that is refused, and what the one sentence about it must hold."""

    text: str
    key: str
    line: str  # text of the line that the problem names
    says: tuple[str, ...]


def price(body: str) -> str:
    return f"[engine.price]\n{body}\n{MARKED}"


def percentiles(p5: str, p50: str, p95: str, more: str = "") -> str:
    numbers = f"p5 = {p5}\np50 = {p50}\np95 = {p95}"
    return price(f'{numbers}\nshape = "lognormal"\n{more}')


SOUND = ('"400 USD/kg"', '"700 USD/kg"', '"1200 USD/kg"')
CASES = {
    "an unknown section": Case(
        "[engin.price]\nvalue = 3",
        "engin",
        "[engin.price]",
        ("'engin'", "tank", "did you mean 'engine'"),
    ),
    "an unknown input": Case(
        "[engine.prize]\nvalue = 3",
        "engine.prize",
        "[engine.prize]",
        ("'prize'", "price, share, date, mode", "did you mean 'price'"),
    ),
    "an input of another group": Case(
        "[engine.growth]\nvalue = 3",
        "engine.growth",
        "[engine.growth]",
        ("did you mean 'tank.growth'",),
    ),
    "an unknown key at the top": Case("titel = 3", "titel", "titel", ("did you mean 'title'",)),
    "an unknown key of a section": Case(
        "[headline]\nyeer = 2035",
        "headline.yeer",
        "yeer",
        ("comparator, year", "did you mean 'year'"),
    ),
    "an unknown key of a table": Case(
        percentiles(*SOUND, "atleast = 3"),
        "engine.price.atleast",
        "atleast",
        ("p5, p50, p95", "did you mean 'at_least'"),
    ),
    "a key that does not fit the shape": Case(
        price('low = "1 USD/kg"\nhigh = "2 USD/kg"\np50 = "1 USD/kg"\nshape = "uniform"'),
        "engine.price.p50",
        "p50",
        ("'p50'", "low, high, zero"),
    ),
    "a missing percentile": Case(
        price('p5 = "1 USD/kg"\np50 = "2 USD/kg"\nshape = "lognormal"'),
        "engine.price.p95",
        "[engine.price]",
        ("missing", "p5, p50, p95"),
    ),
    "a missing mark": Case(
        '[engine.price]\nvalue = "3 USD/kg"\nsource = "x"',
        "engine.price.mark",
        "[engine.price]",
        ("missing", "mark, source, value"),
    ),
    "an unknown mark": Case(
        '[engine.price]\nvalue = "3 USD/kg"\nsource = "x"\nmark = "publishd"',
        "engine.price.mark",
        "mark",
        ("'publishd'", "second-hand, judgement", "did you mean 'published'"),
    ),
    "an empty source": Case(
        '[engine.price]\nvalue = "3 USD/kg"\nsource = " "\nmark = "published"',
        "engine.price.source",
        "source",
        ("empty",),
    ),
    "an unknown shape": Case(
        price('shape = "lognormall"\np5 = 3'),
        "engine.price.shape",
        "shape",
        ("'lognormall'", "triangular", "did you mean 'lognormal'"),
    ),
    "a shape that is no text": Case(price("shape = [1]"), "engine.price.shape", "shape", ("[1]",)),
    "no shape and no value": Case(
        price("p5 = 3"),
        "engine.price.shape",
        "[engine.price]",
        ("neither shape nor value", "uniform"),
    ),
    "a number in place of a table": Case(
        "[engine]\nprice = 3", "engine.price", "price", ("3 is given", "a table")
    ),
    "a number in place of a group": Case(
        "engine = 3", "engine", "engine", ("3 is given", "a table")
    ),
    "a unit of another dimension": Case(
        price('value = "400 USD"'),
        "engine.price.value",
        "value",
        ("'400 USD'", "dimension", "USD/kg"),
    ),
    "an unknown unit": Case(
        price('value = "400 USD/kgg"'), "engine.price.value", "value", ("unknown unit", "USD/kg")
    ),
    "a missing unit": Case(
        price("value = 400"), "engine.price.value", "value", ("400 has no unit", "USD/kg")
    ),
    "a number that is not one": Case(
        price("value = nan"), "engine.price.value", "value", ("nan", "not a finite number")
    ),
    "infinity in text": Case(
        price('value = "inf USD/kg"'), "engine.price.value", "value", ("'inf USD/kg'", "finite")
    ),
    "a number too large for a float": Case(
        price('value = "1e999 USD/kg"'), "engine.price.value", "value", ("too large", "finite")
    ),
    "a truth value": Case(price("value = true"), "engine.price.value", "value", ("True", "USD/kg")),
    "a negative price": Case(
        price('value = "-1 USD/kg"'),
        "engine.price.value",
        "value",
        ("-1 USD/kg", "0 USD/kg or more"),
    ),
    "a percentile out of bounds": Case(
        f'[tank.growth]\np5 = "0 1/year"\np50 = "0.1 1/year"\np95 = "60 %/year"\nshape = "normal"\n{MARKED}',
        "tank.growth.p95",
        "p95",
        ("0.6 1/year", "-0.5 to 0.5 1/year"),
    ),
    "a corner out of bounds": Case(
        f'[engine.share]\nlow = 0.5\nmode = 0.6\nhigh = "120 %"\nshape = "triangular"\n{MARKED}',
        "engine.share.high",
        "high",
        ("1.2", "0 to 1"),
    ),
    "a clip out of bounds": Case(
        percentiles(*SOUND, 'at_least = "-5 USD/kg"'),
        "engine.price.at_least",
        "at_least",
        ("-5 USD/kg", "0 USD/kg or more"),
    ),
    "a clip above the median": Case(
        percentiles(*SOUND, 'at_least = "0.8 kUSD/kg"'),
        "engine.price",
        "[engine.price]",
        ("800", "700", "leaves out the median"),
    ),
    "a clip below the median": Case(
        percentiles(*SOUND, 'at_most = "600 USD/kg"'),
        "engine.price",
        "[engine.price]",
        ("600", "700", "leaves out the median"),
    ),
    "crossed percentiles": Case(
        percentiles('"800 USD/kg"', *SOUND[1:]),
        "engine.price",
        "[engine.price]",
        ("must rise", "800, 700, 1200", "USD/kg"),
    ),
    "equal percentiles": Case(
        percentiles(*(['"7 USD/kg"'] * 3)),
        "engine.price",
        "[engine.price]",
        ("all percentiles are 7",),
    ),
    "a lognormal from zero": Case(
        percentiles('"0 USD/kg"', *SOUND[1:]), "engine.price", "[engine.price]", ("p5 > 0", "got 0")
    ),
    "a logit up to one": Case(
        f'[engine.share]\np5 = 0.5\np50 = 0.6\np95 = 1\nshape = "logit"\n{MARKED}',
        "engine.share",
        "[engine.share]",
        ("between 0 and 1",),
    ),
    "corners out of order": Case(
        price('low = "3 USD/kg"\nmode = "2 USD/kg"\nhigh = "4 USD/kg"\nshape = "triangular"'),
        "engine.price",
        "[engine.price]",
        ("low <= mode <= high", "3 2 4"),
    ),
    "a uniform without width": Case(
        price('low = "3 USD/kg"\nhigh = "3 USD/kg"\nshape = "uniform"'),
        "engine.price",
        "[engine.price]",
        ("low < high",),
    ),
    "a share at zero that is out of bounds": Case(
        f'[tank.mass]\nlow = "2 tonne"\nhigh = "3 tonne"\nzero = 0.1\nshape = "uniform"\n{MARKED}',
        "tank.mass",
        "[tank.mass]",
        ("zero", "1 tonne or more"),
    ),
    "never for an input that has an upper bound": Case(
        f'[engine.share]\nlow = 0\nmode = 0\nhigh = 1\nnever = 0.1\nshape = "triangular"\n{MARKED}',
        "engine.share",
        "[engine.share]",
        ("never", "bound 1"),
    ),
    "a share of never that is all": Case(
        f'[engine.date]\nlow = "1 year"\nmode = "2 year"\nhigh = "3 year"\nnever = 1.0\n'
        f'shape = "triangular"\n{MARKED}',
        "engine.date.never",
        "never",
        ("1.0 is given", "less than 1"),
    ),
    "an option that is none": Case(
        '[engine]\nmode = "fats"',
        "engine.mode",
        "mode",
        ("'fats'", "slow, fast", "did you mean 'fast'"),
    ),
    "a loading above one": Case(
        percentiles(*SOUND, "factors = { demand = 1.5 }"),
        "engine.price.factors.demand",
        "factors",
        ("1.5 is given", "equal to 1"),
    ),
    "an unknown factor of an input": Case(
        percentiles(*SOUND, "factors = { demnd = 0.5 }"),
        "engine.price.factors.demnd",
        "factors",
        ("hardware, demand, capital", "did you mean 'demand'"),
    ),
    "factors of a fixed input": Case(
        price('value = "3 USD/kg"\nfactors = { demand = 0.5 }'),
        "engine.price.factors",
        "factors",
        ("'factors' does not belong here",),
    ),
    "factors that explain too much": Case(
        percentiles(*SOUND, "factors = { demand = 1.0 }"),
        "engine.price",
        "[engine.price]",
        ("explain 1 of the variance of engine.price", "at most 0.9", "dependence.scale to 0.948"),
    ),
    "a scale that makes factors explain too much": Case(
        "[dependence]\nscale = 2.5",
        "dependence.scale",
        "scale",
        ("at scale 2.5", "engine.price", "to 1.946 or less"),
    ),
    "a negative scale": Case(
        "[dependence]\nscale = -1", "dependence.scale", "scale", ("-1 is given", "equal to 0")
    ),
    "a factor's name with a space": Case(
        '[dependence.factors]\n"more demand" = "x"',
        "dependence.factors.more demand",
        '"more demand"',
        ("'more demand'", "small letters"),
    ),
    "a correlation above one": Case(
        '[[dependence.correlations]]\nbetween = ["demand", "capital"]\nvalue = 1.2',
        "dependence.correlations[0].value",
        "value",
        ("1.2 is given", "equal to 1"),
    ),
    "a correlation of three": Case(
        '[[dependence.correlations]]\nbetween = ["demand", "capital", "hardware"]\nvalue = 0.2',
        "dependence.correlations[0].between",
        "between",
        ("at most 2",),
    ),
    "an unknown factor of a correlation": Case(
        '[[dependence.correlations]]\nbetween = ["demand", "capitol"]\nvalue = 0.2',
        "dependence.correlations[0].between",
        "between",
        ("'capitol'", "hardware, demand, capital", "did you mean 'capital'"),
    ),
    "a factor correlated with itself": Case(
        '[[dependence.correlations]]\nbetween = ["demand", "demand"]\nvalue = 0.2',
        "dependence.correlations[0].between",
        "between",
        ("demand and demand is no pair",),
    ),
    "a pair given twice": Case(
        '[[dependence.correlations]]\nbetween = ["demand", "capital"]\nvalue = 0.2\n'
        '[[dependence.correlations]]\nbetween = ["capital", "demand"]\nvalue = 0.3',
        "dependence.correlations[1].between",
        'between = ["capital", "demand"]',
        ("given twice",),
    ),
    "a width of zero": Case(
        "[conditioning]\nlog_sd = [0.5, 0]", "conditioning.log_sd[1]", "log_sd", ("0 is given",)
    ),
    "no width": Case(
        "[conditioning]\nlog_sd = []", "conditioning.log_sd", "log_sd", ("at least 1 item",)
    ),
    "widths that do not fall": Case(
        "[conditioning]\nlog_sd = [0.5, 0.5]",
        "conditioning.log_sd",
        "log_sd",
        ("[0.5, 0.5]", "each number below the one before"),
    ),
    "a centre of zero": Case(
        "[conditioning]\ncentre = 0",
        "conditioning.centre",
        "centre",
        ("0 is given", "greater than 0"),
    ),
    "a launch loss of one": Case(
        "[conditioning]\nlaunch_loss = 1",
        "conditioning.launch_loss",
        "launch_loss",
        ("less than 1",),
    ),
    "a headline year after the horizon": Case(
        "[headline]\nyear = 2041", "headline.year", "year", ("2041 is given", "equal to 2040")
    ),
    "a headline year before the start": Case(
        "[headline]\nyear = 2025", "headline.year", "year", ("2025 is given", "equal to 2026")
    ),
    "an unknown comparator": Case(
        '[headline]\ncomparator = "costs"',
        "headline.comparator",
        "comparator",
        ("cost, value, time-adjusted", "did you mean 'cost'"),
    ),
    "a published ratio of zero": Case(
        '[[published]]\nname = "A"\nyear = 2026\nratio = 0\nweight = 1\nsource = "x"',
        "published[0].ratio",
        "ratio",
        ("0 is given", "greater than 0"),
    ),
    "a published study without its year": Case(
        '[[published]]\nname = "A"\nratio = 2\nweight = 1\nsource = "x"',
        "published[0].year",
        "[[published]]",
        ("missing", "name, year, ratio, weight, source"),
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_it_is_refused_in_one_sentence_that_names_file_line_and_key(
    case: Case, refused: Refused, tmp_path: Path
) -> None:
    (problem,) = refused(case.text)
    assert problem.file == str(tmp_path / "changed.toml")
    assert problem.key == case.key
    lines = Path(problem.file).read_text("utf-8").splitlines()
    assert problem.line is not None
    assert lines[problem.line - 1].startswith(case.line)
    for part in case.says:
        assert part in problem.text
    assert str(problem) == f"{problem.file}:{problem.line}: {problem.key}: {problem.text}"


def test_all_problems_of_all_files_are_listed_at_once(write: Write) -> None:
    parent = write(text_of(INPUTS | {"tank.mass": INPUTS["tank.mass"].replace("tonne", "km")}))
    child = write(
        'title = "x"\nextends = "small"\n[headline]\nyear = 1999\n[engine]\nmode = "x"\nage = 3\n'
        + percentiles('"a"', '"2 m"', "3"),
        "child",
    )
    with pytest.raises(ScenarioError) as caught:
        load(child, inputs=Small)
    found = {(Path(p.file).name, p.key) for p in caught.value.problems}
    assert found == {
        (child.name, "source"),
        (child.name, "headline.year"),
        (child.name, "engine.mode"),
        (child.name, "engine.age"),
        (child.name, "engine.price.p5"),
        (child.name, "engine.price.p50"),
        (child.name, "engine.price.p95"),
        (parent.name, "tank.mass.value"),
    }
    assert len(str(caught.value).splitlines()) == len(found)


def test_missing_inputs_and_sections_are_named(write: Write) -> None:
    with pytest.raises(ScenarioError) as caught:
        load(write('title = "x"\nsource = "y"\n'), inputs=Small)
    found = {p.key: p.text for p in caught.value.problems}
    assert {*INPUTS, "engine.mode"} <= found.keys()
    assert "USD/kg" in found["engine.price"]
    assert "slow, fast" in found["engine.mode"]
    needed = ("headline.year", "conditioning.centre", "dependence.scale", "dependence.factors")
    assert {*needed} <= found.keys()
    assert "published" not in found


def test_a_file_without_inputs_is_told_of_the_base_once(write: Write) -> None:
    with pytest.raises(ScenarioError, match=r'\d+ more inputs are missing; extends = "base"'):
        load(write('title = "x"\nsource = "y"\n'))


def test_a_correlation_that_is_not_positive_definite_names_the_nearest_that_is(
    refused: Refused, write: Write
) -> None:
    pairs = {("hardware", "capital"): 0.9, ("demand", "capital"): -0.9}
    (problem,) = refused(correlations(pairs))
    assert problem.key == "dependence.correlations"
    assert "smallest eigenvalue is -0.4" in problem.text
    proposed = {
        (first, second): float(value)
        for first, _, second, value, *_ in (
            row.split() for row in problem.text.split("nearest valid: ")[1].split(", ")
        )
    }
    assert {*pairs} <= {*proposed}
    path = write(
        'title = "x"\nsource = "y"\nextends = "small"\n' + correlations(proposed), "changed"
    )
    assert np.linalg.eigvalsh(load(path, inputs=Small).correlation).min() > LEAST_EIGENVALUE


def correlations(pairs: dict[tuple[str, str], float]) -> str:
    return "".join(
        f'[[dependence.correlations]]\nbetween = ["{a}", "{b}"]\nvalue = {value}\n'
        for (a, b), value in pairs.items()
    )


@given(st.integers(2, 7), st.data())
def test_the_nearest_correlation_is_definite_and_keeps_the_zeros(size: int, data) -> None:
    entries = st.one_of(st.just(0.0), st.floats(-1, 1), st.sampled_from([-1.0, 1.0]))
    below = np.tril_indices(size, -1)
    matrix = np.eye(size)
    count = len(below[0])
    matrix[below] = data.draw(st.lists(entries, min_size=count, max_size=count))
    matrix[below[::-1]] = matrix[below]
    near = nearest_correlation(matrix)
    assert np.linalg.eigvalsh(near).min() > LEAST_EIGENVALUE
    assert (np.diag(near) == 1.0).all()
    assert (near[matrix == 0.0] == 0.0).all()
    assert np.abs(near).max() <= 1.0


LINES = ('name = "small"\n' + text_of(INPUTS)).splitlines()
VALUES = [
    "0", "-1", "1e400", "nan", "inf", "true", '""', '"x"', "[]", "[[]]", "{}", "[1, 'a']", "1e-400",
    "2026-11-24", "07:32:00", "9" * 400, '"1 USD/kg"', '"1 year"', "{ a = { b = 1 } }", '"\\u0000"',
]  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(range(len(LINES))), st.sampled_from(VALUES)), max_size=4))
def test_any_value_anywhere_gives_a_scenario_or_a_list_of_problems(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, str]]
) -> None:
    lines = list(LINES)
    for i, value in changes:
        lines[i] = re.sub("= .*", lambda _, value=value: f"= {value}", lines[i])
    path = tmp_path_factory.getbasetemp() / "small.toml"
    path.write_text("\n".join(lines), "utf-8")
    try:
        assert load(path, inputs=Small).digest
    except ScenarioError as error:
        found = str(error)
    else:
        found = "small.toml"
    assert "small.toml" in found


def test_lines_are_found_past_texts_of_several_lines(refused: Refused) -> None:
    tricky = HEAD.splitlines()[0].replace("A small scenario", "x")
    head = f'{tricky}\nsource = """\n[engine.price]\nvalue = 3\n"""\nextends = "small"\n'
    (problem,) = refused('[engine.price]\nvalue = "3 m"\n' + MARKED, head=head)
    assert problem.line == 9
