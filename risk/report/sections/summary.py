"""What the terminal prints besides the box and the headline table."""

from risk.report.page import Summary
from risk.report.reading import CONDITIONED, Reading
from risk.report.sections.box import how_sure_facts, price_for_half
from risk.report.sections.crossing import crossing_years
from risk.report.sections.drivers import largest
from risk.report.sections.run import rounded
from risk.report.words import Words

RATIO_YEARS = (2027, 2035, 2040)


def summary(reading: Reading, words: Words) -> Summary:
    """Short labelled lines; a line whose numbers the run does not hold is absent."""
    scenario = reading.document["scenario"]
    return Summary(
        heading=words.say("summary.heading", title=scenario["title"]),
        digest=words.say("summary.digest", digest=scenario["digest"][:8]),
        when=_when(reading, words),
        lines=tuple((words.say(f"summary.{key}"), text) for key, text in _lines(reading, words)),
        run=_run(reading, words),
    )


def _when(reading: Reading, words: Words) -> tuple[int, str, str] | None:
    crossed = reading.records.series("crossed", reading.comparator)
    if not crossed:
        return None
    n = sum(crossing_years(crossed).values())
    rest = words.say("summary.not_cross", n=100 - n, year=reading.horizon)
    few = "cross_few" if crossed[-1][1].value else "cross_none"
    return n, words.say("summary.cross" if n else f"summary.{few}", n=n), rest


def _lines(reading: Reading, words: Words) -> list[tuple[str, str]]:
    lines = []
    years = sorted({*RATIO_YEARS, reading.year})
    items = [
        words.say("summary.ratio_item", ratio=words.ratio(record.value or 0.0), year=year)
        for year in years
        if (record := reading.records.known("ratio", year + 0.75, "cost", statistic="p50"))
    ]
    if items:
        lines.append(("ratio", words.say("summary.ratio_list", list=words.listed(items))))
    half, free = price_for_half(reading), reading.records.known("break_even_exists", reading.date)
    if free:
        slots = {"free": words.chance(free).whole}
        if half and half.value is not None:
            slots |= {"price": words.price(half.value), "year": str(reading.year)}
            lines.append(("price", words.say("summary.price_half", **slots)))
        elif (free.value or 0.0) < 0.5:
            lines.append(("price", words.say("summary.price_none", **slots)))
    best = largest(reading)
    if best:
        end, p = words.say(f"drivers.{best.end}"), words.chance(best.p).whole
        change = words.say("summary.change_text", name=best.row["name"], end=end, p=p)
        lines.append(("change", change))
    lines.append(("sure", words.say("summary.sure_text", **how_sure_facts(reading, words))))
    return lines


def _run(reading: Reading, words: Words) -> tuple[str, ...]:
    run, scenario = reading.document["run"], reading.document["scenario"]
    accepted = run["accepted"].get(CONDITIONED, run["paths"])
    many = "summary.replicate_one" if run["replicates"] == 1 else "summary.replicate_many"
    devices = "summary.device_one" if run["devices"] == 1 else "summary.device_many"
    command = run["command"]
    if " report " not in command:
        command = f"orbitrisk report {scenario['name']} --paths {run['paths']} --seed {run['seed']}"
    return (
        words.say(
            "summary.run_paths",
            paths=words.count(run["paths"]),
            accepted=words.count(accepted),
            share=words.significant(100 * accepted / run["paths"], 2),
            invalid=words.count(run["invalid"]),
            seed=run["seed"],
            sampler=run["sampler"],
            replicates=words.say(many, n=run["replicates"]),
        ),
        words.say(
            "summary.run_device",
            device=run["device"],
            backend=run["backend"] if run["backend"] != run["device"] else "",
            devices=words.say(devices, n=run["devices"]),
            compile=f"{run.get('compile_seconds', 0.0):,.1f}",
            seconds=f"{run['seconds']:,.1f}",
            speed=words.count(float(rounded(run["paths_per_second"]))),
        )
        .replace(" ,", ",")
        .replace(" ，", "，"),
        words.say("summary.report", command=command),
    )
