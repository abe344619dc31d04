"""Published models replayed through the engine's own functions, number by number."""

from risk.validate.check import Check, reasons, table
from risk.validate.compare import left_out, replay, unmet

__all__ = ["Check", "left_out", "reasons", "replay", "table", "unmet"]
