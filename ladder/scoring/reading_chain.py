r"""`ReadingChain`: the steps of `metric.reading: [...]`, each one named function.

Steps that take a part (`last_line`, `after`, …) leave nothing where there is no such part: an answer
without it is wrong, and is never read as a whole instead. Steps that only change how a text is
written (`WRITING`) are done to the target, too.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import regex

from ladder.errors import MetricError
from ladder.scoring.json_values import NOT_JSON, as_text, json_values_in, value_at
from ladder.scoring.plain_text import folded, inside_fence, unquoted, without_stop
from ladder.scoring.read import MOST_CHARACTERS, PatternReading, numbers_in, read_last_number
from ladder.scoring.thoughts import split_thoughts
from ladder.spec.metric_parts import WITH_ARGUMENT, ChainStep, StepWord

WRITING: frozenset[StepWord] = frozenset(
    {"unfence", "unquote", "strip_markdown", "strip_full_stop", "collapse_spaces", "casefold"}
)
"""Steps that change how a text is written, and not which part of it is read."""

_NUMBER = 2
"""Goes up when a step does something else than before."""

_FENCE = regex.compile(r"[ \t]*(`{3,}|~{3,})([^\n`]*)")
_MARKDOWN = regex.compile(r"(\*{1,3}|_{1,3}|~~|`)(?=\S)([^\n]{0,200}?\S)\1(?!\w)")
_EMPHASIS = regex.compile(
    r"(?<![\w*_])(?:\*{1,3}|_{1,3})(?=\w)|(?<=[\w:.])(?:\*{1,3}|_{1,3})(?!\w)|`"
)
_LINE_HEAD = regex.compile(r"^[ \t]*(?:#{1,6}[ \t]+|>[ \t]+|[-*+•][ \t]+)", regex.MULTILINE)


class DoneStep(NamedTuple):
    """One step of a reading with the text that it left."""

    step: ChainStep
    text: str


class ReadingChain:
    """Does the steps of a reading, one after the other.

    >>> chain = ReadingChain([ChainStep(name="after", argument="Answer:"), ChainStep(name="casefold")])
    >>> chain("I think so. Answer: Paris"), chain.of_target("Paris")
    ('paris', 'paris')
    """

    def __init__(self, steps: Sequence[ChainStep]) -> None:
        self.steps = tuple(steps)
        self._functions = [_function(step) for step in steps]

    @property
    def version(self) -> str:
        """Return what changes whenever the same text could be read differently."""
        return f"{_NUMBER}[{', '.join(map(words_of, self.steps))}]"

    def __call__(self, text: str) -> str:
        """Return the part of an answer that is compared."""
        done = self.steps_of(text)
        return done[-1].text if done else text.strip()

    def steps_of(self, text: str) -> list[DoneStep]:
        """Return each step with what it leaves of a text."""
        done = []
        text = text[-MOST_CHARACTERS:]
        for step, change in zip(self.steps, self._functions, strict=True):
            text = change(text).strip()
            done.append(DoneStep(step, text))
        return done

    def of_target(self, target: str) -> str:
        """Return a target after the steps that only change how a text is written."""
        for step, change in zip(self.steps, self._functions, strict=True):
            if step.name in WRITING:
                target = change(target).strip()
        return target

    def can_give(self, target: str) -> bool:
        """Return whether some answer is read as this target.

        What stands before the last step that looks for a mark can hold any text, so only the steps
        behind it are tried on the target.
        """
        marks = [at for at, step in enumerate(self.steps) if step.name in WITH_ARGUMENT]
        after = marks[-1] + 1 if marks else 0
        wanted = text = self.of_target(target)
        for change in self._functions[after:]:
            text = change(text).strip()
        return bool(text == wanted)


def words_of(step: ChainStep) -> str:
    """Return a step as the spec writes it.

    >>> words_of(ChainStep(name="after", argument="Answer:")), words_of(ChainStep(name="unfence"))
    ("after: 'Answer:'", 'unfence')
    """
    return step.name if step.argument is None else f"{step.name}: {step.argument!r}"


def strip_thoughts(text: str) -> str:
    """Return a reply without its thoughts; it is done already unless `thoughts: keep`.

    >>> strip_thoughts("<think>41?</think>42")
    '42'
    """
    return split_thoughts(text).answer


def unfence(text: str) -> str:
    r"""Return what stands in the one code fence of a text; all of it where there is none or several.

    >>> unfence("Here:\n```python\nx = 1\n```\nDone."), unfence("x = 1")
    ('x = 1\n', 'x = 1')
    """
    found = fenced_parts(text)
    return found[0] if len(found) == 1 else inside_fence(text.strip())


def fenced_parts(text: str) -> list[str]:
    r"""Return what stands in each code fence of a text that is closed, in order.

    >>> fenced_parts("A:\n```sql\nSELECT 1\n```\nB:\n~~~\nx\n~~~\n")
    ['SELECT 1\n', 'x\n']
    """
    parts: list[str] = []
    marks, inner = "", list[str]()
    for line in text.splitlines(keepends=True):
        fence = _FENCE.match(line)
        is_end = fence is not None and fence[1].startswith(marks) and not fence[2].strip()
        if marks and is_end:
            parts.append("".join(inner))
            marks, inner = "", []
        elif marks:
            inner.append(line)
        elif fence is not None:
            marks = fence[1]
    return parts


def unquote(text: str) -> str:
    """Return a text without the quotes around the whole of it.

    >>> unquote('«Oslo»'), unquote('"A" and "B"')
    ('Oslo', '"A" and "B"')
    """
    return unquoted(text.strip())


def strip_markdown(text: str) -> str:
    r"""Return a text without emphasis, code marks, and heads of lines such as `#`, `>` and `-`.

    >>> strip_markdown("**Oslo**"), strip_markdown("# A\n- `b_c` and 2 * 3 * 4")
    ('Oslo', 'A\nb_c and 2 * 3 * 4')
    """
    inner = _LINE_HEAD.sub("", text)
    return str(_MARKDOWN.sub(lambda found: str(found[2]), inner))


def strip_full_stop(text: str) -> str:
    """Return a text without the full stop at its end; `etc...` keeps its three.

    >>> strip_full_stop("Oslo."), strip_full_stop("Wait...")
    ('Oslo', 'Wait...')
    """
    return without_stop(text.rstrip())


def collapse_spaces(text: str) -> str:
    r"""Return a text with one space wherever white space stands, line breaks among it.

    >>> collapse_spaces(" New\n  York ")
    'New York'
    """
    return " ".join(text.split())


def casefold(text: str) -> str:
    """Return a text in which case makes no difference.

    >>> casefold("STRASSE")
    'strasse'
    """
    return folded(text)


def first_line(text: str) -> str:
    r"""Return the first line that holds something.

    >>> first_line("\nOslo\nIt is the capital.")
    'Oslo'
    """
    return next((line for line in text.splitlines() if line.strip()), "")


def last_line(text: str) -> str:
    r"""Return the last line that holds something.

    >>> last_line("Norway's capital is\nOslo\n")
    'Oslo'
    """
    return next((line for line in reversed(text.splitlines()) if line.strip()), "")


def first_number(text: str) -> str:
    """Return the first number of a text as it is written, or nothing.

    >>> first_number("12 of 30")
    '12'
    """
    return next(iter(numbers_in(text)), "")


def after(text: str, words: str) -> str:
    """Return what stands behind the last place that says some words, whatever their case.

    Nothing where the text does not say them. Emphasis that holds the words does not count.

    >>> after("Answer: A? No. answer: B", "Answer:"), after("B", "Answer:")
    (' B', '')
    >>> after("**Answer:** B", "Answer:"), after("**Answer**: B", "Answer:"), after("**Answer: B**", "Answer:")
    (' B', ' B', ' B')
    """
    found = list(_literal(words).finditer(text))
    if not found:
        return ""
    begun = text[: found[-1].start()].rpartition("\n")[2] + found[-1].group()
    marks = _EMPHASIS.findall(begun)
    rest = text[found[-1].end() :]
    return rest.replace(marks[-1], "", 1) if len(marks) % 2 else rest


def before(text: str, words: str) -> str:
    """Return what stands before the first place that says some words; nothing where none does.

    >>> before("Oslo (Norway)", "("), before("Oslo", "(")
    ('Oslo ', '')
    """
    found = _literal(words).search(text)
    return text[: found.start()] if found else ""


def inside(text: str, tag: str) -> str:
    """Return what stands in the last element of a name; nothing where none is closed.

    >>> inside("<answer>A</answer> <answer>B</answer>", "answer")
    'B'
    """
    name = regex.escape(tag)
    found = regex.findall(
        rf"<{name}>((?:(?!<{name}>).)*?)</{name}>", text, regex.DOTALL | regex.IGNORECASE
    )
    return str(found[-1]) if found else ""


def field(text: str, path: str) -> str:
    """Return a field of the last JSON object of a text, by its path; nothing where there is none.

    >>> field('Sure: {"why": "...", "answer": {"city": "Oslo"}}', "answer.city")
    'Oslo'
    """
    objects = [each for each in json_values_in(text) if isinstance(each, dict)]
    value = value_at(objects[-1], path) if objects else NOT_JSON
    return "" if value is NOT_JSON or value is None else as_text(value)


_STEPS: Mapping[StepWord, Callable[[str], str]] = {
    "strip_thoughts": strip_thoughts,
    "unfence": unfence,
    "unquote": unquote,
    "strip_markdown": strip_markdown,
    "strip_full_stop": strip_full_stop,
    "collapse_spaces": collapse_spaces,
    "casefold": casefold,
    "first_line": first_line,
    "last_line": last_line,
    "first_number": first_number,
    "last_number": read_last_number,
}
_STEPS_WITH_ARGUMENT: Mapping[StepWord, Callable[[str, str], str]] = {
    "after": after,
    "before": before,
    "inside": inside,
    "field": field,
}


def _function(step: ChainStep) -> Callable[[str], str]:
    argument = step.argument
    if (step.name in WITH_ARGUMENT) != bool(argument):
        example = "{after: 'Answer:'}" if step.name == "after" else f"{{{step.name}: '…'}}"
        raise MetricError(
            f"the step {step.name} of metric.reading "
            + ("needs what it looks for." if not argument else f"takes no {argument!r}."),
            next_step=f"Write {example if not argument else step.name} in the list.",
        )
    if argument is None:
        return _STEPS[step.name]
    if step.name == "pattern":
        return PatternReading(argument)
    change = _STEPS_WITH_ARGUMENT[step.name]
    return lambda text: change(text, argument)


def _literal(words: str) -> "regex.Pattern[str]":
    spaced = r"\s+".join(regex.escape(word) for word in words.split()) or regex.escape(words)
    if spaced.endswith(":") and len(spaced) > 1:
        spaced = spaced[:-1] + r"[*_`]{0,3}\s*[:\uff1a]"
    return regex.compile(spaced, regex.IGNORECASE)
