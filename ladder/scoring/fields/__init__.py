"""The fields of a JSON answer, each compared by a rule of its own."""
