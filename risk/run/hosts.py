"""Several hosts of one kind share a run: each takes some of its scrambles, all get the whole state.

A scramble's blocks stay on one host, in path order, and what hosts add up is exact, so no bit
depends on their number.
"""

from itertools import count
from typing import NamedTuple

import jax
import numpy as np
from jax._src import distributed

from risk.run.merge import FINE, State

LONGEST_WAIT_S = 7 * 24 * 3600
"""How long a host waits for a slower one; one that has died is noticed within minutes."""
_MEETINGS = count()


class Hosts(NamedTuple):
    """How many processes share the run, and which of them this is."""

    size: int
    rank: int

    def takes(self, replicate: int) -> bool:
        """Whether this host runs that scramble."""
        return replicate % self.size == self.rank

    def own(self, state: State) -> State:
        """A copy of what this host goes on with: its scrambles; the first keeps pools."""
        kept = {}
        for name, leaf in state.items():
            mine = np.zeros_like(leaf)
            if not name.startswith(FINE):
                mine[self.rank :: self.size] = leaf[self.rank :: self.size]
            elif self.rank == 0:
                mine[...] = leaf
            kept[name] = mine
        return kept

    def whole(self, state: State) -> State:
        """The state of all hosts, on each of them; waits until the last one is there."""
        if self.size == 1:
            return state
        from jax.experimental.multihost_utils import process_allgather

        _meet()
        summed = {}
        for name in sorted(state):
            leaf = state[name]
            sent = np.frombuffer(leaf.tobytes(), np.uint8)  # as bytes: JAX would halve an int64
            bits = np.ascontiguousarray(process_allgather(sent))
            parts = bits.reshape(self.size, -1).view(leaf.dtype)
            summed[name] = parts.sum(axis=0, dtype=leaf.dtype).reshape(leaf.shape)
        return summed


def _meet() -> None:
    """Wait for all hosts: what XLA exchanges gives up after half a minute."""
    client = distributed.global_state.client
    assert client is not None
    client.wait_at_barrier(f"orbitrisk {next(_MEETINGS)}", LONGEST_WAIT_S * 1000)


def join(hosts: str) -> Hosts:
    """Meet the other hosts: "address:port,count,index", the address being that of host 0.

    Must come before any device starts. Raises ValueError for a text that says something else, and
    RuntimeError where the others cannot be reached.
    """
    place, _, numbers = hosts.partition(",")
    count, _, index = numbers.partition(",")
    address, _, port = place.rpartition(":")
    if not (address and port.isdigit() and count.isdigit() and index.isdigit()):
        raise ValueError(f"hosts are given as ADDRESS:PORT,COUNT,INDEX, got {hosts!r}")
    if not int(index) < int(count):
        raise ValueError(f"hosts are numbered from 0 to {int(count) - 1}, got {index}")
    jax.distributed.initialize(place, int(count), int(index))
    return here()


def here() -> Hosts:
    """This process among those that JAX knows of."""
    return Hosts(jax.process_count(), jax.process_index())
