"""The calls of tools that stand in a text, in the forms that published models write."""
