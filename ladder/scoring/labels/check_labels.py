"""`check_labels`: refuses labels, synonyms and class targets that contradict each other."""

import difflib

from ladder.errors import MetricError
from ladder.scoring.labels.label_forms import LabelSet, label_key
from ladder.spec.metric_spec import MetricSpec


def check_labels(spec: MetricSpec) -> None:
    """Refuse a spec of `choice` in which a word stands for two labels, or a class is no label.

    Raises:
        MetricError: So it is.
    """
    _check_words(spec)
    for name in spec.at_least:
        if name in spec.labels:
            continue
        meant = LabelSet.of(spec.labels, spec.synonyms).named.get(name)
        near = [meant] if meant else difflib.get_close_matches(name, spec.labels, n=1)
        raise MetricError(
            f"metric.at_least names {name!r}, which is none of metric.labels.",
            next_step=f"Write {near[0]}, as metric.labels does."
            if near
            else f"Name one of {', '.join(spec.labels)}.",
        )


def _check_words(spec: MetricSpec) -> None:
    unknown = [label for label in spec.synonyms if label not in spec.labels]
    if unknown:
        raise MetricError(
            f"metric.synonyms names {unknown[0]!r}, which is none of metric.labels.",
            next_step="Write them together: metric.labels: {first: [another word], second: []}.",
        )
    met = {label_key(label): label for label in spec.labels}
    for label, words in spec.synonyms.items():
        for word in words:
            other = met.setdefault(label_key(word), label)
            if not label_key(word) or other != label:
                raise MetricError(
                    f"metric.labels: {word!r} stands for {label!r}, and for {other!r} as well."
                    if label_key(word)
                    else f"metric.labels: an empty word stands for {label!r}.",
                    next_step="Leave it out of one of them: an answer must mean one label.",
                )
