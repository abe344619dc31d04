"""`python -m risk.cli` is `orbitrisk`."""

from risk.cli import main

main()
