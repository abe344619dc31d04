"""The same path written by hand for other compilers: the limits that the engine is measured against."""
