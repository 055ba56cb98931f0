"""The rules, a file a group, in the order in which they are checked and repaired."""

from ladder.chat.rules import (
    length,
    loading,
    reference,
    rendering,
    stopping,
    tokens,
    tools,
    training,
)

RULES = (
    *loading.RULES,
    *rendering.RULES,
    *tools.RULES,
    *reference.RULES,
    *tokens.RULES,
    *stopping.RULES,
    *length.RULES,
    *training.RULES,
)

__all__ = ["RULES"]
