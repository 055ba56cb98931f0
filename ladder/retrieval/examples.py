"""`choose_examples`: worked examples out of the pool: fixed, by chance, balanced or by their vectors."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np

from ladder.data.copies import first_of_each
from ladder.data.same_text import TextKeys, is_same
from ladder.data.sample import Sample
from ladder.errors import DataError
from ladder.retrieval.index import VectorIndex
from ladder.retrieval.load_encoder import load_encoder
from ladder.retrieval.vectors import Vectors
from ladder.spec.candidate import Examples

BALANCE = 0.5
"""Weight of the similarity to the question where examples are to be diverse."""

WIDE, FEWEST_CONSIDERED = 4, 10
"""Nearest rows among which diverse ones are chosen: so many for each shot, and at least so many."""


def choose_examples(
    examples: Examples, pool: Sequence[Sample], samples: Sequence[Sample]
) -> list[list[Sample]]:
    """Return the worked examples of each sample, in the order in which they stand in a prompt.

    `fixed`, `random` and `balanced` give all samples the same ones, so their prompts share a
    prefix; so does `bootstrapped`, which takes the first of a pool in which the rows stand first
    that the model answered right. `nearest` and `diverse` give each its own, the best last, where a
    model looks most, unless `order` says otherwise. A sample is never shown its own input.

    Raises:
        DataError: The pool has fewer distinct inputs than shots.
    """
    distinct = [pool[at] for at in first_of_each([sample.asked for sample in pool])]
    if examples.tokens is not None:
        examples = examples.replace(shots=min(examples.shots, max(len(distinct), 1)))
    if len(distinct) < examples.shots:
        raise DataError(
            f"{examples.pool} has {len(distinct)} examples, and {examples.shots} are asked for",
            next_step="Add rows to the pool, or lower levers.few_shot.shots.",
        )
    if examples.is_own:
        return _by_vectors(examples, distinct, samples)
    ranked = _ranked(examples, distinct)
    return [_first(examples.shots, ranked, sample) for sample in samples]


def _ranked(examples: Examples, pool: list[Sample]) -> list[Sample]:
    if examples.method in ("fixed", "bootstrapped"):
        return pool
    shuffled = drawn(pool, examples.seed)
    return list(_by_turns(shuffled)) if examples.method == "balanced" else shuffled


def _first(shots: int, ranked: Sequence[Sample], sample: Sample) -> list[Sample]:
    """Return the first examples whose input is not the sample's own."""
    own = TextKeys.of(sample.asked)
    others = (example for example in ranked if not is_same(own, TextKeys.of(example.asked)))
    return list(islice(others, shots))


def _by_turns(pool: Sequence[Sample]) -> Iterator[Sample]:
    """Yield one example of each target in turn, as long as there are any."""
    groups: dict[str, list[Sample]] = defaultdict(list)
    for sample in pool:
        groups[sample.targets[0]].append(sample)
    for turn in range(max(len(group) for group in groups.values())):
        for group in groups.values():
            yield from group[turn : turn + 1]


def drawn(pool: Sequence[Sample], seed: int) -> list[Sample]:
    """Return a pool in the order of a draw."""
    return sorted(pool, key=lambda sample: _draw(sample, seed))


def _by_vectors(
    examples: Examples, pool: list[Sample], samples: Sequence[Sample]
) -> list[list[Sample]]:
    if not samples:
        return []
    encoder = load_encoder(examples.encoder)
    vectors = encoder.encode_documents([sample.input for sample in pool])
    # Both sides are inputs, so both are encoded alike: a question prompt would set them apart.
    wanted = encoder.encode_documents([sample.input for sample in samples])
    is_diverse = examples.method == "diverse"
    n = max(WIDE * examples.shots, FEWEST_CONSIDERED) if is_diverse else examples.shots + 1
    found = VectorIndex(vectors).search(wanted, min(n, len(pool)))
    chosen = []
    for query, row, sample in zip(wanted, found.tolist(), samples, strict=True):
        others = _first(n, [pool[at] for at in row], sample)
        if is_diverse:
            places = {
                id(each): at for each, at in zip(map(pool.__getitem__, row), row, strict=True)
            }
            rows = vectors[[places[id(each)] for each in others]]
            others = [others[at] for at in diverse(rows @ query, rows @ rows.T, examples.shots)]
        best_first = others[: examples.shots]
        chosen.append(best_first if examples.order == "best_first" else best_first[::-1])
    return chosen


def diverse(relevance: Vectors, alike: Vectors, n: int) -> list[int]:
    """Return the places of `n` that are similar to the question and unlike one another.

    Maximal marginal relevance (Carbonell and Goldstein 1998): each next one has the best balance of
    its similarity to the question and to the most similar of those chosen.

    >>> import numpy as np
    >>> alike = np.array([[1, 0.99, 0.1], [0.99, 1, 0.1], [0.1, 0.1, 1]])
    >>> diverse(np.array([0.9, 0.89, 0.5]), alike, 2)
    [0, 2]
    """
    chosen: list[int] = []
    while len(chosen) < min(n, len(relevance)):
        crowd = alike[:, chosen].max(axis=1) if chosen else np.zeros_like(relevance)
        value = BALANCE * relevance - (1 - BALANCE) * crowd
        value[chosen] = -np.inf
        chosen.append(int(value.argmax()))
    return chosen


def _draw(sample: Sample, seed: int) -> str:
    """Return the place of an example in a shuffle that other rows of the pool cannot change."""
    return hashlib.sha256(f"{seed}\0{sample.input}".encode("utf-8", "surrogatepass")).hexdigest()
