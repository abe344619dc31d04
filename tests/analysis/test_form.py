"""Design points against those that are known."""

import numpy as np
import pytest
from scipy.stats import norm

from risk.analysis.form import Floats, design_point


def test_a_sum_of_ten_normals_has_its_point_on_the_diagonal() -> None:
    found = design_point(lambda z: 5.0 * np.sqrt(10.0) - z.sum(0), 10)  # RP107
    assert found.settled
    assert found.beta == pytest.approx(5.0, abs=1e-6)
    assert found.probability == pytest.approx(2.86651571879194e-7, rel=1e-4)
    np.testing.assert_allclose(found.z, 5.0 / np.sqrt(10.0), atol=1e-6)


def test_resistance_less_load_gives_the_closed_form() -> None:
    mean, sd = np.array([10.0, 6.0]), np.array([1.5, 2.0])
    found = design_point(lambda z: (mean[0] + sd[0] * z[0]) - (mean[1] + sd[1] * z[1]), 2)
    assert found.beta == pytest.approx(4.0 / 2.5)
    np.testing.assert_allclose(found.z, [-1.5 * 4.0 / 2.5**2, 2.0 * 4.0 / 2.5**2], atol=1e-6)


def bent(z: Floats) -> Floats:
    """RP22."""
    return 2.5 - (z[0] + z[1]) / np.sqrt(2.0) + 0.1 * (z[0] - z[1]) ** 2


@pytest.mark.parametrize("start", [None, np.array([2.0, -1.0]), np.array([-1.0, 3.0])])
def test_a_bent_surface_has_its_point_from_any_start_and_is_not_its_tangent(
    start: Floats | None,
) -> None:
    found = design_point(bent, 2, start=start)
    assert found.settled
    assert found.beta == pytest.approx(2.5, abs=1e-3)
    np.testing.assert_allclose(found.z, 2.5 / np.sqrt(2.0), atol=5e-3)
    assert found.probability > 0.00420730551129962 * 1.3  # the surface bends away


def test_the_nearest_point_of_a_fourth_power_lies_on_its_axis() -> None:
    found = design_point(lambda z: 2.0 - z[1] + 256.0 * z[0] ** 4, 2)  # RP31
    np.testing.assert_allclose(found.z, [0.0, 2.0], atol=1e-3)


def test_an_event_that_holds_at_the_medians_has_a_negative_index() -> None:
    found = design_point(lambda z: -1.0 - z[0], 3)
    assert found.beta == pytest.approx(-1.0)
    assert found.probability == pytest.approx(norm.cdf(1.0))


def test_a_margin_that_never_changes_has_no_point() -> None:
    with pytest.raises(ValueError, match="does not change"):
        design_point(lambda z: np.ones(z.shape[1]), 2)
