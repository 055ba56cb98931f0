"""A decision for a machine."""
