"""K05 to K07, K10: do the token ids say what the text says?"""

import unicodedata

from ladder.chat.probes.control import any_of, is_models_own_mark
from ladder.chat.probes.probes import Probes
from ladder.chat.rules.rule import Hit, RuleGroup, shown
from ladder.chat.rules.token_rules import end_ids

# What stands in a reply, and in a system text that asks for it, is what the marks say.
_OWN_ROLES = frozenset({"assistant", "system", "developer"})

RULES = RuleGroup()


@RULES.add(
    "K05 whitespace-swallowed",
    "warning",
    "The tokenizer swallows white space of the prompt.",
    "Change nothing if the model was trained so; compare with its own template.",
)
def _whitespace_swallowed(probes: Probes) -> Hit | str | None:
    for text, back in _round_trips(probes):
        fewer = sum(map(str.isspace, back)) < sum(map(str.isspace, text))
        if fewer and "".join(text.split()) == "".join(back.split()):
            place = next((i for i, (a, b) in enumerate(zip(text, back, strict=False)) if a != b), 0)
            start = max(0, place - 30)
            return (
                f"written {shown(text[start : place + 30])}, read {shown(back[start : place + 30])}"
            )
    return None


def _round_trips(probes: Probes) -> list[tuple[str, str]]:
    tokenizer = probes.tokenizer
    if tokenizer is None:
        return []
    ids = [tokenizer.encode(text, add_special_tokens=False) for text in probes.prompts]
    back = [tokenizer.decode(each) for each in ids]
    return [
        (text, _unprefixed(text, each)) for text, each in zip(probes.prompts, back, strict=True)
    ]


def _unprefixed(text: str, back: str) -> str:
    """Drop the one space that sentencepiece puts before a text: it is not the template's doing."""
    return back[1:] if back.startswith(" ") and not text.startswith(" ") else back


@RULES.add(
    "K06 control-tokens-in-data",
    "error",
    "The data hold control tokens, which the model will obey.",
    "Escape them in the data.",
)
def _control_tokens_in_data(probes: Probes) -> Hit | str | None:
    tokens = [t for t in probes.added_tokens if len(t) > 2 and not t.isalnum()]
    strange = [t for t in tokens if not is_models_own_mark(t)]
    every, others = any_of(tokens), any_of(strange)
    if probes.setup.split_special_tokens:
        return None
    for turns in probes.every_conversation:
        for message in turns:
            pattern = others if message.get("role") in _OWN_ROLES else every
            match = pattern.search(str(message.get("content"))) if pattern is not None else None
            if match is not None:
                return f"{match.group()} in {shown(str(message['content']))}"
    return None


@RULES.add(
    "K07 boundary-merge",
    "warning",
    "Prompt and reply together are other tokens than the prompt and then the reply.",
    "Mask by the ids of the whole text.",
)
def _boundary_merge(probes: Probes) -> Hit | str | None:
    prompt, full = probes.text("u+"), probes.text("ua")
    matters = probes.context.training
    if not matters or probes.tokenizer is None or prompt is None or full is None:
        return None
    short, long = probes.ids_of(prompt), probes.ids_of(full)
    if not full.startswith(prompt) or long[: len(short)] == short:
        return None
    return (
        f"the prompt alone ends with ids {short[-3:]}, within the whole {long[: len(short)][-3:]}"
    )


@RULES.add(
    "K10 lossy-encoding",
    "error",
    "The tokenizer cannot write this text.",
    "Use the model's own tokenizer.",
)
def _lossy(probes: Probes) -> Hit | str | None:
    unknown = probes.special_id("unk_token")
    for text, ids in probes.encoded:
        if unknown is not None and unknown in ids and unknown not in end_ids(probes):
            return f"{ids.count(unknown)} unknown tokens in {shown(text, limit=160)}"
    for text, back in _round_trips(probes):
        if "".join(text.split()) != "".join(back.split()):
            evidence = f"written {shown(text, limit=160)}, read {shown(back, limit=160)}"
            return _folded(evidence) if _letters(text) == _letters(back) else evidence
    return None


def _folded(evidence: str) -> Hit:
    return Hit(
        evidence,
        severity="warning",
        problem="The tokenizer drops capitals or accents, so the model never sees them.",
        repair="Change nothing if the model was trained so; score without regard to them.",
    )


def _letters(text: str) -> str:
    """Return a text without white space, capitals and accents.

    >>> _letters("Caf\u00e9 A") == _letters("cafe a")
    True
    """
    apart = unicodedata.normalize("NFD", text.casefold())
    return "".join(c for c in apart if not c.isspace() and not unicodedata.combining(c))
