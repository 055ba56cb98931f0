"""Runnable examples: `make demo` and `make train-demo`."""
