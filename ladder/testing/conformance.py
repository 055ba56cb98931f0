"""What every Lever and every Generator promises, as checks that your own can be put to.

Both raise AssertionError with a sentence, so that they read well inside a test.
"""

from collections.abc import Sequence

from ladder.levers.base import Lever
from ladder.models.base import Answer, Generator, Request
from ladder.spec.candidate import Candidate
from ladder.spec.task import TaskSpec


def check_lever(lever: Lever, task: TaskSpec, best: Candidate | None = None) -> None:
    """Check that a lever only proposes: its own part, nothing twice, the same each time.

    Args:
        lever: The lever under test.
        task: A task; use one with material for the lever and one without.
        best: The Candidate to start from; the task's baseline unless given.
    """
    best = task.baseline() if best is None else best
    variants = lever.propose(task, best)
    _expect(isinstance(variants, tuple), f"{lever.name}.propose must return a tuple")
    _expect(variants == lever.propose(task, best), f"{lever.name}.propose must be repeatable")
    _expect(
        len(variants) == len({each.digest for each in variants}), f"{lever.name} repeats itself"
    )
    for variant in variants:
        _expect(isinstance(variant, Candidate), f"{lever.name} must propose Candidates")
        changed = set(best.changes(variant))
        _expect(bool(changed), f"{lever.name} proposes the Candidate it was given")
        _expect(changed <= {lever.part}, f"{lever.name} may change {lever.part}, not {changed}")
    if not variants:
        _, reason = lever.why_nothing(task, best)
        _expect(bool(reason.strip()), f"{lever.name} proposes nothing and does not say why")


def check_generator(generator: Generator, requests: Sequence[Request]) -> None:
    """Check that a generator answers every request once, the same each time when greedy.

    Args:
        generator: The generator under test; it is not closed.
        requests: At least two greedy requests that it can answer.
    """
    _expect(isinstance(generator, Generator), "a member of the Generator protocol is missing")
    _expect(bool(generator.identity), "identity must not be empty")
    _expect(generator.identity == generator.identity, "identity must not change")
    _expect(list(generator.generate([])) == [], "no requests must give no answers")
    first = _answers(generator, requests)
    again = _answers(generator, requests)
    for position, request in enumerate(requests):
        if request.decoding.temperature == 0:
            same = first[position].text == again[position].text
            _expect(same, f"greedy answer {position} changed when asked again")
    values = generator.log_likelihood(requests, ["yes"] * len(requests))
    if values is not None:
        _expect(len(values) == len(requests), "one log-likelihood a request is needed")
        _expect(all(value <= 0 for value in values), "a log-likelihood is never above 0")


def _answers(generator: Generator, requests: Sequence[Request]) -> dict[int, Answer]:
    pairs = list(generator.generate(requests))
    positions = sorted(position for position, _ in pairs)
    _expect(positions == list(range(len(requests))), "every position must be answered once")
    for position, answer in pairs:
        failed = answer.error is not None
        agrees = failed == (answer.finish_reason == "error") or answer.finish_reason == "refused"
        _expect(agrees, f"answer {position}: error and reason differ")
        _expect(not (failed and answer.text), f"answer {position} has both a text and an error")
        limit = requests[position].decoding.max_new_tokens
        _expect(answer.completion_tokens <= limit, f"answer {position} is longer than asked")
    return dict(pairs)


def _expect(holds: bool, sentence: str) -> None:  # noqa: FBT001 - reads as an assertion
    if not holds:
        raise AssertionError(sentence)
