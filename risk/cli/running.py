"""A run in a thread of its own, with its progress on stderr, so that Ctrl-C acts at once."""

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from risk.cli.output import BadInput

if TYPE_CHECKING:
    from risk.analysis.result import Result
    from risk.claims.load import Claim
    from risk.scenario import Scenario

DEFAULT_PATHS = 1_000_000
STOPPING_S = 1.9  # seconds that an interrupted run has to end two calls and to keep its state


class Asked(NamedTuple):
    """The run that was asked for; without a size it has the default number of paths."""

    paths: int | None
    precision: float | None
    seed: int
    sampler: str
    replicates: int
    guaranteed: bool


def simulated(
    loaded: "Scenario",
    name: str,
    asked: Asked,
    device: str | None,
    hosts: str | None,
    quiet: bool,
    whole: bool = True,
) -> "Result | None":
    """Run in a thread of its own, so that Ctrl-C acts at once even while JAX compiles.

    What is not `whole` will do for a summary, see `simulate`. None on a host that leaves the results
    to another.
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
    first = choose_device(device, hosts)
    if asked.paths is not None and request.size != asked.paths and not quiet:
        print(
            f"orbitrisk: {asked.paths:,} paths rounded up to {request.size:,}, "
            f"{request.replicates} scrambles of {request.points:,}",
            file=sys.stderr,
        )

    from risk.analysis.result import simulate
    from risk.run.execute import Stopped

    stop, begun, ended = threading.Event(), threading.Event(), threading.Event()
    box: dict[str, Any] = {}

    with _progress(name, quiet) as show:

        def shown(*state: Any) -> None:
            begun.set()
            if show is not None:
                show(*state)

        def work() -> None:
            try:
                box["result"] = simulate(
                    loaded, **asked._asdict(), whole=whole, progress=shown, stop=stop
                )
            except Stopped as error:
                box["stopped"] = error
            except BaseException as error:  # noqa: BLE001  (raised again in the main thread)
                box["error"] = error
            finally:
                begun.set()
                ended.set()

        # Waited for by events: a thread whose `join` is interrupted passes for ended.
        try:
            threading.Thread(target=work, daemon=True).start()
            while not begun.wait(0.1):
                pass
            if not quiet:  # while the devices are busy, which costs no time
                tell_contradictions(claims_of(None))
            while not ended.wait(0.1):
                pass
        except KeyboardInterrupt:
            stop.set()
            if begun.is_set():  # before that there is nothing to keep
                ended.wait(STOPPING_S)
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


def choose_device(device: str | None, hosts: str | None) -> bool:
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


def load(name: str) -> "Scenario":
    """A shipped scenario, or that of a file; BadInput names every fault."""
    from risk import scenario

    try:
        return scenario.load(name)
    except scenario.ScenarioError as error:
        raise BadInput(str(error)) from error


def about(scenario: "Scenario") -> dict[str, str]:
    """What a document says of the scenario that it is about."""
    return {"name": scenario.name, "title": scenario.title, "digest": scenario.digest}


def telling(quiet: bool) -> Callable[[str], None]:
    """Where a long command says what it does: stderr, or nowhere."""

    def told(text: str) -> None:
        if not quiet:
            print(f"orbitrisk: {text}", file=sys.stderr, flush=True)

    return told


def claims_of(file: Path | None) -> "tuple[Claim, ...]":
    """The claims of a file, or those that ship."""
    from risk.claims.load import SHIPPED, load_claims
    from risk.scenario import ScenarioError

    try:
        return load_claims(file or SHIPPED)
    except ScenarioError as error:
        raise BadInput(str(error)) from error


def tell_contradictions(claims: "tuple[Claim, ...]") -> None:
    """What does not add up, one line a sum."""
    from risk.claims.evaluate import contradictions
    from risk.report import contradiction

    for record in contradictions(claims):
        print(f"orbitrisk: {contradiction(record)}", file=sys.stderr)
