"""The search on the selection part: races and joint passes. No claim rests on its scores."""
