"""The command line as a user meets it: results, exit codes, one-sentence errors, Ctrl-C."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from risk import report
from risk.run.devices import cache_folder
from tests.command import (
    ROOT,
    SUM,
    besides_sums,
    message,
    on_terminal,
    orbitrisk,
    process,
    refused,
    shown,
    started,
)

FEW = ["--paths", "16384", "--seed", "11"]
RUN = [*FEW, "--replicates", "16"]  # 16 tiles, of which 32 scrambles would fill but a quarter


@pytest.fixture(scope="module")
def document() -> dict:
    done = orbitrisk("run", "base", *RUN, "--json", "-")
    assert done.returncode == 0, done.stderr
    assert besides_sums(done.stderr) == ""
    return json.loads(done.stdout)


def test_the_document_has_the_promised_shape(document: dict) -> None:
    assert set(document["scenario"]) >= {"name", "digest"}
    assert set(document["run"]) >= {
        "paths", "accepted", "invalid", "seed", "sampler", "replicates", "device", "backend",
        "versions", "seconds", "paths_per_second", "compile_seconds",
    }  # fmt: skip
    keys = {
        "metric", "comparator", "date", "population", "statistic", "value", "stderr", "low",
        "high", "n", "unit",
    }  # fmt: skip
    assert all(set(e) == keys for e in document["estimates"])
    headline = [
        e
        for e in document["estimates"]
        if (e["metric"], e["comparator"], e["date"]) == ("orbit_wins", "cost", 2035.75)
    ]
    populations = {e["population"] for e in headline}
    assert populations >= {"prior", "conditioned", "conditioned_0.35", "prior, loadings x 0.5"}


def test_every_input_states_its_source_and_mark(document: dict) -> None:
    assert len(document["inputs"]) == 157
    for row in document["inputs"]:
        assert row["source"]
        assert row["mark"] in ("published", "second-hand", "judgement", "unverified")


def test_the_same_seed_gives_the_same_digits_and_another_does_not(document: dict) -> None:
    again = json.loads(orbitrisk("run", "base", *RUN, "--json", "-").stdout)
    other = json.loads(orbitrisk("run", "base", *RUN, "--seed", "12", "--json", "-").stdout)
    assert again["estimates"] == document["estimates"]
    assert other["estimates"] != document["estimates"]


def test_a_summary_is_that_of_the_whole_document(document: dict) -> None:
    """Though `run` without --json makes what the summary tells only; speed aside."""
    done = orbitrisk("run", "base", *RUN)
    whole = report.terminal(document).plain
    found, expected = (
        [line for line in text.strip().splitlines() if "paths/s" not in line]
        for text in (done.stdout, whole)
    )
    assert found == expected
    assert len(found) > 25


def test_a_progress_bar_changes_nothing(document: dict, tmp_path: Path) -> None:
    """The same run in a process of its own, with stderr on a terminal."""
    target = tmp_path / "result.json"
    with on_terminal("run", "base", *RUN, "--json", str(target)) as (run, terminal):
        assert b"compiling" in shown(terminal)
        assert run.wait(120) == 0
    assert json.loads(target.read_text())["estimates"] == document["estimates"]


def test_a_summary_goes_to_stdout_and_fits_80_columns() -> None:
    done = orbitrisk("run", "spacex_xai", *RUN)
    assert done.returncode == 0
    assert besides_sums(done.stderr) == ""
    assert f"{SUM}E3b: One million satellites make 1 TW (" in done.stderr
    assert "On cost, orbit is" in done.stdout
    assert max(len(line) for line in done.stdout.splitlines()) <= 80
    assert "\x1b[" not in done.stdout  # no colour when piped


@pytest.mark.parametrize("name", ["base", pytest.param("spacex_xai", marks=pytest.mark.slow)])
def test_a_report_is_three_files_and_their_figures(name: str, tmp_path: Path) -> None:
    done = orbitrisk("report", name, *FEW, "--out", str(tmp_path / "a" / "b"))
    assert done.returncode == 0, done.stderr
    made = {p.name for p in (tmp_path / "a" / "b").iterdir()}
    assert {f"{name}.html", f"{name}.md", f"{name}.json"} <= made
    assert not [name for name in made if name.startswith(".")]
    document = json.loads((tmp_path / "a" / "b" / f"{name}.json").read_text())
    validation = document["validation"]
    assert validation["passed"] == validation["total"] > 200
    claims = {claim["id"]: claim for claim in document["claims"]}
    assert claims["E12"]["probability"]["conditioned"]["n"] > 10_000
    assert "E3b: One million satellites make 1 TW" in (tmp_path / f"a/b/{name}.md").read_text()


def test_systems_are_compared_by_one_command_and_written_where_asked(tmp_path: Path) -> None:
    words = ("compare", "base", "ground_gcp", "base", *FEW)
    done = orbitrisk(*words, "--json", str(tmp_path / "it.json"), "--out", str(tmp_path / "page"))
    assert done.returncode == 0, done.stderr
    assert "ground_gcp is the cheapest of 3 in" in done.stdout
    assert max(len(line) for line in done.stdout.split(str(tmp_path))[0].splitlines()) <= 80
    written = json.loads((tmp_path / "it.json").read_text())
    assert [one["name"] for one in written["systems"]] == ["base", "ground_gcp", "base (2)"]
    assert written["run"]["command"] == f"orbitrisk {' '.join(words)}"
    assert {path.name for path in (tmp_path / "page").iterdir()} == {
        "systems.html", "systems.md", "systems.json", "systems-figures",
    }  # fmt: skip


def test_systems_that_cannot_be_compared_are_refused() -> None:
    assert "nosuch: there is no scenario" in refused("compare", "base", "nosuch")
    assert "must be positive" in refused("compare", "base", "--paths", "0")
    assert "at most 2,097,152 paths" in refused("compare", "base", "--paths", "9999999")


def test_the_reproduction_line_is_the_command_that_ran(document: dict) -> None:
    assert document["run"]["command"] == f"orbitrisk report base {' '.join(RUN)}"


def test_lists_and_checks() -> None:
    assert "spacex_xai" in orbitrisk("scenarios").stdout
    assert "162 uncertain and 79 fixed inputs" in orbitrisk("check", "base").stdout
    assert json.loads(process("schema").stdout)["type"] == "object"


def test_validation_passes_and_says_how_many() -> None:
    done = orbitrisk("validate")
    assert done.returncode == 0
    assert "within tolerance" in done.stdout


def test_help_starts_no_jax() -> None:
    code = "import sys, risk.cli; sys.exit('jax' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize("paths", ["0", "-5"])
def test_paths_that_are_not_positive_are_refused(paths: str) -> None:
    assert "must be positive" in refused("run", "base", "--paths", paths)


def test_other_bad_options_are_refused(tmp_path: Path) -> None:
    assert "from 0 to 2^64" in refused("run", "base", "--seed", "-1")
    assert "sobol (scrambled" in refused("run", "base", "--sampler", "halton")
    assert "at least 16 scrambles" in refused("run", "base", "--replicates", "4")
    assert "give one of them" in refused("run", "base", *FEW, "--precision", "0.01")
    assert "half-width" in refused("run", "base", "--precision", "0.7")
    unheard = process("run", "base", *FEW, "--device", "tpu")  # the device of a whole process
    assert "not to be had here" in message(unheard)
    assert "not one of html, md, json" in refused("report", "base", "--format", "odt")
    assert "not one of en, zh-TW" in refused("report", "base", "--lang", "fr")
    assert "nosuch" in refused("run", "nosuch")
    assert "cannot write in" in refused("report", "base", "--out", "/proc/reports")
    file = tmp_path / "file"
    file.write_text("")
    assert "is not a folder" in refused("report", "base", "--out", str(file))


def test_a_bad_scenario_file_is_refused_before_any_device_starts(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('name = "mine"\nextends = "mine.toml"\ntitle = "t"\nsource = "s"\n')
    assert "mine" in refused("run", str(file))
    file.write_text(
        'name = "mine"\nextends = "base"\ntitle = "t"\nsource = "s"\n[launch.cost_todya]\n'
        'value = "5 USD/kg"\nmark = "judgement"\nsource = "s"\n'
    )
    message = refused("check", str(file))
    assert "launch.cost_todya" in message
    assert "cost_today" in message


def test_a_folder_without_room_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from risk.cli import output

    monkeypatch.setattr(
        output.shutil, "disk_usage", lambda _: output.shutil._ntuple_diskusage(9, 9, 0)
    )
    with pytest.raises(output.BadInput, match="0 MB free"):
        output.require_room(tmp_path)


def test_a_disk_that_fills_later_ends_with_one_sentence(tmp_path: Path) -> None:
    message = refused("run", "base", *RUN, "--json", "/dev/full", code=1)
    assert "No space left" in message


def test_a_write_that_fails_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from risk.cli import output

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(output.os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        output.write_whole(tmp_path / "result.json", "{}")
    assert list(tmp_path.iterdir()) == []


MINE = """\
article = "my own"
[[claim]]
id = "cheap"
text = "Orbit costs less than ten times as much"
evidence = "none"
event = 'at(ratio, "2035Q4") < 10'
given = "orbit.altitude > '600 km'"
[[claim]]
id = "sum"
text = "Two and two is five"
evidence = "none"
check = "two + two >= 5"
constants = {two = "2"}
show = {"two and two" = "two + two"}
"""


def test_claims_of_a_file_are_judged_told_and_written(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(MINE)
    words = ("claims", "base", *FEW, "--claims", "mine.toml", "--json", "made/it.json")
    done = orbitrisk(*words, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, f"{SUM}sum: Two and two is five (two and two 4)\n")
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "cheap     Orbit costs less than ten times as much." in done.stdout
    assert "well supported: P" in done.stdout
    made = json.loads((tmp_path / "made" / "it.json").read_text())
    assert made["run"]["command"].startswith("orbitrisk claims base --claims mine.toml --paths")
    digest = made["scenario"]["digest"][:8]
    assert done.stdout.endswith(f"n = 16,384 paths \u00b7 seed 11 \u00b7 scenario {digest}\n")
    cheap, total = made["claims"]
    sizes = [cheap[side]["prior"]["n"] for side in ("probability", "otherwise")]
    assert sum(sizes) == 16384
    assert sizes[1] == pytest.approx(16384 * 50**2 / (450 * 100), rel=0.01)  # a triangle's corner
    assert total["verdict"] == "does_not_add_up"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("at(ratio", "at(ratoi", "mine.toml:6: claim[0].event: there is no 'ratoi'; did you mean"),
        ("'600 km'", "'600 kg'", "this is in kg; allowed: a unit like km (character 18)"),
        ('"2035Q4") < 10', '"2035Q4" < 10', "this cannot be read"),
    ],
)
def test_a_faulty_claim_is_refused_with_a_mark_under_its_place(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    (tmp_path / "mine.toml").write_text(MINE.replace(old, new))
    told = refused("claims", "base", "--claims", "mine.toml", cwd=tmp_path)
    assert said in told
    assert told.splitlines()[-1].strip() == "^"


def test_claims_on_no_path_are_refused() -> None:
    assert "must be positive" in refused("claims", "base", "--paths", "0")


def test_paths_are_rounded_up_and_it_is_said(tmp_path: Path) -> None:
    target = tmp_path / "result.json"
    done = orbitrisk("run", "base", "--paths", "5000", "--json", str(target))
    assert "5,000 paths rounded up to 8,192, 32 scrambles of 256" in done.stderr
    run = json.loads(target.read_text())["run"]
    assert (run["asked"], run["paths"], run["replicates"]) == (5000, 8192, 32)
    assert run["command"].endswith("--paths 8192 --seed 7")


def test_plain_monte_carlo_runs_what_is_asked_and_its_line_says_so(tmp_path: Path) -> None:
    target = tmp_path / "result.json"
    done = orbitrisk("run", "base", "--paths", "5000", "--sampler", "mc", "--json", str(target))
    assert besides_sums(done.stderr) == ""
    run = json.loads(target.read_text())["run"]
    assert (run["paths"], run["replicates"], run["gain"]) == (5000, 1, None)
    assert run["command"].endswith("--paths 5000 --seed 7 --sampler mc")


def test_the_words_of_every_draw_are_on_record(document: dict) -> None:
    draws = document["run"]["draws"]
    assert len(set(draws.values())) == len(draws)
    uncertain = {row["key"] for row in document["inputs"] if row["shape"] != "fixed"}
    events = {"launch.stand_down", "chips.generation_gap"}
    assert uncertain - events <= draws.keys()
    assert {"shocks.losses", "starts.shortage", "conditioning.accept"} <= draws.keys()


def test_a_precision_is_reached_and_no_more_than_doubled(tmp_path: Path) -> None:
    target = tmp_path / "result.json"
    done = orbitrisk("run", "base", "--precision", "0.0015", "--json", str(target))
    assert done.returncode == 0, done.stderr
    document = json.loads(target.read_text())
    printed = [
        (e["high"] - e["low"]) / 2
        for e in document["estimates"]
        if (e["metric"], e["statistic"]) == ("orbit_wins", "probability")
        and e["population"] in ("prior", "conditioned")
        and e["date"] in (2029.75, 2031.75, 2035.75, 2040.75)
    ]
    assert len(printed) == 24
    assert 0.0015 / 3 < max(printed) <= 0.0015
    assert document["run"]["paths"] > 1 << 16


def stopped(run: subprocess.Popen) -> None:
    """Ctrl-C, after which it must end within two seconds and some for a machine that is busy."""
    assert run.poll() is None
    run.send_signal(signal.SIGINT)
    begun = time.monotonic()
    assert run.wait(20) == 1
    assert time.monotonic() - begun < 2.5


def test_ctrl_c_stops_within_two_seconds_while_starting(tmp_path: Path) -> None:
    target, cache = tmp_path / "made" / "result.json", str(tmp_path / "cache")
    words = ("run", "base", "--paths", "200000000", "--json", str(target))
    with started(*words, XDG_CACHE_HOME=cache) as run:
        assert run.stderr is not None
        assert "paths rounded up" in run.stderr.readline()
        time.sleep(1.0)  # it compiles
        stopped(run)
        out, err = run.communicate()
    assert (out, "Traceback" in err) == ("", False)
    assert "nothing was written" in err
    assert not target.parent.exists()


def test_ctrl_c_stops_within_two_seconds_while_running(document: dict, tmp_path: Path) -> None:
    """The document's program, without what other runs left to go on from."""
    kept, target = cache_folder(), tmp_path / "made" / "result.json"
    assert kept is not None
    shutil.copytree(kept, tmp_path / "cache" / kept.name, ignore=shutil.ignore_patterns("runs"))
    words = ("run", "base", "--paths", "200000000", "--json", str(target))
    with on_terminal(*words, XDG_CACHE_HOME=str(tmp_path / "cache")) as (run, terminal):
        assert b"M/269" in shown(terminal, until=b"M/269")  # paths done of all, in millions
        stopped(run)
        assert run.stdout is not None
        assert run.stdout.read() == b""
        told = shown(terminal).decode()
    assert "Traceback" not in told
    assert "nothing was written" in told
    assert not target.parent.exists()


