"""R: does the text say what the messages say, and does it end where the reply begins?"""

import difflib
import re

from ladder.chat.probe import A1, R1, S1, U1, U2, Probes, before, between, matches
from ladder.chat.rules.rule import Hit, Rule, shown
from ladder.errors import LadderError, RenderError
from ladder.spec.finding import Severity

KNOWN_NAMES = (
    "messages",
    "add_generation_prompt",
    "bos_token",
    "eos_token",
    "pad_token",
    "unk_token",
    "tools",
    "documents",
    "raise_exception",
    "strftime_now",
    "namespace",
    "enable_thinking",
)
KNOWN_KEYS = ("role", "content", "tool_calls", "tool_call_id", "name", "reasoning_content")
THINKING = (
    "enable_thinking",
    "thinking",
    "thinking_mode",
    "reasoning_effort",
    "reasoning",
    "thinking_budget",
)
_STRAY = re.compile(r"\n(?: {2,}|\t)|\n{3,}|(?<=\S) {2,}(?=\S)")
_ROLE = re.compile(r"assistant|model|chatbot|\bbot\b|gpt", re.IGNORECASE)
_ROLE_WORDS = frozenset({"system", "user", "assistant", "model", "human", "bot", "ai", "gpt"})


def _render_error(probes: Probes) -> Hit | str | None:
    failed = [error for error in probes.task_outcomes if isinstance(error, RenderError)]
    if failed:
        total = len(probes.task_outcomes)
        return f"{len(failed)} of the {total} conversations tried: {failed[0]}"
    error = probes.error("u+")
    return str(error) if error is not None and probes.error("u") is not None else None


def opens_reply(probes: Probes) -> bool:
    """Return whether the prompt ends as some reply in history begins, or cannot be compared."""
    tail = probes.tail
    if tail is None or not probes.headers:
        return True
    plain = _without_thoughts(tail)
    return any(matches(tail, h) or matches(plain, _without_thoughts(h)) for h in probes.headers)


def _generation_prompt_missing(probes: Probes) -> Hit | str | None:
    if opens_reply(probes) or (probes.flag_works and probes.setup.add_generation_prompt):
        return None
    if not probes.flag_works and model_must_emit(probes) is not None:
        return None
    evidence = f"the prompt ends with {shown(probes.tail)}; replies in the history begin after "
    evidence += shown(probes.headers[-1])
    if probes.flag_works:
        return Hit(evidence, repair="Set chat.add_generation_prompt: true.")
    return evidence


def common_suffix(left: str, right: str) -> str:
    """Return the longest common end of two texts.

    >>> common_suffix("</s><bot>", "</u><bot>")
    '><bot>'
    """
    size = 0
    while size < min(len(left), len(right)) and left[-1 - size] == right[-1 - size]:
        size += 1
    return left[len(left) - size :]


def _header_always_on(probes: Probes) -> Hit | str | None:
    last, middle = probes.last_end, probes.middle_end
    if probes.flag_works or not opens_reply(probes):
        return None
    if not last or middle is None:
        return _header_without_flag(probes)
    ends = [common_suffix(last.rstrip(), header.rstrip()) for header in probes.headers]
    shared = max(ends, key=len, default="")
    if not shared.strip() or middle.startswith(last):
        return _header_without_flag(probes)
    severe = probes.situation.training or probes.has_replies
    return Hit(
        f"after the last reply the template writes {shown(last)}",
        severity="error" if severe else "warning",
    )


def _header_without_flag(probes: Probes) -> Hit | None:
    """Say where the flag is ignored although the prompt ends with a header of its own."""
    if probes.tail is None or not _ROLE.search(probes.tail):
        return None
    return Hit(
        f"with and without add_generation_prompt the prompt ends with {shown(probes.tail)}",
        severity="warning" if probes.situation.training else "info",
        problem="The template opens the reply whatever add_generation_prompt says.",
    )


def model_must_emit(probes: Probes) -> str | None:
    """Return what the model itself writes before its answer (think block, channel), if anything."""
    tail = probes.tail
    if tail is None or not (probes.flag_works or _ROLE.search(tail)):
        return None
    for header in probes.headers:
        rest = header.removeprefix(tail)
        if header.startswith(tail) and rest.strip() and _is_emitted(probes, rest):
            return rest
    return None


def _is_emitted(probes: Probes, rest: str) -> bool:
    """Return whether a text is a preamble of the model's, and not a part of the header."""
    tokens = probes.control_tokens(rest)
    if _ROLE.search(_without_thoughts(rest)) or any(t in probes.openers for t in tokens):
        return False
    known = set(probes.control_tokens(probes.user_header))
    return "think" in rest.lower() or any(token not in known for token in tokens)


