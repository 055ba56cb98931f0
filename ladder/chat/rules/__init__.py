"""The rules, a file a group, in the order in which they are checked and repaired."""

from ladder.chat.rules import (
    content,
    fidelity,
    history,
    length,
    loading,
    names,
    reference,
    reply,
    roles,
    stopping,
    tokens,
    tools,
    training,
)

RULES = (
    *loading.RULES,
    *content.RULES,
    *reply.RULES,
    *roles.RULES,
    *names.RULES,
    *history.RULES,
    *tools.RULES,
    *reference.RULES,
    *tokens.RULES,
    *fidelity.RULES,
    *stopping.RULES,
    *length.RULES,
    *training.RULES,
)

__all__ = ["RULES"]
