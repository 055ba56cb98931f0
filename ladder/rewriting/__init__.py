"""Lever 2's rewriter: a model proposes prompts after what the one in use gets wrong."""

from ladder.rewriting.check_rewriter import check_rewriter
from ladder.rewriting.rewriter import MOST_REWRITES, Rewritten, rewrite_prompt

__all__ = ["MOST_REWRITES", "Rewritten", "check_rewriter", "rewrite_prompt"]
