"""Checks of eval data: what makes a score mean less than it says. They never raise."""

from collections import Counter
from collections.abc import Sequence

from ladder.data.copies import find_repeats, first_of_each
from ladder.data.leakage import unsearched_pairs
from ladder.data.passage import Passage
from ladder.data.prompt_injection import texts_with_orders
from ladder.data.row_names import named
from ladder.data.row_rules import ROW_RULES
from ladder.data.sample import Sample
from ladder.data.split import unit_of
from ladder.finding import Finding
from ladder.text import listed

MANY_EMPTY = 0.05
"""Share of rows without question or answer up to which these are slips."""

MOST_LABELS = 0.5
"""Distinct answers, as a share of the rows, above which answers are no labels that repeat."""

MOST_KNOWN = 0.5
"""Share of samples whose rare answer stands in a pool, from which it is worth a line."""

_FEWEST_LETTERS = 5
"""Letters of an answer from which two are hardly the same by chance."""


def check_samples(samples: Sequence[Sample]) -> list[Finding]:
    """Return what is wrong with an eval set as it stands.

    D01 the same input again, D02 the same input with other answers, D03 nearly the same input,
    D04 one answer for all, D05 the answer is the question, D06 not all pairs were compared.
    """
    findings = [
        _repeats(samples),
        _contradictions(samples),
        *_near_repeats(samples),
        _one_answer(samples),
        _answer_is_input(samples),
    ]
    return [finding for finding in findings if finding is not None]


def rows_left_out(empty: Sequence[str], n_kept: int) -> list[Finding]:
    """Return how many rows are left out as their question or answer is empty, as D59.

    Args:
        empty: Where they stand.
        n_kept: How many rows are kept.
    """
    if not empty:
        return []
    n_read = n_kept + len(empty)
    return [
        Finding(
            code="D59 rows-left-out",
            severity="info" if len(empty) <= MANY_EMPTY * n_read else "warning",
            problem=f"{len(empty)} of {_count(n_read, 'row')} {'has' if len(empty) == 1 else 'have'} an empty "
            f"question or answer and {'is' if len(empty) == 1 else 'are'} left out (data.on_empty: exclude): "
            f"{listed(empty)}. No score is about them.",
            next_step="Fill them. Where an empty answer means that none is expected, write what a model "
            "should say there, such as none.",
        )
    ]


def check_passages(passages: Sequence[Passage]) -> list[Finding]:
    """Return what is wrong with passages as they stand.

    D21 they speak to the model (orders, special tokens, invisible text), D22 they repeat others.
    """
    return [*_orders(passages), *_repeated_passages(passages)]


def check_pool(samples: Sequence[Sample], name: str) -> list[Finding]:
    """Return what is wrong with worked examples: D16 repeats, D17 the same input, other answers.

    Args:
        samples: The rows of the pool.
        name: What to call them, such as "the example pool".
    """
    groups = _picked(samples, "D01 input-repeated")
    findings = []
    if groups:
        copies = sum(len(group) - 1 for group in groups)
        findings.append(
            Finding(
                code="D16 example-repeated",
                severity="warning",
                problem=f"{copies} of {_count(len(samples), 'row')} of {name} repeat the input of "
                "another one; the first of each is used.",
                evidence=listed([" = ".join(map(named, group[:4])) for group in groups]),
                next_step=f"Keep one of each in {name}.",
            )
        )
    other = _picked(samples, "D02 same-input-other-answer")
    if other:
        findings.append(
            Finding(
                code="D17 examples-contradict",
                severity="warning",
                problem=f"{name.capitalize()} gives different answers for "
                f"{_count(len(other), 'repeated input')}.",
                evidence=listed([_contradiction(group) for group in other]),
                next_step="Correct them: a worked example teaches what it shows.",
            )
        )
    return findings


def check_pool_labels(
    samples: Sequence[Sample], pool: Sequence[Sample], name: str
) -> list[Finding]:
    """Return the labels that worked examples show and no row of the eval data has, as D27.

    Nothing is said where answers are no labels that repeat.

    Args:
        samples: The eval data.
        pool: The worked examples.
        name: What to call them, such as "the example pool".
    """
    asked = {target.strip().casefold() for sample in samples for target in sample.targets}
    if not asked or len(asked) > MOST_LABELS * len(samples):
        return []
    # A blank at the end of a cell, and capitals, make no other label.
    named = (sample.targets[0].strip() for sample in pool)
    shown = Counter(label for label in named if label.casefold() not in asked)
    if not shown or len({sample.targets[0] for sample in pool}) > MOST_LABELS * len(pool):
        return []
    rows = sum(shown.values())
    return [
        Finding(
            code="D27 pool-labels-unasked",
            severity="info",
            problem=f"{rows} of {_count(len(pool), 'row')} of {name} show {_count(len(shown), 'label')} "
            "that no eval row has.",
            evidence=listed([f"{label[:40]!r} ({often})" for label, often in shown.most_common()]),
            next_step="Add eval rows of these labels if users send such inputs; else leave the rows "
            "out of the pool.",
        )
    ]


