"""The rules, a file a group, in the order in which they are checked and repaired."""

from ladder.chat.rules import (
    content,
    fidelity,
    generation_prompt,
    history,
    length,
    loading,
    names,
    reference,
    roles,
    stop_rules,
    task_text,
    token_rules,
    tools,
    training_rules,
)

RULES = (
    *loading.RULES,
    *content.RULES,
    *generation_prompt.RULES,
    *roles.RULES,
    *names.RULES,
    *history.RULES,
    *tools.RULES,
    *task_text.RULES,
    *reference.RULES,
    *token_rules.RULES,
    *fidelity.RULES,
    *stop_rules.RULES,
    *length.RULES,
    *training_rules.RULES,
)

__all__ = ["RULES"]
