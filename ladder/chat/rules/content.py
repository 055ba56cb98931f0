"""R01, R05, R17, R18, R26, R28: does the text say what the messages say?"""

import itertools
import re

from ladder.chat.messages import continued
from ladder.chat.probes.conversations import A1, U1, U2
from ladder.chat.probes.probes import Probes
from ladder.chat.rules.rule import Hit, RuleGroup, shown
from ladder.errors import LadderError, RenderError
from ladder.finding import Severity

_STRAY = re.compile(r"\ufeff|\n(?: {2,}|\t)|\n{3,}|(?<=\S) {2,}(?=\S)|\n (?=\w)")

RULES = RuleGroup()


@RULES.add(
    "R01 render-error",
    "error",
    "The template fails on the task's own messages.",
    "Change the messages as the message says, or use another template.",
)
def _render_error(probes: Probes) -> Hit | str | None:
    failed = [error for error in probes.task_outcomes if isinstance(error, RenderError)]
    if failed:
        total = len(probes.task_outcomes)
        return f"{len(failed)} of the {total} conversations tried: {failed[0]}"
    error = probes.error("u+")
    return str(error) if error is not None and probes.error("u") is not None else None


@RULES.add(
    "R05 content-dropped",
    "error",
    "The template loses part of the messages.",
    "Correct the key that the template reads.",
)
def _content_dropped(probes: Probes) -> Hit | str | None:
    text = probes.text("uau+")
    wanted = {U1: "the first user message", A1: "the reply", U2: "the last user message"}
    if text is None:
        text, wanted = probes.text("u+"), {U1: "the user message"}
    if text is None:
        return None
    lost = [what for sentinel, what in wanted.items() if sentinel not in text]
    if not lost:
        return _content_moved(text, list(wanted))
    repair = "Give the content as typed parts." if U1 in (probes.text("parts+") or "") else None
    return Hit(f"lost: {', '.join(lost)}; rendered: {shown(text)}", repair=repair)


def _content_moved(text: str, order: list[str]) -> Hit | None:
    places = [text.rindex(sentinel) for sentinel in order]
    if places == sorted(places):
        return None
    return Hit(
        f"rendered: {shown(text)}",
        problem="The template writes the messages in another order.",
        repair="Let the template's loop follow the order of the messages.",
    )


@RULES.add(
    "R17 content-trimmed",
    "info",
    "The template trims the white space around each message.",
    "Strip inputs and targets alike.",
)
def _content_trimmed(probes: Probes) -> Hit | str | None:
    text = probes.text("spaced")
    if text is None or f"  {U1} \n" in text or U1 not in text:
        return None
    severity: Severity = "warning" if _has_outer_space(probes) else "info"
    return Hit(f"'  word \\n' becomes {shown(text)}", severity=severity)


def _has_outer_space(probes: Probes) -> bool:
    texts = [m.get("content") for turns in probes.conversations for m in turns]
    return any(isinstance(text, str) and text != text.strip() for text in texts)


@RULES.add(
    "R18 stray-whitespace",
    "warning",
    "The prompt has white space that comes from the template's own layout.",
    "Add `-` to the tags around it, and measure.",
)
def _stray_whitespace(probes: Probes) -> Hit | str | None:
    text = probes.text("uau+")
    if text is None:
        return None
    lines = probes.facts.get("doubled_breaks", ())
    places = [*_strays(text), *_uneven_gaps(probes)]
    places += [
        f"line {line} of the template: a written line break, and then the layout's own"
        for line in lines
    ]
    if len(places) < 2:
        return places[0] if places else None
    return f"{len(places)} places, such as {places[0]}"


def _strays(text: str) -> list[str]:
    """Return the places of white space that looks like layout, quoted."""
    start = re.match(r"(?:<s>|<\|begin_of_text\|>)?\s*\n|\s", text)
    found = [start] if start is not None else []
    found += _STRAY.finditer(text)
    return [_quoted(text, match.start(), match.end()) for match in found]


def _uneven_gaps(probes: Probes) -> list[str]:
    """Return where the same two control tokens stand apart by other white space than before."""
    seen: dict[tuple[str, str], str] = {}
    found = []
    for text in filter(None, (probes.text("uaua"), probes.text("su+"))):
        tokens = probes.placed_tokens(text)
        for (start, left), (end, right) in itertools.pairwise(tokens):
            gap = text[start + len(left) : end]
            if not gap.strip() and seen.setdefault((left, right), gap) != gap:
                found.append(_quoted(text, start, end + len(right)))
    return found


def _quoted(text: str, start: int, end: int) -> str:
    return shown(text[max(0, start - 30) : end + 30])


@RULES.add(
    "R26 content-duplicated",
    "warning",
    "The template writes a message twice.",
    "Use the model's own template.",
)
def _content_duplicated(probes: Probes) -> Hit | str | None:
    text = probes.text("uau+")
    if probes.setup.prefill and probes.facts:
        return _cannot_be_continued(probes)
    twice = [word for word in (U1, A1, U2) if text is not None and text.count(word) > 1]
    return f"rendered: {shown(text)}" if twice else None


def _cannot_be_continued(probes: Probes) -> Hit | None:
    """Say where the template does not write the beginning of a reply that is to be continued."""
    begun = {"role": "assistant", "content": probes.setup.prefill}
    talks = [[*turns, begun] for turns in probes.conversations]
    texts = [text for text in probes.render_own(talks, flag=False) if isinstance(text, str)]
    bad = [text for text in texts if continued(text, probes.setup.prefill) is None]
    if not bad:
        return None
    return Hit(
        f"a reply that begins with {probes.setup.prefill!r} renders as {shown(bad[0])}",
        severity="error",
        problem="The template cannot continue a reply from chat.prefill.",
        repair="Give another beginning, or leave chat.prefill out.",
    )


@RULES.add(
    "R28 typed-parts-unsupported",
    "error",
    "The template cannot read content that is given as typed parts.",
    "Join the text parts to one string.",
)
def _typed_parts(probes: Probes) -> Hit | str | None:
    contents = [m.get("content") for turns in probes.every_conversation for m in turns]
    if not any(isinstance(content, list) for content in contents):
        return None
    if probes.text("u+") is None and isinstance(probes.outcomes.get("parts+"), LadderError):
        return None  # it refuses plain text as well: R01
    outcome = probes.outcomes.get("parts+")
    broken = isinstance(outcome, str) and (U1 not in outcome or "'type'" in outcome)
    if not broken and not isinstance(outcome, LadderError):
        return None
    evidence = shown(outcome) if isinstance(outcome, str) else str(outcome)
    if not probes.is_written_whole:
        return evidence
    return Hit(
        evidence,
        severity="info",
        problem="The template cannot read typed parts; ladder gives it their text, a line each.",
        repair="Serve and train with the same, or join the parts to one string in the data.",
    )
