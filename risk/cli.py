"""Command line: results on stdout, messages and progress on stderr.

Exit 0 done, 2 bad input, 1 anything else. Heavy imports happen inside the commands.
"""

import json
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

if TYPE_CHECKING:
    from risk.analysis.result import Result
    from risk.scenario import Scenario

DEFAULT_PATHS = 1_000_000
DEFAULT_SEED = 7
DEFAULT_REPLICATES = 32
FORMATS = ("html", "md", "json")
STOPPING_S = 1.5  # seconds that an interrupted run has to keep its state
ROOM_NEEDED = 32 << 20  # bytes free in the output folder before a run starts

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="With what probability, by when and at what price does AI compute in orbit beat ground?",
)

Name = Annotated[str, typer.Argument(help="a shipped scenario's name, or a path to a TOML file")]
Paths = Annotated[
    int | None, typer.Option(help="number of paths, rounded up to a power of two per scramble")
]
Precision = Annotated[
    float | None,
    typer.Option(help="double the run until no half-width in the headline table is above this"),
]
Seed = Annotated[int, typer.Option(help="seed of the random numbers, 0 to 2^64 - 1")]
Sampler = Annotated[
    str,
    typer.Option(help="sobol: scrambled points; owen: their cross-check; mc: plain Monte Carlo"),
]
Replicates = Annotated[int, typer.Option(help="independent scrambles, at least 16")]
Guaranteed = Annotated[
    bool,
    typer.Option(
        "--guaranteed", help="also intervals that assume nothing but independent scrambles"
    ),
]
Device = Annotated[str | None, typer.Option(help="cpu, gpu or another JAX platform")]
Hosts = Annotated[
    str | None,
    typer.Option(
        help="share the run with other machines: ADDRESS:PORT,COUNT,INDEX; host 0 writes the results"
    ),
]
Json = Annotated[
    str | None, typer.Option("--json", help="write the JSON document here; - is stdout")
]
Quiet = Annotated[bool, typer.Option("--quiet", help="no progress, no summary")]


class Asked(NamedTuple):
    """The run that was asked for; without a size it has the default number of paths."""

    paths: int | None
    precision: float | None
    seed: int
    sampler: str
    replicates: int
    guaranteed: bool


class BadInput(Exception):
    """What the user gave cannot be used; the message says why and what can."""


@app.command()
def run(
    scenario: Name,
    paths: Paths = None,
    precision: Precision = None,
    seed: Seed = DEFAULT_SEED,
    sampler: Sampler = "sobol",
    replicates: Replicates = DEFAULT_REPLICATES,
    guaranteed: Guaranteed = False,
    device: Device = None,
    hosts: Hosts = None,
    json_file: Json = None,
    quiet: Quiet = False,
) -> None:
    """Run a scenario and print the answer."""
    loaded = _load(scenario)
    if json_file not in (None, "-"):
        _require_room(Path(str(json_file)).absolute().parent)
    asked = Asked(paths, precision, seed, sampler, replicates, guaranteed)
    result = _simulate(loaded, scenario, asked, device, hosts, quiet)
    if result is None:
        return
    document = _document(result, scenario)
    if json_file == "-":
        print(_dump(document), end="")
        return
    if json_file is not None:
        _write(Path(json_file), _dump(document))
    if not quiet:
        _print_summary(document)


@app.command()
def report(
    scenario: Name,
    paths: Paths = None,
    precision: Precision = None,
    seed: Seed = DEFAULT_SEED,
    sampler: Sampler = "sobol",
    replicates: Replicates = DEFAULT_REPLICATES,
    guaranteed: Guaranteed = False,
    device: Device = None,
    hosts: Hosts = None,
    json_file: Json = None,
    out: Annotated[Path, typer.Option(help="folder of the report")] = Path("reports"),
    formats: Annotated[
        str, typer.Option("--format", help="comma-separated: html, md, json")
    ] = ",".join(FORMATS),
    quiet: Quiet = False,
) -> None:
    """Run a scenario and write the report."""
    loaded = _load(scenario)
    chosen = _formats(formats)
    _require_room(out.absolute())
    if json_file not in (None, "-"):
        _require_room(Path(str(json_file)).absolute().parent)
    asked = Asked(paths, precision, seed, sampler, replicates, guaranteed)
    result = _simulate(loaded, scenario, asked, device, hosts, quiet)
    if result is None:
        return
    document = _document(result, scenario)

    from risk.report import write
    from risk.validate import replay

    checks = replay()
    document["validation"] = {"passed": sum(c.passed for c in checks), "total": len(checks)}

    written = write(document, out, chosen)
    if json_file is not None and json_file != "-":
        _write(Path(json_file), _dump(document))
    if json_file == "-":
        print(_dump(document), end="")
        return
    if not quiet:
        _print_summary(document)
    for path in written:
        print(path)


