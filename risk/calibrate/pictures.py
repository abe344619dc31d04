"""Pictures of a fit: its chains by ArviZ, and replicated data against the evidence."""

import math
from pathlib import Path

from risk.calibrate.run import Fitted


def draw(one: Fitted, folder: Path) -> list[Path]:
    """Write the pictures of one fit into a folder; gives their paths."""
    return [_chains(one, folder), _predictive(one, folder)]


def _chains(one: Fitted, folder: Path) -> Path:
    import arviz as az
    import matplotlib.pyplot as plt

    path = folder / f"{one.fit.name}_chains.png"
    sites = {key: one.posterior.sites[key] for key in one.fit.informs}
    data = az.from_dict({"posterior": sites, "sample_stats": {"diverging": one.posterior.diverged}})
    az.plot_trace_dist(data, backend="matplotlib").savefig(path)
    plt.close("all")
    return path


def _predictive(one: Fitted, folder: Path) -> Path:
    from matplotlib.figure import Figure

    path = folder / f"{one.fit.name}_predictive.png"
    replicated, observed = one.verdict.replicated, one.verdict.observed
    across = min(3, len(observed))
    down = math.ceil(len(observed) / across)
    figure = Figure(figsize=(4 * across, 3 * down), layout="constrained")
    for place, (name, value) in enumerate(observed.items(), 1):
        axes = figure.add_subplot(down, across, place)
        axes.hist(replicated[name], bins=40, color="0.75")
        axes.axvline(value, color="black")
        axes.set_title(f"{name}\n{one.verdict.predictive[name]:.2f} above the evidence")
        axes.set_yticks([])
    figure.savefig(path)
    return path
