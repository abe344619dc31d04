"""The sample's factors are those that its inputs were made of; slopes are derivatives."""

import numpy as np
import pytest

from kernels.counter import TILE, tile_of
from risk.inputs import value_of
from risk.run.draw import once_of
from risk.run.execute import job_of
from risk.run.look import View
from risk.run.plan import Request
from risk.run.probe import Probe
from risk.run.sample import CHOICES, sample
from risk.run.slopes import slopes
from risk.scenario import load

QUARTER = 36


@pytest.mark.parametrize("sampler", ["sobol", "mc"])
def test_common_factors_are_those_of_the_run(sampler: str) -> None:
    base = load("base")
    request = Request(16 * TILE, 5, sampler, replicates=16)
    found = sample(base, request, 16 * TILE).factors
    job, rows = job_of(base, 5, sampler)
    first = tile_of(0)
    z, _ = once_of(job.source, job.source.shared(first), first[None], len(rows.draws.normals))
    factors = np.linalg.cholesky(base.correlation) @ np.asarray(z)[: len(base.factors)]
    assert set(found) == set(base.factors)
    for name, expected in zip(base.factors, factors, strict=True):
        np.testing.assert_allclose(found[name][:TILE], expected, atol=2e-6)


def test_the_sample_holds_factors_that_move_its_inputs() -> None:
    base = load("base")
    taken = sample(base, Request(1 << 14, 5), 1 << 14)
    assert set(taken.choices) == set(CHOICES)
    assert all(values.shape == (15, 1 << 14) for values in taken.choices.values())
    np.testing.assert_array_equal(taken.choices["ratio"][9], taken.curves["ratio"][QUARTER])
    prior = base.priors["platform.cost_today"]
    loading = dict(zip(base.factors, prior.loadings, strict=True))["hardware_maturity"]
    x = np.log(taken.inputs["platform.cost_today"]).argsort().argsort()
    f = taken.factors["hardware_maturity"].argsort().argsort()
    spearman = np.corrcoef(x, f)[0, 1]
    expected = 6.0 / np.pi * np.arcsin(loading * base.scale / 2.0)  # Gaussian copula
    assert spearman == pytest.approx(expected, abs=4.0 / np.sqrt(1 << 14))


@pytest.mark.slow
def test_slopes_are_derivatives_path_by_path() -> None:
    """Availability scales what a fleet delivers: elasticities of exactly -1 and 1 on every path."""
    base, key, step = load("base"), "platform.cost_today", 0.02
    view = View("slopes", ("ratio",), lambda x, found: (value_of(x, key), found["ratio"][QUARTER]))
    probe = Probe(base, view, seed=3)
    rng = np.random.default_rng(8)
    z = rng.standard_normal((len(probe.normals), TILE))
    u = rng.random((len(probe.uniforms), TILE))
    found = {one.key: one for one in slopes(base, "ratio", QUARTER, z, u, 3)}
    for name, exact in (("reliability.availability", -1.0), ("ground.availability", 1.0)):
        one = found[name]
        np.testing.assert_allclose(one.slope * one.x / one.y, exact, rtol=2e-5)
    near = np.zeros_like(z)
    near[probe.normals.index(key)] = step
    below, above = (np.asarray(probe(z + d, u).values, np.float64) for d in (-near, near))
    rise = (above[1] - below[1]) / (above[0] - below[0])
    error = np.abs(rise / found[key].slope - 1.0)
    assert np.quantile(error, 0.95) < 0.02  # the rest meet a kink: another variant, the median
    assert rise.mean() == pytest.approx(found[key].slope.mean(), rel=2e-3)
