"""Answers from weights on this machine."""
