"""Eval rows in data that an answer may be built from. Checks never raise."""

from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from ladder.data.copies import find_copies
from ladder.data.near_pairs import MOST_COMPARED, Kind
from ladder.data.passage import Passage
from ladder.data.row_names import named
from ladder.data.same_text import TextKeys
from ladder.data.sample import Sample
from ladder.finding import Finding, RowPair, Severity
from ladder.text import capital, listed

Item = Sample | Passage

MOST_SHOWN = 3
"""Pairs that a finding lists on the screen; its JSON lists all."""


class Leak(NamedTuple):
    """An eval sample that stands in a row, a passage or a prompt."""

    sample: Sample
    item: Item
    kind: Kind
    similarity: float


class Leaks(NamedTuple):
    """What a search for eval samples found.

    Attributes:
        pairs: In the order of the samples.
        n_skipped: Pairs that share much and were not compared, as there were too many.
    """

    pairs: list[Leak]
    n_skipped: int


def find_leaks(samples: Sequence[Sample], others: Sequence[Sample] | Sequence[Passage]) -> Leaks:
    """Return which eval samples stand in other data, by the keys of `find_copies`.

    A row of a pool or of training data is one as a whole; a passage or a prompt is one where it
    holds the question, nearly or in another order. A passage with the answer alone is what a
    corpus is for. A row that differs in a word and has another short answer, or another label, is
    another question; so is such a passage where the answer does not stand in it.

    Args:
        samples: The samples that must not be known.
        others: Rows of an example pool or of training data, passages, or prompts as passages.
    """
    is_text = any(isinstance(item, Passage) for item in others)
    copies = find_copies(
        [sample.asked for sample in samples],
        [text_of_item(item) for item in others],
        within=is_text,
    )
    pairs = [Leak(samples[at], others[to], kind, share) for at, to, kind, share in copies.pairs]
    if any(each.kind == "near" for each in pairs):
        labels = _labels(samples, others)
        pairs = [each for each in pairs if each.kind != "near" or _may_share_answer(each, labels)]
    return Leaks(pairs, copies.n_skipped)


def find_prompt_leaks(samples: Sequence[Sample], prompts: Sequence[Passage]) -> Leaks:
    """Return which eval samples stand in the texts of prompts; short ones with their answers."""
    found = find_leaks(samples, prompts)
    known = {(leak.sample.id, leak.item.id) for leak in found.pairs}
    short = [sample for sample in samples if TextKeys.of(sample.asked).is_short]
    for prompt in prompts:
        keys = TextKeys.of(prompt.text)
        found.pairs.extend(
            Leak(sample, prompt, "held", 1.0)
            for sample in short
            if (sample.id, prompt.id) not in known and _holds_pair(keys, sample)
        )
    return found


def describe_leaks(
    leaks: Leaks,
    n_samples: int,
    name: str,
    *,
    waived: Sequence[str] = (),
    excluded: bool = False,
    holds_others: bool = True,
) -> list[Finding]:
    """Return the findings about samples that stand in other data, from which an answer may be built.

    D11 the same input, also in another order or inside; D12 nearly the same input; D06 not all
    pairs were compared; D15 leaks that the spec waives.

    Args:
        leaks: What `find_leaks` found.
        n_samples: How many samples were looked for.
        name: What to call the other data, such as "the example pool".
        waived: Ids of samples or of other rows that are no leak, as the spec says.
        excluded: Whether these rows are left out wherever the other data are read.
        holds_others: Whether other rows remain then; where none do, leaving out is not advised.
    """
    excluded = excluded and holds_others
    allowed = [leak for leak in leaks.pairs if is_waived(leak, waived)]
    rest = [leak for leak in leaks.pairs if not is_waived(leak, waived)]
    near = [leak for leak in rest if leak.kind == "near"]
    same = [leak for leak in rest if leak.kind != "near"]
    done = f" These rows of {name} are left out." if excluded else ""
    severity: Severity = "info" if excluded else "error"
    mend = "" if excluded else _next_step(rest, name, holds_others=holds_others)
    findings = []
    if same:
        problem = f"{_share(same, n_samples, 'stand')} in {name}.{done}"
        findings.append(_finding("D11 eval-input-known", severity, problem, same, mend))
    if near:
        problem = f"{_share(near, n_samples, 'stand')} nearly word for word in {name}.{done}"
        findings.append(_finding("D12 eval-input-nearly-known", severity, problem, near, mend))
    if allowed:
        problem = f"{_share(allowed, n_samples, 'stand')} in {name}, and data.on_leak waives it."
        findings.append(_finding("D15 leak-waived", "info", problem, allowed, ""))
    return [*findings, *unsearched_pairs(leaks.n_skipped, name)]


