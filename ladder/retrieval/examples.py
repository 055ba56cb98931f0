"""`choose_examples`: worked examples out of the pool: fixed, random, balanced or nearest."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice

from ladder.data.copies import first_of_each
from ladder.data.same_text import TextKeys, is_same
from ladder.data.sample import Sample
from ladder.errors import DataError
from ladder.retrieval.encode import load_encoder
from ladder.retrieval.index import VectorIndex
from ladder.spec.candidate import Examples


def choose_examples(
    examples: Examples, pool: Sequence[Sample], samples: Sequence[Sample]
) -> list[list[Sample]]:
    """Return the worked examples of each sample, in the order in which they stand in a prompt.

    `fixed`, `random` and `balanced` give all samples the same ones, so their prompts share a
    prefix. `nearest` gives each its own, the nearest last, where a model looks most. A sample is
    never shown its own input.

    Raises:
        DataError: The pool has fewer distinct inputs than shots.
    """
    distinct = [pool[at] for at in first_of_each([sample.asked for sample in pool])]
    if len(distinct) < examples.shots:
        raise DataError(
            f"{examples.pool} has {len(distinct)} examples, and {examples.shots} are asked for",
            next_step="Add rows to the pool, or lower levers.few_shot.shots.",
        )
    if examples.method == "nearest":
        return _nearest(examples, distinct, samples)
    ranked = _ranked(examples, distinct)
    return [_first(examples.shots, ranked, sample) for sample in samples]


def _ranked(examples: Examples, pool: list[Sample]) -> list[Sample]:
    if examples.method == "fixed":
        return pool
    shuffled = sorted(pool, key=lambda sample: _draw(sample, examples.seed))
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


def _nearest(
    examples: Examples, pool: list[Sample], samples: Sequence[Sample]
) -> list[list[Sample]]:
    if not samples:
        return []
    encoder = load_encoder(examples.encoder)
    index = VectorIndex(encoder.encode_documents([sample.input for sample in pool]))
    # Both sides are inputs, so both are encoded alike: a question prompt would set them apart.
    wanted = encoder.encode_documents([sample.input for sample in samples])
    found = index.search(wanted, examples.shots + 1)
    return [
        _first(examples.shots, [pool[position] for position in row], sample)[::-1]
        for row, sample in zip(found, samples, strict=True)
    ]


def _draw(sample: Sample, seed: int) -> str:
    """Return the place of an example in a shuffle that other rows of the pool cannot change."""
    return hashlib.sha256(f"{seed}\0{sample.input}".encode("utf-8", "surrogatepass")).hexdigest()
