"""One renderer per format, all of the same report."""
