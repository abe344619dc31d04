"""House rules that no other tool checks: what the tracked files name, the lock, the docstrings."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# In pieces, so that this file does not contain what it looks for.
MACHINE_PATH = re.compile(
    r"(?<![\w./-])/(?:" + "|".join(["work", "root", "farm", r"home/\w+", r"Users/\w+"]) + ")/"
)
REGISTRY = re.compile(
    "|".join(
        re.escape(".".join(parts))
        for parts in [
            ("pypi", "org"),
            ("python" + "hosted", "org"),
            ("deb", "debian"),
            ("registry", "npmjs"),
            ("conda", "anaconda"),
        ]
    )
)


def tracked_text() -> Iterator[tuple[str, str]]:
    """Name and text of each file that git tracks or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    for name in sorted(filter(None, listed.split("\0"))):
        content = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b"\0"
        if b"\0" not in content:
            yield name, content.decode("utf-8")


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    """Each tracked line in which the pattern occurs, as `file:line: text`."""
    return [
        f"{name}:{number}: {line.strip()[:120]}"
        for name, text in tracked_text()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


@pytest.mark.parametrize("pattern", [MACHINE_PATH, REGISTRY], ids=["machine path", "registry"])
def test_no_tracked_file_names_a_machine_or_a_registry(pattern: re.Pattern[str]) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout, so there is no list of tracked files")
    assert lines_with(pattern) == []


@pytest.mark.parametrize("folder", ["work", "root", "home/someone"])
def test_a_machine_path_would_be_seen(folder: str) -> None:
    assert MACHINE_PATH.search(f'open("/{folder}/data.csv")')
    assert not MACHINE_PATH.search(f"reports/{folder}/data.csv")


LOCKS = ("requirements.lock", "requirements-bench.lock")


def requirements(lock: str) -> list[str]:
    """The entries of a lock, each with the lines that continue it."""
    text = (ROOT / lock).read_text("utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_pins_every_requirement_with_hashes_and_names_no_address(lock: str) -> None:
    entries = requirements(lock)
    assert len(entries) > 20
    for entry in entries:
        assert re.match(r"[a-z0-9-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", entry), entry[:80]
        assert "://" not in entry
        assert " @ " not in entry


def test_the_rivals_packages_move_no_version_of_the_others() -> None:
    main, bench = ({entry.split(" ")[0] for entry in requirements(lock)} for lock in LOCKS)
    assert main <= bench


def public_definitions(tree: ast.Module) -> Iterator[tuple[int, str, str | None]]:
    """Line, name and docstring of each public function and class at the top of a module."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            decorators = {ast.unparse(decorator) for decorator in node.decorator_list}
            if not node.name.startswith("_") and "overload" not in decorators:
                yield node.lineno, node.name, ast.get_docstring(node)


@pytest.mark.parametrize(
    "path",
    sorted(path for folder in ("kernels", "risk") for path in (ROOT / folder).rglob("*.py")),
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_every_public_name_says_what_it_gives(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    assert ast.get_docstring(tree) or not tree.body, "the file itself has no docstring"
    bare = [f"{line}: {name}" for line, name, text in public_definitions(tree) if not text]
    assert bare == []


def test_the_files_that_are_begun_first_are_there() -> None:
    tests = Path(__file__).parent
    (listed,) = (
        ast.literal_eval(node.value)
        for node in ast.parse((tests / "conftest.py").read_text("utf-8")).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "LONGEST"
    )
    assert [name for name in listed if not (tests / f"{name}.py").is_file()] == []
