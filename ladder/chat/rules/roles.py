"""R06 to R11: what becomes of the system message, and of other roles?"""

import re

from ladder.chat.probes.conversations import S1, U1
from ladder.chat.probes.probes import Probes
from ladder.chat.probes.text_around import before, between
from ladder.chat.rules.rule import Hit, RuleGroup, shown

_KNOWN_ROLES = frozenset({"system", "user", "assistant", "tool"})
_ROLE_WORDS = frozenset({"system", "user", "assistant", "model", "human", "bot", "ai", "gpt"})

RULES = RuleGroup()


@RULES.add(
    "R06 system-dropped",
    "error",
    "The template silently drops the system message.",
    "Set chat.fold_system: true, which puts it before the first user text.",
)
def _system_dropped(probes: Probes) -> Hit | str | None:
    text = probes.text("su+")
    if not probes.has_system or text is None or S1 in text or U1 not in text:
        return None
    lost = [each.piece.where for _, each in (*probes.lost, *probes.lost_from_rows)]
    if not any("system" in where for where in lost) and all(
        isinstance(each, str) for each in (*probes.task_outcomes, *probes.row_outcomes)
    ):
        return None  # the task's own system text stands in its prompts
    return f"a conversation with a system message renders as {shown(text)}"


@RULES.add(
    "R07 system-rejected",
    "error",
    "The template refuses the system message.",
    "Set chat.fold_system: true, which puts it before the first user text.",
)
def _system_rejected(probes: Probes) -> Hit | str | None:
    error = probes.error("su+")
    if not probes.has_system or error is None or probes.text("u+") is None:
        return None
    return str(error)


@RULES.add(
    "R08 system-folded",
    "info",
    "The template puts the system message into the user's turn.",
    "Nothing to do.",
)
def _system_folded(probes: Probes) -> Hit | str | None:
    text = probes.text("su+")
    gap = between(text, S1, U1)
    if not probes.has_system or gap is None or probes.control_tokens(gap):
        return None
    alone = probes.text("u+")
    return shown(text) if before(text, S1) == before(alone, U1) else None


@RULES.add(
    "R09 default-system-injected",
    "warning",
    "The template adds a system text of its own.",
    'Give an explicit system text, also an empty one, and measure: in a task, prompt: {system: "…", user: "…"}.',
)
def _default_system(probes: Probes) -> Hit | str | None:
    start = before(probes.text("u+"), U1)
    if probes.has_system or start is None:
        return None
    words = start
    for token in probes.control_tokens(start):
        words = words.replace(token, " ")
    own = [word for word in re.findall(r"[^\W\d_]+", words) if word.lower() not in _ROLE_WORDS]
    return shown(start, limit=400) if len(own) >= 4 else None


@RULES.add(
    "R10 alternation-enforced",
    "info",
    "The template accepts only strictly alternating turns.",
    "Merge neighbouring messages of one role before you add turns.",
)
def _alternation(probes: Probes) -> Hit | str | None:
    cases = {
        "uu+": "two user messages in a row",
        "au+": "a reply at the start",
        "uasu+": "a system message in the middle",
    }
    failing = [what for name, what in cases.items() if probes.error(name) is not None]
    if not failing or probes.text("u+") is None:
        return None
    return f"it raises on {', on '.join(failing)}"


@RULES.add(
    "R11 unknown-role",
    "warning",
    "The messages use a role that templates do not know.",
    "Write developer as system and function as tool.",
)
def _unknown_role(probes: Probes) -> Hit | str | None:
    messages = [message for turns in probes.conversations for message in turns]
    nameless = next((message for message in messages if "role" not in message), None)
    if nameless is not None:
        return Hit(
            f"keys: {', '.join(map(str, nameless))}",
            severity="error",
            problem="Messages have no role, so no template can read them.",
            repair="Rename the keys: from becomes role (human is user, gpt is assistant), value content.",
        )
    template = probes.template or ""
    odd = {str(message["role"]) for message in messages} - _KNOWN_ROLES
    # A template that speaks of a role by its name knows it, as gpt-oss knows developer.
    odd = {role for role in odd if f"'{role}'" not in template and f'"{role}"' not in template}
    if not odd or probes.template is None:
        return None
    lost = any(
        message["role"] in odd and str(message.get("content")) not in prompt
        for turns, prompt in zip(probes.conversations, probes.task_outcomes, strict=True)
        for message in turns
        if isinstance(prompt, str)
    )
    what = "their text is lost" if lost else "the template writes them as if it knew them"
    return f"roles: {', '.join(sorted(odd))}; {what}"
