"""Files that an export copies beside its settings: they import nothing of ladder."""
