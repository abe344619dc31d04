"""One file against its form: valid entries, and a sentence about every fault."""

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args, get_type_hints

from pydantic import ValidationError

from kernels.marginals import Marginal
from risk.inputs import Declaration, declarations
from risk.scenario.form import SHAPES, Head, adapter
from risk.scenario.problems import Place, did_you_mean, one_of

type Report = Callable[[Place, str], None]
"""Takes where a problem is, and the sentence about it."""


@dataclass(frozen=True)
class Entry:
    """One input's table, converted to the declared unit."""

    shape: str
    numbers: Mapping[str, float]
    marginal: Marginal
    factors: Mapping[str, float]
    mark: str
    anchors: str | None
    source: str


def head_of(data: Mapping[str, Any], report: Report) -> tuple[dict[str, Any], set[str | int]]:
    """The valid part of a file's head, and the keys of it that have a fault."""
    given = {k: v for k, v in data.items() if k in Head.__annotations__}
    return checked(Head, given, (), report)


def inputs_of(
    data: Mapping[str, Any], inputs: type, report: Report
) -> dict[str, Entry | int | None]:
    """Every input that a file gives: an entry, an option's index, or None where it has a fault."""
    known = dict(declarations(inputs))
    return {
        key: (_option if known[key].kind == "choice" else _entry)(
            given, known[key], tuple(key.split(".")), report
        )
        for key, given in _leaves(data, known, (), report)
    }


def _leaves(
    data: Mapping[str, Any], known: Mapping[str, Declaration], path: tuple[str, ...], report: Report
) -> Iterator[tuple[str, Any]]:
    prefix = "".join(f"{name}." for name in path)
    names = {
        key.removeprefix(prefix).split(".")[0]: None for key in known if key.startswith(prefix)
    }
    head_names = () if path else tuple(Head.__annotations__)
    for name, given in data.items():
        place = (*path, name)
        if name in head_names:
            continue
        if prefix + name in known:
            yield prefix + name, given
        elif name not in names:
            allowed = [*head_names, *names]
            far = "" if did_you_mean(allowed, name) else _elsewhere(known, name)
            report(place, f"{name!r} is not known; {one_of(allowed, name)}{far}")
        elif isinstance(given, dict):
            yield from _leaves(given, known, place, report)
        else:
            report(place, f"{given!r} is given; allowed: a table")


def _elsewhere(known: Mapping[str, Declaration], name: str) -> str:
    """Where another group has an input of almost this name."""
    last = {key.rpartition(".")[2]: key for key in known}
    near = difflib.get_close_matches(name, list(last), n=1, cutoff=0.8)
    return f"; did you mean {last[near[0]]!r}?" if near else ""


def _option(given: Any, d: Declaration, place: Place, report: Report) -> int | None:
    if given in d.options:
        return d.options.index(given)
    report(place, f"{given!r} is given; {one_of(d.options, given)}")
    return None


def _entry(given: Any, d: Declaration, place: Place, report: Report) -> Entry | None:
    if not isinstance(given, dict):
        report(place, f"{given!r} is given; allowed: a table with shape, numbers, mark and source")
        return None
    shape = given.get("shape", "fixed" if "value" in given else "")
    if not isinstance(shape, str) or shape not in SHAPES:
        said = f"shape {shape!r} is given" if shape else "neither shape nor value is given"
        report((*place, "shape"), f"{said}; {one_of(SHAPES, shape)}")
        return None
    form, build = SHAPES[shape]
    table, faulty = checked(form, given, place, report, d)
    if faulty:
        return None
    numbers = {k: v for k, v in table.items() if isinstance(v, float)}
    try:
        marginal = build(numbers, d)
    except ValueError as error:
        report(place, f"{error} (in {d.unit})" if d.unit != "1" else str(error))
        return None
    return Entry(
        shape=shape,
        numbers=numbers,
        marginal=marginal,
        factors=table.get("factors", {}),
        mark=table["mark"],
        anchors=table.get("anchors"),
        source=table["source"],
    )


def checked(
    form: Any, given: Mapping[str, Any], place: Place, report: Report, context: Any = None
) -> tuple[dict[str, Any], set[str | int]]:
    """The valid part of a table, and the keys of it that have a fault, all of them reported."""
    try:
        return adapter(form).validate_python(given, context=context), set()
    except ValidationError as error:
        faults = error.errors(include_url=False)
    for fault in faults:
        sentence = _SENTENCES.get(fault["type"], _refused)
        report((*place, *(p for p in fault["loc"] if p != "[key]")), sentence(fault, form))
    faulty = {fault["loc"][0] for fault in faults}
    return {k: v for k, v in given.items() if k not in faulty}, faulty


def _refused(fault: Any, form: Any) -> str:
    said = re.sub(r"^(Input|String|List) should (be |have )?", "", fault["msg"])
    return f"{fault['input']!r} is given; allowed: {said}"


def _own(fault: Any, form: Any) -> str:
    return fault["msg"].removeprefix("Value error, ")


def _literal(fault: Any, form: Any) -> str:
    words = re.findall(r"'([^']*)'", fault["ctx"]["expected"])
    return f"{fault['input']!r} is given; {one_of(words, fault['input'])}"


def _missing(fault: Any, form: Any) -> str:
    needed = _names(form, fault["loc"][:-1], required=True)
    return f"{fault['loc'][-1]!r} is missing; needed: {', '.join(needed)}"


def _unknown(fault: Any, form: Any) -> str:
    name = fault["loc"][-1]
    return f"{name!r} does not belong here; {one_of(_names(form, fault['loc'][:-1]), name)}"


_SENTENCES: dict[str, Callable[[Any, Any], str]] = {
    "missing": _missing,
    "value_error": _own,
    "literal_error": _literal,
    "extra_forbidden": _unknown,
}


def _names(form: Any, path: Place, required: bool = False) -> list[str]:
    """Keys of the TypedDict at a path inside a form."""
    for part in path:
        form = get_args(form)[0] if isinstance(part, int) else get_type_hints(form)[part]
    return [n for n in form.__annotations__ if not required or n in form.__required_keys__]