def check_pool_answers(
    samples: Sequence[Sample], pool: Sequence[Sample], name: str
) -> list[Finding]:
    """Return that a pool has the answers of most samples, although answers are no labels, as D63.

    Rows with the same rare answer often ask the same in other words: a model then copies it from an
    example, and nobody has such an example for a new question.

    Args:
        samples: The eval data.
        pool: The worked examples.
        name: What to call them, such as "the example pool".
    """
    asked = {_rare(target) for sample in samples for target in sample.targets} - {""}
    if len(asked) <= MOST_LABELS * len(samples):
        return []
    known = {_rare(target): row for row in pool for target in row.targets}
    pairs = [
        (sample, known[_rare(target)])
        for sample in samples
        for target in sample.targets[:1]
        if _rare(target) in known and _rare(target)
    ]
    if len(pairs) <= MOST_KNOWN * len(samples):
        return []
    return [
        Finding(
            code="D63 answers-in-pool",
            severity="warning",
            problem=f"{len(pairs)} of {_count(len(samples), 'sample')} have an answer that a row of {name} "
            "has too, and answers are no labels: such rows may ask the same in other words.",
            evidence=listed([f"{named(one)} ~ {named(other)}" for one, other in pairs]),
            next_step=f"Take the rows that ask the same out of {name}, unless users ask what stands there.",
        )
    ]


def _rare(target: str) -> str:
    """Return an answer to be compared; nothing for numbers and short words, which are equal by chance."""
    letters = "".join(each for each in target.casefold() if each.isalnum())
    return letters if len(letters) >= _FEWEST_LETTERS and not letters.isdigit() else ""


def _repeated_passages(passages: Sequence[Passage]) -> list[Finding]:
    kept = set(first_of_each([passage.text for passage in passages]))
    copies = [passage for at, passage in enumerate(passages) if at not in kept]
    if not copies:
        return []
    return [
        Finding(
            code="D22 passage-repeated",
            severity="info",
            problem=f"{len(copies)} of {_count(len(passages), 'passage')} repeat another one, but "
            "for case, blanks or punctuation; the first of each is searched.",
            evidence=listed([named(passage) for passage in copies]),
            next_step="",
        )
    ]


def _orders(passages: Sequence[Passage]) -> list[Finding]:
    places = texts_with_orders([passage.text for passage in passages])
    found = [passages[at] for at in places]
    if not found:
        return []
    return [
        Finding(
            code="D21 passage-gives-orders",
            severity="warning",
            problem=f"{len(found)} of {_count(len(passages), 'passage')} seem to speak to the model: "
            "an order, a forged turn or hidden text. A hint: there may be others.",
            evidence=listed([f"{each.where or each.id}: {each.text[:60]!r}" for each in found]),
            next_step="Read them. In a prompt their special tokens are broken up and what is "
            "invisible is dropped; an order in plain words stays, as data on one line.",
        )
    ]


def _repeats(samples: Sequence[Sample]) -> Finding | None:
    groups = _picked(samples, "D01 input-repeated")
    if not groups:
        return None
    copies = sum(len(group) - 1 for group in groups)
    return Finding(
        code="D01 input-repeated",
        severity="warning",
        problem=f"{copies} of {len(samples)} samples repeat the input of another one: "
        f"{len(samples)} rows, {len(samples) - copies} distinct.",
        evidence=listed([" = ".join(named(sample) for sample in group[:4]) for group in groups]),
        next_step="Keep one of each; copies count as new evidence, and are none.",
    )


def _contradictions(samples: Sequence[Sample]) -> Finding | None:
    groups = _picked(samples, "D02 same-input-other-answer")
    if not groups:
        return None
    return Finding(
        code="D02 same-input-other-answer",
        severity="warning",
        problem=f"Different answers are given for {_count(len(groups), 'repeated input')}.",
        evidence=listed([_contradiction(group) for group in groups]),
        next_step="Correct the answers, or list all of them as acceptable in one row.",
    )


def _near_repeats(samples: Sequence[Sample]) -> list[Finding]:
    repeats = find_repeats([sample.asked for sample in samples])
    pairs = [
        (samples[at], samples[to], f"{similarity:.2f}" if kind == "near" else kind)
        for at, to, kind, similarity in repeats.pairs
        if kind != "same" and _parted(samples[at], samples[to])
    ]
    unsearched = unsearched_pairs(repeats.n_skipped, "one another")
    if not pairs:
        return unsearched
    found = Finding(
        code="D03 input-nearly-repeated",
        severity="warning",
        problem=f"Nearly the same input stands in {_count(len(pairs), 'pair')} of samples.",
        evidence=listed([f"{named(one)} ~ {named(other)} ({how})" for one, other, how in pairs]),
        next_step="Keep one of each, or name a data.cluster column that keeps them together.",
    )
    return [found, *unsearched]


def _one_answer(samples: Sequence[Sample]) -> Finding | None:
    if not _picked(samples, "D04 one-answer"):
        return None
    return Finding(
        code="D04 one-answer",
        severity="error",
        problem=f"All {len(samples)} samples accept the answer {samples[0].targets[0][:60]!r}.",
        evidence=listed([named(sample) for sample in samples]),
        next_step="Add samples with other answers: here a constant would score 1.",
    )


def _answer_is_input(samples: Sequence[Sample]) -> Finding | None:
    found = [named(sample) for (sample,) in _picked(samples, "D05 answer-is-input")]
    if not found:
        return None
    return Finding(
        code="D05 answer-is-input",
        severity="error" if len(found) == len(samples) else "warning",
        problem=f"{len(found)} of {len(samples)} samples have their own input as the answer.",
        evidence=listed(found),
        next_step="Check data.input and data.target: they may name the same text.",
    )


def _picked(samples: Sequence[Sample], rule: str) -> list[list[Sample]]:
    return [[samples[at] for at in group] for group in ROW_RULES[rule](samples)]


def _contradiction(group: Sequence[Sample]) -> str:
    return ", ".join(f"{named(sample)} → {sample.targets[0][:40]!r}" for sample in group[:4])


def _parted(one: Sample, other: Sample) -> bool:
    """Return whether the split may put the two on different sides."""
    return unit_of(one) != unit_of(other)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
