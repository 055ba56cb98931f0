"""Checks of a task before its first call, and of the baseline's answers after it."""
