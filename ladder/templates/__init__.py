"""Chat templates where they lie: found, described, repaired on disk."""
