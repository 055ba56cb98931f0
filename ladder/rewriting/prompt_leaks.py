"""`PromptLeaks`: whether a prompt that a model wrote holds an eval row or an answer of one."""

from collections import Counter
from collections.abc import Sequence

from ladder.data.leakage import LABEL_ROWS, find_prompt_leaks, is_waived
from ladder.data.passage import Passage
from ladder.measure.task_data import TaskData
from ladder.scoring import stands_in

SHORTEST = 3
"""Letters of an answer below which it stands in any text by chance."""


class PromptLeaks:
    """Looks for eval rows of both parts, and for their answers, in prompts that a model wrote.

    Args:
        data: The eval data, and what the spec waives.
        known: The prompts that the user wrote: what stands in them was theirs to say.
    """

    def __init__(self, data: TaskData, known: Sequence[str]) -> None:
        self._samples = data.samples
        self._waived = data.task.data.on_leak.waive
        often = Counter(target for sample in data.samples for target in set(sample.targets))
        labels = {*data.task.metric.labels, *(each for each, n in often.items() if n >= LABEL_ROWS)}
        self._answers = [
            each
            for each in often
            if each not in labels
            and sum(map(str.isalnum, each)) >= SHORTEST
            and not any(stands_in(text, each) for text in known)
        ]

    def are_in(self, text: str) -> bool:
        """Return whether a row stands in a text, also nearly or in another order, or an answer does."""
        found = find_prompt_leaks(self._samples, [Passage("prompt", text, "prompt")])
        if any(not is_waived(leak, self._waived) for leak in found.pairs):
            return True
        return any(stands_in(text, answer) for answer in self._answers)
