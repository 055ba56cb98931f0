"""The selection part: races and joint passes, free of any guarantee."""
