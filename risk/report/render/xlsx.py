"""The workbook: every estimate as numbers on one tidy sheet, the headline, inputs, native charts."""

import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from risk.report.page import Report, Table
from risk.report.reading import COMPARATORS, CONDITIONED, PRIOR, Document, Records
from risk.report.tokens import LIGHT
from risk.report.words import Words, words

PLACE = ("metric", "comparator", "date", "population", "statistic")
NUMBERS = ("value", "stderr", "low", "high", "n")
ESTIMATE = (*PLACE, *NUMBERS, "unit")
QUANTILES = ("p05", "p50", "p95")
INPUT = ("key", "name", "unit", "shape", "mark", "anchors", "source")
SIZE = {"width": 760, "height": 380}
FONT = {"en": "Calibri", "zh-TW": "Microsoft JhengHei"}

Row = Sequence[Any]


class Exact(Worksheet):
    """A sheet whose numbers keep every digit: the library itself rounds to sixteen."""

    def _xml_number_element(self, number: float, attributes: Sequence[Any] = ()) -> None:
        marks = "".join(f' {key}="{value}"' for key, value in attributes)
        self.fh.write(f"<c{marks}><v>{number!r}</v></c>")


def xlsx(document: Document, report: Report, date: datetime) -> bytes:
    """The whole workbook; the charts stand on a sheet with the numbers that they draw."""
    stream = io.BytesIO()
    say = words(report.language)
    with Workbook(stream, {"in_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties({"title": report.title, "author": "", "created": date})
        book.formats[0].set_font_name(FONT.get(report.language, FONT["en"]))
        sheets = Sheets(book)
        _headline(sheets, document, report, say)
        rows = document["estimates"]
        names = [*(key for key in rows[0] if key not in ESTIMATE), *ESTIMATE]
        sheets.add(say.say("xlsx.estimates"), names, _rows(rows, names))
        if document.get("inputs"):
            sheets.add(say.say("xlsx.inputs"), *_inputs(document["inputs"]))
        if document.get("claims"):
            sheets.add(say.say("xlsx.claims"), *_claims(document["claims"]))
        if "systems" not in document:
            _charts(sheets, Records.of(document), say)
    return stream.getvalue()


class Sheets:
    """The sheets of a workbook, each a table with a head that stays in sight."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self.head = book.add_format({"bold": True, "bottom": 2, "bottom_color": LIGHT["ink"]})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self.title = book.add_format({"bold": True, "font_size": 14, "font_color": LIGHT["orbit"]})
        self.muted = book.add_format({"font_color": LIGHT["muted"]})

    def sheet(self, name: str) -> Any:
        """An empty sheet that keeps every digit."""
        sheet = self.book.add_worksheet(name, Exact)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        return sheet

    def add(self, name: str, head: Sequence[str], rows: Iterable[Row]) -> None:
        """A tidy sheet: names in the first row, one record a row, with a filter."""
        sheet, written = self.sheet(name), list(rows)
        self.table(sheet, 0, 0, head, written)
        sheet.freeze_panes(1, 0)
        if written:
            sheet.autofilter(0, 0, len(written), len(head) - 1)
        for place, title in enumerate(head):
            longest = max([len(title), *(len(str(row[place])) for row in written[:200])])
            sheet.set_column(place, place, min(60, longest) + 2)

    def table(
        self, sheet: Any, top: int, left: int, head: Sequence[str], rows: Iterable[Row]
    ) -> None:
        """Head and rows from a corner; None is an empty cell, a text is never a formula."""
        for place, title in enumerate(head):
            sheet.write_string(top, left + place, title, self.head)
        for number, row in enumerate(rows, top + 1):
            for place, value in enumerate(row, left):
                if isinstance(value, str):
                    sheet.write_string(number, place, value)
                elif value is not None:
                    sheet.write_number(number, place, value)


def _rows(records: Iterable[dict[str, Any]], names: Sequence[str]) -> list[Row]:
    return [[record.get(name) for name in names] for record in records]


def _headline(sheets: Sheets, document: Document, report: Report, say: Words) -> None:
    """Answer and headline table as the page has them, then the same numbers as numbers."""
    sheet, box = sheets.sheet(say.say("xlsx.headline")), report.box
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 8, 18)
    sheet.write_string(0, 0, report.title, sheets.title)
    told = [box.question, box.answer, box.second, box.closing, *box.notes, box.key]
    told += [f"{fact.name}: {fact.text}" for fact in box.facts]
    told += [f"{say.say('box.sure')}: {box.sure}", report.provenance]
    row = 2
    for text in filter(None, told):
        sheet.merge_range(row, 0, row, 6, "", sheets.wrapped)
        sheet.write_string(row, 0, text, sheets.wrapped)
        sheet.set_row(row, 15 * (1 + len(text) // 110))
        row += 1
    row = _as_shown(sheets, sheet, row + 1, report)
    wins = [one for one in document["estimates"] if one["metric"] == "orbit_wins"]
    shown = [one for one in wins if one["population"] in (CONDITIONED, PRIOR)]
    yearly = [one for one in shown if one["date"] is not None and one["date"] % 1 == 0.75]
    names = ("date", "comparator", "population", "value", "low", "high", "n")
    if yearly:
        sheets.table(sheet, row + 1, 0, names, _rows(yearly, names))


def _as_shown(sheets: Sheets, sheet: Any, row: int, report: Report) -> int:
    """The first table of the report as text, with its intervals; gives the next free row."""
    table = report.sections[0].blocks[0].parts[0]
    if not isinstance(table, Table):
        table = next(p for b in report.sections[0].blocks for p in b.parts if isinstance(p, Table))
    shown = table.without_graphics()
    sheet.write_string(row, 0, shown.caption, sheets.muted)
    texts = [["\n".join((cell.text, *cell.under)) for cell in line] for line in shown.rows]
    for number, line in enumerate(texts, row + 2):
        sheet.set_row(number, 15 * (1 + max(text.count("\n") for text in line)))
    for place, column in enumerate(shown.columns):
        sheet.write_string(row + 1, place, column.title, sheets.head)
        for number, line in enumerate(texts, row + 2):
            sheet.write_string(number, place, line[place], sheets.wrapped)
    return row + 3 + len(texts)


def _inputs(rows: list[dict[str, Any]]) -> tuple[list[str], list[Row]]:
    """Every input: what it is, its percentiles before and after conditioning, where from."""
    head = [*INPUT[:4], *(f"prior_{name}" for name in QUANTILES)]
    head += [*(f"conditioned_{name}" for name in QUANTILES), "n", *INPUT[4:]]
    made: list[Row] = []
    for row in rows:
        after = row.get("conditioned") or {}
        numbers = [*(row["prior"].get(name) for name in QUANTILES), *map(after.get, QUANTILES)]
        facts = [row.get(name) for name in INPUT]
        made.append([*facts[:4], *numbers, row.get("n"), *facts[4:]])
    return head, made


def _claims(claims: list[dict[str, Any]]) -> tuple[list[str], list[Row]]:
    """One row for each probability of each claim; a claim without one has a row all the same."""
    head = ["id", "text", "verdict", "case", "population", *NUMBERS]
    made: list[Row] = []
    for claim in claims:
        facts = [claim["id"], claim["text"], claim["verdict"]]
        found = [
            [*facts, case, population, *(record.get(name) for name in NUMBERS)]
            for case in ("probability", "otherwise")
            for population, record in (claim.get(case) or {}).items()
        ]
        made += found or [[*facts, *[None] * 7]]
    return head, made


def _charts(sheets: Sheets, records: Records, say: Words) -> None:
    """Fan of the ratio, cumulative crossing and P by year, each beside the numbers it draws."""
    sheet = sheets.sheet(say.say("xlsx.charts"))
    left = 13
    fan = {
        say.say("column.low"): ("ratio", "cost", CONDITIONED, "p05", "orbit1", 1.25),
        say.say("systems.level_quarter"): ("ratio", "cost", CONDITIONED, "p25", "orbit2", 1.25),
        say.say("column.middle"): ("ratio", "cost", CONDITIONED, "p50", "orbit", 3.0),
        say.say("systems.level_three_quarters"): (
            "ratio",
            "cost",
            CONDITIONED,
            "p75",
            "orbit2",
            1.25,
        ),
        say.say("column.high"): ("ratio", "cost", CONDITIONED, "p95", "orbit1", 1.25),
        say.say("crossing.fan_prior_middle"): ("ratio", "cost", PRIOR, "p50", "prior", 1.25),
    }
    crossing = {
        say.say(f"column.{name}"): ("crossed", "cost", name, "probability", colour, width)
        for name, colour, width in ((CONDITIONED, "orbit", 2.5), (PRIOR, "prior", 1.5))
    }
    wins = {
        say.say(f"column.{name}"): ("orbit_wins", name, CONDITIONED, "probability", colour, 2.25)
        for name, colour in zip(COMPARATORS, ("orbit", "ground", "orbit2"), strict=True)
    }
    top = 0
    for key, lines, logarithmic in (
        ("fan", fan, True),
        ("crossing", crossing, False),
        ("wins", wins, False),
    ):
        data = {name: records.series(*line[:4]) for name, line in lines.items()}
        dates = sorted({date for points in data.values() for date, _ in points})
        if not dates:
            continue
        values = {name: {date: one.value for date, one in points} for name, points in data.items()}
        rows = [[date, *(values[name].get(date) for name in lines)] for date in dates]
        sheets.table(sheet, top, left, [say.say("xlsx.date"), *lines], rows)
        chart = sheets.book.add_chart({"type": "scatter", "subtype": "straight"})
        for place, (name, line) in enumerate(lines.items(), 1):
            if values[name]:
                chart.add_series(_series(sheet.name, top, left, place, len(rows), line))
        _finish(chart, say.say(f"xlsx.{key}"), dates, logarithmic, say)
        sheet.insert_chart(
            top, 0, chart, {"object_position": 3, "description": say.say(f"xlsx.{key}")}
        )
        top += max(len(rows) + 3, 22)


def _series(sheet: str, top: int, left: int, place: int, count: int, line: Row) -> dict[str, Any]:
    """One line of a chart by the cells that hold it."""
    first, last = top + 1, top + count
    return {
        "name": [sheet, top, left + place],
        "categories": [sheet, first, left, last, left],
        "values": [sheet, first, left + place, last, left + place],
        "line": {
            "color": LIGHT[line[4]],
            "width": line[5],
            **({"dash_type": "dash"} if line[4] == "prior" else {}),
        },
    }


def _finish(chart: Any, title: str, dates: Sequence[float], logarithmic: bool, say: Words) -> None:
    """Title, axes and size; P as percent, the ratio on a log axis with parity at its foot."""
    ink, grid = {"color": LIGHT["ink"]}, {"visible": True, "line": {"color": LIGHT["grid"]}}
    chart.set_title({"name": title, "name_font": {**ink, "size": 12, "bold": True}})
    span = {"min": int(dates[0]), "max": int(dates[-1]) + 1, "num_format": "0"}
    chart.set_x_axis({**span, "name": say.say("column.year"), "crossing": "min"})
    scale: dict[str, Any] = {"num_format": "0.0##%", "min": 0}
    if logarithmic:
        scale = {"num_format": "0.##", "log_base": 10, "crossing": "min"}
    chart.set_y_axis({**scale, "major_gridlines": grid})
    chart.set_legend({"position": "right"})
    chart.set_size(SIZE)
