"""`classifiers_for`: the classifiers that could answer in a model's place, where answers are labels."""

from collections.abc import Sequence

from ladder.data.labels import is_label_like
from ladder.data.sample import Sample
from ladder.measure.read_answer import asked
from ladder.measure.task_data import TaskData
from ladder.models.classifier.classifier_generator import ClassifierMaterials
from ladder.models.classifier.labelled_texts import labelled_texts
from ladder.retrieval import load_encoder
from ladder.retrieval.model_folder import is_here
from ladder.spec.candidate import Classifier
from ladder.spec.encoder_spec import DEFAULT_ENCODER, EncoderSpec
from ladder.spec.lever_sections import ClassifierMaterial
from ladder.spec.task import TaskSpec

LABEL_METRICS = frozenset({"choice", "exact_match"})
"""Metrics by which a bare label can be a right answer."""

MOST_WITHOUT = 0.1
"""Share of the rows with no label, or with several, above which a task does not ask for one label."""

LOOKED_AT = 20
"""Rows whose label is scored as an answer, to see whether the metric takes it as it stands."""


def classifiers_for(data: TaskData) -> tuple[Classifier, ...]:
    """Return the classifiers to try, the plainest first; none where answers are no labels.

    They need labelled rows, an encoder that is named or on this machine, and a metric that takes a
    bare label for an answer. Whether the rows are enough is seen when they learn from them.
    """
    task = data.task
    material = _material(task)
    pool = None if material is None else material.pool or task.levers.few_shot.pool
    if material is None or pool is None or task.metric.name not in LABEL_METRICS:
        return ()
    encoder = _encoder(task, material)
    if encoder is None or not is_label_like(data.selected):
        return ()
    if not (_has_one_label_each(data, data.selected) and _takes_labels(data, pool)):
        return ()
    methods = sorted(set(material.methods), key=("logistic", "nearest").index)
    return tuple(
        Classifier(method=method, pool=pool, encoder=encoder, seed=task.seed) for method in methods
    )


def materials_for(data: TaskData, classifier: Classifier) -> ClassifierMaterials:
    """Return what a classifier learns from: its pool, without the eval rows that the spec excludes."""
    rows = labelled_texts(data.pool(classifier.pool), data.task.metric)
    return ClassifierMaterials(rows, load_encoder(classifier.encoder))


def _material(task: TaskSpec) -> ClassifierMaterial | None:
    section = task.levers.model
    if section.not_applicable is not None or section.classifier is False:
        return None
    return (
        section.classifier
        if isinstance(section.classifier, ClassifierMaterial)
        else ClassifierMaterial()
    )


def _encoder(task: TaskSpec, material: ClassifierMaterial) -> str | EncoderSpec | None:
    named = material.encoder or task.levers.few_shot.encoder or task.levers.rag.encoder
    return named or (DEFAULT_ENCODER if is_here(DEFAULT_ENCODER) else None)


def _has_one_label_each(data: TaskData, rows: Sequence[Sample]) -> bool:
    found = labelled_texts(rows, data.task.metric)
    return found.left_out <= MOST_WITHOUT * (found.left_out + len(found.texts))


def _takes_labels(data: TaskData, pool: str) -> bool:
    """Return whether the metric takes the pool's labels, as they stand, for right answers."""
    rows = data.pool(pool)
    if not rows or not _has_one_label_each(data, rows):
        return False
    some = rows[:LOOKED_AT]
    given = labelled_texts(some, data.task.metric)
    labels = dict(zip(given.texts, given.labels, strict=True))
    return all(
        data.metric.about(asked(row)).score(labels[row.input], row.targets) == 1
        for row in some
        if row.input in labels
    )
