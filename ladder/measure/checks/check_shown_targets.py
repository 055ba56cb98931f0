"""`check_shown_targets`: prompts that show a column which holds the answer that is wanted (D60)."""

import re
from collections.abc import Mapping, Sequence

from ladder.chat.sandbox.single_braces import shown_names
from ladder.data.sample import Sample
from ladder.finding import Finding
from ladder.spec.candidate import Prompt

FEWEST = 8
"""Samples below which nothing is said of all of them."""

NEARLY_ALL = 0.98
"""Share of samples whose column is the target, from which it is no accident."""

_ANSWERS = {
    *("answer", "answers", "gold", "golden", "target", "expected", "label", "labels", "reference"),
    *("solution", "ideal", "truth", "correct", "groundtruth", "output", "response", "completion"),
}
"""Words in the names of columns that hold what is wanted, and that nobody has when a question is asked."""

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")


def check_shown_targets(prompts: Mapping[str, Prompt], samples: Sequence[Sample]) -> list[Finding]:
    """Return the prompts of which a column is the target: their answers are copied, and no one's skill.

    By its name a column may be one that exists when a question is asked, such as the number of an
    order that is to be repeated: then it is a warning.

    Args:
        prompts: Each by its place in the spec.
        samples: The eval data.
    """
    if len(samples) < FEWEST or len({sample.targets for sample in samples}) == 1:
        return []
    shown = {
        place: sorted({*shown_names(prompt.system or ""), *shown_names(prompt.user)} - {"input"})
        for place, prompt in prompts.items()
    }
    copies = {
        name: is_copy(name, samples) for name in {each for some in shown.values() for each in some}
    }
    return [
        _finding(place, name) for place, names in shown.items() for name in names if copies[name]
    ]


def is_copy(column: str, samples: Sequence[Sample]) -> bool:
    """Return whether a column holds a target of nearly every sample, and nothing else."""
    same = sum(
        _letters(str(sample.columns.get(column, ""))) in map(_letters, sample.targets)
        for sample in samples
        if any(sample.targets)
    )
    return same >= NEARLY_ALL * len(samples)


def _letters(text: str) -> str:
    return " ".join(text.split()).casefold()


def _finding(place: str, column: str) -> Finding:
    is_answer = not _ANSWERS.isdisjoint(map(str.lower, _WORD.findall(column)))
    return Finding(
        code="D60 prompt-shows-target",
        severity="error" if is_answer else "warning",
        problem=f"{place} shows the column {column!r}, which is the target in nearly every row: whoever "
        "copies it is right.",
        next_step=f"Take {{{{ {column} }}}} out of {place}, unless it is there when a question is asked "
        "and is to be repeated."
        if not is_answer
        else f"Take {{{{ {column} }}}} out of {place}.",
    )
