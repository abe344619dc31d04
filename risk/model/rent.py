"""Rent: what an AI company without a stack of its own pays a cloud for compute."""

from kernels.types import Scalar
from risk.inputs import group, number


@group
class Rent:
    """Inputs of compute that is rented."""

    markup: Scalar = number(
        "1", "what a tenant pays over the market price of compute, share of it", low=-0.5
    )
    queue: Scalar = number("year", "order to running capacity, rented", low=0)


def levelised(rent: Rent, sold: Scalar, service: Scalar) -> Scalar:
    """Rent per frontier-equivalent kW-yr, averaged over a life: (1 + markup) sold / service.

    `sold` is what the unit sells over that life at the market price, present value; `service` the
    discounted years. The market price is kappa rho* (1 + X) and falls with the trend, so that at
    no markup this is the cost of the marginal new ground site times its scarcity margin.
    """
    return (1.0 + rent.markup) * sold / service
