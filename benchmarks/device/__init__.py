"""Sections of the measurements on a GPU; `benchmarks/gpu.py` runs them."""
