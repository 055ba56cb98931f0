"""`edits`: honest changes of a prompt, which know the metric and never a target."""

import json
import re
from collections.abc import Callable, Iterator, Mapping

from ladder.spec.candidate import Prompt
from ladder.spec.metric_spec import MetricSpec

_PLACEHOLDER = re.compile(r"\{\{.*?\}\}")
_ALONE = "Answer with the answer only, nothing else."
_MOST_LABELS = 50


def edits(prompt: Prompt, metric: MetricSpec) -> Iterator[Prompt]:
    r"""Yield edits of a prompt, the smallest first.

    >>> prompt = Prompt(user="{{ input }}\n\nWhich city is meant?")
    >>> for edit in edits(prompt, MetricSpec()):
    ...     print(repr(edit.system), repr(edit.user))
    None '{{ input }}\n\nWhich city is meant?\n\nAnswer with the answer only, nothing else.'
    None 'Which city is meant?\n\n{{ input }}'
    'Which city is meant?' '{{ input }}'
    """
    yield from _say(prompt, answer_format(metric))
    if metric.reading != "strict":
        yield from _say(prompt, "First give a short reason in one sentence, then the answer.")
    if "{%" in prompt.user:
        return
    yield from _question_last(prompt)
    yield from _instructions_as_system(prompt)


def answer_format(metric: MetricSpec) -> str:
    """Return the sentence that states the format which the metric reads.

    >>> answer_format(MetricSpec(reading="last_number"))
    'End with the final number, and write no number after it.'
    >>> answer_format(MetricSpec(name="choice", labels=("refund", "other")))
    'Answer with one of these alone: refund, other.'
    """
    if metric.name in _FORMATS:
        return _FORMATS[metric.name](metric)
    if metric.name in _WHOLE and metric.reading in ("strict", "lenient"):
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


def _say(prompt: Prompt, sentence: str) -> Iterator[Prompt]:
    said = _escaped(sentence)
    if said not in f"{prompt.system or ''}\n{prompt.user}":
        yield prompt.replace(user=f"{prompt.user.rstrip()}\n\n{said}")


def _escaped(sentence: str) -> str:
    """Return text that stays text in a prompt, where `{{ }}` and `{% %}` mean something.

    >>> _escaped(r"x{{2}")
    "x{{ '{{' }}2}"
    """
    return re.sub(r"\{[{%#]", lambda found: f"{{{{ '{found[0]}' }}}}", sentence)


def _question_last(prompt: Prompt) -> Iterator[Prompt]:
    """Yield the prompt with what follows the input moved before it; a cue ("Answer:") stays."""
    lines = prompt.user.rstrip().split("\n")
    last = max((i for i, line in enumerate(lines) if _PLACEHOLDER.search(line)), default=-1)
    after = "\n".join(lines[last + 1 :]).strip()
    if last < 0 or not after or after.endswith(":"):
        return
    before = "\n".join(lines[: last + 1])
    yield prompt.replace(user=f"{after}\n\n{before}")


def _instructions_as_system(prompt: Prompt) -> Iterator[Prompt]:
    """Yield the prompt with the paragraphs that hold no column as the system message."""
    if prompt.system is not None:
        return
    paragraphs = [text.strip() for text in re.split(r"\n\s*\n", prompt.user) if text.strip()]
    said = [text for text in paragraphs if not _PLACEHOLDER.search(text)]
    shown = [text for text in paragraphs if _PLACEHOLDER.search(text)]
    if said and shown:
        yield prompt.replace(system="\n\n".join(said), user="\n\n".join(shown))
