"""Energy while a measurement runs, where the machine tells it: RAPL counters or nvidia-smi.

RAPL counts whole processor packages, nvidia-smi reports the power of whole cards, so what else
runs there is counted too. Most virtual machines tell nothing.
"""

import shutil
import subprocess
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

POWERCAP = Path("/sys/class/powercap")
NOT_TOLD = "not told by this machine"
_SAMPLE_SECONDS = 0.2


class Meter:
    """Joules between entering and leaving; None where no counter can be read."""

    joules: float | None = None

    def __init__(self, folder: Path = POWERCAP) -> None:
        self._zones = [zone for zone in sorted(folder.glob("intel-rapl:*")) if _is_package(zone)]

    def __enter__(self) -> Self:
        self._before = [_read(zone / "energy_uj") for zone in self._zones]
        self._card = _CardMeter() if shutil.which("nvidia-smi") else None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        found = [] if self._card is None else [self._card.stop()]
        for zone, before in zip(self._zones, self._before, strict=True):
            after = _read(zone / "energy_uj")
            if before is not None and after is not None:
                wrap = _read(zone / "max_energy_range_uj") or 0
                found.append((after - before + (wrap if after < before else 0)) / 1e6)
        told = [joules for joules in found if joules is not None]
        self.joules = sum(told) if told else None


class _CardMeter:
    """Mean power of all cards times time."""

    def __init__(self) -> None:
        self._watts: list[float] = []
        self._done = threading.Event()
        self._began = time.perf_counter()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def _sample(self) -> None:
        command = ["nvidia-smi", "--query-gpu=power.draw", "--format=csv,noheader,nounits"]
        while not self._done.is_set():
            told = subprocess.run(command, capture_output=True, text=True, check=False).stdout
            try:
                self._watts.append(sum(float(line) for line in told.split()))
            except ValueError:
                return
            self._done.wait(_SAMPLE_SECONDS)

    def stop(self) -> float | None:
        """Joules so far, and no more samples."""
        seconds = time.perf_counter() - self._began
        self._done.set()
        self._thread.join()
        return sum(self._watts) / len(self._watts) * seconds if self._watts else None


def _is_package(zone: Path) -> bool:
    """A whole package: `intel-rapl:0`, not its part `intel-rapl:0:1`."""
    return zone.name.count(":") == 1 and _read(zone / "energy_uj") is not None


def _read(file: Path) -> int | None:
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return None
