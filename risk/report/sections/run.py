"""Section 11 and the glossary: how the run went, how to repeat it, what the words mean."""

from risk.report.page import Block, Cell, Code, Column, Definitions, Section, Table
from risk.report.reading import CONDITIONED, Reading
from risk.report.words import TERMS, Words

GAIN = {"gain": "value", "low": "low", "high": "high"}


def run_section(reading: Reading, words: Words) -> Section:
    """What the run did and the line that does it again."""
    run = reading.document["run"]
    invalid = run["invalid"]
    title = words.say("run.title_valid")
    if invalid:
        counts = {"n": words.count(invalid), "paths": words.count(run["paths"])}
        title = words.say("run.title_invalid", **counts)
    columns = (Column(words.say("run.item")), Column(words.say("run.value")))
    rows = tuple((Cell(name), Cell(value)) for name, value in _rows(reading, words))
    table = Table(words.say("run.caption"), columns, rows, style="words")
    code = Code(words.say("run.line"), run["command"])
    notes = [*_errors(reading, words), words.say("run.note_same")]
    validation = reading.document.get("validation")
    if validation and validation["total"]:
        counts = {name: words.count(validation[name]) for name in ("passed", "total")}
        notes.insert(0, words.say("run.note_validation", **counts))
    return Section("run", words.say("run.name"), title, (Block((code, table), tuple(notes)),))


def _errors(reading: Reading, words: Words) -> list[str]:
    """What the intervals are, and what the sampler gained for the headline."""
    run = reading.document["run"]
    if run["replicates"] == 1:
        return [words.say("run.note_paths")]
    notes = [words.say("run.note_scrambles", n=words.count(run["replicates"]))]
    if gain := run.get("gain"):
        figures = {name: words.significant(gain[key], 2) for name, key in GAIN.items()}
        notes.append(words.say("run.note_gain", **figures))
    if guaranteed := reading.guaranteed:
        p, n = words.chance(guaranteed).whole, words.count(guaranteed.n)
        notes.append(words.say("run.note_guaranteed", p=p, n=n))
    return notes


def accepted_share(reading: Reading, words: Words, population: str = CONDITIONED) -> str:
    """Accepted paths and their share of all paths."""
    run = reading.document["run"]
    kept = run["accepted"].get(population, run["paths"])
    share = words.significant(100 * kept / run["paths"], 3)
    return words.say("run.accepted_of", n=words.count(kept), share=share)


def device(reading: Reading, words: Words) -> str:
    """What the run was computed on."""
    run = reading.document["run"]
    slots = {"devices": run["devices"], "device": run["device"], "backend": run["backend"]}
    key = "run.device_of" if run["backend"] == run["device"] else "run.device_backend"
    return words.say(key, **slots)


def _rows(reading: Reading, words: Words) -> list[tuple[str, str]]:
    run, scenario = reading.document["run"], reading.document["scenario"]
    rows = [("paths", words.count(run["paths"]))]
    if run.get("asked", run["paths"]) != run["paths"]:
        rows.append(("asked", words.count(run["asked"])))
    found = [(words.say(f"run.{key}"), value) for key, value in rows]
    for population in run["accepted"]:
        name = words.say("run.accepted")
        if population != CONDITIONED:
            base, _, width = population.partition("_")
            shown = words.say(f"population.{base}") + words.say("run.log_sd") + width
            name = words.say("run.accepted_narrow", population=shown)
        found.append((name, accepted_share(reading, words, population)))
    seconds = {key: f"{run[key]:,.1f}" for key in ("seconds", "compile_seconds") if key in run}
    plain = {
        "invalid": words.count(run["invalid"]),
        "seed": str(run["seed"]),
        "sampler": words.say(f"run.sampler_{run['sampler']}"),
        "replicates": words.count(run["replicates"]),
        "device": device(reading, words),
        "seconds": words.say("run.seconds_of", seconds=seconds.get("seconds", "–")),
        "compile": words.say("run.seconds_of", seconds=seconds.get("compile_seconds", "–")),
        "speed": words.say("run.speed_of", n=words.count(float(rounded(run["paths_per_second"])))),
        "date": run["date"],
        "digest": scenario["digest"],
        "source": scenario.get("source", ""),
        "extends": scenario.get("extends", ""),
        "side": scenario.get("side", ""),
        "opponent": scenario.get("opponent", ""),
    }
    found += [(words.say(f"run.{key}"), value) for key, value in plain.items() if value]
    choices = scenario.get("choices", {})
    found += [(words.say("run.note"), note) for note in run.get("notes", ())]
    found += [(words.say("run.choice", name=name), value) for name, value in choices.items()]
    found += [
        (words.say("run.version", name=name), version) for name, version in run["versions"].items()
    ]
    return found


def rounded(number: float) -> str:
    """A speed to three significant figures, which is all that a clock supports."""
    return f"{number:.3g}"


def glossary_section(words: Words) -> Section:
    """The terms of the report in alphabetical order, then the likelihood terms."""
    entries = sorted(text.split(" | ", 1) for text in words.every("define"))
    columns = (Column(words.say("glossary.term")), Column(words.say("glossary.range")))
    rows = tuple(
        (Cell(words.say(f"term.{name}")), Cell(words.say(f"range.{name}"))) for _, name in TERMS
    )
    table = Table(words.say("glossary.caption"), columns, rows, style="words")
    definitions = Definitions(tuple((name, text) for name, text in entries))
    blocks = (Block((definitions, table)),)
    return Section("glossary", words.say("glossary.name"), words.say("glossary.title"), blocks)
