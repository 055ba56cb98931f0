"""`check_shown_targets`: prompts that show a column which holds the answer that is wanted (D60)."""

from collections.abc import Collection, Mapping, Sequence

from ladder.chat.sandbox.single_braces import shown_names
from ladder.data.sample import Sample
from ladder.finding import Finding
from ladder.spec.candidate import Prompt

FEWEST = 8
"""Samples below which nothing is said of all of them."""

NEARLY_ALL = 0.98
"""Share of samples whose column is the target, from which it is no accident."""


def check_shown_targets(
    prompts: Mapping[str, Prompt],
    samples: Sequence[Sample],
    *,
    asked: str = "input",
    waived: Collection[str] = (),
) -> list[Finding]:
    """Return the prompts of which a column is the target: their answers are copied, and no one's skill.

    What a column is called shows nothing. One that exists when a question is asked, such as the number of
    an order that is to be repeated, somebody has to name.

    Args:
        prompts: Each by its place in the spec.
        samples: The eval data.
        asked: The column of the questions.
        waived: Columns that are no leak, as the spec says.
    """
    if len(samples) < FEWEST or len({sample.targets for sample in samples}) == 1:
        return []
    shown = {
        place: sorted(
            {*shown_names(prompt.system or ""), *shown_names(prompt.user)} - {"input", asked}
        )
        for place, prompt in prompts.items()
    }
    copies = {
        name: is_copy(name, samples) for name in {each for some in shown.values() for each in some}
    }
    return [
        _finding(place, name, is_waived=name in waived)
        for place, names in shown.items()
        for name in names
        if copies[name]
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


def _finding(place: str, column: str, *, is_waived: bool) -> Finding:
    problem = f"{place} shows the column {column!r}, which is the target in nearly every row: whoever copies it is right"
    if is_waived:
        return Finding(
            code="D15 leak-waived",
            severity="info",
            problem=f"{problem}, and data.on_leak waives it.",
            next_step="",
        )
    return Finding(
        code="D60 prompt-shows-target",
        severity="error",
        problem=f"{problem}.",
        next_step=f"Take {{{{ {column} }}}} out of {place}. If it is there when a question is asked, and to be "
        f"repeated: data.on_leak: {{waive: [{column}]}}.",
    )
