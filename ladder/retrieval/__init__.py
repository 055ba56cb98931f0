"""Passages and worked examples: encode, index, search, rerank."""
