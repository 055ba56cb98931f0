"""The gate where other tools run: a Trainer's callback, a pytest plugin."""
