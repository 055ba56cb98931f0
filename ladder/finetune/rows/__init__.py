"""Training rows: loading, cleaning, splits, leaks and secrets."""
