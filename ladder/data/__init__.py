"""Samples in: load, split, check, fingerprint."""
