"""Seconds that JAX spends on tracing, lowering, compiling and reading its cache."""

from collections import defaultdict

STAGES = {
    "/jax/core/compile/jaxpr_trace_duration": "trace",
    "/jax/core/compile/jaxpr_to_mlir_module_duration": "lower",
    "/jax/core/compile/backend_compile_duration": "compile or load",
    "/jax/compilation_cache/cache_retrieval_time_sec": "of it, read from the cache",
}


def listen() -> defaultdict[str, float]:
    """Seconds by stage, counted from now on in this process."""
    import jax

    seconds: defaultdict[str, float] = defaultdict(float)

    def told(event: str, duration_secs: float, **_: str | int) -> None:
        if event in STAGES:
            seconds[STAGES[event]] += duration_secs

    jax.monitoring.register_event_duration_secs_listener(told)
    return seconds
