"""One fit a file; each file holds one `FIT`."""
