"""Answers from an OpenAI-compatible server: what is sent, how, and what comes back."""
