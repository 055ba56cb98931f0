"""The training itself: rows to tokens, the model, the loop and its checkpoints."""
