"""`closed_labels`: the labels that the targets of a task are, where answers can be held to them."""

from collections.abc import Sequence

from ladder.data.guess_columns import label_counts
from ladder.data.sample import Sample
from ladder.scoring.labels.label_forms import label_key
from ladder.scoring.stands_in import Searchable
from ladder.spec.task import TaskSpec

_FEW = 5
"""Labels up to which a set is closed although no prompt names it: yes, no, maybe."""

_LOOKED_AT = 10


def closed_labels(task: TaskSpec, samples: Sequence[Sample]) -> tuple[str, ...]:
    """Return the labels that are all a model may answer; nothing where answers are free text.

    Answers that recur, as the names of countries in questions, are labels only where they are few, or
    where the prompt or the inputs name every one of them.
    """
    targets = [sample.targets[0] for sample in samples if len(sample.targets) == 1]
    by_key = {label_key(each): each for each in label_counts(targets)}
    labels = tuple(by_key.values())
    if "" in by_key or len(targets) < len(samples) / 2:
        return ()
    return labels if len(labels) <= _FEW or _are_named(labels, task, samples) else ()


def _are_named(labels: Sequence[str], task: TaskSpec, samples: Sequence[Sample]) -> bool:
    """Return whether the prompt names every label, or each of the first inputs does."""
    prompt = f"{task.prompt.system or ''}\n{task.prompt.user}"
    asked = (f"{prompt}\n{_asked(sample)}" for sample in samples[:_LOOKED_AT])
    texts = map(Searchable, asked if samples else [prompt])
    return all(text.holds(label) for text in texts for label in labels)


def _asked(sample: Sample) -> str:
    system = "" if sample.conversation is None else sample.conversation.system
    return f"{system}\n{sample.asked}"
