"""What a model's own files say stands in the record; what they do not say is told so."""

import json
import struct
from pathlib import Path

import pytest

from ladder.models.model_facts import model_facts
from ladder.spec.candidate import Classifier, ModelRef


@pytest.mark.parametrize(
    ("card", "licence"),
    [("---\nlicense: apache-2.0\n---\n# A model", "apache-2.0"), ("# A model", "")],
)
def test_licence_revision_and_size_are_read_from_the_files(
    tmp_path: Path, card: str, licence: str
) -> None:
    commit = "a" * 40
    folder = tmp_path / "snapshots" / commit
    folder.mkdir(parents=True)
    header = json.dumps({"w": {"dtype": "F32", "shape": [4, 5], "data_offsets": [0, 80]}}).encode()
    weights = struct.pack("<Q", len(header)) + header + bytes(80)
    (folder / "model.safetensors").write_bytes(weights)
    (folder / "README.md").write_text(card, "utf-8")

    facts = model_facts(ModelRef(id=str(folder), quantization="nf4"))

    assert facts is not None
    assert (facts.licence, facts.revision) == (licence, commit)
    assert (facts.weights, facts.size) == (20, len(weights))
    assert ("licence not stated" in facts.words) == (not licence)
    assert "(nf4)" in facts.words


@pytest.mark.parametrize(
    ("ref", "words"),
    [
        (ModelRef(id="served", base_url="http://localhost:1"), "licence not stated"),
        (ModelRef(id="/nowhere"), "size not stated"),
        (ModelRef(id="recorded:answers.jsonl"), None),
        (ModelRef.of_classifier(Classifier(method="nearest", pool="p.jsonl")), None),
    ],
)
def test_what_has_no_files_here_states_nothing(ref: ModelRef, words: str | None) -> None:
    facts = model_facts(ref)

    assert facts is None if words is None else facts is not None and words in facts.words
