"""Adapter versions: their files, registry, promotion and merge."""
