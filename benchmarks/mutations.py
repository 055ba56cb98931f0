"""Faults as people make them in chat templates, one small change each."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from ladder.chat.probes.conversations import S1
from ladder.chat.probes.probes import Probes

Mutate = Callable[[str, Probes], str]
_PROBED = ("u", "u+", "ua", "uau+")


@dataclass(frozen=True)
class Mutation:
    """One kind of fault.

    Attributes:
        mutate: Return the template with the fault, or unchanged where it has no place for it.
        codes: The rules that are about this fault.
        system: Whether the task has a system message.
    """

    mutate: Mutate
    codes: tuple[str, ...]
    system: bool = False

    def is_visible(self, clean: Probes, mutant: Probes) -> bool:
        """Return whether the fault changes any probed text, or keeps the template from compiling."""
        if self.system:
            return S1 in (clean.text("su+") or "") and S1 not in (mutant.text("su+") or "")
        changed = any(clean.text(name) != mutant.text(name) for name in _PROBED)
        return changed or not mutant.facts


def _flag_set_to(value: str) -> Mutate:
    """Return the change that reads the flag as a constant; a template may also assign to it."""
    return lambda template, _: re.sub(
        r"\badd_generation_prompt\b(?!\s*=[^=])(?!\s+is\s+(?:not\s+)?defined)", value, template
    )


def _words(old: str, new: str) -> Mutate:
    return lambda template, _: re.sub(rf"\b{old}\b", new, template)


def _wrong_role(template: str, _: Probes) -> str:
    head, flag, end = template.rpartition("add_generation_prompt")
    roles = ("assistant", "Assistant", "ASSISTANT", "CHATBOT", "model")
    role = next((role for role in roles if role in end), None)
    return template if not flag or role is None else head + flag + end.replace(role, "somebody")


def _unended(template: str, clean: Probes) -> str:
    tokens = clean.control_tokens(clean.last_end)
    if not tokens:
        return template
    without = template.replace(tokens[0], "")
    return re.sub(r"\beos_token\b", "''", without) if tokens[0] == "</s>" else without


def _doubled_start(template: str, clean: Probes) -> str:
    text = clean.text("u+") or ""
    start = next((t for t in ("<s>", "<|begin_of_text|>", "<bos>") if text.startswith(t)), "")
    return f"{{{{ '{start}' }}}}{template}" if start else template


def _untrimmed(template: str, _: Probes) -> str:
    return re.sub(r"-([%}]\})", r"\1", re.sub(r"(\{[%{])-", r"\1", template))


def _wrong_key(template: str, _: Probes) -> str:
    return re.sub(r"(\[['\"]|\.)content\b", r"\1contnet", template)


def _unclosed(template: str, _: Probes) -> str:
    return re.sub(r"\{%-?\s*endfor\s*-?%\}(?!.*endfor)", "", template, flags=re.DOTALL)


def _without_system(template: str, _: Probes) -> str:
    drop = "{% set messages = messages|rejectattr('role', 'equalto', 'system')|list %}"
    return drop + template


MUTATIONS: dict[str, Mutation] = {
    "generation prompt removed": Mutation(_flag_set_to("false"), ("R02", "R04")),
    "generation prompt always on": Mutation(_flag_set_to("true"), ("R03",)),
    "flag misspelt": Mutation(_words("add_generation_prompt", "add_generaton_prompt"), ("R19",)),
    "wrong role word in it": Mutation(_wrong_role, ("R02", "R04")),
    "end of turn removed": Mutation(_unended, ("S02", "S07")),
    "BOS doubled": Mutation(_doubled_start, ("K01",)),
    "white space control lost": Mutation(_untrimmed, ("R18",)),
    "content key misspelt": Mutation(_wrong_key, ("R05", "R19")),
    "loop unclosed": Mutation(_unclosed, ("L05",)),
    "system dropped": Mutation(_without_system, ("R06",), system=True),
}
