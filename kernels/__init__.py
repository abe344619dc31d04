"""A small Monte Carlo library on JAX; it knows nothing of orbits, data centres or money."""