def _generation_header_mismatch(probes: Probes) -> Hit | str | None:
    tail = probes.tail
    if not (probes.flag_works and probes.setup.add_generation_prompt) or opens_reply(probes):
        return None
    if tail is None or model_must_emit(probes) is not None:
        return None
    is_prefix = any(header.startswith(tail) for header in probes.headers)
    return Hit(
        f"the prompt ends with {shown(tail)}; replies in the history begin after "
        f"{' or '.join(shown(header) for header in probes.headers)}",
        severity="warning" if is_prefix and tail.strip() else "error",
    )


def _must_emit(probes: Probes) -> Hit | str | None:
    rest = None if opens_reply(probes) else model_must_emit(probes)
    return None if rest is None else f"in the history replies begin with {shown(rest)}"


def _content_dropped(probes: Probes) -> Hit | str | None:
    text = probes.text("uau+")
    wanted = {U1: "the first user message", A1: "the reply", U2: "the last user message"}
    if text is None:
        text, wanted = probes.text("u+"), {U1: "the user message"}
    if text is None:
        return None
    lost = [what for sentinel, what in wanted.items() if sentinel not in text]
    if not lost:
        return None
    repair = "Give the content as typed parts." if U1 in (probes.text("parts+") or "") else None
    return Hit(f"lost: {', '.join(lost)}; rendered: {shown(text)}", repair=repair)


def _system_dropped(probes: Probes) -> Hit | str | None:
    text = probes.text("su+")
    if not probes.has_system or text is None or S1 in text or U1 not in text:
        return None
    return f"a conversation with a system message renders as {shown(text)}"


def _system_rejected(probes: Probes) -> Hit | str | None:
    error = probes.error("su+")
    if not probes.has_system or error is None or probes.text("u+") is None:
        return None
    return str(error)


def _system_folded(probes: Probes) -> Hit | str | None:
    text = probes.text("su+")
    gap = between(text, S1, U1)
    if not probes.has_system or gap is None or probes.control_tokens(gap):
        return None
    alone = probes.text("u+")
    return shown(text) if before(text, S1) == before(alone, U1) else None


def _default_system(probes: Probes) -> Hit | str | None:
    start = before(probes.text("u+"), U1)
    if probes.has_system or start is None:
        return None
    words = start
    for token in probes.control_tokens(start):
        words = words.replace(token, " ")
    own = [word for word in re.findall(r"[^\W\d_]+", words) if word.lower() not in _ROLE_WORDS]
    return shown(start, limit=400) if len(own) >= 4 else None


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


def _unknown_role(probes: Probes) -> Hit | str | None:
    known = {"system", "user", "assistant", "tool"}
    roles = {str(m.get("role")) for turns in probes.conversations for m in turns} - known
    return f"roles: {', '.join(sorted(roles))}" if roles else None


def _content_trimmed(probes: Probes) -> Hit | str | None:
    text = probes.text("spaced")
    if text is None or f"  {U1} \n" in text or U1 not in text:
        return None
    severity: Severity = "warning" if _has_outer_space(probes) else "info"
    return Hit(f"'  word \\n' becomes {shown(text)}", severity=severity)


def _has_outer_space(probes: Probes) -> bool:
    texts = [m.get("content") for turns in probes.conversations for m in turns]
    return any(isinstance(text, str) and text != text.strip() for text in texts)


def _stray_whitespace(probes: Probes) -> Hit | str | None:
    text = probes.text("uau+")
    if text is None:
        return None
    stray = re.match(r"(?:<s>|<\|begin_of_text\|>)?\s*\n|\s", text) or _STRAY.search(text)
    if stray is None:
        return None
    start, end = max(0, stray.start() - 30), stray.end() + 30
    return f"around character {stray.start()}: {shown(text[start:end])}"


def near_name(name: str) -> str | None:
    """Return the known name that a name was probably meant to be.

    >>> near_name("add_generaton_prompt"), near_name("date_string")
    ('add_generation_prompt', None)
    """
    return _near(name, KNOWN_NAMES, cutoff=0.86)


def near_key(key: str) -> str | None:
    """Return the message key that a key was probably meant to be.

    >>> near_key("contnet"), near_key("tool_call")
    ('content', None)
    """
    return _near(key, ("role", "content"), cutoff=0.8)


def _near(word: str, known: tuple[str, ...], *, cutoff: float) -> str | None:
    if word in known:
        return None
    close = difflib.get_close_matches(word, known, n=1, cutoff=cutoff)
    return close[0] if close else None


