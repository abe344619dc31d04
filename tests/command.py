"""`orbitrisk` called by a test: within its process, as a process of its own, or on a terminal."""

import io
import os
import pty
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from risk.cli import main

ROOT = Path(__file__).parent.parent
COMMAND = [sys.executable, "-m", "risk.cli"]
SILENCE_S = 120.0
SUM = "orbitrisk: does not add up: "


class Done(NamedTuple):
    """What a call left."""

    returncode: int
    stdout: str
    stderr: str


def surroundings(**more: str) -> dict[str, str]:
    """Environment of a process that finds this checkout first."""
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


def orbitrisk(*words: str, cwd: Path | None = None) -> Done:
    """Call it within this process, its output piped: nothing is imported or compiled twice."""
    out, told = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="") for _ in range(2))
    code = 0
    with (
        chdir(cwd or Path.cwd()),
        mock.patch.object(sys, "argv", ["orbitrisk", *words]),
        redirect_stdout(out),
        redirect_stderr(told),
    ):
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
    return Done(code, *(_written(stream) for stream in (out, told)))


def _written(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


def process(*words: str) -> Done:
    """Run it as a process of its own, which a test needs that asks what a process does."""
    done = subprocess.run(
        [*COMMAND, *words], capture_output=True, text=True, env=surroundings(), timeout=300,
        check=False,
    )  # fmt: skip
    return Done(done.returncode, done.stdout, done.stderr)


def refused(*words: str, code: int = 2, cwd: Path | None = None) -> str:
    """The message of a call that must fail in a sentence and without output."""
    return message(orbitrisk(*words, cwd=cwd), code)


def message(done: Done, code: int = 2) -> str:
    """What a call said that had to fail without a traceback and without output."""
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    return done.stderr


def besides_sums(told: str) -> str:
    """What stderr says besides the article's sums that fail, which every run names first."""
    return "".join(line for line in told.splitlines(keepends=True) if not line.startswith(SUM))


@contextmanager
def started(*words: str, **more: str) -> Iterator[subprocess.Popen[str]]:
    """A process with both streams piped, ended when the test is."""
    with subprocess.Popen(
        [*COMMAND, *words], env=surroundings(**more), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def on_terminal(*words: str, **more: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A process whose stderr is a terminal, and the end to read that from; ended with the test."""
    master, slave = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, *words], env=surroundings(TERM="xterm", **more),
        stdout=subprocess.PIPE, stderr=slave,
    ) as process:  # fmt: skip
        os.close(slave)
        try:
            yield process, master
        finally:
            process.kill()
            os.close(master)


def shown(master: int, until: bytes | None = None) -> bytes:
    """What a terminal shows until these bytes have come, to its end, or until two minutes of nothing."""
    seen = b""
    while (until is None or until not in seen) and select.select([master], [], [], SILENCE_S)[0]:
        try:
            chunk = os.read(master, 4096)
        except OSError:  # Linux says so where the other end is closed
            break
        if not chunk:
            break
        seen += chunk
    return seen