SLOW_TO_STOP = """
import os, signal, sys, time
from risk import cli
from risk.analysis import result
from risk.run.execute import Stopped

def simulate(scenario, *, progress, stop, **asked):
    progress(1, 2, None)
    time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGINT)
    assert stop.wait(5)
    time.sleep(0.3)
    raise Stopped(1234567, kept=True)

result.simulate = simulate
sys.argv = ["orbitrisk", "run", "base"]
cli.main()
"""


def test_ctrl_c_waits_until_what_is_done_is_kept() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SLOW_TO_STOP],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "stopped after 1,234,567 paths" in done.stderr
    assert "the same command goes on from there" in done.stderr


def test_another_package_called_kernels_is_refused(tmp_path: Path) -> None:
    (tmp_path / "kernels").mkdir()
    (tmp_path / "kernels" / "__init__.py").write_text("")
    done = subprocess.run(
        [sys.executable, "-c", "import risk"], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode != 0
    assert "pip uninstall kernels" in done.stderr


def test_the_python_interface_gives_a_table_and_a_tree() -> None:
    import risk

    result = risk.simulate(risk.load("base"), paths=4096, seed=1, scales=())
    table = result.table()
    assert {"metric", "value", "low", "high"} <= set(table.columns)
    tree = result.to_arviz()
    assert tree["prior"]["ratio"].shape == (32, 128, 60)
    assert set(risk.__all__) == set(risk._PUBLIC)
    for name in risk.__all__:
        assert getattr(risk, name) is not None


def test_fleets_are_printed_in_80_columns_and_kept_as_estimates(tmp_path: Path) -> None:
    file = tmp_path / "fleets.json"
    done = orbitrisk("fleet", "base", *FEW, "--json", str(file))
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "Conditioned" in done.stdout
    assert "Prior" in done.stdout
    assert "P(sponsor ruined by 2035)" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    document = json.loads(file.read_text("utf-8"))
    assert document["run"]["command"] == "orbitrisk fleet base --paths 16384 --seed 11"
    ruined = [e for e in document["fleets"] if e["metric"] == "sponsor_ruined"]
    assert {e["population"] for e in ruined} == {"prior", "conditioned"}
    assert all(e["low"] <= e["value"] <= e["high"] for e in ruined)


def test_fleets_that_cannot_be_rolled_are_refused_before_a_device_starts() -> None:
    assert "nosuch: there is no scenario" in refused("fleet", "nosuch")
    assert "must be positive" in refused("fleet", "base", "--paths", "0")
    assert "at most 1,048,576 paths" in refused("fleet", "base", "--paths", "9999999")
