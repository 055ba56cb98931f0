"""`check_columns`: whether prompts name columns that the data have, before the first call."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from ladder.chat.sandbox.single_braces import braced_names
from ladder.data.sample import Sample
from ladder.errors import SpecError
from ladder.finding import Finding
from ladder.measure.request import PromptMaterial, columns_of, write_request
from ladder.spec.candidate import Candidate, Prompt


def check_columns(
    candidate: Candidate, prompts: Mapping[str, Prompt], samples: Sequence[Sample]
) -> dict[str, list[Finding]]:
    """Return, by place, the words in one pair of braces that are a column but for their case (D45).

    They are text, and most likely meant as the column.

    Raises:
        SpecError: A prompt names a column that a sample does not have, in one pair of braces or two.
    """
    shapes = {columns_of(sample): sample for sample in reversed(samples)}
    known = frozenset[str]().union(*shapes)
    for place, prompt in prompts.items():
        for columns, sample in shapes.items():
            write_request(candidate.replace(prompt=prompt), PromptMaterial(sample))
            _refuse_missing(place, prompt, known - columns, sample, shapes)
    return {place: list(_other_case(place, prompt, known)) for place, prompt in prompts.items()}


def refuse_missing_columns(
    prompts: Mapping[str, Prompt], samples: Sequence[Sample], rows: Sequence[Sample]
) -> None:
    """Refuse worked examples without a column of the samples that a prompt names in one pair of braces.

    Raises:
        SpecError: In such an example the name would stand as text.
    """
    known = frozenset[str]().union(*map(columns_of, samples))
    shapes = {columns_of(row): row for row in reversed(rows)}
    for place, prompt in prompts.items():
        for columns, row in shapes.items():
            _refuse_missing(place, prompt, known - columns, row, shapes)


def _refuse_missing(
    place: str,
    prompt: Prompt,
    missing: Collection[str],
    row: Sample,
    shapes: Collection[frozenset[str]],
) -> None:
    wanted = next((name for name in _braced(prompt) if name in missing), None)
    if wanted is not None:
        raise SpecError(
            f"{place} cannot be filled for {row.where or f'sample {row.id}'}: it has no {wanted!r}.",
            next_step="Use a column that every row has: "
            f"{', '.join(sorted(frozenset.intersection(*shapes)))}.",
        )


def _other_case(place: str, prompt: Prompt, known: Collection[str]) -> Iterator[Finding]:
    folded = {column.casefold(): column for column in sorted(known, reverse=True)}
    for name in _braced(prompt):
        meant = folded.get(name.casefold())
        if name in known or meant is None:
            continue
        yield Finding(
            code="D45 column-in-other-case",
            severity="warning",
            problem=f"{place} holds {{{name}}}, which is text: the column is called {meant!r}.",
            next_step=f"Write {{{meant}}} if the column is meant, and {{% raw %}}{{{name}}}"
            "{% endraw %} if the text is.",
        )


def _braced(prompt: Prompt) -> list[str]:
    return list(dict.fromkeys(braced_names(prompt.text)))
