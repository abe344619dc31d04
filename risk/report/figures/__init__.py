"""The pictures: matplotlib drawings in the light colours, and dots made by hand."""
