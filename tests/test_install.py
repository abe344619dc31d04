"""The built wheel alone, in an empty environment, makes a report."""

import json
import os
import re
import subprocess
import sys
import tempfile
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("risk", "kernels", "benchmarks")


def command(*arguments: str | Path, folder: Path) -> str:
    """Standard output of a command that must succeed, run in `folder` with no Python path."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [str(argument) for argument in arguments],
        cwd=folder,
        env=clean,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, f"{arguments} gave {done.returncode}:\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built with the build backend of the lock."""
    out = tmp_path_factory.mktemp("wheel")
    build = (sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out)
    command(*build, ROOT, folder=out)
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def environment(wheel: Path) -> Iterator[Path]:
    """The programs of a new environment that holds the wheel and what its metadata asks for.

    The versions are those of the lock; nothing of the lock that the wheel does not ask for is
    there, so a dependency that only the tests have is found missing.
    """
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    with tempfile.TemporaryDirectory(prefix="orbitrisk-empty-") as made:  # 0.7 GB: never kept
        folder = Path(made).resolve()
        venv.create(folder, with_pip=True)
        pins = folder / "pins.txt"
        pins.write_text("\n".join(re.findall(r"^([\w-]+==[^\\\n]+)", lock, re.MULTILINE)), "utf-8")
        programs = folder / ("Scripts" if os.name == "nt" else "bin")
        install = (programs / "python", "-m", "pip", "install", "-qq", "--no-compile")
        command(*install, "--constraint", pins, wheel, folder=folder)
        yield programs


def test_the_wheel_holds_every_package_and_every_data_file(wheel: Path) -> None:
    kept = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    packed = set(zipfile.ZipFile(wheel).namelist())
    assert kept <= packed
    assert {name.split("/")[0] for name in packed if ".dist-info/" not in name} == set(PACKAGES)


@pytest.mark.slow
def test_the_packages_come_from_the_wheel(environment: Path, tmp_path: Path) -> None:
    program = "import risk, kernels; print(risk.__file__); print(kernels.__file__)"
    found = command(environment / "python", "-c", program, folder=tmp_path).splitlines()
    assert all(Path(file).is_relative_to(environment.parent) for file in found), found


@pytest.mark.slow
def test_a_report_is_made_from_any_folder(environment: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    orbitrisk = environment / "orbitrisk"
    command(orbitrisk, "report", "base", "--paths", "20000", "--out", out, folder=tmp_path)
    made = {path.suffix: path for path in out.rglob("*") if path.is_file()}
    assert {".html", ".md", ".json"} <= made.keys()
    estimates = json.loads(made[".json"].read_text("utf-8"))["estimates"]
    assert "orbit_wins" in {row["metric"] for row in estimates}
