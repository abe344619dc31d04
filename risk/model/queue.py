"""Ground projects as a queue: stages to power, cancellation, energisation part by part."""

from typing import NamedTuple

import jax.numpy as jnp

from kernels.types import Scalar
from risk.inputs import group, number
from risk.model.constants import DT
from risk.model.demand import KW_PER_GW
from risk.model.launch import poisson

STAGES = 4
"""Stages from decision to first power: connection, permits and equipment, shell, fitting out.

Projects differ: with four stages the standard deviation of a project's time is half its mean."""


@group
class Queue:
    """Inputs of the ground queue; delay and cancellation are the schedule's."""

    project_size: Scalar = number("GW", "size of a ground project", low=0.001)
    full_power: Scalar = number("year", "first power to full power of a site", low=0)
    carrying: Scalar = number("1/year", "yearly cost of a project in the queue, share", low=0)


class QueueState(NamedTuple):
    """Projects under way, kW."""

    stages: tuple[Scalar, ...]  # waiting for power, by stage
    energising: Scalar  # with first power, not yet full
    ordered: Scalar  # cumulative
    cancelled: Scalar  # cumulative


class Progress(NamedTuple):
    """What a quarter brings, kW."""

    energised: Scalar
    advanced: Scalar  # through a stage, all stages together
    waiting: Scalar  # in the queue, at its start


def begin(queue: Queue, flow: Scalar, delay: Scalar) -> QueueState:
    """Projects as they stand where `flow` kW a year have been ordered for long."""
    stage = flow * delay / STAGES
    energising = flow * jnp.maximum(DT, queue.full_power / 2.0)
    return QueueState((stage,) * STAGES, energising, STAGES * stage + energising, stage * 0.0)


def under_way(state: QueueState) -> Scalar:
    """All projects that are neither powered nor cancelled, kW."""
    return sum(state.stages) + state.energising


def advance(
    queue: Queue, state: QueueState, delay: Scalar, kept: Scalar, ordered: Scalar, z: Scalar
) -> tuple[QueueState, Progress]:
    """One quarter on: cancellation, then progress through the stages, then orders.

    A stage takes a share 1 / STAGES of `delay` years in the mean and empties at a constant rate;
    whole projects reach power, their number from the normal `z`. From there power comes in the
    mean after half of `full_power`. `kept` is the share that nobody cancels.
    """
    share = jnp.minimum(1.0, STAGES * DT / jnp.maximum(delay, DT))
    left = [kept * stage for stage in state.stages]
    size = queue.project_size * KW_PER_GW
    moved = [share * stage for stage in left]
    moved[-1] = jnp.minimum(left[-1], poisson(moved[-1] / size, z) * size)
    energised = state.energising * jnp.minimum(1.0, 2.0 * DT / jnp.maximum(queue.full_power, DT))
    entered = (ordered, *moved[:-1])
    waiting = sum(state.stages)
    after = QueueState(
        tuple(was - out + new for was, out, new in zip(left, moved, entered, strict=True)),
        state.energising - energised + moved[-1],
        state.ordered + ordered,
        state.cancelled + (1.0 - kept) * waiting,
    )
    return after, Progress(energised, sum(moved), waiting)
