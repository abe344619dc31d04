"""Every tolerance of the suite, with its reason, and the false-alarm rate of statistical tests."""

FALSE_ALARM = 1e-6
"""Probability that a statistical test fails although the code is right; seeds are fixed besides."""

FLOAT32 = 2e-5
"""Relative: a path's 60 quarters of some 600 operations each accumulate a few hundred ulp."""

FLOAT32_STATIC = 3e-6
"""Relative: one expression of about 50 operations."""
