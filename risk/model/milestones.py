"""Milestones: dates and shares that statements about the fleet need and no equation moves."""

from kernels.types import Scalar
from risk.inputs import group, number


@group
class Milestones:
    """Inputs that only claims read."""

    pair_flight: Scalar = number("year", "two compute satellites with a laser link fly")
    cluster_flight: Scalar = number(
        "year", "a cluster of 80 compute satellites links at 1 Tbit/s or more"
    )
    own_fab: Scalar = number("year", "half of the sponsor's new accelerators from its own fabs")
    partner_capacity: Scalar = number(
        "year", "a cloud without a fleet buys 100 MW of orbital compute from partners"
    )
    radiator_cost_share: Scalar = number(
        "1", "radiator and pumps, share of platform cost", low=0, high=1
    )
    packing_limit: Scalar = number("m**2", "deployed area that one launch can carry folded", low=0)
