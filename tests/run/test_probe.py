"""Paths at given normals are those of a run at the same numbers."""

import numpy as np
import pytest

from kernels.counter import TILE, tile_of
from risk.run.draw import once_of
from risk.run.execute import job_of
from risk.run.look import View, look
from risk.run.plan import Request
from risk.run.probe import Probe
from risk.scenario import load

VIEW = View("probe test", ("ratio", "npv_orbit"), lambda x, o: o)
REQUEST = Request(16 * TILE, 5, replicates=16)


def test_a_runs_own_numbers_give_its_own_paths() -> None:
    base = load("base")
    probe = Probe(base, VIEW, seed=5, sampler="sobol")
    job, _ = job_of(base, 5, "sobol")
    first = tile_of(0)
    z, u = once_of(job.source, job.source.shared(first), first[None], len(probe.normals))
    found = probe(z, u)
    whole = look(base, REQUEST, 16 * TILE, VIEW)
    assert found.finite.all()
    mine = whole.replicate == 0
    # Normals are made apart from what follows them here: float32 groups the same steps otherwise.
    np.testing.assert_allclose(found.values["ratio"], whole.values["ratio"][:, mine], rtol=1e-4)
    np.testing.assert_array_equal(found.kept_by, whole.kept_by[mine])


def test_a_row_more_moves_only_what_depends_on_it() -> None:
    probe = Probe(load("base"), VIEW)
    z = np.zeros((len(probe.normals), TILE + 3))
    z[probe.normals.index("platform.cost_today"), TILE:] = 1.0
    ratio = probe(z).values["ratio"]
    assert ratio.shape == (60, TILE + 3)
    again = probe(z[:, TILE:], tile=1).values["ratio"]
    np.testing.assert_array_equal(ratio[:, TILE:], again)
    assert (again > probe(z[:, :3], tile=1).values["ratio"]).all()


def test_a_shape_that_does_not_fit_is_refused_with_its_names() -> None:
    probe = Probe(load("base"), VIEW)
    with pytest.raises(ValueError, match=r"z has the shape \(3, 5\); allowed: .*launch_success"):
        probe(np.zeros((3, 5)))
