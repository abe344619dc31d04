"""What a block chooses by platform: its tiles, those that march together, steps unrolled, copies.

None of it changes a result. A CPU's tile lives in its cache and its loop must stay rolled; a GPU
needs a million paths at once, reads less memory when steps are unrolled, and slows down where
many threads count into one bin.
"""

from typing import NamedTuple

import jax

from kernels.native import available


class Platform(NamedTuple):
    """The choices of one platform."""

    tiles: int  # that march together
    unroll: int  # steps of the loop's body
    replicas: int  # copies of a histogram
    block: int  # most tiles of one call on one device
    native: bool = False  # steps as the machine's own code


PLATFORMS = {
    "cpu": Platform(tiles=1, unroll=1, replicas=1, block=16),
    # Assumed from counted memory traffic and a published histogram; `benchmarks/gpu.py` measures.
    "gpu": Platform(tiles=512, unroll=4, replicas=64, block=8192),
}


def platform() -> Platform:
    """The choices for JAX's default backend; an unknown one gets the GPU's."""
    backend = jax.default_backend()
    native = backend == "cpu" and available()
    return PLATFORMS.get(backend, PLATFORMS["gpu"])._replace(native=native)
