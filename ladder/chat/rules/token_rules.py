"""K01 to K04, K08, K09: are the control tokens the model's own, and there once?"""

from ladder.chat.probes.conversations import A1, U1
from ladder.chat.probes.probes import Probes
from ladder.chat.rules.rule import Hit, RuleGroup, shown
from ladder.finding import Severity

# Where a start token is missing, Gemma's perplexity grows from 3 to 6e9 (lm-eval #1465).
_NEEDS_BOS = "<start_of_turn>"

RULES = RuleGroup()


@RULES.add(
    "K01 double-bos",
    "error",
    "The prompt begins with the start token twice.",
    "Set chat.add_special_tokens: false; the template writes the start token.",
)
def _double_bos(probes: Probes) -> Hit | str | None:
    if probes.tokenizer is None:
        return _double_bos_text(probes)
    bos = probes.special_id("bos_token")
    for text, ids in probes.encoded:
        if bos is not None and ids[:2] == [bos, bos]:
            is_written = text.startswith(probes.special_tokens["bos_token"] * 2)
            evidence = f"ids {ids[:6]} of {shown(text[:80])}; start token {bos}"
            return _written_twice(probes, evidence) if is_written else evidence
    return None


def _written_twice(probes: Probes, evidence: str) -> Hit:
    more = ", and set chat.add_special_tokens: false" if probes.setup.add_special_tokens else ""
    return Hit(evidence, repair=f"Write the start token once in the template{more}.")


def _double_bos_text(probes: Probes) -> Hit | None:
    for text in probes.prompts:
        tokens = probes.control_tokens(text[:200])[:2]
        if len(tokens) == 2 and text.startswith(tokens[0] * 2):
            return _written_twice(probes, shown(text[:80]))
    return None


@RULES.add(
    "K02 bos-missing",
    "warning",
    "The prompt begins without the start token that the model was trained with.",
    "Set chat.add_special_tokens: true, and measure.",
)
def _bos_missing(probes: Probes) -> Hit | str | None:
    tokenizer, bos = probes.tokenizer, probes.special_id("bos_token")
    if tokenizer is None or bos is None or not probes.prompt_ids:
        return None
    if tokenizer.encode("x", add_special_tokens=True)[:1] != [bos]:
        return None
    ids = next((ids for ids in probes.prompt_ids if ids[:1] != [bos]), None)
    if ids is None:
        return None
    gemma = _NEEDS_BOS in probes.added_tokens
    return Hit(
        f"ids {ids[:6]}; the tokenizer itself would begin with {bos}",
        severity="error" if gemma else "warning",
    )


@RULES.add(
    "K03 eos-appended",
    "error",
    "An end token stands after the prompt: the model sees a finished text.",
    "Set chat.add_special_tokens: false.",
)
def _eos_appended(probes: Probes) -> Hit | str | None:
    tokenizer = probes.tokenizer
    if tokenizer is None or not probes.setup.add_special_tokens:
        return None
    for text, ids in probes.encoded:
        plain = tokenizer.encode(text, add_special_tokens=False)
        if ids and plain and ids[-1] != plain[-1] and ids[-1] in end_ids(probes):
            return f"ids end with {ids[-4:]}, of which the last closes the text"
    return None


def end_ids(probes: Probes) -> set[int | None]:
    """Return the ids that close a text."""
    named = (probes.special_id(name) for name in ("eos_token", "sep_token"))
    return {*probes.stop_ids, *named} - {None}


def split_tokens(probes: Probes) -> list[str]:
    """Return the control tokens of the template that the tokenizer does not know as one token.

    Words in square brackets are plain text in some families (Llama 2), so they count only where
    the template is not the model's own.
    """
    if probes.tokenizer is None or probes.template is None:
        return []
    skeleton = (probes.text("uau+") or probes.text("u+") or "").replace(A1, "").replace(U1, "")
    own = (probes.own.text("uau+") or "") if probes.own_template is not None else None
    found = []
    for token in dict.fromkeys(probes.control_tokens(skeleton)):
        is_plain_in_own = token.startswith(("[", "<<")) and (own is None or token in own)
        if not is_plain_in_own and len(probes.ids_of(token)) != 1:
            found.append(token)
    return found


@RULES.add(
    "K04 control-token-split",
    "error",
    "The template's control tokens are not tokens of this model: it sees them as plain text.",
    "Use the model's own template, or mode completion; new tokens need training.",
)
def _control_token_split(probes: Probes) -> Hit | str | None:
    if probes.setup.split_special_tokens:
        return Hit(
            "chat.split_special_tokens is true",
            problem="The template's control tokens are read as plain text.",
            repair="Set chat.split_special_tokens: false.",
        )
    split = split_tokens(probes)
    if not split:
        return None
    sizes = ", ".join(f"{token} -> {len(probes.ids_of(token))} ids" for token in split[:6])
    return f"{sizes}; the tokenizer has {len(probes.added_tokens)} tokens of its own"


@RULES.add(
    "K08 id-out-of-embedding",
    "error",
    "The tokenizer makes ids that the model has no row for.",
    "Use the model's own tokenizer.",
)
def _out_of_embedding(probes: Probes) -> Hit | str | None:
    rows = probes.context.embedding_rows
    highest = max((max(ids) for ids in probes.prompt_ids if ids), default=0)
    if rows is None or highest < rows:
        return None
    return f"id {highest}, and the model has {rows} rows"


@RULES.add(
    "K09 untrained-control-token",
    "warning",
    "The template uses control tokens that these weights never learned.",
    "Use the instruct checkpoint or mode completion; or train embeddings and output layer too.",
)
def _untrained_token(probes: Probes) -> Hit | str | None:
    untrained = probes.context.untrained_ids
    if not untrained or probes.template is None:
        return None
    tokens = dict.fromkeys(probes.control_tokens(probes.text("uau+")))
    found = [token for token in tokens if untrained.intersection(probes.ids_of(token)[:1])]
    if not found:
        return None
    severity: Severity | None = "error" if probes.context.training else None
    return Hit(f"never trained: {', '.join(found)}", severity)
