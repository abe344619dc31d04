"""Command line: results on stdout, messages and progress on stderr.

Exit 0 done, 2 bad input, 1 anything else. Heavy imports happen inside the commands.
"""

import gc
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from risk.cli.fleet import fleet
from risk.cli.given import Device, Json, Name, Seed
from risk.cli.information import information
from risk.cli.options import options
from risk.cli.output import (
    BadInput,
    give,
    history_of,
    passed_on,
    print_text,
    require_room,
    room_for,
)
from risk.cli.rare import rare
from risk.cli.running import (
    Asked,
    about,
    choose_device,
    claims_of,
    load,
    simulated,
    tell_contradictions,
    telling,
)
from risk.cli.sensitivity import sensitivity
from risk.cli.what_if import breakeven, stress, sweep
from risk.report.formats import DEFAULT, FORMATS
from risk.report.words import LANGUAGES

if TYPE_CHECKING:
    from risk.analysis.result import Result
    from risk.run.plan import Request

DEFAULT_COMPARED = 131_072
DEFAULT_JUDGED = 262_144
DEFAULT_SEED = 7
DEFAULT_REPLICATES = 32
DEFAULT_FORMATS = ",".join(DEFAULT)
INTERRUPTED = 130
"""What typer makes of Ctrl-C before a run has begun."""

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="With what probability, by when and at what price does AI compute in orbit beat ground?",
)

