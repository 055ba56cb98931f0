"""Classifiers that answer in the place of a language model."""