def misspelt(probes: Probes) -> dict[str, str]:
    """Return the template's names and message keys that are near a known one, with that one."""
    facts = probes.facts
    given = set(probes.setup.template_arguments) | set(probes.special_tokens)
    names = {name: near_name(name) for name in facts.get("undeclared", ()) if name not in given}
    keys = {key: near_key(key) for key in facts.get("keys", ())}
    return {word: near for word, near in {**names, **keys}.items() if near is not None}


def _undefined_name(probes: Probes) -> Hit | str | None:
    facts = probes.facts
    typos = misspelt(probes)
    if typos:
        pairs = ", ".join(f"{word} (meant: {near}?)" for word, near in typos.items())
        return Hit(f"names that nobody gives: {pairs}", severity="error")
    given = {*KNOWN_NAMES, *THINKING, *probes.special_tokens, *probes.setup.template_arguments}
    guarded = {*facts.get("guarded", ()), *facts.get("assigned", ())}
    loose = [n for n in facts.get("undeclared", ()) if n not in given and n not in guarded]
    lines = facts.get("lines", {})
    listed = ", ".join(f"{name} (line {lines.get(name)})" for name in loose)
    return f"names that nobody gives: {listed}" if loose else None


def _history_rewritten(probes: Probes) -> Hit | str | None:
    first, longer = probes.text("ua"), probes.text("uau")
    matters = probes.situation.training or probes.has_replies
    if not matters or first is None or longer is None:
        return None
    kept = _without_thoughts(first)
    if _without_thoughts(longer).startswith(kept[: kept.rfind(A1) + len(A1)]):
        return None
    return Hit(
        f"as last turn: {shown(first)}; with a turn after it: {shown(longer)}",
        severity="error" if probes.situation.training else "warning",
    )


def _without_thoughts(text: str) -> str:
    return re.sub(r"<think>.*?(?:</think>\s*|\Z)", "", text, flags=re.DOTALL)


def _reasoning_stripped(probes: Probes) -> Hit | str | None:
    last, earlier = probes.text("ra"), probes.text("rau")
    matters = probes.situation.training or probes.has_replies
    if not matters or last is None or earlier is None or R1 not in last or R1 in earlier:
        return None
    return f"kept in the last turn, absent once a user turn follows: {shown(earlier)}"


def _time_dependent(probes: Probes) -> Hit | str | None:
    now, other = probes.text("u+"), probes.text("other day")
    if now is None or other is None or now == other:
        return None
    return f"with the date that ladder holds fixed: {shown(now)}"


def _non_deterministic(probes: Probes) -> Hit | str | None:
    facts = probes.facts
    if "random" in facts.get("filters", ()) or "lipsum" in facts.get("calls", ()):
        return "it calls random or lipsum"
    once, again = probes.text("u+"), probes.text("twice")
    return None if once == again else f"{shown(once)} and then {shown(again)}"


def ignored_arguments(probes: Probes) -> list[str]:
    """Return the task's template arguments that the template never reads."""
    if not probes.facts:
        return []
    read = {*probes.facts["undeclared"], "strftime_now"}
    return [name for name in probes.setup.template_arguments if name not in read]


def _argument_ignored(probes: Probes) -> Hit | str | None:
    ignored = ignored_arguments(probes)
    if not ignored:
        return None
    read = ", ".join(n for n in probes.facts["undeclared"] if n not in KNOWN_NAMES) or "none"
    return f"{', '.join(ignored)}; the template's own arguments: {read}"


def thinking_switches(probes: Probes) -> list[str]:
    """Return the template's reasoning switches that the task does not set."""
    given = probes.setup.template_arguments
    undeclared = probes.facts.get("undeclared", ())
    return [name for name in THINKING if name in undeclared and name not in given]


def _thinking_implicit(probes: Probes) -> Hit | str | None:
    switches = thinking_switches(probes)
    return f"it reads {', '.join(switches)}" if switches else None


def _content_duplicated(probes: Probes) -> Hit | str | None:
    text = probes.text("uau+")
    twice = [word for word in (U1, A1, U2) if text is not None and text.count(word) > 1]
    return f"rendered: {shown(text)}" if twice else None


def _typed_parts(probes: Probes) -> Hit | str | None:
    contents = [m.get("content") for turns in probes.conversations for m in turns]
    if not any(isinstance(content, list) for content in contents):
        return None
    outcome = probes.outcomes.get("parts+")
    if isinstance(outcome, LadderError):
        return str(outcome)
    broken = outcome is not None and (U1 not in outcome or "'type'" in outcome)
    return shown(outcome) if broken else None


