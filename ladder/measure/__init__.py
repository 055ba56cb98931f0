"""Candidate to Measurement."""
