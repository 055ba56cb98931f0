"""Rows out of files: one file for each format."""
