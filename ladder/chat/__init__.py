"""Chat templates: render, check, repair."""

from ladder.chat.check import check_situation
from ladder.chat.messages import fold_system
from ladder.chat.render import render, render_batch
from ladder.chat.repair import propose_repairs
from ladder.chat.show import show_prompt, show_token_ids
from ladder.chat.situation import Situation, Tokenizer

__all__ = [
    "Situation",
    "Tokenizer",
    "check_situation",
    "fold_system",
    "propose_repairs",
    "render",
    "render_batch",
    "show_prompt",
    "show_token_ids",
]
