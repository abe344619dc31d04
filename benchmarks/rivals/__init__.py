"""Engines of others, measured in environments of their own."""
