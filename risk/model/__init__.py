"""Pure functions of ONE path: scalars in, scalars out. Start with `path.py`."""
