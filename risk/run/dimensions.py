"""Which Sobol' dimension a draw takes: a recorded list that only grows, so no draw ever moves.

`dimensions.txt` holds a name a line, most influential first, and how many dimensions it takes.
`python -m risk.run.dimensions` appends what the shipped scenarios draw and the list lacks.
"""

from functools import cache
from importlib import resources
from pathlib import Path

FILE = "dimensions.txt"


@cache
def recorded() -> dict[str, tuple[int, int]]:
    """First dimension and number of dimensions of every recorded name."""
    text = resources.files("risk.run").joinpath(FILE).read_text(encoding="utf-8")
    found: dict[str, tuple[int, int]] = {}
    first = 0
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, count = line.split()
            found[name] = (first, int(count))
            first += int(count)
    return found


def dimensions(once: tuple[str, ...], each: tuple[str, ...], steps: int) -> dict[str, int]:
    """First dimension of every name; one drawn at each step takes `steps` in a row.

    Names that are not recorded follow the recorded ones, in the order given.
    """
    known = recorded()
    first = sum(count for _, count in known.values())
    found: dict[str, int] = {}
    for name in (*once, *each):
        needed = steps if name in each else 1
        if name in known and known[name][1] >= needed:
            found[name] = known[name][0]
        else:
            found[name] = first
            first += needed
    return found


def missing() -> list[tuple[str, int]]:
    """What the shipped scenarios draw and the list lacks, with the dimensions it needs."""
    from risk.model.constants import QUARTERS
    from risk.run.draw import PATH, draws, layout
    from risk.scenario import load, shipped

    known = [load(name) for name in shipped()]
    beside = (layout(s, frozenset(s.priors) - PATH) for s in known)
    drawn = draws(*map(layout, known), *beside, fleets=True)
    needed = dict.fromkeys(drawn.once, 1) | dict.fromkeys(drawn.each, QUARTERS)
    return [(name, count) for name, count in needed.items() if name not in recorded()]


if __name__ == "__main__":
    added = missing()
    with (Path(__file__).parent / FILE).open("a", encoding="utf-8") as file:
        file.writelines(f"{name} {count}\n" for name, count in added)
    print(f"{len(added)} names appended")  # noqa: T201
