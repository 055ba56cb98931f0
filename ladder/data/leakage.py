"""Eval rows in data that an answer may be built from. Checks never raise."""

from collections.abc import Sequence

from ladder.data.near import held_pairs, near_pairs
from ladder.data.passage import Passage
from ladder.data.sample import Sample
from ladder.data.split import normal_form
from ladder.data.told import named, unsearched_rows
from ladder.finding import Finding, Severity
from ladder.text import listed

Pairs = Sequence[tuple[int, int]]


def check_leakage(
    samples: Sequence[Sample], other: Sequence[Sample] | Sequence[Passage], name: str
) -> list[Finding]:
    """Return which samples stand in other data that an answer may be built from.

    D11 the same input, D12 nearly the same input, D06 not all pairs were compared; for passages,
    that they hold the input: a passage with the answer is what a corpus is for, a passage with
    the question is a leak.

    Args:
        samples: The samples that must not be known.
        other: The example pool, train data, or the passages of the corpus.
        name: What to call `other`, such as "the example pool".
    """
    texts = [sample.input for sample in samples]
    others = [item.text if isinstance(item, Passage) else item.input for item in other]
    same = _same_pairs(texts, others)
    near = near_pairs(texts, others)
    alike = {(at, to) for at, to, _ in near.pairs}
    if other and isinstance(other[0], Passage):
        alike |= set(held_pairs(texts, others))
    known = {at for at, _ in same}
    nearly = sorted(pair for pair in alike if pair[0] not in known)

    def leak(code: str, severity: Severity, verb: str, pairs: Pairs) -> list[Finding]:
        if not pairs:
            return []
        rows = len({at for at, _ in pairs})
        return [
            Finding(
                code=code,
                severity=severity,
                problem=f"{rows} of {len(samples)} samples {verb} {name}.",
                evidence=listed([f"{named(samples[at])} = {named(other[to])}" for at, to in pairs]),
                next_step=f"Take these rows out of {name}: a score on them shows memory.",
            )
        ]

    return [
        *leak("D11 eval-input-known", "error", "stand in", same),
        *leak("D12 eval-input-nearly-known", "warning", "stand nearly word for word in", nearly),
        *unsearched_rows(near, len(samples), name),
    ]


def _same_pairs(texts: Sequence[str], others: Sequence[str]) -> list[tuple[int, int]]:
    places: dict[str, int] = {}
    for at, text in enumerate(others):
        places.setdefault(normal_form(text), at)
    forms = [normal_form(text) for text in texts]
    return [(at, places[form]) for at, form in enumerate(forms) if form in places]
