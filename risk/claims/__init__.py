"""Statements about outcomes as data: events with probabilities, and sums that must add up."""
