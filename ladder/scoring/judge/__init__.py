"""The metric `judge`: another model decides by the user's rubric; how it is asked and read."""
