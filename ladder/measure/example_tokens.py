"""`within_tokens`: as many worked examples as fit into a number of tokens."""

from collections.abc import Callable, Sequence
from itertools import accumulate, takewhile

from ladder.data.sample import Sample
from ladder.measure.prompt_room import counting_tokenizer
from ladder.spec.candidate import Candidate, Examples
from ladder.templates.describe import shows_tokens

LETTERS_A_TOKEN = 4
"""Of English, where the tokenizer is unknown."""


def within_tokens(
    candidate: Candidate, examples: Examples, chosen: Sequence[Sequence[Sample]]
) -> list[list[Sample]]:
    """Return of each sample's examples the best that fit into `examples.tokens` together.

    What the template and passages add is not counted. At least one example stays.

    Args:
        candidate: For its tokenizer; without one, four letters count as a token.
        examples: How they were chosen.
        chosen: The examples of each sample, in the order of the prompt.
    """
    budget = examples.tokens
    if budget is None:
        return [list(shots) for shots in chosen]
    count = _counter(candidate)
    known: dict[str, int] = {}

    def tokens_of(shot: Sample) -> int:
        if shot.id not in known:
            known[shot.id] = count(f"{shot.asked}\n{shot.answer.text}")
        return known[shot.id]

    is_best_last = examples.is_own and examples.order == "best_last"
    kept = []
    for shots in chosen:
        best_first = list(reversed(shots)) if is_best_last else list(shots)
        sums = accumulate(map(tokens_of, best_first))
        n = max(sum(1 for _ in takewhile(lambda total: total <= budget, sums)), 1)
        few = best_first[:n]
        kept.append(few[::-1] if is_best_last else few)
    return kept


def _counter(candidate: Candidate) -> Callable[[str], int]:
    files = candidate.model.tokens_from
    if files is None or not shows_tokens(candidate.model):
        return lambda text: -(-len(text) // LETTERS_A_TOKEN)
    tokenizer = counting_tokenizer(files)
    return lambda text: len(tokenizer.encode(text))
