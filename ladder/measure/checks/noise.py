"""`check_noise`: how many answers change when the same is asked again."""

from collections.abc import Sequence
from dataclasses import dataclass

from ladder.finding import Finding
from ladder.measure.measurement import Scored
from ladder.measure.read_answer import read_answer
from ladder.measure.workbench import Workbench
from ladder.spec.candidate import Candidate

SAMPLES = 32
"""Samples that are asked again."""

OTHER_BATCH = 17
"""Odd, and no part of a batch of the first time, so that hardly any answer meets the neighbours that it
had there. Weights in this process need less time for it than for more and smaller batches.

A server is asked for as many as it takes: who meets whom is in its hands."""

SMALL_BATCH = 5
"""The same where so few are asked again that they would all meet as before."""

WORTH_SAYING = 0.05


@dataclass(frozen=True, slots=True)
class _Repeat:
    """Answers beside those of the first time.

    Attributes:
        n: Samples with an answer both times.
        changed: Those whose answer is another one.
        turned: How many of them score something else.
    """

    n: int
    changed: list[Scored]
    turned: int


def check_noise(bench: Workbench, baseline: Candidate, positions: Sequence[int]) -> Finding:
    """Return the noise floor of the baseline, as Q04.

    The same prompts are asked again in batches of another size and another order; and, where answers are
    drawn at random, with another seed too.
    """
    order = list(positions)[:SAMPLES][::-1]
    again = _repeat(bench, baseline, baseline, order)
    parts = [_words(again, "the same prompts are asked again in batches of another size")]
    changed = again.changed
    decoding = baseline.decoding
    if decoding.temperature > 0:
        reseeded = baseline.replace(decoding=decoding.replace(seed=decoding.seed + 1))
        other = _repeat(bench, baseline, reseeded, order)
        parts.append(_words(other, "another seed is set"))
        changed = [*changed, *other.changed]
    is_loud = len(changed) > WORTH_SAYING * again.n
    step = (
        "Set generation.temperature to 0, or do not trust gains this small."
        if decoding.temperature > 0
        else "Do not trust gains this small. The temperature is 0 already: what differs is how "
        "numbers are rounded in batches of another size."
    )
    return Finding(
        code="Q04 noise-floor",
        severity="warning" if is_loud else "info",
        problem=f"{'; '.join(parts)}.",
        evidence="\n".join(f"{row.sample_id}: {row.answer.text[:200]!r}" for row in changed[:3]),
        next_step=step if changed else "",
    )


def _repeat(
    bench: Workbench, baseline: Candidate, other: Candidate, order: Sequence[int]
) -> _Repeat:
    first = bench.measure(baseline, order).rows
    batch = OTHER_BATCH if len(order) > OTHER_BATCH else SMALL_BATCH
    second = bench.repeat(other, order, batch=max(batch, bench.asks_at_once(other)))
    pairs = [
        (at, row, again)
        for at, row, again in zip(order, first, second, strict=True)
        if row.answer.error is None and again.error is None
    ]
    changed = [(at, row, again) for at, row, again in pairs if row.answer.text != again.text]
    turned = sum(
        read_answer(bench.metric, again, bench.samples[at].targets).score != row.score
        for at, row, again in changed
    )
    return _Repeat(len(pairs), [row for _, row, _ in changed], turned)


def _words(repeat: _Repeat, when: str) -> str:
    turned = f" (the score changes for {repeat.turned} of them)" if repeat.changed else ""
    return f"{len(repeat.changed)} of {repeat.n} answers change{turned} when {when}"
