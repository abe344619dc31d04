"""Ground projects as a queue: stages to power, cancellation, energisation part by part."""

from collections.abc import Sequence
from functools import reduce
from operator import add
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
    return _total(state.stages) + state.energising


def advance(
    queue: Queue, state: QueueState, delay: Scalar, kept: Scalar, goes_on: Scalar, z: Scalar
) -> tuple[QueueState, Progress]:
    """One quarter on: cancellation, then progress through the stages.

    A stage takes a share 1 / STAGES of `delay` years in the mean and empties at a constant rate;
    whole projects reach power, their number from the normal `z`. From there power comes in the
    mean after half of `full_power`. `kept` is the share that nobody cancels; nothing moves where
    `goes_on` is 0.
    """
    share = goes_on * jnp.minimum(1.0, STAGES * DT / jnp.maximum(delay, DT))
    left = [kept * stage for stage in state.stages]
    size = queue.project_size * KW_PER_GW
    moved = [share * stage for stage in left]
    moved[-1] = jnp.minimum(left[-1], poisson(moved[-1] / size, z) * size)
    half = jnp.maximum(queue.full_power / 2.0, DT)
    energised = goes_on * state.energising * (DT / half)
    entered = (jnp.zeros_like(share), *moved[:-1])
    waiting = _total(state.stages)
    after = QueueState(
        tuple(was - out + new for was, out, new in zip(left, moved, entered, strict=True)),
        state.energising - energised + moved[-1],
        state.ordered,
        state.cancelled + (1.0 - kept) * waiting,
    )
    return after, Progress(energised, _total(moved), waiting)


def order(state: QueueState, ordered: Scalar) -> QueueState:
    """The queue with new projects in its first stage."""
    first, *later = state.stages
    return state._replace(stages=(first + ordered, *later), ordered=state.ordered + ordered)


def _total(parts: Sequence[Scalar]) -> Scalar:
    return reduce(add, parts)
