"""What is read from a compiled program, on a small loop whose answer can be counted by hand."""

import jax
import jax.numpy as jnp

from benchmarks import program

PATHS = 2048


def march(x: jax.Array) -> jax.Array:
    """Sixty quarters of one exponential, one root and one division."""

    def quarter(x: jax.Array, _: None) -> tuple[jax.Array, jax.Array]:
        y = jnp.exp(-x)
        return y, y / jnp.sqrt(1 + x)

    return jax.lax.scan(quarter, x, None, 60)[1]


def test_the_code_as_written_is_counted_in_the_body_of_the_scan() -> None:
    jaxpr = jax.make_jaxpr(march)(jnp.ones(PATHS)).jaxpr
    assert program.written(jaxpr, PATHS) == {"exp and log": 1, "division and root": 2}


def test_the_compiled_quarter_is_found_with_its_loops_and_bytes() -> None:
    text = jax.jit(march).lower(jnp.ones(PATHS)).compile().as_text()
    found = program.compiled(text, PATHS)
    assert 1 <= found["loops over a tile"] <= 4
    assert 4 <= found["bytes written a path"] <= 16
    assert 1 <= found["exp and log"] <= 2
    assert 1 <= found["division and root"] <= 4


def test_a_program_without_quarters_gives_nothing() -> None:
    text = jax.jit(jnp.exp).lower(jnp.ones(PATHS)).compile().as_text()
    assert program.compiled(text, PATHS) == {}