@app.command()
def scenarios() -> None:
    """List the shipped scenarios."""
    from risk.scenario import load, shipped

    for name in shipped():
        print(f"{name:<20} {load(name).title}")


@app.command()
def check(file: Name) -> None:
    """Say whether a scenario file can be run, and list every fault."""
    loaded = _load(file)
    drawn = sum(p.shape != "fixed" for p in loaded.priors.values())
    print(
        f"{loaded.name}: {drawn} uncertain and {len(loaded.priors) - drawn} fixed inputs, "
        f"{len(loaded.choices)} choices, digest {loaded.digest[:8]}"
    )


@app.command()
def schema() -> None:
    """Print the JSON Schema of a scenario file."""
    from risk.scenario import schema as make

    print(json.dumps(make(), indent=2))


@app.command()
def validate() -> None:
    """Replay published models and compare with what they printed."""
    from risk.validate import replay, table

    checks = replay()
    print(table(checks))
    if not all(c.passed for c in checks):
        raise typer.Exit(1)


@app.command()
def calibrate(
    fits: Annotated[list[str] | None, typer.Argument(help="fits to make; all without one")] = None,
    out: Annotated[Path, typer.Option(help="folder of overlay, pictures and JSON")] = Path(
        "calibration"
    ),
    seed: Annotated[int, typer.Option(help="seed of sampler and backtests", min=0)] = DEFAULT_SEED,
    quiet: Quiet = False,
) -> None:
    """Fit priors to the evidence, check each fit, and write a scenario that extends base."""
    from risk.calibrate.evidence import EvidenceError, tables
    from risk.calibrate.run import chosen

    try:
        wanted, evidence = chosen(fits or []), tables()
    except (ValueError, EvidenceError) as error:
        raise BadInput(str(error)) from error
    _require_room(out.absolute())

    from risk.calibrate.results import make

    def told(text: str) -> None:
        if not quiet:
            print(f"orbitrisk: {text}", file=sys.stderr, flush=True)

    made = make(wanted, _load("base"), evidence, out, seed=seed, told=told)
    print(made.table)
    for path in made.written:
        print(path)
    if made.refusals:
        _fail("\norbitrisk: ".join(made.refusals), 1)


@app.command()
def bench(
    quick: Annotated[bool, typer.Option("--quick", help="throughput only, under a minute")] = False,
) -> None:
    """Measure this machine and compare it with the committed benchmarks (two minutes)."""
    try:
        from benchmarks.standing import standing
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("benchmarks"):
            raise
        raise BadInput(
            "the folder benchmarks/ is not installed beside risk/: reinstall orbitrisk"
        ) from error
    print(standing(("rivals",)) if quick else standing())


