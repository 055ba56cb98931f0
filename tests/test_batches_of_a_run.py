"""How a run asks weights in this process: in as few batches as its tests allow."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from ladder.api import run
from ladder.models.base import Answer, Request
from ladder.models.scripted import register_scripted
from ladder.testing import Scripted, write_task
from ladder.testing.task_files import Answers, answer_with_examples, answer_wrong, triples

pytestmark = pytest.mark.slow


class Counting(Scripted):
    """Counts its batches."""

    def __init__(self, answer: Answers, *, name: str) -> None:
        super().__init__(answer, name=name)
        self.n_batches = 0

    def generate(self, requests: Sequence[Request]) -> Iterator[tuple[int, Answer]]:
        """Answer all requests as one batch."""
        self.n_batches += 1
        yield from super().generate(requests)


class Batched(Counting):
    """Answers several prompts at once faster than one by one."""

    answers_in_batches = True


@pytest.mark.parametrize(
    ("answer", "n_fewer"), [(answer_with_examples, 1), (answer_wrong, 0)], ids=["reached", "below"]
)
def test_batches_ask_for_no_other_answers_and_are_fewer(
    tmp_path: Path, answer: Answers, n_fewer: int
) -> None:
    batches, calls, verdicts = [], [], []
    for kind in (Counting, Batched):
        folder = tmp_path / kind.__name__
        folder.mkdir()
        model = kind(answer, name=str(folder))
        task = write_task(
            folder, register_scripted(model), rows=triples(150), pool=triples(20, start=1000)
        )
        decision = run(task, runs_folder=folder / "runs")
        verdicts.append(decision.verdict)
        batches.append(model.n_batches)
        calls.append(model.calls)

    assert verdicts[0] == verdicts[1]
    assert calls[0] == calls[1]
    assert batches[1] <= batches[0] - n_fewer
