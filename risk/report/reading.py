"""One document, looked up: estimates by name, the declared headline, the conditions of the run."""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from risk.report.words import Words

Document = dict[str, Any]

ANY = "any comparator"
PRIOR = "prior"
CONDITIONED = "conditioned"
NARROWER = "conditioned_0.35"
DIGITS_OF_DIGEST = 8
COMPARATORS = ("cost", "value", "time-adjusted")
LAUNCH_PRICE = re.compile(r"(?P<population>.+), launch price (?P<price>[0-9.e+]+) USD/kg")


class Record(NamedTuple):
    """One estimate; `value` is None where the quantity does not exist."""

    value: float | None
    stderr: float | None
    low: float | None
    high: float | None
    n: int
    unit: str


class Priced(NamedTuple):
    """A probability at a given launch price, USD/kg; 0 is free launch."""

    price: float
    record: Record


@dataclass(frozen=True)
class Records:
    """The tidy list of estimates, found by metric, comparator, date, population and statistic."""

    index: dict[tuple[Any, ...], Record] = field(repr=False)

    @classmethod
    def of(cls, document: Document) -> "Records":
        """The records of a document; each is also found without its comparator."""
        index: dict[tuple[Any, ...], Record] = {}
        for row in document["estimates"]:
            record = Record(
                row["value"],
                row.get("stderr"),
                row.get("low"),
                row.get("high"),
                int(row.get("n") or 0),
                row.get("unit") or "1",
            )
            place = (_instant(row["date"]), row["population"], row["statistic"])
            index[row["metric"], row["comparator"], *place] = record
            index.setdefault((row["metric"], ANY, *place), record)
        return cls(index)

    def find(
        self,
        metric: str,
        date: float | None,
        comparator: str | None = ANY,
        population: str = CONDITIONED,
        statistic: str = "probability",
    ) -> Record | None:
        """The record of that name, or None when the run did not estimate it."""
        return self.index.get((metric, comparator, _instant(date), population, statistic))

    def known(
        self,
        metric: str,
        date: float | None,
        comparator: str | None = ANY,
        population: str = CONDITIONED,
        statistic: str = "probability",
    ) -> Record | None:
        """As `find`, but also None for a record whose quantity does not exist."""
        record = self.find(metric, date, comparator, population, statistic)
        return record if record is not None and record.value is not None else None

    def series(
        self,
        metric: str,
        comparator: str | None = ANY,
        population: str = CONDITIONED,
        statistic: str = "probability",
    ) -> list[tuple[float, Record]]:
        """Date and record of every date at which the quantity exists, in order."""
        wanted = (metric, comparator, population, statistic)
        return sorted(
            (key[2] / 1000, record)
            for key, record in self.index.items()
            if (key[0], key[1], *key[3:]) == wanted
            and key[2] is not None
            and record.value is not None
        )

    def priced(self, population: str, date: float) -> list[Priced]:
        """P(orbit cheaper) at that date by launch price, free launch first."""
        found = []
        for (metric, comparator, instant, name, statistic), record in self.index.items():
            place = (metric, comparator, instant, statistic)
            match = LAUNCH_PRICE.fullmatch(name)
            here = place == ("orbit_wins", "cost", _instant(date), "probability")
            if match and here and match["population"] == population and record.value is not None:
                found.append(Priced(float(match["price"]), record))
        return sorted(found)

    def priced_dates(self) -> list[float]:
        """The dates at which the launch price was varied."""
        return sorted(
            {
                key[2] / 1000
                for key in self.index
                if key[0] == "orbit_wins" and key[2] and LAUNCH_PRICE.fullmatch(key[3])
            }
        )


def _instant(date: float | None) -> int | None:
    """A decimal year as a whole number of thousandths, which compares exactly."""
    return None if date is None else round(1000 * date)


@dataclass(frozen=True)
class Reading:
    """What one document is about, for the sections that tell it."""

    document: Document
    records: Records
    comparator: str
    year: int
    date: float
    horizon: int

    @classmethod
    def of(cls, document: Document) -> "Reading":
        """Read the declared headline and the last quarter at which a crossing can be confirmed."""
        records = Records.of(document)
        headline = document["scenario"]["headline"]
        crossed = records.series("crossed")
        end = crossed[-1][0] if crossed else document["scenario"]["horizon"]
        return cls(
            document=document,
            records=records,
            comparator=headline["comparator"],
            year=int(headline["year"]),
            date=int(headline["year"]) + 0.75,
            horizon=round(end + 0.25),
        )

    def provenance(self, words: "Words", kept: int | None = None, of: int | None = None) -> str:
        """Paths kept and looked at, seed, scenario: the run's, or those of one of its parts."""
        run = self.document["run"]
        return words.say(
            "page.provenance",
            accepted=words.count(kept or run["accepted"].get(CONDITIONED, run["paths"])),
            paths=words.count(of or run["paths"]),
            seed=run["seed"],
            digest=self.document["scenario"]["digest"][:DIGITS_OF_DIGEST],
        )

    @property
    def crossed_by_horizon(self) -> Record | None:
        """P that the headline comparator has crossed by the last date that can be confirmed."""
        series = self.records.series("crossed", self.comparator)
        return series[-1][1] if series else None

    def wins(
        self, date: float | None = None, comparator: str = "", population: str = CONDITIONED
    ) -> Record | None:
        """P(orbit wins), by default the headline's comparator and date."""
        return self.records.known(
            "orbit_wins", date or self.date, comparator or self.comparator, population
        )

    @property
    def guaranteed(self) -> Record | None:
        """The headline with an interval that assumes nothing but independent scrambles."""
        place = (self.date, self.comparator, CONDITIONED, "probability_guaranteed")
        return self.records.known("orbit_wins", *place)

    @property
    def headline(self) -> Record:
        """The one probability that the run was declared to answer."""
        record = self.wins()
        if record is None:
            raise ValueError(
                f"the document has no orbit_wins for comparator {self.comparator!r}, "
                f"date {self.date}, population {CONDITIONED!r}: its headline cannot be written"
            )
        return record
