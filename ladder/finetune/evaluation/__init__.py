"""The adapter measured: target, overfitting, regression and safety."""
