"""Lever 8, behind a Permit."""
