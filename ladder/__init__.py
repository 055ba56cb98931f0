"""Do we really need to fine-tune? An answer with evidence."""

__version__ = "0.1.0"
