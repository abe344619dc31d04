"""Bars of counts hold one whole number each, so that no bar stands out by chance of its edges."""

import numpy as np

from risk.calibrate.pictures import BINS, edges


def test_bars_of_counts_are_centred_on_whole_numbers_and_hold_as_many_each() -> None:
    few = edges(np.asarray([0.0, 3.0, 7.0]))
    assert few.tolist() == [k - 0.5 for k in range(9)]
    many = edges(np.arange(300, 801, dtype=float))
    assert set(np.diff(many)) == {13.0}
    assert many[0] == 299.5
    assert many[-1] > 800
    assert len(many) <= BINS + 2


def test_bars_of_other_numbers_span_them() -> None:
    found = edges(np.asarray([0.1, 2.5]))
    assert (found[0], found[-1], len(found)) == (0.1, 2.5, BINS + 1)