def _next_step(leaks: Sequence[Leak], name: str, *, holds_others: bool) -> str:
    if not holds_others:
        return f"{capital(name)} holds no other rows: name a file of other rows."
    ids = ", ".join(dict.fromkeys(leak.sample.id for leak in leaks[:MOST_SHOWN])) or "ID"
    more = ", …" if len(leaks) > MOST_SHOWN else ""
    waive = f"What is no leak goes into data.on_leak: {{waive: [{ids}{more}]}}, by its id."
    if leaks and leaks[0].item.id == name:
        return f"Take these rows out of {name}, and show other rows there. {waive}"
    return (
        f"Take these rows out of {name}, or have ladder leave them out: data.on_leak: exclude. "
        f"{waive}"
    )


def is_waived(leak: Leak, waived: Sequence[str]) -> bool:
    """Return whether the spec names one side of a leak as none."""
    return leak.sample.id in waived or leak.item.id in waived


def unsearched_pairs(n_skipped: int, name: str) -> list[Finding]:
    """Return that a search for near duplicates did not get through, if it did not."""
    if n_skipped == 0:
        return []
    return [
        Finding(
            code="D06 near-duplicates-unsearched",
            severity="warning",
            problem=f"{n_skipped:,} pairs that share much of their text were not compared with "
            f"{name}: the search ended at its bound of {MOST_COMPARED:,} pairs.",
            next_step="Long text that all inputs share makes the search slow: move it from the "
            "input column into prompt.user.",
        )
    ]


def text_of_item(item: Item) -> str:
    """Return the text in which a sample is looked for."""
    return item.text if isinstance(item, Passage) else item.asked


def _finding(
    code: str, severity: Severity, problem: str, leaks: Sequence[Leak], next_step: str
) -> Finding:
    return Finding(
        code=code,
        severity=severity,
        problem=problem,
        evidence="\n".join(_shown(leaks)),
        next_step=next_step,
        pairs=tuple(
            RowPair(
                sample=leak.sample.id,
                sample_where=leak.sample.where,
                other=leak.item.id,
                other_where=leak.item.where,
                kind=leak.kind,
                similarity=round(leak.similarity, 3),
            )
            for leak in leaks
        ),
    )


def _shown(leaks: Sequence[Leak]) -> Iterator[str]:
    """Yield the first pairs, a line each, with the id that waives it."""
    for leak in leaks[:MOST_SHOWN]:
        identity = f" (id {leak.sample.id})" if leak.sample.where else ""
        yield f"{named(leak.sample)} = {named(leak.item)}{identity}"
    if len(leaks) > MOST_SHOWN:
        yield f"and {len(leaks) - MOST_SHOWN} more: `ladder check SPEC --json` lists every pair"


