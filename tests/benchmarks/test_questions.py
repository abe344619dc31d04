"""Every question can be asked: by listing the folder, never by hand."""

import inspect
from pathlib import Path

import pytest

import benchmarks
from benchmarks.registry import CORE, ORDER, names, question

FOLDER = Path(benchmarks.__file__).parent
EVERY = [*names(), *names("gpu")]


def test_every_file_of_a_question_is_listed() -> None:
    assert {f"bench_{name}.py" for name in names()} == {p.name for p in FOLDER.glob("bench_*.py")}
    assert set(ORDER) <= set(names())


@pytest.mark.parametrize("name", EVERY)
def test_a_question_asks_measures_and_answers(name: str) -> None:
    module = question(name)
    first = (module.__doc__ or "").strip().split("\n\n")[0]
    assert first.endswith("?"), f"the docstring of {name} begins with {first!r}, no question"
    assert "quick" in inspect.signature(module.run).parameters
    assert len(inspect.signature(module.lines).parameters) == 1
    for optional, count in (("bars", 1), ("compare", 1), ("quote", 1), ("figure", 2)):
        if hasattr(module, optional):
            assert len(inspect.signature(getattr(module, optional)).parameters) == count


@pytest.mark.parametrize("name", CORE)
def test_what_a_user_is_asked_can_be_compared(name: str) -> None:
    assert hasattr(question(name), "compare")


def test_a_name_that_is_no_question_is_refused_with_those_that_are() -> None:
    with pytest.raises(KeyError, match="'speed' is no question; there are rivals, "):
        question("speed")


def test_memory_in_its_tiny_form() -> None:
    memory = question("memory")
    found = {"peak_mb": {"65536": memory.apart(memory.once, paths=1 << 16).peak_mb}}
    assert found["peak_mb"]["65536"] > 100
    assert "| 65,536 |" in "\n".join(memory.lines(found))
