"""Intervals, tests and sample sizes: pure functions."""
