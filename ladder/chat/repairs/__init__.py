"""Repairs of chat templates and of how they are called."""
