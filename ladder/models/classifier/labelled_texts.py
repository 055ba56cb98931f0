"""`labelled_texts`: what a classifier learns from: texts, each with the one label it has."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from ladder.data.copies import first_of_each
from ladder.data.sample import Sample
from ladder.scoring.labels.label_forms import LabelSet
from ladder.scoring.labels.named_labels import class_of
from ladder.spec.metric_spec import MetricSpec


@dataclass(frozen=True, slots=True)
class LabelledTexts:
    """Texts with a label each, no text twice.

    Attributes:
        texts: The inputs of the rows.
        labels: In the order of the texts, as an answer is to write them.
        left_out: Rows that have no label, or more than one.
    """

    texts: tuple[str, ...]
    labels: tuple[str, ...]
    left_out: int = 0

    def without_rare(self, fewest: int) -> "LabelledTexts":
        """Return the texts whose label at least so many rows have."""
        counts = Counter(self.labels)
        kept = [at for at, label in enumerate(self.labels) if counts[label] >= fewest]
        return LabelledTexts(
            tuple(self.texts[at] for at in kept),
            tuple(self.labels[at] for at in kept),
            self.left_out + len(self.texts) - len(kept),
        )


def labelled_texts(rows: Sequence[Sample], spec: MetricSpec) -> LabelledTexts:
    """Return the inputs of labelled rows with their labels, as the task's metric tells labels apart.

    Where the spec names labels, a row counts whose targets all stand for one of them; else one with
    a single target, and spellings that differ in case are one label: the most common of them.

    >>> rows = [Sample("1", "where is it", ("Card",)), Sample("2", "no money", ("cash", "card"))]
    >>> labelled_texts(rows, MetricSpec())
    LabelledTexts(texts=('where is it',), labels=('Card',), left_out=1)
    """
    distinct = [rows[at] for at in first_of_each([row.input for row in rows])]
    words = LabelSet.of(spec.labels, spec.synonyms) if spec.labels else None
    found = [(row.input, _label(row, words)) for row in distinct]
    kept = [(text, label) for text, label in found if label and text.strip()]
    labels = [label for _, label in kept]
    if words is None:
        labels = _one_spelling(labels, keeps_case=spec.case == "keep")
    return LabelledTexts(tuple(text for text, _ in kept), tuple(labels), len(distinct) - len(kept))


def _label(row: Sample, words: LabelSet | None) -> str:
    if words is not None:
        return class_of(row.targets, words) or ""
    targets = {target.strip() for target in row.targets}
    return targets.pop() if len(targets) == 1 else ""


def _one_spelling(labels: Sequence[str], *, keeps_case: bool) -> list[str]:
    """Return each label as most rows write it.

    >>> _one_spelling(["Yes", "yes", "yes", "no"], keeps_case=False)
    ['yes', 'yes', 'yes', 'no']
    """
    if keeps_case:
        return list(labels)
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for label in labels:
        spellings[label.casefold()][label] += 1
    return [spellings[label.casefold()].most_common(1)[0][0] for label in labels]
