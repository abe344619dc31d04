"""A published number beside the engine's own, and how such rows are printed."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["relative", "absolute"]
Class = Literal["E", "A", "S"]

_WIDTHS = (4, 42, 11, 11, 9, 9, 4)  # with a space between columns, 96 characters


@dataclass(frozen=True)
class Check:
    """One published number and what the engine makes of the same inputs.

    Classes: E exact replay, A agreement within the rounding of what was published, S simulated
    with a known law (the tolerance is then in standard errors of the simulation).
    """

    case: str
    quantity: str
    published: float
    computed: float
    tolerance: float
    kind: Kind
    cls: Class
    source: str

    @property
    def difference(self) -> float:
        """Computed less published; as a share of the published value where `kind` is relative."""
        off = self.computed - self.published
        return off / abs(self.published) if self.kind == "relative" else off

    @property
    def passed(self) -> bool:
        """Whether the difference is within the tolerance; never where it is not a number."""
        return abs(self.difference) <= self.tolerance


def table(checks: Sequence[Check]) -> str:
    """All rows as aligned text, the failing ones named again at the end."""
    head = ("case", "quantity", "published", "computed", "differs", "allowed", "")
    lines = [_line(head), _line(tuple("-" * width for width in _WIDTHS))]
    lines += [_line(_cells(check)) for check in checks]
    failed = [check for check in checks if not check.passed]
    lines += ["", *(f"FAIL {c.case} {c.quantity}: source {c.source}" for c in failed)]
    lines.append(f"{len(checks) - len(failed)} of {len(checks)} within tolerance")
    return "\n".join(lines)


def reasons(left_out: Mapping[str, str], unmet: Sequence[Check]) -> str:
    """What cannot be replayed, and what is not met, each with why, in lines of 80 columns."""
    missed = {
        f"{c.case} {c.quantity}, printed {c.published:.7g}, computed {c.computed:.7g}": c.source
        for c in unmet
    }
    lines = []
    for head, rows in (("not replayed", left_out), ("not met", missed)):
        lines.append(f"{head}, {len(rows)}:")
        for name, why in rows.items():
            lines += textwrap.wrap(f"- {name}: {why}", 80, subsequent_indent="  ")
    return "\n".join(lines)


def _cells(check: Check) -> tuple[str, ...]:
    percent = check.kind == "relative"
    return (
        check.case,
        check.quantity,
        f"{check.published:,.7g}",
        f"{check.computed:,.7g}",
        f"{check.difference:+.3%}" if percent else f"{check.difference:+.2g}",
        f"{check.tolerance:.1%}" if percent else f"{check.tolerance:.2g}",
        "ok" if check.passed else "FAIL",
    )


def _line(cells: tuple[str, ...]) -> str:
    left = [cell.ljust(width) for cell, width in zip(cells[:2], _WIDTHS[:2], strict=True)]
    right = [cell.rjust(width) for cell, width in zip(cells[2:], _WIDTHS[2:], strict=True)]
    return " ".join([*left, *right]).rstrip()
