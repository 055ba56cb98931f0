"""Chat templates: render, check, repair."""
