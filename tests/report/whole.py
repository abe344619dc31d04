"""A synthetic document with every part that `orbitrisk report` gives; invented numbers."""

import copy
from functools import cache

from risk.analysis.history import history
from risk.analysis.stress import load_shocks
from risk.analysis.studies import load_studies
from risk.report.page import Figure, Report
from tests.report.documents import Document, forced, with_claims
from tests.report.test_bridge import means
from tests.report.test_drivers import driven
from tests.report.test_evidence import evident
from tests.report.test_fleets import records
from tests.report.test_information import informed
from tests.report.test_life import mapped
from tests.report.test_stress import reversed_, row
from tests.report.test_tail import tailed


def figures(report: Report) -> list[Figure]:
    """Every figure of a report, in its order."""
    parts = (part for s in report.sections for block in s.blocks for part in block.parts)
    return [part for part in parts if isinstance(part, Figure)]


def whole() -> Document:
    """A fresh copy; shocks and studies bear the names of those that ship."""
    return copy.deepcopy(_whole())


@cache
def _whole() -> Document:
    given = with_claims()
    studies = tuple(study.name for study in load_studies())
    for made in (mapped(), driven(2.0), tailed(), informed(5.0, studies), evident()):
        given |= {key: made[key] for key in made.keys() - given.keys()}
    given["estimates"] += means()
    given["fleets"] = records(launched=True)
    given["stress"] = _stress()
    given["history"] = history(forced(0.05, 0.08, paths=10**6 + 1), given)
    return given


def _stress() -> Document:
    """The shocks that ship, from one that no path wins under to one that helps."""
    found: Document = reversed_()["stress"]
    rows = [row("base", 0.016, 0.032)]
    for k, shock in enumerate(load_shocks()):
        told = {name: getattr(shock, name) for name in ("name", "date", "mark", "source")}
        rows.append(row(shock.id, 0.003 * k, 0.005 * k, shock.of) | told)
    return found | {"rows": rows}
