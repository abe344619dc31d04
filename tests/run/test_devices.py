"""What a process that is told nothing uses."""

import os
import subprocess
import sys

ONE = """
import jax
from risk.run.devices import cores, prepare
prepare()
assert jax.local_device_count() == cores(), (jax.local_device_count(), cores())
"""


def test_every_core_is_a_device_unless_jax_was_told() -> None:
    told = {k: v for k, v in os.environ.items() if k != "JAX_NUM_CPU_DEVICES"}
    for environment, least in ((told, 0), (told | {"JAX_NUM_CPU_DEVICES": "64"}, 1)):
        done = subprocess.run(
            [sys.executable, "-c", ONE],
            capture_output=True,
            text=True,
            env=environment,
            check=False,
        )
        assert done.returncode == least, done.stderr
