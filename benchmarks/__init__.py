"""One question a file; `python -m benchmarks` runs them and rewrites `benchmarks/README.md`."""
