"""Baseline evals: what training starts from, and methods simpler than it, measured on the same questions."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ladder.data.labels import is_label_like
from ladder.data.sample import Sample
from ladder.data.split import split_samples
from ladder.errors import InfrastructureError
from ladder.finding import Finding
from ladder.finetune.checklist import CheckOutcome
from ladder.finetune.evaluation.before_and_after import Evaluation, EvaluationScores, summarise
from ladder.finetune.permit import Permit
from ladder.finetune.report import Score
from ladder.finetune.rows.row_parts import RowParts
from ladder.installation import install_line
from ladder.measure import Workbench
from ladder.measure.read_answer import asked, read_answer
from ladder.models.base import Answer
from ladder.models.classifier.trained_classifier import logistic_of
from ladder.retrieval.load_encoder import load_encoder
from ladder.scoring import Metric
from ladder.search.climb import class_targets
from ladder.spec.task import TaskSpec

PENALTY = 10.0
"""scikit-learn's C: vectors of length one need a weak penalty."""


class SimplerMethod(Score):
    """What a method without a language model scores on the eval data's selection part.

    `misses` are classes with a target of their own that it does not reach for sure.
    """

    name: str
    misses: tuple[str, ...] = ()


def score_simpler(
    task: TaskSpec, rows: Sequence[Sample], evals: Sequence[Sample], metric: Metric
) -> tuple[SimplerMethod, ...]:
    """Return what copying and classifying reach, where the targets are labels; else nothing.

    The classifier is a logistic regression on the vectors of the task's sentence encoder, or on
    counted letters where the task names none.

    Raises:
        InfrastructureError: scikit-learn is not installed.
    """
    if not is_label_like(rows):
        return ()
    try:
        import sklearn  # noqa: F401 - only whether it is there
    except ImportError as error:
        raise InfrastructureError(
            "scikit-learn is not installed, so nothing simpler can be compared with.",
            next_step=install_line("finetune"),
        ) from error
    if metric.name == "judge":
        return ()  # it is asked in runs alone
    selected = [evals[int(at)] for at in split_samples(evals).selection]
    known, questions, kind = _vectors(task, rows, selected)
    labels = [row.targets[0] for row in rows]
    fitted = logistic_of(known, labels, penalty=PENALTY)
    nearest = np.asarray((questions @ known.T).argmax(axis=1)).ravel()
    answers = {
        "nearest neighbour": [labels[int(at)] for at in nearest],
        f"logistic regression on {kind}": fitted.predict(questions),
    }
    return tuple(_scored(name, given, selected, metric, task) for name, given in answers.items())


def check_simpler(simple: Sequence[SimplerMethod], task: TaskSpec) -> list[Finding]:
    """Return T04 where a method without a language model reaches the target."""
    if task.share is None:
        return []  # what the reference scores is not known here
    enough = [each for each in simple if each.low >= task.reach and not each.misses]
    blocks = task.training is not None and task.training.review.classifier == "block"
    return [
        Finding(
            code="T04 classifier-suffices",
            severity="error" if blocks else "warning",
            problem=f"A {each.name} reaches the target of {task.share:g} without a language "
            f"model: {each.score:.2f} on {each.n} samples (at least {each.low:.2f}).",
            next_step="Consider it: it trains in seconds. Code T04 may be waived.",
        )
        for each in enough[:1]
    ]


def _vectors(
    task: TaskSpec, rows: Sequence[Sample], asked: Sequence[Sample]
) -> tuple[Any, Any, str]:
    texts, questions = [row.asked for row in rows], [sample.asked for sample in asked]
    name = task.levers.few_shot.encoder or task.levers.rag.encoder
    if name is not None:
        encoder = load_encoder(name)
        return encoder.encode_documents(texts), encoder.encode_documents(questions), "embeddings"
    letters = _counted_letters().fit(texts)
    return letters.transform(texts), letters.transform(questions), "counted letters"


def _counted_letters() -> Any:  # noqa: ANN401 - scikit-learn has no types
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)


def _scored(
    name: str, answers: Sequence[str], samples: Sequence[Sample], metric: Metric, task: TaskSpec
) -> SimplerMethod:
    scores = [
        read_answer(metric.about(asked(sample)), Answer(answer), sample.targets).score
        for answer, sample in zip(answers, samples, strict=True)
    ]
    own = {
        each.label: [scores[at] for at in sorted(each.members)]
        for each in class_targets(task.metric, samples)
    }
    return SimplerMethod(
        name=name,
        **dict(summarise(scores)),
        misses=tuple(
            label
            for label, some in own.items()
            if not some or summarise(some).low < task.metric.at_least[label] - task.margin
        ),
    )


def check_baselines(
    permit: Permit,
    task: TaskSpec,
    evals: Sequence[Sample],
    rows: RowParts,
    *,
    evaluation: Evaluation,
    bench: Workbench,
) -> CheckOutcome[tuple[EvaluationScores, tuple[SimplerMethod, ...]]]:
    """Return the scores of what training starts from, and of methods simpler than it.

    T04 a classifier reaches the target, E02 an ability that the base model does not have cannot be
    lost.

    Raises:
        EvidenceError: What was measured is another task or other eval data.
    """
    permit.check(task, evals)
    before = evaluation.score(bench, permit.start)
    simple = score_simpler(task, rows.train, evals, bench.metric)
    findings = [*check_simpler(simple, task), *_absent(before)]
    start = summarise(before.task)
    told = [
        f"start {start.score:.2f} on {start.n} confirmation samples",
        *(f"{name} {summarise(scores).score:.2f}" for name, scores in before.abilities.items()),
    ]
    table = [("method", "score", "n"), ("start, no adapter", f"{start.score:.2f}", f"{start.n}")]
    table += [(each.name, f"{each.score:.2f}", f"{each.n} selection samples") for each in simple]
    return CheckOutcome((before, simple), ", ".join(told), findings, table)


def _absent(before: EvaluationScores) -> Iterator[Finding]:
    none = [name for name, scores in before.abilities.items() if not any(scores)]
    if none:
        yield Finding(
            code="E02 ability-absent",
            severity="info",
            problem=f"The base model has none of {', '.join(none)}; what it has not it cannot lose.",
            next_step="Name questions that it answers today: training.abilities.",
        )
