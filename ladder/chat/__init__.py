"""Chat templates: render, check, repair."""

from ladder.chat.check import check_situation
from ladder.chat.context import Situation, Tokenizer
from ladder.chat.messages import fold_system
from ladder.chat.repairs.diff import show_repair
from ladder.chat.repairs.propose import propose_repairs
from ladder.chat.sandbox.render import render, render_batch
from ladder.chat.show import show_prompt, show_token_ids
from ladder.chat.sources import read_sources

__all__ = [
    "Situation",
    "Tokenizer",
    "check_situation",
    "fold_system",
    "propose_repairs",
    "read_sources",
    "render",
    "render_batch",
    "show_prompt",
    "show_repair",
    "show_token_ids",
]
