"""The confirmation part: what may be asked of it, and what was."""
