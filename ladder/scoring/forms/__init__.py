"""Metrics of an answer's form: a schema, a pattern, a length, a language, the grammar of code."""
