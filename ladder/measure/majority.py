"""`voted`: of several sampled answers to one question the commonest (self-consistency).

Wang et al., "Self-Consistency Improves Chain of Thought Reasoning in Language Models", 2022: sample
several answers, and take what most of them come to, however they got there.
"""

import dataclasses
from collections import Counter
from collections.abc import Sequence

from ladder.errors import LadderError
from ladder.measure.read_answer import read_answer, said_in
from ladder.models.base import Answer, Request
from ladder.scoring import Metric
from ladder.text import listed, one_line

_SHOWN = 40
"""Characters of a draw that are shown."""


def draws_of(request: Request) -> list[Request]:
    """Return what is asked for one answer: several times the same, each with a seed of its own.

    >>> from ladder.spec.candidate import ChatSetup, Decoding
    >>> both = Request((), ChatSetup(), Decoding(temperature=0.7, majority_of=2, seed=5))
    >>> [(each.decoding.seed, each.decoding.majority_of) for each in draws_of(both)]
    [(5, 1), (6, 1)]
    """
    decoding = request.decoding
    if decoding.majority_of == 1:
        return [request]
    return [
        dataclasses.replace(
            request, decoding=decoding.replace(majority_of=1, seed=decoding.seed + n)
        )
        for n in range(decoding.majority_of)
    ]


def voted(metric: Metric, answers: Sequence[Answer]) -> Answer:
    """Return the first of the answers that most draws agree with, with the tokens and seconds of all of them.

    How sure it is of the answer is the share of all draws that agree with it; of an empty answer
    it is not sure at all. Two agree where the metric reads the same from both, or takes one as
    right by the other. Failed and empty answers have no vote as long as there is another; of a tie the answer
    that was drawn first wins. Where the calls that failed could have decided otherwise, the
    majority is unknown, and the failed call is the answer.

    >>> from ladder.scoring import load_metric
    >>> from ladder.spec.metric_spec import MetricSpec
    >>> numeric = load_metric(MetricSpec(name="numeric"))
    >>> voted(numeric, [Answer("7"), Answer("It is 12."), Answer("12.0")]).text
    'It is 12.'
    """
    if len(answers) == 1:
        return answers[0]
    said = [said_in(metric, each) for each in answers]
    known = [at for at, text in enumerate(said) if text.strip()] or list(range(len(answers)))
    agrees = {(at, by): _agree(metric, said[at], said[by]) for at in known for by in known}
    votes = {at: sum(agrees[at, by] for by in known) for at in known}
    best = max(known, key=lambda at: votes[at])
    against = max((n for at, n in votes.items() if not agrees[best, at]), default=0)
    lost = [at for at, each in enumerate(answers) if each.error is not None]
    if lost and votes[best] <= against + len(lost):
        best = lost[0]
    return dataclasses.replace(
        answers[best],
        prompt_tokens=sum(each.prompt_tokens for each in answers),
        completion_tokens=sum(each.completion_tokens for each in answers),
        seconds=sum(each.seconds for each in answers),
        waited=sum(each.on_clock for each in answers),
        sureness=votes.get(best, 0) / len(answers) if said[best].strip() else 0.0,
    )


def best_of(metric: Metric, answers: Sequence[Answer], targets: Sequence[str]) -> float:
    """Return the best score among several answers: what a perfect choice between them would have."""
    return max(read_answer(metric, each, targets).score for each in answers)


def votes_words(metric: Metric, answers: Sequence[Answer]) -> str:
    """Return in a clause what several draws came to, the commonest first.

    >>> from ladder.scoring import load_metric
    >>> from ladder.spec.metric_spec import MetricSpec
    >>> votes_words(load_metric(MetricSpec(name="numeric")), [Answer("7"), Answer("12"), Answer("7")])
    'chosen from 3 draws: 7 (2 times); 12'
    """
    read = [metric.read(said_in(metric, each)).strip() for each in answers]
    counted = Counter(one_line(text, _SHOWN) or "nothing" for text in read).most_common()
    told = [text if n == 1 else f"{text} ({n} times)" for text, n in counted]
    return f"chosen from {len(answers)} draws: {listed(told)}"


def _agree(metric: Metric, one: str, other: str) -> bool:
    read, wanted = metric.read(one).strip(), metric.read(other).strip()
    if read.casefold() == wanted.casefold():
        return True
    try:
        return bool(wanted) and metric.score(one, [wanted]) == 1.0
    except LadderError:
        return False
