"""Published models replayed through the engine's own functions, number by number."""

from risk.validate.check import Check, table
from risk.validate.compare import replay, unmet

__all__ = ["Check", "replay", "table", "unmet"]
