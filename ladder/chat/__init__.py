"""Chat templates: render them, check them by rules, repair them."""

from ladder.chat.check import check_context
from ladder.chat.context import TemplateContext, Tokenizer
from ladder.chat.messages import fold_system
from ladder.chat.repairs.propose import propose_repairs, show_repair
from ladder.chat.rules.names import thinking_choices
from ladder.chat.sandbox.render import Job, render, render_each, render_job
from ladder.chat.template_sources import read_sources

__all__ = [
    "Job",
    "TemplateContext",
    "Tokenizer",
    "check_context",
    "fold_system",
    "propose_repairs",
    "read_sources",
    "render",
    "render_each",
    "render_job",
    "show_repair",
    "thinking_choices",
]
