"""Nested simulation by levels against closed forms; |z| > 3 is 1 in 370 for each comparison."""

import numpy as np
import pytest
from numpy.typing import NDArray

from risk.analysis.nested import Inner, nested

SLOPES = np.array([1.0, 2.0, 3.0])


def linear(known: list[int], seed: int) -> Inner:
    """-1 + X1 + 2 X2 + 3 X3 with these inputs held among the inner draws."""

    def inner(size: NDArray, replicate: int) -> NDArray:
        rng = np.random.default_rng([seed, replicate])
        held = np.repeat(rng.standard_normal((len(size), 3)), size, axis=0)
        free = rng.standard_normal((size.sum(), 3))
        held_too = np.isin(np.arange(3), known)
        return -1.0 + np.where(held_too, held, free) @ SLOPES

    return inner


@pytest.mark.parametrize(
    ("known", "worth"),
    [
        ([0], 0.083315470587686),
        ([1], 0.395593114802612),
        ([2], 0.762708342897216),
        ([0, 1], 0.479810706348393),
        ([0, 2], 0.824124131407212),
        ([1, 2], 0.993378260797150),
        ([0, 1, 2], 1.0457011604472948),
    ],
)
def test_the_worth_of_a_set_is_its_closed_form(known: list[int], worth: float) -> None:
    found = nested(linear(known, 1), 4096, 2)
    assert abs(found.value - worth) <= 3.0 * found.stderr
    assert found.stderr < 0.05


def test_a_curved_gain_is_worth_its_closed_form() -> None:
    def inner(size: NDArray, replicate: int) -> NDArray:
        rng = np.random.default_rng([3, replicate])
        return np.repeat(rng.standard_normal(len(size)) ** 2, size) - 1.2

    found = nested(inner, 4096, 4)
    assert abs(found.value - 0.425018297705700) <= 3.0 * found.stderr


def test_what_says_nothing_is_worth_nothing() -> None:
    found = nested(linear([], 5), 4096, 6)
    assert abs(found.value) <= 3.0 * found.stderr


def test_a_third_action_is_among_the_choices() -> None:
    """Three actions that pay independent N(0, 1), all known: E max = 3 / (2 sqrt(pi))."""

    def inner(size: NDArray, replicate: int) -> NDArray:
        pays = np.random.default_rng([7, replicate]).standard_normal((len(size), 3))
        return np.repeat(pays[:, 1:] - pays[:, :1], size, axis=0)

    found = nested(inner, 4096, 8)
    assert abs(found.value - 1.5 / np.sqrt(np.pi)) <= 3.0 * found.stderr


def test_intervals_cover() -> None:
    """Of 200 runs 95 % are covered, +-1.5 %; bounds at 3 standard errors."""
    covered = 0
    for run in range(200):
        found = nested(linear([1], 1000 + run), 128, run)
        covered += found.low <= 0.395593114802612 <= found.high
    assert 0.903 <= covered / 200 <= 0.997


def test_too_few_outer_draws_are_refused() -> None:
    with pytest.raises(ValueError, match="16 or more"):
        nested(linear([0], 0), 4, 0)