def unknown_ids(
    named_ids: Sequence[str], known: AbstractSet[str], leaks: Sequence[Leak]
) -> list[Finding]:
    """Return that ids which the spec waives stand nowhere, as D42, with those of the leaks there are.

    Args:
        named_ids: As the spec has them.
        known: Of every eval sample and of every other row, passage and prompt.
        leaks: All that were found.
    """
    unknown = [each for each in named_ids if each not in known]
    if not unknown:
        return []
    ids = list(dict.fromkeys(leak.sample.id for leak in leaks))
    meant = f"The ids of the leaks there are: {listed(ids)}." if ids else "There are no leaks."
    return [
        Finding(
            code="D42 waived-id-unknown",
            severity="error",
            problem=f"data.on_leak.waive names {', '.join(unknown)}, and no row has this id.",
            next_step=f"Take it out of data.on_leak.waive. {meant}",
        )
    ]


def _share(leaks: Sequence[Leak], n_samples: int, verb: str) -> str:
    rows = len({leak.sample.id for leak in leaks})
    return f"{rows} of {n_samples} samples {verb if n_samples != 1 else verb + 's'}"


def _may_share_answer(leak: Leak, labels: AbstractSet[str]) -> bool:
    """Return whether both have an answer in common; long ones may say the same in other words.

    Labels say it in the same words, however long they are. A passage without the answer answers
    another question, unless the answer is a label, which a passage may write otherwise.
    """
    answers = [TextKeys.of(target) for target in leak.sample.targets]
    keys = {answer.exact for answer in answers}
    if isinstance(leak.item, Passage):
        text = TextKeys.of(leak.item.text)
        is_free = not keys.isdisjoint(labels) or max(map(_length, answers)) > _SHORT_ANSWER
        return is_free or any(
            answer.letters in text.letters or answer.vocabulary <= text.vocabulary
            for answer in answers
        )
    others = [TextKeys.of(target) for target in leak.item.targets]
    other_keys = {answer.exact for answer in others}
    is_long = max(map(_length, (*answers, *others))) > _SHORT_ANSWER
    is_label = not (keys.isdisjoint(labels) or other_keys.isdisjoint(labels))
    return (is_long and not is_label) or not keys.isdisjoint(other_keys)


def _length(answer: TextKeys) -> float:
    """Return the words of an answer; a name of a label (`late_payment_of_a_bill`) is one."""
    return 1 if "_" in answer.text and len(answer.text.split()) == 1 else answer.size


def _labels(samples: Sequence[Sample], others: Sequence[Item]) -> AbstractSet[str]:
    """Return the answers that many rows have."""
    rows = (*samples, *(item for item in others if isinstance(item, Sample)))
    counts = Counter(TextKeys.of(target).exact for row in rows for target in row.targets)
    return {answer for answer, n in counts.items() if n >= LABEL_ROWS}


LABEL_ROWS = 3
"""Rows with an answer from which it is a label."""

_SHORT_ANSWER = 5
"""Words up to which two answers that differ are two answers."""

_LABEL_LETTERS = 12
"""Letters between a question and its answer in a prompt: `Answer:`, `Label =`."""


def _holds_pair(prompt: TextKeys, sample: Sample) -> bool:
    """Return whether a prompt holds a short input as a clause, and an answer in the next one."""
    keys = TextKeys.of(sample.asked)
    if keys.letters.isdecimal() and not keys.signs:
        return False
    at = prompt.letters.find(keys.letters) if keys.letters else -1
    while at >= 0:
        end = at + len(keys.letters)
        if {at, end} <= prompt.clause_ends and keys.signs in prompt.signs:
            starts = (each for each in prompt.clause_ends if end <= each <= end + _LABEL_LETTERS)
            if any(_answers_at(prompt, start, sample.targets) for start in starts):
                return True
        at = prompt.letters.find(keys.letters, at + 1)
    return False


def _answers_at(prompt: TextKeys, start: int, targets: Sequence[str]) -> bool:
    answers = (TextKeys.of(target).letters for target in targets)
    return any(
        answer
        and prompt.letters.startswith(answer, start)
        and start + len(answer) in prompt.clause_ends
        for answer in answers
    )
