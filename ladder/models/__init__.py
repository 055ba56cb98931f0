"""The only room that generates."""