Paths = Annotated[
    int | None, typer.Option(help="number of paths, rounded up to a power of two per scramble")
]
Precision = Annotated[
    float | None,
    typer.Option(help="double the run until no half-width in the headline table is above this"),
]
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
Hosts = Annotated[
    str | None,
    typer.Option(
        help="share the run with other machines: ADDRESS:PORT,COUNT,INDEX; host 0 writes the results"
    ),
]
Formats = Annotated[
    str, typer.Option("--format", help=f"comma-separated: {', '.join(FORMATS)}; or all")
]
Language = Annotated[
    str, typer.Option("--lang", help=f"language of the report: {', '.join(LANGUAGES)}")
]
Quiet = Annotated[bool, typer.Option("--quiet", help="no progress, no summary")]


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
    loaded = load(scenario)
    room_for(json_file)
    asked = Asked(paths, precision, seed, sampler, replicates, guaranteed)
    whole = json_file is not None
    result = simulated(loaded, scenario, asked, device, hosts, quiet, whole)
    if result is None:
        return
    give(_document(result, scenario), json_file, quiet)


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
    formats: Formats = DEFAULT_FORMATS,
    language: Language = "en",
    backwards: Annotated[
        bool, typer.Option("--reverse", help="also the most likely way for orbit to win (a minute)")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Run a scenario and write the report."""
    loaded = load(scenario)
    chosen = _formats(formats, language)
    require_room(out.absolute())
    room_for(json_file)
    asked = Asked(paths, precision, seed, sampler, replicates, guaranteed)
    result = simulated(loaded, scenario, asked, device, hosts, quiet)
    if result is None:
        return
    document = _document(result, scenario)

    from risk.analysis.choices import PATHS, choices
    from risk.analysis.decision import reported
    from risk.analysis.fleets import fleets
    from risk.analysis.price_and_life import median_price, price_and_life
    from risk.analysis.stress import of_report as stressed
    from risk.claims.evaluate import judged
    from risk.report import write
    from risk.validate import replay

    document["claims"] = judged(claims_of(None), loaded, result.run.request)
    document["fleets"] = [e.record() for e in fleets(loaded, result.run.request)]
    document["information"] = reported(loaded, result.sample, seed)
    document["stress"] = stressed(loaded, seed, backwards)
    if (price := median_price(document)) is not None:
        document["map"] = price_and_life(loaded, result.sample, price, seed)
    document |= choices(loaded, result.run.request, PATHS)
    checks = replay()
    document["validation"] = {"passed": sum(c.passed for c in checks), "total": len(checks)}

    if history := history_of(out / f"{loaded.name}.json", document):
        document["history"] = history
    written = write(document, out, chosen, language)
    give(document, json_file, quiet, written, language)


@app.command()
def compare(
    systems: Annotated[list[str], typer.Argument(help="scenarios to compare, by name or file")],
    paths: Annotated[int, typer.Option(help="number of paths")] = DEFAULT_COMPARED,
    seed: Seed = DEFAULT_SEED,
    json_file: Json = None,
    out: Annotated[Path | None, typer.Option(help="folder for a report")] = None,
    formats: Formats = DEFAULT_FORMATS,
    language: Language = "en",
) -> None:
    """Compare systems on the same random numbers: cost, value, delay, regret, which is best."""
    loaded, chosen = [load(name) for name in systems], _formats(formats, language)
    for folder in (out, json_file and json_file != "-" and Path(json_file).parent):
        if folder:
            require_room(folder.absolute())
    choose_device(None, None)

    from risk.analysis.compare import compare as run
    from risk.report import write

    try:
        found = run(loaded, paths=paths, seed=seed)
    except ValueError as error:
        raise BadInput(str(error)) from error
    document = found.document(_command("compare", systems, found.request))
    written = write(document, out, chosen, language) if out is not None else []
    give(document, json_file, quiet=False, written=written, language=language)


@app.command()
def claims(
    scenario: Name,
    paths: Annotated[int, typer.Option(help="number of paths")] = DEFAULT_JUDGED,
    seed: Seed = DEFAULT_SEED,
    file: Annotated[
        Path | None,
        typer.Option("--claims", help="a file of claims; it stands alone or extends the article's"),
    ] = None,
    device: Device = None,
    json_file: Json = None,
) -> None:
    """Say with what probability each claim comes true, and which sums do not add up."""
    loaded, asked = load(scenario), claims_of(file)
    room_for(json_file)

    from risk.claims.evaluate import judged
    from risk.run.plan import Request

    try:
        request = Request(paths, seed, "sobol", DEFAULT_REPLICATES)
    except ValueError as error:
        raise BadInput(str(error)) from error
    tell_contradictions(asked)
    choose_device(device, None)
    names = [scenario, *(("--claims", str(file)) if file else ())]
    document = {
        "scenario": about(loaded),
        "run": {
            "paths": request.size,
            "seed": request.seed,
            "command": _command("claims", names, request),
        },
        "claims": judged(asked, loaded, request, request.size),
    }
    if passed_on(document, json_file):
        return

    from risk.report import claims_terminal

    print_text(lambda unicode: claims_terminal(document, unicode=unicode))


app.command()(fleet)


@app.command()
def scenarios() -> None:
    """List the shipped scenarios."""
    from risk.scenario import shipped

    for name in shipped():
        print(f"{name:<22} {load(name).title}")


@app.command()
def check(file: Name) -> None:
    """Say whether a scenario file can be run, and list every fault."""
    loaded = load(file)
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
    from risk.validate import left_out, reasons, replay, table, unmet

    checks = replay()
    print(reasons(left_out(), unmet()), end="\n\n")
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
    require_room(out.absolute())

    from risk.calibrate.results import make

    made = make(wanted, load("base"), evidence, out, seed=seed, told=telling(quiet))
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


app.command()(information)
app.command()(options)
app.command()(rare)
app.command()(sensitivity)
app.command()(breakeven)
app.command()(sweep)
app.command()(stress)


def main() -> None:
    """Entry point: every failure is one sentence and an exit code."""
    gc.set_threshold(100_000, 20, 20)  # what is imported lives to the end
    # All cores run paths: BLAS's own threads would wait for work on them, spinning.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        app()
    except BadInput as error:
        _fail(str(error), 2)
    except KeyboardInterrupt:
        _fail("stopped; nothing was written", 1)
    except SystemExit as ended:
        if ended.code != INTERRUPTED:
            raise
        _fail("stopped; nothing was written", 1)
    except ArithmeticError as error:  # a bound or an identity that does not hold
        _fail(str(error), 1)
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


def _formats(text: str, language: str) -> tuple[str, ...]:
    if language not in LANGUAGES:
        raise BadInput(f"--lang {language!r} is not one of {', '.join(LANGUAGES)}")
    if text.strip() == "all":
        return tuple(FORMATS)
    chosen = tuple(part.strip() for part in text.split(",") if part.strip())
    for name in chosen:
        if name not in FORMATS:
            raise BadInput(f"--format {name!r} is not one of {', '.join(FORMATS)}")
    if not chosen:
        raise BadInput(f"--format names no format; give one or more of {', '.join(FORMATS)}")
    return chosen


def _document(result: "Result", name: str) -> dict[str, Any]:
    return result.document(_command("report", [name], result.run.request))


def _command(verb: str, names: list[str], request: "Request") -> str:
    """The line that gives the same digits again."""
    import shlex

    from risk.run.plan import options_of

    return shlex.join(["orbitrisk", verb, *names, *options_of(request)])
