"""Probabilities too small to count: importance sampling, and subset simulation beside it.

Both work on independent standard normals. The event is a margin at or below zero. A margin may
carry luck beside its normals, drawn anew at every evaluation: it is part of what is integrated,
and of the state of a chain, whose every proposal draws it afresh.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from risk.analysis.scrambles import student

type Floats = NDArray[np.float64]


class Margins(NamedTuple):
    """What a batch of points gives."""

    margin: Floats  # the event happens at or below zero, (n,)
    weight: Floats  # of a point beside its density, 0 to 1, of the normals alone, (n,)


type Evaluate = Callable[[Floats, int], Margins]
"""(normals of shape (dimensions, n), number of the batch, which picks its luck) -> margins."""


class Rare(NamedTuple):
    """A probability with its standard error and 95 % interval, and what it took."""

    value: float
    stderr: float
    low: float
    high: float
    evaluations: int

    @property
    def relative(self) -> float:
        """Standard error over the value; infinite where nothing was seen."""
        return self.stderr / self.value if self.value > 0 else float("inf")


class DisagreementError(ArithmeticError):
    """Two estimators of one probability differ by more than their errors explain."""


AGREEMENT = 4.0
"""Standard errors by which both may differ: exceeded by chance in 1 of 16,000 comparisons."""
_LEVEL = 0.1  # share of a level that goes on to the next
_LEVELS = 20
_COMPONENTS = 4
_DEFENSIVE = 0.1  # share of the proposal that is the normals' own density
_ROUNDS = 12


# ---------------------------------------------------------------------------- importance sampling
class Mixture(NamedTuple):
    """Normals of unit variance around some points."""

    share: Floats  # (components,)
    centre: Floats  # (components, dimensions)

    def draw(self, rng: np.random.Generator, n: int) -> Floats:
        """So many points, (dimensions, n)."""
        which = rng.choice(len(self.share), n, p=self.share)
        return rng.standard_normal((self.centre.shape[1], n)) + self.centre[which].T

    def log_ratio(self, z: Floats) -> Floats:
        """Log of the normals' own density over the mixture's, (n,)."""
        return -logsumexp(self._terms(z), axis=0)

    def _terms(self, z: Floats) -> Floats:
        square = 0.5 * (self.centre * self.centre).sum(1)
        with np.errstate(divide="ignore"):
            return np.log(self.share)[:, None] + self.centre @ z - square[:, None]

    def fitted(self, z: Floats, weight: Floats) -> "Mixture":
        """One step of expectation and maximisation on weighted points.

        A coordinate of a centre within three standard errors of zero is set to zero: a hundred
        that do not matter would otherwise cost more than those that matter gain.
        """
        terms = self._terms(z)
        belongs = np.exp(terms - logsumexp(terms, axis=0)) * weight
        total = np.maximum(belongs.sum(1), 1e-300)
        centre = belongs @ z.T / total[:, None]
        effective = total**2 / np.maximum((belongs * belongs).sum(1), 1e-300)
        centre[np.abs(centre) < 3.0 / np.sqrt(np.maximum(effective, 1.0))[:, None]] = 0.0
        return Mixture(total / total.sum(), centre)


def importance(
    evaluate: Evaluate,
    dimensions: int,
    *,
    seed: int,
    pilot: int = 8192,
    size: int = 65_536,
    replicates: int = 32,
) -> Rare:
    """P by a mixture of shifted normals that cross-entropy finds, with a defensive share.

    Levels fall until the event itself is a tenth of what the proposal draws; then the proposal is
    fixed and `replicates` independent batches are drawn from it, whose spread is the error.
    Rubinstein and Kroese (2004); mixture as in Kurtz and Song (2013), Structural Safety 42, 35.
    """
    rng = np.random.Generator(np.random.Philox(seed))
    mixture, batch = _proposal(evaluate, dimensions, rng, pilot)
    each = size // replicates
    found = np.empty(replicates)
    for r in range(replicates):
        z = mixture.draw(rng, each)
        seen = evaluate(z, batch + r)
        hit = seen.margin <= 0.0
        found[r] = (np.exp(mixture.log_ratio(z)) * seen.weight * hit).mean()
    return _of_replicates(found, batch * pilot + size)


def _proposal(
    evaluate: Evaluate, dimensions: int, rng: np.random.Generator, pilot: int
) -> tuple[Mixture, int]:
    """Mixture under which the event is common, and the number of batches that it took."""
    own = Mixture(np.ones(1), np.zeros((1, dimensions)))
    mixture = own
    for batch in range(_ROUNDS):
        z = mixture.draw(rng, pilot)
        seen = evaluate(z, batch)
        level = max(0.0, float(np.quantile(seen.margin, _LEVEL)))
        elite = seen.margin <= level
        points = z[:, elite]
        log_weight = mixture.log_ratio(points) + np.log(np.maximum(seen.weight[elite], 1e-300))
        weight = np.exp(log_weight - log_weight.max())
        guess = _spread_out(points, weight, rng)
        for _ in range(10):
            guess = guess.fitted(points, weight)
        keep = np.append(guess.share * (1.0 - _DEFENSIVE), _DEFENSIVE)
        mixture = Mixture(keep, np.vstack([guess.centre, np.zeros((1, dimensions))]))
        if level == 0.0:
            break
    return mixture, batch + 1


def _spread_out(points: Floats, weight: Floats, rng: np.random.Generator) -> Mixture:
    """Centres to start from: points far from each other, as k-means++ picks them."""
    chance = weight / weight.sum()
    picked = [rng.choice(points.shape[1], p=chance)]
    for _ in range(min(_COMPONENTS, points.shape[1]) - 1):
        apart = np.min([((points - points[:, [i]]) ** 2).sum(0) for i in picked], axis=0)
        far = chance * apart
        if far.sum() <= 0:
            break
        picked.append(rng.choice(points.shape[1], p=far / far.sum()))
    return Mixture(np.full(len(picked), 1.0 / len(picked)), points[:, picked].T.copy())


# ---------------------------------------------------------------------------- subset simulation
def subset(
    evaluate: Evaluate,
    dimensions: int,
    *,
    seed: int,
    size: int = 4096,
    runs: int = 8,
    steps: int = 8,
) -> Rare:
    """P as a product of conditional probabilities, each near a tenth; weights are integrated.

    Au and Beck (2001), with the preconditioned Crank-Nicolson proposal of Papaioannou et al.
    (2015), Probabilistic Engineering Mechanics 41, 89, its step adapted to an acceptance of 0.44.
    `runs` independent simulations give the error.
    """
    rng = np.random.Generator(np.random.Philox(seed))
    found, batch = np.empty(runs), 1 << 16
    before = batch
    for run in range(runs):
        found[run], batch = _subset_once(evaluate, dimensions, rng, size, steps, batch)
    return _of_replicates(found, (batch - before) * size)


def _subset_once(
    evaluate: Evaluate,
    dimensions: int,
    rng: np.random.Generator,
    size: int,
    steps: int,
    batch: int,
) -> tuple[float, int]:
    z = rng.standard_normal((dimensions, size))
    seen = evaluate(z, batch)
    batch += 1
    total = float(seen.weight.mean())
    chosen = rng.choice(size, size, p=seen.weight / seen.weight.sum())  # now weighted alike
    z, seen = z[:, chosen], Margins(seen.margin[chosen], seen.weight[chosen])
    step = 0.5
    for _ in range(_LEVELS):
        order = np.sort(seen.margin)
        level = max(0.0, float(order[int(_LEVEL * size) - 1]))
        inside = np.flatnonzero(seen.margin <= level)
        total *= inside.size / size
        if level == 0.0 or inside.size == 0:
            return total, batch
        chosen = rng.choice(inside, size)
        z, seen = z[:, chosen], Margins(seen.margin[chosen], seen.weight[chosen])
        for _ in range(steps):
            near = np.sqrt(1.0 - step * step) * z + step * rng.standard_normal(z.shape)
            at = evaluate(near, batch)
            batch += 1
            kept = (at.margin <= level) & (rng.random(size) * seen.weight < at.weight)
            z = np.where(kept, near, z)
            seen = Margins(*(np.where(kept, new, old) for new, old in zip(at, seen, strict=True)))
            step = float(np.clip(step * np.exp(kept.mean() - 0.44), 0.05, 0.999))
    return 0.0, batch


def _of_replicates(found: Floats, evaluations: int) -> Rare:
    value, error = float(found.mean()), float(found.std(ddof=1) / np.sqrt(found.size))
    margin = student(found.size - 1) * error
    return Rare(value, error, max(0.0, value - margin), value + margin, evaluations)


# ---------------------------------------------------------------------------- both
def agreed(first: Rare, second: Rare) -> float:
    """Standard errors between two estimates; raises DisagreementError beyond `AGREEMENT`."""
    error = float(np.hypot(first.stderr, second.stderr))
    apart = abs(first.value - second.value) / error if error > 0 else 0.0
    if apart > AGREEMENT or (first.value > 0) != (second.value > 0):
        raise DisagreementError(
            f"importance sampling says {first.value:.3g} (error {first.stderr:.1g}), subset "
            f"simulation {second.value:.3g} (error {second.stderr:.1g}): {apart:.1f} standard "
            f"errors apart, allowed {AGREEMENT:g}; neither is printed"
        )
    return apart
