r"""`named_edits`: honest changes of a prompt, each with a name; they know the metric, never a target.

What each does is advice that the vendors of models give: state the format, list the labels, put the
question last, mark where the input begins and ends, let the model reason first, give it a role, give
instructions as the system message.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ladder.chat.messages import CUES
from ladder.spec.candidate import Prompt
from ladder.spec.metric_spec import MetricSpec
from ladder.spec.prompt_text import COLUMN, escaped

Change = Callable[[Prompt, MetricSpec], Prompt | None]
"""Makes another prompt of one; None where there is nothing to change."""

_ALONE = "Answer with the answer only, nothing else."
_ONE_LABEL = "Answer with one of these labels alone, nothing else."
_REASON = "First give a short reason in one sentence, then the answer."
_LAST = "Write the answer itself last, on a line of its own."
_ROLE = "You are an expert who reads with care and answers exactly what is asked."
_MOST_LABELS = 50
_MOST_ON_TOP = 3
"""Edits on top of each other that have a name: a second climb may add a third."""

_LONGEST_LIST = 4000
"""Characters of a list of labels that a prompt may hold."""

_PLAIN = re.compile(r"\{\{-?\s*(\w+)\s*-?\}\}")
_MARKED = re.compile(r"(<[\w-]+>|\"\"\"|'''|```\w*|\[\w+\])\s*\Z")
_MARK = re.compile(r"\s*(?:</?[\w-]+>|\"\"\"|'''|`{3,}\w*|~{3,}\w*|\[/?\w+\])\s*")
"""A text that only says where the input begins or ends, and stays beside it."""

_ROLES = re.compile(r"\A\s*(?:you(?: are|'re) (?:an?|the|my)|act as|your role)\b", re.IGNORECASE)


class NamedEdit(NamedTuple):
    """An edited prompt, and what was done to it."""

    name: str
    prompt: Prompt


def named_edits(prompt: Prompt, metric: MetricSpec) -> Iterator[NamedEdit]:
    r"""Yield edits of a prompt, the smallest first.

    >>> for name, edited in named_edits(Prompt(user="{{ input }}\n\nWhich city is meant?"), MetricSpec()):
    ...     print(name)
    format stated
    question last
    delimiters around the input
    role line
    instructions as system
    """
    for name, change in EDITS.items():
        edited = change(prompt, metric)
        if edited is not None:
            yield NamedEdit(name, edited)


def edits_together(prompt: Prompt, metric: MetricSpec) -> Iterator[NamedEdit]:
    r"""Yield two edits at once where either may be worth nothing without the other.

    A list of labels does not say that the answer is a label alone, and a reason leaves open where
    the answer stands: a small model is then as lost as before, and a race sees no gain of the first.

    >>> for name, edited in edits_together(Prompt(user="{{ input }}"), MetricSpec(reading="last_number")):
    ...     print(name, edited.user.split("\n\n")[1:], sep=": ")
    a short reason first + format stated: ['First give a short reason in one sentence, then the answer.', 'End with the final number, and write no number after it.']
    """
    for names in _TOGETHER:
        edited: Prompt | None = prompt
        for name in names:
            edited = None if edited is None else EDITS[name](edited, metric)
        if edited is not None:
            yield NamedEdit(" + ".join(names), edited)


def edit_name(before: Prompt, after: Prompt, metric: MetricSpec) -> str:
    """Return what was done to a prompt, if it was one edit or a few on top of each other; else nothing.

    >>> before = Prompt(user="Which city is meant? {{ input }}")
    >>> after = role_line(format_stated(before, MetricSpec()), MetricSpec())
    >>> edit_name(before, after, MetricSpec())
    'format stated + role line'
    """
    wanted, made = _words(after), [NamedEdit("", before)]
    for _ in range(_MOST_ON_TOP):
        # An edit adds and moves words, and takes none away.
        made = [
            NamedEdit(f"{first.name} + {then.name}".removeprefix(" + "), then.prompt)
            for first in made
            for then in named_edits(first.prompt, metric)
            if _words(then.prompt) <= wanted
        ]
        found = next((each.name for each in made if each.prompt == after), "")
        if found:
            return found
    return ""


def _words(prompt: Prompt) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", prompt.text))


def format_stated(prompt: Prompt, metric: MetricSpec) -> Prompt | None:
    r"""Return the prompt with a sentence that says which form of answer the metric reads.

    >>> format_stated(Prompt(user="Which city? {{ input }}"), MetricSpec()).user
    'Which city? {{ input }}\n\nAnswer with the answer only, nothing else.'
    """
    sentence = answer_format(metric)
    if metric.name == "judge" or any(_holds(prompt, each) for each in (sentence, _ONE_LABEL)):
        return None
    is_listed = metric.name == "choice" and _lists(prompt, metric.labels)
    if is_listed and sentence == _WHOLE["choice"](metric):
        sentence = _ONE_LABEL
    if _holds(prompt, _REASON):
        sentence = sentence if sentence.startswith(("End ", "Write ")) else _LAST
    return _said(prompt, sentence)


def labels_listed(prompt: Prompt, metric: MetricSpec) -> Prompt | None:
    r"""Return the prompt with the labels that the metric knows, a line each.

    >>> labels_listed(Prompt(user="{{ input }}"), MetricSpec(name="choice", labels=("yes", "no"))).user
    '{{ input }}\n\nThe answer is one of these:\n- yes\n- no'
    """
    lines = "\n".join(f"- {' '.join(label.split())}" for label in metric.labels)
    if not lines or len(lines) > _LONGEST_LIST:
        return None
    listed = f"The answer is one of these:\n{lines}"
    in_passing = _WHOLE["choice"](metric)
    if metric.name == "choice" and in_passing != _ALONE and _holds(prompt, in_passing):
        return _replaced(prompt, in_passing, f"{listed}\n\n{_ONE_LABEL}")
    return None if _lists(prompt, metric.labels) else _said(prompt, listed)


def question_last(prompt: Prompt, metric: MetricSpec) -> Prompt | None:
    r"""Return the prompt with what follows the input moved before it; a cue ("Answer:") stays.

    >>> question_last(Prompt(user="{{ input }}\n\nWhich city is meant?"), MetricSpec()).user
    'Which city is meant?\n\n{{ input }}'
    """
    del metric
    if "{%" in prompt.user:
        return None
    lines = prompt.user.rstrip().split("\n")
    last = _last_of_input(lines)
    after = "\n".join(lines[last + 1 :]).strip()
    if last < 0 or not after or is_cue(after):
        return None
    before = "\n".join(lines[: last + 1])
    return prompt.replace(user=f"{after}\n\n{before}")


def _last_of_input(lines: Sequence[str]) -> int:
    """Return the last line that has a column, or the mark that ends it; -1 where there is none."""
    last = max((at for at, line in enumerate(lines) if COLUMN.search(line)), default=len(lines))
    for at in range(last + 1, len(lines)):
        if _MARK.fullmatch(lines[at]):
            last = at
        elif lines[at].strip():
            break
    return last if last < len(lines) else -1


def input_delimited(prompt: Prompt, metric: MetricSpec) -> Prompt | None:
    r"""Return the prompt with marks around each column, which say where it begins and ends.

    >>> input_delimited(Prompt(user="Which city?\n\n{{ input }}\n\nText: {{ more }}"), MetricSpec()).user
    'Which city?\n\n<input>\n{{ input }}\n</input>\n\nText: <more>{{ more }}</more>'
    """
    del metric
    columns = list(_PLAIN.finditer(prompt.user))
    marked = any(_MARKED.search(prompt.user[: each.start()]) for each in columns)
    if "{%" in prompt.user or not columns or marked:
        return None

    def mark(found: re.Match[str]) -> str:
        """Return a column between its marks; on lines of their own where it has its own line."""
        before, after = prompt.user[: found.start()], prompt.user[found.end() :]
        is_alone = not before.rpartition("\n")[2].strip() and not after.partition("\n")[0].strip()
        gap = "\n" if is_alone else ""
        return f"<{found[1]}>{gap}{found[0]}{gap}</{found[1]}>"

    return prompt.replace(user=_PLAIN.sub(mark, prompt.user))


def reason_first(prompt: Prompt, metric: MetricSpec) -> Prompt | None:
    r"""Return the prompt that asks for a short reason, where what is read leaves room for one.

    >>> reason_first(Prompt(user="{{ input }}"), MetricSpec(reading="last_number")).user
    '{{ input }}\n\nFirst give a short reason in one sentence, then the answer.'
    >>> reason_first(Prompt(user="{{ input }}"), MetricSpec()) is None
    True
    """
    only = (_ALONE, _ONE_LABEL, *((answer_format(metric),) if _is_whole(metric) else ()))
    if metric.reading == "strict" or metric.name in _FORMATS:
        return None
    if any(_holds(prompt, sentence) for sentence in only):
        return None
    return _said(prompt, _REASON)


def role_line(prompt: Prompt, metric: MetricSpec) -> Prompt | None:
    r"""Return the prompt that first says who answers; nothing where it already does.

    >>> role_line(Prompt(user="{{ input }}"), MetricSpec()).user.split("\n\n")
    ['You are an expert who reads with care and answers exactly what is asked.', '{{ input }}']
    """
    del metric
    if any(_ROLES.match(text) for text in (prompt.system or "", prompt.user)):
        return None
    if prompt.system:
        return prompt.replace(system=f"{_ROLE}\n\n{prompt.system}")
    return prompt.replace(user=f"{_ROLE}\n\n{prompt.user}")


def instructions_as_system(prompt: Prompt, metric: MetricSpec) -> Prompt | None:
    r"""Return the prompt with the paragraphs that hold no column as the system message.

    >>> instructions_as_system(Prompt(user="Which city?\n\n{{ input }}"), MetricSpec())
    Prompt(user='{{ input }}', system='Which city?')
    """
    del metric
    if prompt.system is not None or "{%" in prompt.user:
        return None
    paragraphs = [text.strip() for text in re.split(r"\n\s*\n", prompt.user) if text.strip()]
    shown = [
        text for text in paragraphs if COLUMN.search(text) or is_cue(text) or _MARK.fullmatch(text)
    ]
    said = [text for text in paragraphs if text not in shown]
    if not said or not any(map(COLUMN.search, shown)):
        return None
    return prompt.replace(system="\n\n".join(said), user="\n\n".join(shown))


EDITS: Mapping[str, Change] = {
    "format stated": format_stated,
    "allowed labels listed": labels_listed,
    "question last": question_last,
    "delimiters around the input": input_delimited,
    "a short reason first": reason_first,
    "role line": role_line,
    "instructions as system": instructions_as_system,
}
"""What each edit is called, and what it does; the smallest change first."""


_TOGETHER = (("allowed labels listed", "format stated"), ("a short reason first", "format stated"))
"""Edits that say in full what is wanted only with each other."""


def answer_format(metric: MetricSpec) -> str:
    """Return the sentence that states the format which the metric reads.

    >>> answer_format(MetricSpec(reading="last_number"))
    'End with the final number, and write no number after it.'
    >>> answer_format(MetricSpec(name="choice", labels=("refund", "other")))
    'Answer with one of these alone: refund, other.'
    """
    if metric.name in _FORMATS:
        return _FORMATS[metric.name](metric)
    if _is_whole(metric):
        return _WHOLE[metric.name](metric)
    match metric.reading:
        case "last_number":
            return "End with the final number, and write no number after it."
        case "steps" if mark := _last_mark(metric):
            return f"End with {mark!r}, then the answer and nothing else."
        case "pattern" if metric.pattern:
            return f"Write the answer so that this regular expression finds it: {metric.pattern}"
        case _:
            return _ALONE


def _last_mark(metric: MetricSpec) -> str:
    """Return the words behind which a chain of steps looks for the answer, if it does."""
    marks = [step.argument or "" for step in metric.steps if step.name == "after"]
    return marks[-1] if marks else ""


def _of_length(metric: MetricSpec) -> str:
    """Return the sentence that states a length.

    >>> _of_length(MetricSpec(name="length", max=50)), _of_length(MetricSpec(name="length", min=2, max=3, unit="lines"))
    ('Answer in at most 50 words.', 'Answer in at least 2 and at most 3 lines.')
    """
    bounds = (("at least", metric.min), ("at most", metric.max))
    said = " and ".join(f"{words} {number}" for words, number in bounds if number)
    return f"Answer in {said} {metric.unit}."


_JSON = "Answer with JSON only: no other text and no code fence."
_FORMATS: Mapping[str, Callable[[MetricSpec], str]] = {
    "json_fields": lambda metric: (
        f"{_JSON} It has the keys {', '.join(metric.fields)}." if metric.fields else _JSON
    ),
    "json_schema": lambda metric: (
        f"{_JSON} It follows this schema: {json.dumps(metric.json_schema, ensure_ascii=False)}"
        if isinstance(metric.json_schema, dict)
        else _JSON
    ),
    "matches": lambda metric: (
        f"Write the whole answer so that this regular expression matches it: {metric.pattern}"
    ),
    "length": _of_length,
    "language": lambda metric: (
        f"Answer in the language with the code {metric.language}."
        if metric.language
        else "Answer in the language that is asked for."
    ),
    "parses": lambda metric: (
        f"Answer with {metric.syntax} only, without any explanation around it."
    ),
}
"""What metrics of a form say of it."""

_CALLS = (
    "Where a tool helps, answer with the call of the tool alone, with its name and its arguments."
)
_WHOLE: Mapping[str, Callable[[MetricSpec], str]] = {
    "choice": lambda metric: (
        f"Answer with one of these alone: {', '.join(metric.labels)}."
        if len(metric.labels) <= _MOST_LABELS
        else _ALONE
    ),
    "json_equal": lambda _: _JSON,
    "json_valid": lambda _: _JSON,
    "tool_calls": lambda _: _CALLS,
    "tool_calls_partial": lambda _: _CALLS,
}
"""What metrics say that look at the whole answer, unless a reading takes a part of it."""


def _is_whole(metric: MetricSpec) -> bool:
    """Return whether the metric looks at the whole answer, where a reason would be in the way."""
    return metric.name in _FORMATS or (
        metric.name in _WHOLE and metric.reading in ("strict", "lenient")
    )


def _holds(prompt: Prompt, sentence: str) -> bool:
    return escaped(sentence) in prompt.text


def _lists(prompt: Prompt, labels: Sequence[str]) -> bool:
    """Return whether every label stands in the prompt as a word.

    >>> _lists(Prompt(user="Is it a refund or not? {{ input }}"), ("refund", "other"))
    False
    """
    text = prompt.text.casefold()
    found = (re.search(rf"(?<!\w){re.escape(each.casefold())}(?!\w)", text) for each in labels)
    return bool(labels) and all(found)


def _replaced(prompt: Prompt, sentence: str, other: str) -> Prompt:
    """Return the prompt with one sentence of an edit in place of another one's."""
    texts = {"user": prompt.user, "system": prompt.system}
    return prompt.replace(
        **{
            name: text.replace(escaped(sentence), escaped(other))
            for name, text in texts.items()
            if text is not None
        }
    )


def _said(prompt: Prompt, sentence: str) -> Prompt | None:
    r"""Return the prompt with a sentence after it, or before the cue that ends it.

    >>> _said(Prompt(user="Ticket: {{ input }}\nOrder number:"), "Be brief.").user
    'Ticket: {{ input }}\n\nBe brief.\n\nOrder number:'
    """
    if _holds(prompt, sentence):
        return None
    text, said = prompt.user.rstrip(), escaped(sentence)
    before, _, last = text.rpartition("\n")
    if before.strip() and is_cue(last):
        return prompt.replace(user=f"{before.rstrip()}\n\n{said}\n\n{last}")
    return prompt.replace(user=f"{text}\n\n{said}")


def is_cue(text: str) -> bool:
    """Return whether a text without a column asks for what comes next: "Answer:"."""
    return text.rstrip().endswith(CUES) and not COLUMN.search(text)
