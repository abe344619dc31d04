"""Edge and rent, by hand."""

import numpy as np
import pytest

from risk.model.edge import Edge, egress, end_to_end, light_time_ms
from risk.model.rent import Rent, levelised

ONE = Edge(
    elevation=90.0, orbit_queue=20.0, region_network=15.0, remote_answer=60.0, board_answer=30.0,
    traffic=0.5, orbit_egress=0.1, region_egress=0.04, board_cost=5.0,
)  # fmt: skip


def test_light_takes_its_way_up_and_down() -> None:
    """At the zenith 2 x 650 km; at 25 degrees the published 8.7 ms."""
    assert light_time_ms(650.0, 90.0) == pytest.approx(1300 / 299.792458, rel=1e-5)
    assert light_time_ms(650.0, 25.0) == pytest.approx(8.7, abs=0.05)


def test_a_lower_satellite_is_farther() -> None:
    elevation = np.linspace(5.0, 90.0, 18)
    assert (np.diff(light_time_ms(550.0, elevation)) < 0).all()


def test_a_delay_is_way_queue_and_answer() -> None:
    delay = end_to_end(ONE, 650.0)
    assert delay.orbit == pytest.approx(4.336 + 20 + 60, abs=0.01)
    assert (delay.region, delay.board) == (75.0, 30.0)


def test_data_costs_what_is_moved_in_a_year() -> None:
    """0.5 GB/kWh x 8,760 h x 0.1 $/GB = 438 $ a kW-year."""
    moved = egress(ONE)
    assert moved.orbit == pytest.approx(0.438)
    assert moved.region == pytest.approx(0.1752)
    assert moved.board == 0.0


def test_rent_is_the_sales_of_a_life_over_its_years_and_a_markup() -> None:
    assert levelised(Rent(markup=0.2, queue=0.1), 45.0, 4.0) == pytest.approx(13.5)
