"""The report in a terminal: the answer, the headline table, a few labelled lines, the run."""

from rich.cells import cell_len
from rich.text import Text

from risk.report.page import Cell, Report, Table
from risk.report.render.cells import pad, wrap
from risk.report.words import NO_BREAK, Words, words

FIRST, LABEL, ROW = 9, 9, 50
GAP = "  "
ASCII = str.maketrans(
    {"●": "#", "○": ".", "±": "+-", "×": "x", "−": "-", "–": "-", "·": "-", "’": "'"}
)


def lines(report: Report, width: int, unicode: bool) -> Text:
    """Everything that `run` prints, already broken at `width`."""
    say = words(report.language)
    text = Text(no_wrap=True, end="")
    _heading(text, report, width)
    for sentence in wrap(_answer(report, say), width):
        text.append(sentence + "\n", "bold")
    for note in report.box.notes:
        text.append("\n" + _labelled(say.say("summary.note"), note, width), "bold")
    text.append("\n")
    _table(text, _headline(report), say, width)
    _when(text, report, say, width)
    for name, line in report.summary.lines:
        text.append(_labelled(name, line, width))
    text.append("\n")
    for line in report.summary.run:
        text.append(_wrapped(line, width), "dim")
    return text if unicode else plain_ascii(text)


def systems(report: Report, width: int, unicode: bool) -> Text:
    """Everything that `compare` prints: the answer, and the tables of the report."""
    text = Text(no_wrap=True, end="")
    text.append(report.summary.heading + "\n\n", "bold")
    for sentence in wrap(report.box.answer, width):
        text.append(sentence + "\n", "bold")
    text.append("\n")
    tables = [p for s in report.sections for b in s.blocks for p in b.parts if isinstance(p, Table)]
    for table in tables[:-1]:  # what the systems are stands in the report
        grid(text, table, width)
    for line in report.summary.run:
        text.append(_wrapped(line, width), "dim")
    return text if unicode else plain_ascii(text)


def grid(text: Text, table: Table, width: int) -> None:
    """A table as columns, the lines under a cell dim; columns beyond the width follow below."""
    text.append(_wrapped(table.caption, width), "bold")
    heads = [wrap(column.title, 12) or [""] for column in table.columns]
    rows = [heads, *([[cell.text, *cell.under] for cell in row] for row in table.rows)]
    sizes = [max(cell_len(line) for row in rows for line in row[n]) for n in range(len(heads))]
    left = list(range(1, len(heads)))
    while left:
        shown = [0]
        while left and sum(sizes[n] + len(GAP) for n in (*shown, left[0])) - len(GAP) <= width:
            shown.append(left.pop(0))
        if len(shown) == 1:  # a column that is too wide alone
            shown.append(left.pop(0))
        for number, row in enumerate(rows):
            for line in range(max(len(row[n]) for n in shown)):
                cells = [row[n][line] if line < len(row[n]) else "" for n in shown]
                padded = [pad(cell, sizes[n]) for cell, n in zip(cells, shown, strict=True)]
                style = "dim" if line or not number else ""
                text.append(GAP.join(padded).rstrip() + "\n", style)
        text.append("\n")


def _heading(text: Text, report: Report, width: int) -> None:
    summary = report.summary
    room = width - cell_len(summary.heading) - cell_len(summary.digest)
    break_or_pad = " " * room if room >= 2 else "\n"
    heading = "\n".join(wrap(summary.heading, width))
    text.append(heading, "bold")
    text.append(f"{break_or_pad}{summary.digest}\n\n", "dim")


def _answer(report: Report, say: Words) -> str:
    box = report.box
    return say.sentences((box.answer, box.second, box.closing))


def _headline(report: Report) -> Table:
    table = report.sections[0].blocks[0].parts[0]
    assert isinstance(table, Table)
    return table


def _table(text: Text, table: Table, say: Words, width: int) -> None:
    """Value and interval on one line, the prior dim below; three lines where columns are narrow."""
    names = [column.title.lower() for column in table.columns[1:]]
    title, key = say.say("summary.table"), say.say("summary.table_key")
    if cell_len(title) + cell_len(key) + 4 <= width:
        text.append(pad(title, width - cell_len(key)), "bold").append(key + "\n", "dim")
    else:
        text.append(title + "\n", "bold").append(_wrapped(key, width), "dim")
    rows = [(row[0].text, [_parts(cell, say) for cell in row[1:]]) for row in table.rows]
    columns = [
        max(cell_len(names[place]), *(cell_len(" ".join(cells[place][:2])) for _, cells in rows))
        for place in range(len(names))
    ]
    stacked = FIRST + sum(columns) + len(GAP) * (len(columns) - 1) > width
    if stacked:
        columns = [(width - FIRST + len(GAP)) // len(names) - len(GAP)] * len(names)
    text.append(_aligned(say.say("summary.commit"), names, columns), "dim")
    for year, cells in rows:
        if stacked:
            text.append(_aligned(year, [value for value, _, _ in cells], columns))
            text.append(_aligned("", [bracket for _, bracket, _ in cells], columns))
        else:
            shown = [f"{value} {bracket}" for value, bracket, _ in cells]
            text.append(_aligned(year, shown, columns))
        text.append(_aligned("", [prior for _, _, prior in cells], columns), "dim")


def _parts(cell: Cell, say: Words) -> tuple[str, str, str]:
    """Value, bracket and prior of a cell of the headline table, without their units."""
    unit = say.say("number.percent", value="")
    prior_word = say.say("headline.prior", p="")
    prior = next((line for line in cell.under if line.startswith(prior_word)), "")
    bracket = next((line for line in cell.under if line != prior), "")
    number, before = (
        text.replace(unit, "") for text in (cell.text, prior.removeprefix(prior_word))
    )
    return number, f"({bracket})" if bracket else "", before


def _aligned(first: str, cells: list[str], columns: list[int]) -> str:
    padded = [pad(cell, width) for cell, width in zip(cells, columns, strict=True)]
    return (pad(first, FIRST) + GAP.join(padded)).rstrip() + "\n"


def _when(text: Text, report: Report, say: Words, width: int) -> None:
    if report.summary.when is None:
        return
    n, crossing, rest = report.summary.when
    marks = "●" * n + "○" * (100 - n)
    row = ROW if LABEL + ROW + 3 + max(map(cell_len, (crossing, rest))) <= width else 25
    told = {0: crossing, 1: rest}
    for number, start in enumerate(range(0, 100, row)):
        name = say.say("summary.when") if number == 0 else ""
        line = pad(name, LABEL) + marks[start : start + row] + "   " + told.get(number, "")
        text.append(line.rstrip() + "\n")


def _labelled(name: str, line: str, width: int) -> str:
    wrapped = wrap(line, width - LABEL)
    heads = [pad(name, LABEL), *[" " * LABEL] * (len(wrapped) - 1)]
    return "".join(f"{head}{part}\n" for head, part in zip(heads, wrapped, strict=True))


def _wrapped(line: str, width: int) -> str:
    parts = wrap(line, width, whole=True)
    return "".join(part + "\n" for part in parts)


def plain_ascii(text: Text) -> Text:
    """The same in ASCII."""
    plain = Text(no_wrap=True, end="")
    for segment in text.divide(sorted({edge for s in text.spans for edge in (s.start, s.end)})):
        style = segment.spans[0].style if segment.spans else ""
        written = segment.plain.translate(ASCII).replace(NO_BREAK, " ")
        plain.append(written.encode("ascii", "replace").decode(), style)
    return plain
