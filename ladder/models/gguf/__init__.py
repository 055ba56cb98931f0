"""GGUF files: their header, their tokenizer, and a copy that transformers can train."""
