"""A decision for a person."""
