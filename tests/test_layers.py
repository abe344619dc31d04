"""The direction of the arrows: a file imports only from rows below its own."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LONGEST = 500
ROWS = (
    {"risk", "__main__"},  # the public list, which gathers from everywhere
    {"cli", "dashboard"},
    {"report"},
    {"calibrate", "claims", "validate"},
    {"analysis"},
    {"run"},
    {"scenario"},
    {"model"},
    {"inputs", "estimate"},
    {"kernels"},
)
ROW = {room: number for number, row in enumerate(ROWS) for room in row}
FILES = sorted(path for folder in ("kernels", "risk") for path in (ROOT / folder).rglob("*.py"))


def room(module: str) -> str:
    """The room of a dotted module: `risk.model.launch` is in `model`, `risk` itself in `risk`."""
    top, *inner = module.split(".")
    return inner[0] if top == "risk" and inner else top


def module_of(path: Path) -> str:
    """The dotted name by which a source file is imported."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(tree: ast.AST, package: str) -> list[tuple[int, str]]:
    """Line and dotted module of each import; `from risk import run` counts as `risk.run`."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")
                base = ".".join([*above[: len(above) - node.level + 1], *filter(None, [base])])
            for alias in node.names:
                names_a_room = base == "risk" and alias.name in ROW
                found.append((node.lineno, f"{base}.{alias.name}" if names_a_room else base))
    return found


def faults(source: str, module: str, package: str) -> list[str]:
    """Each import in `source` that goes sideways or upwards, as `line: sentence`."""
    here = room(module)
    found = []
    for line, target in imported(ast.parse(source), package):
        there = room(target)
        ours = target.split(".")[0] in ("risk", "kernels")
        if ours and there not in ROW:
            found.append(f"{line}: {target} is in a room without a row; give {there} one in ROWS")
        elif ours and there != here and ROW[there] <= ROW[here]:
            found.append(f"{line}: {here} imports {target}, which is not below it")
    return found


def label(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", FILES, ids=label)
def test_a_file_imports_only_from_rows_below_its_own(path: Path) -> None:
    module = module_of(path)
    assert room(module) in ROW, f"{label(path)} is in a room without a row in ROWS"
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    assert faults(path.read_text("utf-8"), module, package) == []


@pytest.mark.parametrize("path", FILES, ids=label)
def test_no_import_hides_names_behind_a_star(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    stars = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)
    ]
    assert stars == []


@pytest.mark.parametrize("path", FILES, ids=label)
def test_a_file_is_short_enough_to_read(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= LONGEST


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("kernels.paths", "import risk"),
        ("risk.model.launch", "from risk.run import plan"),
        ("risk.model.launch", "from risk import run"),
        ("risk.model.launch", "from ..run.plan import Plan"),
        ("risk.inputs", "from risk.estimate import Estimate"),
        ("risk.claims", "def late():\n    import risk.report.build"),
        ("risk.cli", "from risk.unheard_of import thing"),
    ],
)
def test_an_import_that_goes_up_or_sideways_is_caught(module: str, source: str) -> None:
    assert len(faults(source, module, module.rpartition(".")[0])) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("risk.model.path", "from . import launch\nfrom risk.model.orbit import sunlight"),
        ("risk.cli", "from risk import report, scenario\nimport kernels.paths, numpy"),
        ("risk", "from risk.cli import main"),
    ],
)
def test_an_import_within_a_room_or_downwards_is_allowed(module: str, source: str) -> None:
    assert faults(source, module, module.rpartition(".")[0] or module) == []
