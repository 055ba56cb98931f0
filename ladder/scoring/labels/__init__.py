"""The labels of `choice`: where they stand in an answer, and which one it chooses."""