RULES = (
    Rule(
        "R01 render-error",
        "error",
        "The template fails on the task's own messages.",
        "Change the messages as the message says, or use another template.",
        _render_error,
    ),
    Rule(
        "R02 generation-prompt-missing",
        "error",
        "The prompt ends before the reply is opened: the model continues the user's turn.",
        "Let the prompt end with the header of the reply.",
        _generation_prompt_missing,
    ),
    Rule(
        "R03 header-always-on",
        "error",
        "The template opens a new reply after every conversation, whatever add_generation_prompt says.",
        "Write that header only if add_generation_prompt is set.",
        _header_always_on,
    ),
    Rule(
        "R04 generation-header-mismatch",
        "error",
        "The generation prompt is not the header with which replies begin in the history.",
        "Make the generation prompt equal to that header, and measure both.",
        _generation_header_mismatch,
    ),
    Rule(
        "R05 content-dropped",
        "error",
        "The template loses part of the messages.",
        "Correct the key that the template reads.",
        _content_dropped,
    ),
    Rule(
        "R06 system-dropped",
        "error",
        "The template silently drops the system message.",
        "Set chat.fold_system: true, which puts it before the first user text.",
        _system_dropped,
    ),
    Rule(
        "R07 system-rejected",
        "error",
        "The template refuses the system message.",
        "Set chat.fold_system: true, which puts it before the first user text.",
        _system_rejected,
    ),
    Rule(
        "R08 system-folded",
        "info",
        "The template puts the system message into the user's turn.",
        "Nothing to do.",
        _system_folded,
    ),
    Rule(
        "R09 default-system-injected",
        "warning",
        "The template adds a system text of its own.",
        "Give an explicit system text, also an empty one, and measure.",
        _default_system,
    ),
    Rule(
        "R10 alternation-enforced",
        "info",
        "The template accepts only strictly alternating turns.",
        "Merge neighbouring messages of one role before you add turns.",
        _alternation,
    ),
    Rule(
        "R11 unknown-role",
        "warning",
        "The messages use a role that templates do not know.",
        "Write developer as system and function as tool.",
        _unknown_role,
    ),
    Rule(
        "R17 content-trimmed",
        "info",
        "The template trims the white space around each message.",
        "Strip inputs and targets alike.",
        _content_trimmed,
    ),
    Rule(
        "R18 stray-whitespace",
        "warning",
        "The prompt has white space that comes from the template's own layout.",
        "Add `-` to the tags around it, and measure.",
        _stray_whitespace,
    ),
    Rule(
        "R19 undefined-name",
        "warning",
        "The template uses names that do not exist; they render as nothing.",
        "Correct the name, or give it in chat.template_arguments.",
        _undefined_name,
    ),
    Rule(
        "R20 history-rewritten",
        "warning",
        "The template changes earlier turns when a turn is added.",
        "For training use a variant that renders the history unchanged.",
        _history_rewritten,
    ),
    Rule(
        "R21 reasoning-stripped",
        "warning",
        "The template drops the reasoning of earlier turns.",
        "Keep it so for evaluation; for training split the turns.",
        _reasoning_stripped,
    ),
    Rule(
        "R22 time-dependent",
        "warning",
        "The prompt holds today's date. ladder holds it fixed; a server will not.",
        "Set the date in chat.template_arguments, and the same one where you serve.",
        _time_dependent,
    ),
    Rule(
        "R23 non-deterministic",
        "error",
        "The template gives another text each time.",
        "Do not use it.",
        _non_deterministic,
    ),
    Rule(
        "R24 kwarg-ignored",
        "error",
        "The template never reads an argument that the task sets.",
        "Remove it, or use the template's own name for it.",
        _argument_ignored,
    ),
    Rule(
        "R25 thinking-mode-implicit",
        "warning",
        "The template has a switch for reasoning, and the task does not set it.",
        "Set it in chat.template_arguments; measure both ways.",
        _thinking_implicit,
    ),
    Rule(
        "R26 content-duplicated",
        "warning",
        "The template writes a message twice.",
        "Use the model's own template.",
        _content_duplicated,
    ),
    Rule(
        "R28 typed-parts-unsupported",
        "error",
        "The template cannot read content that is given as typed parts.",
        "Join the text parts to one string.",
        _typed_parts,
    ),
    Rule(
        "R29 model-must-emit",
        "info",
        "The model itself writes a preamble before its answer.",
        "Read the answer after that preamble, and leave room for it in max_new_tokens.",
        _must_emit,
    ),
)
