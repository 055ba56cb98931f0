"""Runs template text that nobody vouches for: in a child process, with limits."""
