"""Pictures of a fit: its chains, and replicated data against the evidence."""

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from risk.calibrate.run import Fitted

BINS = 40


def draw(one: Fitted, folder: Path) -> list[Path]:
    """Write the pictures of one fit into a folder; gives their paths."""
    return [_chains(one, folder), _predictive(one, folder)]


def edges(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Edges of a histogram's bars: centred on whole numbers where all values are whole.

    A bar then holds the same count of whole numbers as the next, so that none stands out.
    """
    low, high = float(values.min()), float(values.max())
    if np.all(values == np.round(values)):
        width = max(1, math.ceil((high - low + 1.0) / BINS))
        return np.arange(low - 0.5, high + 0.5 + width, width)
    return np.histogram_bin_edges(values, BINS)


def _chains(one: Fitted, folder: Path) -> Path:
    """A row an input: density of each chain with the prior's P5 to P95, and the draws in order."""
    from matplotlib.figure import Figure

    path = folder / f"{one.fit.name}_chains.png"
    rows = len(one.fit.informs)
    figure = Figure(figsize=(10, 2.6 * rows + 0.4), layout="constrained")
    panels = figure.subplots(rows, 2, squeeze=False)
    for (density, trace), key in zip(panels, one.fit.informs, strict=True):
        draws = one.posterior.sites[key]
        shared = np.histogram_bin_edges(draws, BINS)
        for number, chain in enumerate(draws, 1):
            density.hist(chain, bins=shared, histtype="step", density=True, label=f"chain {number}")
            trace.plot(chain, linewidth=0.4, alpha=0.7)
        low, _, high = one.before[key]
        density.axvspan(low, high, color="0.93", zorder=0, label="prior, 5 to 95 %")
        unit = one.units[key]
        density.set_title(key if unit == "1" else f"{key}, {unit}", loc="left", fontsize=10)
        density.set_yticks([])
        trace.set_title("draws in order", loc="left", fontsize=10)
    panels[0][0].legend(fontsize=7, frameon=False)
    figure.savefig(path, dpi=120)
    return path


def _predictive(one: Fitted, folder: Path) -> Path:
    from matplotlib.figure import Figure

    path = folder / f"{one.fit.name}_predictive.png"
    replicated, observed = one.verdict.replicated, one.verdict.observed
    across = min(3, len(observed))
    down = math.ceil(len(observed) / across)
    figure = Figure(figsize=(4 * across, 3 * down + 0.3), layout="constrained")
    figure.suptitle("bars: data made from the posterior; line: the evidence", fontsize=9)
    for place, (name, value) in enumerate(observed.items(), 1):
        axes = figure.add_subplot(down, across, place)
        axes.hist(replicated[name], bins=edges(replicated[name]).tolist(), color="0.75")
        axes.axvline(value, color="black")
        axes.set_title(f"{one.verdict.predictive[name]:.0%} above the evidence", fontsize=10)
        axes.set_xlabel(name)
        axes.set_yticks([])
    figure.savefig(path, dpi=120)
    return path
