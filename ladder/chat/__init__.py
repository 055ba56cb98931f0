"""Chat templates: render, check, repair."""

from ladder.chat.render import render, render_batch
from ladder.chat.situation import Situation, Tokenizer

__all__ = ["Situation", "Tokenizer", "render", "render_batch"]
