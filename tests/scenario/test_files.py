"""Names and files that are no scenario, parents that are none, and errors as values."""

import os
import pickle
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from risk.scenario import Problem, ScenarioError, load, shipped
from tests.scenario.conftest import INPUTS, Small, text_of

type Refused = Callable[..., tuple[Problem, ...]]
type Write = Callable[..., Path]


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        (b'name = "small"\ntitle = \n', 2, "not TOML"),
        (b'name = "small"\ntitle = "never ends', 2, "not TOML"),
        (b"[launch]\na = 1\n[launch]\n", 3, "not TOML"),
        (b"a = 1\n\x00\x01\x02", 2, "not TOML"),
        (b"a = " + b"[" * 100_000, None, "nested too deeply"),
        (b"a = " + b"9" * 5_000, 1, "not TOML"),
        (b'name = "small"\ntitle = "caf\xe9"\n', 2, "0xe9 is not UTF-8"),
        (b"\x7fELF\x02\x01\x01\xff\xfe", 1, "0xff is not UTF-8"),
        ('name = "small"\n'.encode("utf-16"), 1, "not UTF-8"),
        (b"#" * (1 << 21), None, "2,097,152 bytes"),
    ],
)
def test_a_file_that_is_no_toml_is_refused_with_its_line(
    content: bytes, line: int | None, says: str, tmp_path: Path
) -> None:
    path = tmp_path / "small.toml"
    path.write_bytes(content)
    with pytest.raises(ScenarioError) as caught:
        load(path)
    (problem,) = caught.value.problems
    assert (problem.file, problem.line) == (str(path), line)
    assert says in problem.text


def test_an_unreadable_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "small.toml"
    path.touch()

    def denied(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", denied)
    with pytest.raises(ScenarioError, match=r"small\.toml: .* cannot be read: Permission denied"):
        load(path)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("bas", "there is no scenario 'bas'; allowed: .*, base, .*did you mean 'base'"),
        ("spacexai", "did you mean 'spacex_xai'"),
        ("nowhere.toml", "there is no file 'nowhere.toml'"),
        ("./base.toml", "there is no file './base.toml'; did you mean 'base'"),
        ("no/such/folder/x.toml", "there is no file"),
        ("smal.toml", "did you mean 'small.toml'"),
        (".", "'.' is a folder; allowed: .*, base,"),
        ("", "'' is a folder"),
        ("a\0b", "there is no scenario"),
        ("a\0b.toml", "there is no file"),
        ("x" * 5000, "there is no scenario"),
        (os.devnull, "is no regular file"),
    ],
)
def test_a_name_that_is_no_scenario_is_refused(
    given: str, says: str, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(write("").parent)
    with pytest.raises(ScenarioError, match=says):
        load(given)


@pytest.mark.parametrize(
    ("parent", "says"),
    [
        ("bse", "there is no scenario 'bse'; .*did you mean 'base'"),
        ("./nowhere.toml", "there is no file './nowhere.toml'"),
        (".", "is a folder"),
        ("changed", r"changed\.toml -> changed\.toml is a circle"),
        ("./changed.toml", "is a circle"),
    ],
)
def test_a_parent_that_is_no_other_scenario_is_refused(
    parent: str, says: str, refused: Refused
) -> None:
    (problem,) = refused("", head=f'title = "x"\nsource = "y"\nextends = "{parent}"\n')
    assert (problem.key, problem.line) == ("extends", 4)
    assert re.search(says, problem.text)


def test_scenarios_that_extend_each_other_are_refused(write: Write) -> None:
    for name, parent in {"one": "two", "two": "./three.toml", "three": "one"}.items():
        write(f'title = "x"\nsource = "y"\nextends = "{parent}"\n', name)
    with pytest.raises(ScenarioError) as caught:
        load(write("", "unused").parent / "one.toml")
    (problem,) = caught.value.problems
    assert Path(problem.file).name == "three.toml"
    assert "one.toml -> two.toml -> three.toml -> one.toml is a circle" in problem.text


@pytest.mark.parametrize(
    ("name", "says"),
    [("other", "allowed: the name of the file, 'small'"), ("Small One", "small letters")],
)
def test_a_name_that_is_not_the_files_own_is_refused(name: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    path.write_text(f'name = "{name}"\n' + text_of(INPUTS), "utf-8")
    with pytest.raises(ScenarioError) as caught:
        load(path, inputs=Small)
    (problem,) = caught.value.problems
    assert (problem.key, problem.line) == ("name", 1)
    assert says in problem.text


def test_a_byte_order_mark_and_windows_lines_are_read(tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    text = 'name = "small"\n' + text_of(INPUTS)
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert load(path, inputs=Small).name == "small"


def test_an_error_survives_pickling() -> None:
    error = ScenarioError([Problem("a.toml", 3, "b.c", "wrong")])
    assert pickle.loads(pickle.dumps(error)).problems == error.problems
    assert str(error) == "a.toml:3: b.c: wrong"


def test_every_shipped_scenario_is_sound() -> None:
    assert {"base", "spacex_xai"} <= {*shipped()}
    for name in shipped():
        assert load(name).name == name