def main() -> None:
    """Entry point: every failure is one sentence and an exit code."""
    try:
        app()
    except BadInput as error:
        _fail(str(error), 2)
    except KeyboardInterrupt:
        _fail("stopped; nothing was written", 1)
    except MemoryError as error:
        _fail(str(error) or "out of memory", 1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        _fail(f"{error.filename or 'output'}: {error.strerror or error}", 1)


def _fail(message: str, code: int) -> None:
    print(f"orbitrisk: {message}", file=sys.stderr)
    sys.exit(code)


def _load(name: str) -> "Scenario":
    from risk.scenario import ScenarioError, load

    try:
        return load(name)
    except ScenarioError as error:
        raise BadInput(str(error)) from error


def _formats(text: str) -> tuple[str, ...]:
    chosen = tuple(part.strip() for part in text.split(",") if part.strip())
    for name in chosen:
        if name not in FORMATS:
            raise BadInput(f"--format {name!r} is not one of {', '.join(FORMATS)}")
    if not chosen:
        raise BadInput(f"--format names no format; give one or more of {', '.join(FORMATS)}")
    return chosen


def _require_room(folder: Path) -> None:
    """Refuse a folder that cannot be written or has no room, before anything runs."""
    parent = folder
    while not parent.exists():
        parent = parent.parent
    if not parent.is_dir():
        raise BadInput(f"{parent} is not a folder; give --out a folder")
    try:
        with tempfile.TemporaryFile(dir=parent):
            pass
    except OSError as error:
        raise BadInput(f"cannot write in {parent}: {error.strerror}") from error
    free = shutil.disk_usage(parent).free
    if free < ROOM_NEEDED:
        raise BadInput(
            f"{parent} has {free >> 20} MB free, a report needs up to {ROOM_NEEDED >> 20} MB"
        )


def _simulate(
    loaded: "Scenario",
    name: str,
    asked: Asked,
    device: str | None,
    hosts: str | None,
    quiet: bool,
) -> "Result | None":
    """Run in a thread of its own, so that Ctrl-C acts at once even while JAX compiles.

    None on a host that leaves the results to another.
    """
    if asked.paths is None and asked.precision is None:
        asked = asked._replace(paths=DEFAULT_PATHS)
    elif asked.paths is not None and asked.precision is not None:
        raise BadInput("--paths fixes the size and --precision lets it grow: give one of them")

    from risk.run.plan import request_of

    try:
        request = request_of(*asked[:5])
    except ValueError as error:
        raise BadInput(str(error)) from error
    first = _choose_device(device, hosts)
    if asked.paths is not None and request.size != asked.paths and not quiet:
        print(
            f"orbitrisk: {asked.paths:,} paths rounded up to {request.size:,}, "
            f"{request.replicates} scrambles of {request.points:,}",
            file=sys.stderr,
        )

    from risk.analysis.result import simulate
    from risk.run.execute import Stopped

    stop = threading.Event()
    box: dict[str, Any] = {}

    with _progress(name, quiet) as show:

        def work() -> None:
            try:
                box["result"] = simulate(loaded, **asked._asdict(), progress=show, stop=stop)
            except Stopped as error:
                box["stopped"] = error
            except BaseException as error:  # noqa: BLE001  (raised again in the main thread)
                box["error"] = error

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        try:
            while thread.is_alive():
                thread.join(0.1)
        except KeyboardInterrupt:
            stop.set()
            thread.join(STOPPING_S)
            box.setdefault("stopped", None)
    if "stopped" in box:
        print(_told_stopped(box["stopped"]), file=sys.stderr, flush=True)
        os._exit(1)  # a compilation that is still going on cannot be cancelled
    if "error" in box:
        raise box["error"]
    if not first:
        return None
    result: Result = box["result"]
    for note in result.run.info["notes"]:
        print(f"orbitrisk: {note}", file=sys.stderr)
    return result


def _told_stopped(stopped: Any) -> str:
    if stopped is None or not stopped.kept:
        return "orbitrisk: stopped; nothing was written"
    return (
        f"orbitrisk: stopped after {stopped.paths:,} paths; nothing was written, "
        "the same command goes on from there"
    )


def _choose_device(device: str | None, hosts: str | None) -> bool:
    """Settings and devices, before anything is computed; whether this host writes the results."""
    import jax

    from risk.run.devices import prepare

    if device is not None:
        jax.config.update("jax_platforms", device)
    prepare()
    if hosts is not None:
        from risk.run.hosts import join

        try:
            join(hosts)
        except (ValueError, RuntimeError) as error:
            raise BadInput(f"--hosts: {error}") from error
    try:
        jax.devices()
    except RuntimeError as error:
        raise BadInput(f"--device {device!r} is not to be had here: {error}") from error
    return jax.process_index() == 0


class _progress:
    """One line on stderr while a run lasts, on a terminal only."""

    def __init__(self, name: str, quiet: bool) -> None:
        self.name = Path(name).stem
        self.shown = not quiet and sys.stderr.isatty()

    def __enter__(self) -> Callable[[int, int, float | None], None] | None:
        if not self.shown:
            return None
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self.bar = Progress(
            TextColumn("{task.fields[name]}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[text]}"),
            TimeRemainingColumn(compact=True),
            console=Console(stderr=True),
            transient=True,
        )
        self.task = self.bar.add_task(
            "", name=self.name, text="compiling (10 s the first time)", total=None
        )
        self.bar.start()
        return self.update

    def update(self, done: int, total: int, headline: float | None) -> None:
        """Show paths done, rate and the headline so far."""
        speed = self.bar.tasks[0].speed
        rate = f"{speed / 1e3:,.0f}k/s" if speed else ""
        p = "" if headline is None else f"P {100 * headline:.2g} %"
        text = f"{100 * done / total:3.0f} %  {done / 1e6:.1f}M/{total / 1e6:.1f}M  {rate}  {p}"
        self.bar.update(self.task, completed=done, total=total, text=text)

    def __exit__(self, *exc: object) -> None:
        if self.shown:
            self.bar.stop()


def _document(result: "Result", name: str) -> dict[str, Any]:
    import shlex

    from risk.analysis.result import options_of

    command = ["orbitrisk", "report", name, *options_of(result.run.request)]
    return result.document(shlex.join(command))


def _print_summary(document: dict[str, Any]) -> None:
    from rich.console import Console

    from risk.report import terminal

    console = Console(highlight=False, soft_wrap=True)
    encoding = (sys.stdout.encoding or "ascii").lower()
    console.print(terminal(document, unicode=encoding.startswith("utf")))


def _dump(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8")
        return
    descriptor, temporary = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


if __name__ == "__main__":
    main()
