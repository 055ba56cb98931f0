"""What a classifier learns, when it is not worth a try, and the file that it is kept in."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from ladder.data.sample import Sample
from ladder.errors import ModelLoadError, SpecError, WeakClassifierError
from ladder.models import load_generator
from ladder.models.base import Message, Request
from ladder.models.classifier.classifier_generator import ClassifierGenerator, ClassifierMaterials
from ladder.models.classifier.labelled_texts import LabelledTexts, labelled_texts
from ladder.models.classifier.trained_classifier import read_classifier
from ladder.spec.candidate import ChatSetup, Classifier, Decoding, ModelRef
from ladder.spec.metric_spec import MetricSpec
from ladder.testing import check_generator

WORDS = {"card": "lost stolen card wallet", "cash": "money coins note till", "app": "phone login"}


class CountedWords:
    """An encoder for tests: a vector counts the words of a text."""

    digest = "counted words"

    def encode_documents(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return a vector of length one a text."""
        known = " ".join(WORDS.values()).split()
        rows = np.array([[1.0, *(text.split().count(w) for w in known)] for text in texts])
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def texts_of(n: int, *, labels: Sequence[str] = tuple(WORDS)) -> LabelledTexts:
    """Return n texts a label, of two of its words and a number each."""
    draws = np.random.default_rng(0)
    pairs = [
        (f"{' '.join(draws.choice(WORDS[label].split(), 2))} {at}", label)
        for label in labels
        for at in range(n)
    ]
    return LabelledTexts(tuple(text for text, _ in pairs), tuple(label for _, label in pairs))


def classifier(method: str, rows: LabelledTexts) -> ClassifierGenerator:
    setup = Classifier.model_validate({"method": method, "pool": "pool.jsonl", "encoder": "words"})
    return ClassifierGenerator(setup, ClassifierMaterials(rows, CountedWords()))


def asked(text: str) -> Request:
    return Request((Message("user", text),), ChatSetup(), Decoding())


@pytest.mark.parametrize("method", ["logistic", "nearest"])
@pytest.mark.parametrize("labels", [("card", "cash"), ("card", "cash", "app")])
def test_a_classifier_answers_with_what_it_learnt_and_is_the_same_when_read_again(
    method: str, labels: Sequence[str], tmp_path: Path
) -> None:
    generator = classifier(method, texts_of(12, labels=labels))

    check_generator(generator, [asked("my wallet is lost"), asked("a note and coins")])
    answers = [a.text for _, a in generator.generate([asked("wallet lost"), asked("coins note")])]
    generator.save(tmp_path)
    kept = read_classifier(tmp_path)

    assert answers == ["card", "cash"]
    assert generator.why_thrown_away() == ""
    assert generator.strength.accuracy > 0.9 > generator.strength.majority
    assert [n for n, _ in generator.strength.curve] == sorted(
        n for n, _ in generator.strength.curve
    )
    assert kept.labels == tuple(sorted(labels))
    assert kept.predict(CountedWords().encode_documents(["stolen card", "till"])) == [
        "card",
        "cash",
    ]
    assert kept.encoder == "words"
    assert sorted(file.suffix for file in tmp_path.iterdir()) == [".json", ".safetensors"]


def test_rows_that_are_few_or_tell_nothing_make_no_classifier() -> None:
    few = classifier("logistic", texts_of(4))
    draws = np.random.default_rng(3)
    blind = texts_of(20, labels=("card", "cash"))
    mixed = LabelledTexts(blind.texts, tuple(draws.permutation(blind.labels).tolist()))

    assert "12 labelled rows with 3 labels are too few" in few.why_thrown_away()
    with pytest.raises(WeakClassifierError, match="too few"):
        list(few.generate([asked("lost")]))
    assert "the most common label alone .50" in classifier("logistic", mixed).why_thrown_away()


def test_a_rare_label_is_left_out_and_the_others_are_learnt() -> None:
    rows, rare = texts_of(12, labels=("card", "cash")), texts_of(2, labels=("app",))
    both = LabelledTexts(rows.texts + rare.texts, rows.labels + rare.labels)

    generator = classifier("nearest", both)

    assert generator.trained.labels == ("card", "cash")
    assert generator.strength.rows == 24


def test_whatever_can_change_an_answer_is_in_the_identity() -> None:
    rows = texts_of(12)
    other = LabelledTexts(rows.texts, rows.labels[::-1])

    identities = {
        classifier("logistic", rows).identity,
        classifier("nearest", rows).identity,
        classifier("nearest", other).identity,
    }

    assert len(identities) == 3


@pytest.mark.parametrize(
    ("old", "new"),
    [('"format": 1', '"format": 2'), ("logistic", "nearest"), ('"cash"', '"a", "b"')],
)
def test_an_edited_or_later_file_is_refused(old: str, new: str, tmp_path: Path) -> None:
    classifier("logistic", texts_of(12)).save(tmp_path)
    about = tmp_path / "classifier.json"
    about.write_text(re.sub(old, new, about.read_text("utf-8"), count=1), encoding="utf-8")

    with pytest.raises(ModelLoadError, match="no classifier of this version"):
        read_classifier(tmp_path)
    with pytest.raises(ModelLoadError, match="no classifier of this version"):
        read_classifier(tmp_path / "absent")


@pytest.mark.parametrize(
    ("targets", "spec", "label"),
    [
        ([("Card",), ("card",), ("card",)], {}, "card"),
        ([("Card",), ("card",), ("card",)], {"case": "keep"}, "Card"),
        ([("a card",)], {"name": "choice", "labels": ["card", "cash"]}, "card"),
        ([("money",)], {"name": "choice", "labels": {"cash": ["money"], "card": []}}, "cash"),
        ([("card", "cash")], {}, None),
        ([("cheque",)], {"name": "choice", "labels": ["card", "cash"]}, None),
        ([("",)], {}, None),
    ],
)
def test_a_row_has_the_label_that_the_metric_reads_in_its_targets(
    targets: list[tuple[str, ...]], spec: dict[str, object], label: str | None
) -> None:
    rows = [Sample(str(at), f"text {at}", each) for at, each in enumerate(targets)]

    found = labelled_texts(rows, MetricSpec.model_validate(spec))

    assert found.labels[:1] == ((label,) if label else ())
    assert found.left_out == len(rows) - len(found.texts)


def test_a_classifier_is_no_model_for_whoever_asks_for_weights() -> None:
    ref = ModelRef.of_classifier(Classifier(method="nearest", pool="pool.jsonl"))

    with pytest.raises(SpecError, match="is a classifier"):
        load_generator(ref)
